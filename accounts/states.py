"""Choices of the people-and-places tables."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxRegime(models.TextChoices):
    """How the branch's prices stand to the tax."""

    INCLUDED = "included", _("Prices include tax")
    ADDED = "added", _("Tax is added to prices")
    NONE = "none", _("No tax")


class Theme(models.TextChoices):
    """The looks a user chose."""

    AUTO = "auto", _("Auto")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class BayKind(models.TextChoices):
    """What a bay is made for."""

    GENERAL = "general", _("General bay")
    LIFT = "lift", _("Lift")
    ALIGNMENT = "alignment", _("Wheel alignment")
    BODY = "body", _("Body shop")
    WASH = "wash", _("Wash bay")
