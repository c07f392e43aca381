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


class MessageClass(models.TextChoices):
    """What a message is, and so when, how often and with whose leave it is sent (DOMAIN.md, Messages)."""

    SECURITY = "security", _("Security code")
    TRANSACTIONAL = "transactional", _("About the order")
    REMINDER = "reminder", _("Service reminder")
    MARKETING = "marketing", _("Offer")
    CARE = "care", _("Follow-up")


#: What a customer must have agreed to; the other classes rest on the request itself and on the contract.
PURPOSE_OF: dict[str, str] = {
    MessageClass.REMINDER: Purpose.SERVICE,
    MessageClass.MARKETING: Purpose.MARKETING,
    MessageClass.CARE: Purpose.CARE,
}
#: At most one of these a person and day, over all channels.
SPARING = (MessageClass.REMINDER, MessageClass.MARKETING, MessageClass.CARE)


#: These go before the others, and have an index of their own for it.
URGENT = (MessageClass.SECURITY, MessageClass.TRANSACTIONAL)


class MessageState(models.TextChoices):
    """Where a message is. `claimed` is written before the provider is called, so a crash is never a second sending."""

    PLANNED = "planned", pgettext_lazy("message", "Planned")
    CLAIMED = "claimed", pgettext_lazy("message", "Being sent")
    SENT = "sent", pgettext_lazy("message", "Sent")
    REJECTED = "rejected", pgettext_lazy("message", "Refused by the provider")
    UNKNOWN = "unknown", pgettext_lazy("message", "Not known whether sent")
    DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
    UNDELIVERED = "undelivered", pgettext_lazy("message", "Not delivered")
    EXPIRED = "expired", pgettext_lazy("message", "Closed without news")
    CANCELLED = "cancelled", pgettext_lazy("message", "Not sent")


_M = MessageState
#: claimed -> planned: the provider said for certain that it took nothing. unknown, rejected, undelivered -> planned: a
#: person sends it again. A receipt may come before the answer to the call, or after the claim was given up.
MESSAGE_EDGES: tuple[tuple[str, str], ...] = (
    (_M.PLANNED, _M.CLAIMED),
    (_M.PLANNED, _M.CANCELLED),
    *((_M.CLAIMED, after) for after in (_M.PLANNED, _M.SENT, _M.REJECTED, _M.UNKNOWN, _M.DELIVERED, _M.UNDELIVERED)),
    *((_M.SENT, after) for after in (_M.DELIVERED, _M.UNDELIVERED, _M.EXPIRED)),
    *((_M.UNKNOWN, after) for after in (_M.PLANNED, _M.SENT, _M.DELIVERED, _M.UNDELIVERED, _M.EXPIRED)),
    (_M.REJECTED, _M.PLANNED),
    (_M.UNDELIVERED, _M.PLANNED),
    (_M.EXPIRED, _M.DELIVERED),
)
#: The provider may have it: these count for caps.
GONE_OUT = (_M.CLAIMED, _M.SENT, _M.UNKNOWN, _M.DELIVERED, _M.UNDELIVERED, _M.EXPIRED)
#: What a person may send again.
RESENDABLE = (_M.UNKNOWN, _M.REJECTED, _M.UNDELIVERED)


class NotSent(models.TextChoices):
    """Why a planned message is not sent. Kinds of later apps give one of these from their `relevant`."""

    CAME_IN = "came_in", pgettext_lazy("not sent", "the car came in meanwhile")
    DONE = "done", pgettext_lazy("not sent", "it was done meanwhile")
    MOOT = "moot", pgettext_lazy("not sent", "it no longer applies")
    ANSWERED = "answered", pgettext_lazy("not sent", "the customer answered meanwhile")
    REACHED = "reached", pgettext_lazy("not sent", "the customer was reached meanwhile")
    STOPPED = "stopped", pgettext_lazy("not sent", "the campaign was stopped")
    SOLD = "sold", pgettext_lazy("not sent", "the car has another owner now")
    NO_CONSENT = "no_consent", pgettext_lazy("not sent", "the customer did not agree to it")
    WITHDRAWN = "withdrawn", pgettext_lazy("not sent", "the customer opted out")
    NO_ADDRESS = "no_address", pgettext_lazy("not sent", "no phone number or address is known")
    NO_CHANNEL = "no_channel", pgettext_lazy("not sent", "no channel can carry it")
    BAD_VALUE = "bad_value", pgettext_lazy("not sent", "a value has signs that providers refuse")
    CAP = "cap", pgettext_lazy("not sent", "the customer got enough messages of this kind")
    TOO_LATE = "too_late", pgettext_lazy("not sent", "it came too late")
    MERGED = "merged", pgettext_lazy("not sent", "it stands in another message of that day")
    TEST_MODE = "test_mode", pgettext_lazy("not sent", "test mode: the address is not on the list")
    PERSON = "person", pgettext_lazy("not sent", "a colleague took it back")
