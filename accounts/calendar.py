"""When a branch is open: its week, the public holidays of its country, and the days that go before both.

The order in which they count: a special day, then a public holiday, then the hours of the weekday. A branch that has
no opening hours at all never closes; that is how one begins that nobody has set up yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import get_language

from accounts.models import Branch, OpeningHours, SpecialDay
from dms.clock import local

#: An open span: first instant, and the one at which it is over.
Span = tuple[datetime, datetime]

#: Whose holidays are kept where the branch names no country; a currency of many countries says nothing.
COUNTRY_OF = {
    "CNY": "CN", "HKD": "HK", "MOP": "MO", "TWD": "TW", "SGD": "SG", "JPY": "JP", "KRW": "KR", "THB": "TH",
    "MYR": "MY", "USD": "US", "CAD": "CA", "AUD": "AU", "NZD": "NZ", "GBP": "GB", "CHF": "CH",
}  # fmt: skip
SECONDS = Decimal(3600)


def country_of(branch: Branch) -> str:
    """ISO 3166-1 alpha-2; '' where nothing is known, and then no day is a public holiday."""
    return branch.country or COUNTRY_OF.get(branch.currency, "")


@lru_cache(maxsize=64)
def _holidays(country: str, year: int, language: str) -> dict[date, str]:
    """Public holidays of a year with their names in the language, where the library has it."""
    if country not in holidays.list_supported_countries(include_aliases=False):
        return {}
    spoken = holidays.list_localized_countries(include_aliases=False).get(country, [])
    wanted = ("zh_CN", "zh") if language.startswith("zh") else ("en_US", "en")
    known = next((one for want in wanted for one in spoken if one.startswith(want)), None)
    return dict(holidays.country_holidays(country, years=year, language=known))


def holiday_of(branch: Branch, day: date) -> str:
    """The name of the public holiday in the active language; '' for any other day."""
    return _holidays(country_of(branch), day.year, get_language() or "zh-hans").get(day, "")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a branch, read once; what it answers then asks nothing of the database."""

    branch: Branch
    week: dict[int, OpeningHours]
    special: dict[date, SpecialDay]

    def _times(self, day: date) -> tuple[time, time] | None:
        special = self.special.get(day)
        if special is not None:
            return (special.opens, special.closes) if special.opens and special.closes else None
        if not self.week:
            return time.min, time.max
        row = self.week.get(day.weekday())
        return None if row is None or holiday_of(self.branch, day) else (row.opens, row.closes)

    def hours_of(self, day: date) -> list[Span]:
        """The open spans of a date, none when it is closed; instants on the branch's clock."""
        times, zone = self._times(day), ZoneInfo(self.branch.zone)
        if times is None:
            return []
        begin = datetime.combine(day, times[0], tzinfo=zone)
        end = datetime.combine(day, times[1], tzinfo=zone)
        if times[1] == time.max:  # never closes: the day ends where the next begins
            end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
        return [(begin, end)]

    def why_closed(self, day: date) -> str:
        """The note of a special day or the name of the holiday; '' when the day is open or just not a working day."""
        if self.hours_of(day):
            return ""
        special = self.special.get(day)
        return special.note if special else holiday_of(self.branch, day)

    def spans(self, from_at: datetime, to_at: datetime) -> list[Span]:
        """The open spans between two instants, clipped to them, in order."""
        day, last = local(self.branch, from_at).date(), local(self.branch, to_at).date()
        found: list[Span] = []
        while day <= last:
            found += clipped(self.hours_of(day), from_at, to_at)
            day += timedelta(days=1)
        return found


def coming_holidays(calendar: Calendar, first: date, count: int) -> list[tuple[date, str]]:
    """The public holidays within so many days that no special day overrules: date and name."""
    days = (first + timedelta(days=ahead) for ahead in range(count))
    return [(day, name) for day in days if day not in calendar.special and (name := holiday_of(calendar.branch, day))]


def clipped(spans: Iterable[Span], from_at: datetime, to_at: datetime) -> list[Span]:
    """What of the spans lies between two instants."""
    cut = ((max(begin, from_at), min(end, to_at)) for begin, end in spans)
    return [(begin, end) for begin, end in cut if begin < end]


def hours(spans: Iterable[Span]) -> Decimal:
    """How long the spans are together, in hours of two decimals. Python subtracts wall clocks of one zone: by UTC."""
    seconds = sum(int(end.timestamp() - begin.timestamp()) for begin, end in spans)
    return (Decimal(seconds) / SECONDS).quantize(Decimal("0.01"))


def calendar_of(branch: Branch, first: date, last: date) -> Calendar:
    """The calendar of a branch for these dates (both included). Two queries."""
    return Calendar(
        branch,
        {row.weekday: row for row in OpeningHours.objects.filter(branch=branch)},
        {row.on: row for row in SpecialDay.objects.filter(branch=branch, on__gte=first, on__lte=last)},
    )


def hours_of(branch: Branch, day: date) -> list[Span]:
    """The open spans of one date. Two queries; for several dates take `calendar_of` once."""
    return calendar_of(branch, day, day).hours_of(day)


def rows_between(branch: Branch, from_at: datetime, to_at: datetime) -> list[Span]:
    """The open spans between two instants. Two queries."""
    first, last = local(branch, from_at).date(), local(branch, to_at).date()
    return calendar_of(branch, first, last).spans(from_at, to_at)


def hours_between(branch: Branch, from_at: datetime, to_at: datetime) -> Decimal:
    """The opening hours between two instants. Two queries."""
    return hours(rows_between(branch, from_at, to_at))
