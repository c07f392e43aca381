"""Choices of the house's records."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperKind(models.TextChoices):
    """Papers that are issued; the value stands in their number's prefix table."""

    WORK_ORDER = "work_order", _("Repair order")
    SETTLEMENT = "settlement", _("Settlement slip")
    GATE_PASS = "gate_pass", _("Gate pass")


class CounterKind(models.TextChoices):
    """What is numbered, per branch and month."""

    WORK_ORDER = "WT", _("Repair order")
    SETTLEMENT = "JS", _("Settlement slip")
    GATE_PASS = "CM", _("Gate pass")


class PhotoKind(models.TextChoices):
    """Why a photo was taken."""

    ARRIVAL = "arrival", _("At arrival")
    FINDING = "finding", _("Finding")
    DELIVERY = "delivery", _("At delivery")
