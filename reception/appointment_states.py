"""The road of an appointment as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reception.states import VisitType


class AppointmentState(models.TextChoices):
    """Where an appointment stands. Keys are stable."""

    WAITING = "waiting", _("Waiting list")
    BOOKED = "booked", pgettext_lazy("appointment", "Booked")
    ARRIVED = "arrived", pgettext_lazy("appointment", "Arrived")
    NO_SHOW = "no_show", _("Did not come")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled")


A = AppointmentState
#: A car that was missed may still come, or get a new time.
APPOINTMENT_EDGES: tuple[tuple[str, str], ...] = (
    (A.WAITING, A.BOOKED),
    (A.WAITING, A.ARRIVED),
    (A.WAITING, A.CANCELLED),
    (A.BOOKED, A.ARRIVED),
    (A.BOOKED, A.NO_SHOW),
    (A.BOOKED, A.CANCELLED),
    (A.NO_SHOW, A.ARRIVED),
    (A.NO_SHOW, A.BOOKED),
)
#: Those that take an advisor's time and the workshop's hours.
TAKES_TIME: tuple[str, ...] = (A.BOOKED, A.ARRIVED)


class Source(models.TextChoices):
    """Who made the appointment."""

    DESK = "desk", _("At the desk")
    CALL = "call", _("On the phone")
    ONLINE = "online", _("By the customer")


class Act(models.TextChoices):
    """What happened to an appointment."""

    BOOKED = "booked", pgettext_lazy("act", "Booked")
    LISTED = "listed", _("Put on the waiting list")
    MOVED = "moved", _("Moved")
    CANCELLED = "cancelled", pgettext_lazy("act", "Cancelled")
    ARRIVED = "arrived", pgettext_lazy("act", "Arrived")
    MISSED = "missed", _("Did not come")
    OFFERED = "offered", _("Offered a time that became free")
    WISHED = "wished", _("Work added to the wish")


#: What may be booked, with the hours usually needed and the skill (`accounts.Skill.key`) that does it.
BOOKABLE: dict[str, tuple[str, str]] = {
    VisitType.MAINTENANCE: ("1.0", "maintenance"),
    VisitType.FIRST: ("0.8", "maintenance"),
    VisitType.REPAIR: ("2.0", "chassis"),
    VisitType.WARRANTY: ("1.5", "engine"),
    VisitType.RECALL: ("1.0", "electric"),
    VisitType.ACCIDENT: ("4.0", "body"),
}
