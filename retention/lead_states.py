"""Choices of trade-in leads."""

from django.db import models
from django.utils.translation import pgettext_lazy


class LeadState(models.TextChoices):
    """Where a lead is."""

    OPEN = "open", pgettext_lazy("lead", "Open")
    CONTACTED = "contacted", pgettext_lazy("lead", "Contacted")
    CLOSED = "closed", pgettext_lazy("lead", "Closed")


LEAD_EDGES: tuple[tuple[str, str], ...] = (
    (LeadState.OPEN, LeadState.CONTACTED),
    (LeadState.OPEN, LeadState.CLOSED),
    (LeadState.CONTACTED, LeadState.CLOSED),
)
