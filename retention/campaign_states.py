"""A campaign as data: how it goes out and how it ends."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CampaignState(models.TextChoices):
    """A draft can be changed; what runs can only be stopped."""

    DRAFT = "draft", pgettext_lazy("campaign", "Draft")
    RUNNING = "running", pgettext_lazy("campaign", "Running")
    STOPPED = "stopped", pgettext_lazy("campaign", "Stopped")
    FINISHED = "finished", pgettext_lazy("campaign", "Finished")


CAMPAIGN_EDGES: tuple[tuple[str, str], ...] = (
    (CampaignState.DRAFT, CampaignState.RUNNING),
    (CampaignState.RUNNING, CampaignState.STOPPED),
    (CampaignState.RUNNING, CampaignState.FINISHED),
)


class Way(models.TextChoices):
    """How a campaign reaches its members."""

    MESSAGE = "message", _("By message")
    CALL = "call", _("By phone call")
