"""Choices of customers and vehicles."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CustomerKind(models.TextChoices):
    """Who stands behind the name."""

    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")


class PlateKind(models.TextChoices):
    """Looks of the plate."""

    BLUE = "blue", _("Blue plate")
    NEV = "nev", _("New-energy plate")
    LARGE = "large", _("Yellow plate")
    OTHER = "other", _("Other plate")


class OwnershipKind(models.TextChoices):
    """How a customer stands to a car; the four can be four people."""

    OWNER = "owner", _("Owner")
    BRINGER = "bringer", _("Brings the car")
    PAYER = "payer", _("Payer")
    CONTACT = "contact", _("Contact person")


class ReadingSource(models.TextChoices):
    """Where a reading of the odometer was taken."""

    RECEPTION = "reception", _("At reception")
    DELIVERY = "delivery", _("At delivery")
    CUSTOMER = "customer", _("Told by the customer")
    IMPORT = "import", _("Imported")
    OFFICE = "office", _("Entered in the office")


class Channel(models.TextChoices):
    """Ways to reach a customer."""

    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone call")
    WECHAT = "wechat", _("WeChat")


class Purpose(models.TextChoices):
    """What a customer may be reached for (DOMAIN.md, Messages)."""

    SERVICE = "service", _("Service reminders")
    MARKETING = "marketing", _("Offers")
    CARE = "care", _("Follow-up and surveys")


class Basis(models.TextChoices):
    """Whose kilometres a day a forecast rests on."""

    OWN = "own", pgettext_lazy("basis of a forecast", "this car's own readings")
    MODEL = "model", pgettext_lazy("basis of a forecast", "the average of this model here")
    BRAND = "brand", pgettext_lazy("basis of a forecast", "the average of this brand here")
    BRANCH = "branch", pgettext_lazy("basis of a forecast", "the average of all cars here")
    HOUSE = "house", pgettext_lazy("basis of a forecast", "an assumption, no car here has readings yet")
