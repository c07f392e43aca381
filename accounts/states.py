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


class Lanes(models.TextChoices):
    """What a column of the workshop's board is."""

    TECHNICIAN = "technician", _("Technicians")
    BAY = "bay", _("Bays")


class FactorKind(models.TextChoices):
    """What somebody shows beside their password."""

    TOTP = "totp", _("Authenticator app")
    PASSKEY = "passkey", _("Passkey")
    RECOVERY = "recovery", _("Recovery codes")


class Proof(models.TextChoices):
    """By what somebody signed in."""

    PASSWORD = "password", _("Password")
    CODE = "code", _("Password and code")
    PASSKEY = "passkey", _("Passkey")
    PIN = "pin", _("PIN at a shared desk")


class Ended(models.TextChoices):
    """Why a sign-in is over."""

    OUT = "out", _("signed out")
    SWITCHED = "switched", _("somebody else took over the desk")
    IDLE = "idle", _("nothing was done for too long")
    AGE = "age", _("the working day was over")
    LIMIT = "limit", _("signed in at too many places")
    ELSEWHERE = "elsewhere", _("ended from another place")
    PASSWORD = "password", _("the password was changed")
    OFF = "off", _("switched off")


class BayKind(models.TextChoices):
    """What a bay is made for."""

    GENERAL = "general", _("General bay")
    LIFT = "lift", _("Lift")
    ALIGNMENT = "alignment", _("Wheel alignment")
    BODY = "body", _("Body shop")
    WASH = "wash", _("Wash bay")
