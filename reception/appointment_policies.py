"""May this appointment be made? Each check returns or raises `Refused` with a sentence for a person."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.calendar import Span
from dms.errors import Invalid, Refused
from dms.money import ZERO
from reception.appointment_states import BOOKABLE, AppointmentState
from reception.models import Appointment

#: Hours of one appointment; what takes longer is agreed with the workshop.
MOST_HOURS = Decimal(40)
#: Nobody plans further ahead, and a wrong year is caught.
MOST_DAYS = 365
#: Refusals that a page answers with an offer of its own.
FULL, TAKEN, CLOSED, DOUBLE = "full", "taken", "closed", "double"


def check_what(kind: str, hours: Decimal) -> None:
    """Raises `Invalid` for a kind of visit that is not booked, or hours that nobody can mean."""
    if kind not in BOOKABLE:
        raise Invalid(_("This kind of visit is not booked ahead."), "kind")
    if not ZERO < hours <= MOST_HOURS:
        raise Invalid(_("Work of an appointment takes between 0.1 and 40 hours."), "hours")


def check_day(day: date, today: date) -> None:
    """Raises `Invalid` for a day that is over, or too far away to mean anything."""
    if day < today:
        raise Invalid(_("This day is over."), "on")
    if day > today + timedelta(days=MOST_DAYS):
        raise Invalid(_("Appointments are made at most a year ahead."), "on")


def check_time(start: datetime, end: datetime, spans: list[Span], at: datetime, why: str) -> None:
    """Raises `Invalid` for a time that is over, `Refused` for one at which the branch is closed."""
    if start <= at:
        raise Invalid(_("This time is over."), "starts_at")
    if any(begin <= start and end <= close for begin, close in spans):
        return
    if not spans and why:
        raise Refused(_("We are closed on that day: %(why)s.") % {"why": why}, CLOSED)
    raise Refused(_("We are closed at that time."), CLOSED)


def check_room(left: Decimal, wanted: Decimal, day: date, skill: str) -> None:
    """Raises `Refused` when the day has not enough hours left; the waiting list is the way on."""
    if wanted <= left:
        return
    raise Refused(
        _(
            "%(day)s has %(left)s h left for %(skill)s; this work takes %(hours)s h. "
            "Choose another day, or the waiting list."
        )
        % {
            "day": date_format(day, "SHORT_DATE_FORMAT"),
            "left": f"{left:.1f}",
            "skill": skill,
            "hours": f"{wanted:.1f}",
        },
        FULL,
    )


def check_open(row: Appointment) -> None:
    """Raises `Refused` for an appointment that nothing can be changed at any more."""
    if row.state in (AppointmentState.ARRIVED, AppointmentState.CANCELLED):
        raise Refused(_("This appointment is “%(state)s”; it cannot be changed.") % {"state": row.get_state_display()})
