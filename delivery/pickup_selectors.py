"""Reads of the pick-up slots: which there are, which are free, the least busy first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet

from accounts.calendar import calendar_of
from accounts.models import Branch
from delivery.models import Pickup
from dms.clock import branch_day, day_bounds, now
from reception.models import WorkOrder
from reception.states import OPEN_STATES, State
from records.selectors import rules_now

RULES = ["pickup.minutes", "pickup.places", "pickup.days"]
#: When a slot is agreed: the car is ready and still here.
READY = (State.READY, State.HANDING_OVER, State.SETTLED)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time to pick a car up: cars agreed for it, places, and how busy it is.

    `busy` counts the cars agreed and those that were promised for this time and have no slot: they come as well.
    """

    starts_at: datetime
    ends_at: datetime
    taken: int
    places: int
    busy: int
    day: date

    @property
    def free(self) -> bool:
        return self.taken < self.places


def live(branch: Branch) -> QuerySet[Pickup]:
    """The slots that are agreed."""
    return Pickup.objects.filter(branch=branch, cancelled_at__isnull=True)


def pickup_of(order: WorkOrder) -> Pickup | None:
    """What is agreed for this car. One query."""
    return Pickup.objects.filter(order=order, cancelled_at__isnull=True).select_related("agreed_by").first()


def slots(branch: Branch, at: datetime) -> list[Slot]:
    """Every slot from now on, as the branch is open, in order of time; none where the rule says so. Five queries."""
    said = rules_now(branch, RULES)
    places, length = int(said["pickup.places"]), timedelta(minutes=int(said["pickup.minutes"]))
    if places == 0:
        return []
    first = branch_day(branch, at)
    days = [first + timedelta(days=ahead) for ahead in range(int(said["pickup.days"]))]
    begins, ends = day_bounds(branch, days[0])[0], day_bounds(branch, days[-1])[1]
    agreed = list(live(branch).filter(ends_at__gt=begins, starts_at__lt=ends).values_list("starts_at", "ends_at"))
    promised = WorkOrder.objects.filter(
        branch=branch, state__in=OPEN_STATES, waits=False, promised_at__gte=begins, promised_at__lt=ends
    ).exclude(pickups__in=live(branch))
    coming = [at for at in promised.values_list("promised_at", flat=True) if at is not None]
    return [
        _slot(day, begin, length, places, agreed, coming) for day, begin in _starts(branch, days, length) if begin > at
    ]


def _starts(branch: Branch, days: list[date], length: timedelta) -> Iterator[tuple[date, datetime]]:
    """Where slots begin: every so many minutes of the open hours, the last one ends before the branch closes."""
    calendar = calendar_of(branch, days[0], days[-1])
    for day in days:
        for opens, closes in calendar.hours_of(day):
            begin, end = opens.astimezone(UTC), closes.astimezone(UTC)  # an hour is an hour when the clocks change
            while begin + length <= end:
                yield day, begin
                begin += length


def _slot(
    day: date, begin: datetime, length: timedelta, places: int, agreed: list[tuple[datetime, datetime]],
    coming: list[datetime],
) -> Slot:  # fmt: skip
    end = begin + length
    taken = sum(1 for starts, ends in agreed if starts < end and ends > begin)
    busy = taken + sum(1 for at in coming if begin <= at < end)
    return Slot(begin, end, taken, places, busy, day)


def offered(branch: Branch, at: datetime | None = None) -> list[Slot]:
    """The free slots, day by day; of each day the least busy first. Five queries."""
    free = [slot for slot in slots(branch, at or now()) if slot.free]
    return sorted(free, key=lambda slot: (slot.day, slot.busy, slot.starts_at))


def by_order(branch: Branch, orders: Iterable[WorkOrder]) -> dict[int, Pickup]:
    """What is agreed for these cars, by order. One query."""
    return {row.order_id: row for row in live(branch).filter(order__in=[order.pk for order in orders])}


def day_of_pickups(branch: Branch, day: date) -> list[Pickup]:
    """Who comes on a day, in order of time; cars that have left stand among them. One query."""
    begins, ends = day_bounds(branch, day)
    rows = live(branch).filter(starts_at__gte=begins, starts_at__lt=ends).order_by("starts_at", "place")
    return list(rows.select_related("order__vehicle", "order__bringer", "order__advisor"))
