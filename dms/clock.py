"""Instants are UTC; dates are the branch's. Nobody calls `date.today()`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

#: Years that a typed date can mean here; 0202 and 9999 are slips of the finger.
FIRST_YEAR, LAST_YEAR = 1950, 2099


class HasZone(Protocol):
    """Anything that knows its time zone; a Branch does."""

    zone: str


_as_of: ContextVar[datetime | None] = ContextVar("as_of", default=None)


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _as_of.get() or timezone.now()


@contextmanager
def as_of(at: datetime) -> Iterator[None]:
    """What is done inside happens at that instant: work entered afterwards with its own time, and the demo's day."""
    token = _as_of.set(at)
    try:
        yield
    finally:
        _as_of.reset(token)


def local(place: HasZone, at: datetime | None = None) -> datetime:
    """The instant on the branch's wall clock."""
    return (at or now()).astimezone(ZoneInfo(place.zone))


def branch_day(place: HasZone, at: datetime | None = None) -> date:
    """The calendar date in the branch at that instant."""
    return local(place, at).date()


def day_bounds(place: HasZone, day: date) -> tuple[datetime, datetime]:
    """First instant of the day and of the next one, in UTC; 23 or 25 hours apart when the clocks change."""
    zone = ZoneInfo(place.zone)
    first = datetime.combine(day, time.min, tzinfo=zone)
    following = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return first.astimezone(UTC), following.astimezone(UTC)


def check_year(day: date) -> None:
    """For forms and the API. Raises `ValidationError` for a date that nobody in a workshop can mean."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Look at the year: a date here lies between %(first)s and %(last)s.")
            % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
