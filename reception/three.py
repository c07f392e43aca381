"""The three guarantees (三包) of a car: days in repair and repairs of one fault, while their term runs."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Branch
from catalog.states import OperationKind
from customers.models import Vehicle
from customers.services.forecast import add_months
from dms.clock import branch_day, now
from reception.models import Line, WorkOrder
from reception.states import OPEN_STATES, Coverage, LineState, VisitType
from records.selectors import RuleBook

KEYS = ("three.days_most", "three.repairs_most", "three.months", "three.km", "three.first_days", "three.first_km")
#: What counts: repairs that the maker or the house had to make.
COVERED = (Coverage.FACTORY, Coverage.PARTS, Coverage.GUARANTEE, Coverage.RECALL)
#: Lines of the visit under way that may still be done.
MAY_BE = (LineState.DRAFT, LineState.OFFERED, LineState.APPROVED, LineState.DONE)
#: Visits that are the maker's from the first minute, before a line says so.
MAKERS = (VisitType.WARRANTY, VisitType.RECALL)
#: From which share of a limit on it is told.
NEAR = Decimal("0.8")
#: Lines looked at: a car of three years has some dozens of visits.
MOST = 300


@dataclass(frozen=True, slots=True)
class Counters:
    """三包: days in repair and repairs of the same fault inside the term, with their limits; `near` one of them.

    Of `days` the visit under way has `here` so far.
    """

    days: int
    days_most: int
    repairs: int
    repairs_most: int
    fault: str
    first: bool
    here: int = 0

    @property
    def near(self) -> bool:
        """Whether the manager should know before the car goes into the workshop."""
        return self.days >= self.days_most * NEAR or (self.repairs > 1 and self.repairs >= self.repairs_most - 1)


def questions(vehicle: Vehicle) -> list[QuerySet[Any]]:
    """What the counters are made of, for who asks for it together with other lists (`gather`): the covered lines of
    visits that ended or go on, and the maker's visits that go on.
    """
    going_on = Q(order__released_at__isnull=True, order__state__in=OPEN_STATES, state__in=MAY_BE)
    ended = Q(order__released_at__isnull=False, state=LineState.DONE)
    lines = Line.objects.filter(ended | going_on, order__vehicle=vehicle, coverage__in=COVERED)
    here = WorkOrder.objects.filter(vehicle=vehicle, state__in=OPEN_STATES, released_at__isnull=True)
    return [
        lines.select_related("order", "operation").order_by("-order__arrived_at", "-id")[:MOST],
        here.filter(visit_type__in=MAKERS).order_by("id"),
    ]


def counters(
    branch: Branch, vehicle: Vehicle, rows: Sequence[Line | WorkOrder], book: RuleBook, km: int | None
) -> Counters | None:
    """From the rows of `questions`; None for a car without a warranty start, and after the term. No query.

    The visit under way counts its days so far; its repair is counted when it has ended.
    """
    today, since = branch_day(branch), vehicle.warranty_start_on
    if since is None or today > add_months(since, int(book.on("three.months", today))):
        return None
    if km is not None and km > int(book.on("three.km", today)):
        return None
    covered = [row for row in rows if isinstance(row, Line)]
    orders = {row.pk: row for row in rows if isinstance(row, WorkOrder)} | {row.order_id: row.order for row in covered}
    inside = {pk: order for pk, order in orders.items() if branch_day(branch, order.arrived_at) >= since}
    done = [row for row in covered if row.order_id in inside and row.order.released_at is not None]
    faults = Counter(row.operation_id for row in done if row.operation and row.operation.kind == OperationKind.REPAIR)
    worst, repairs = faults.most_common(1)[0] if faults else (None, 0)
    names = {row.operation_id: row.label for row in done}
    first = (today - since).days <= int(book.on("three.first_days", today)) and (
        km is None or km <= int(book.on("three.first_km", today))
    )
    return Counters(
        days=sum(_days_here(order) for order in inside.values()),
        days_most=int(book.on("three.days_most", today)),
        repairs=repairs,
        repairs_most=int(book.on("three.repairs_most", today)),
        fault=names.get(worst, ""),
        first=first,
        here=sum(_days_here(order) for order in inside.values() if order.released_at is None),
    )


def _days_here(order: WorkOrder) -> int:
    """Days in repair so far; less than 24 hours are a day (三包)."""
    left_at = order.released_at or now()
    return max(1, math.ceil((left_at - order.arrived_at).total_seconds() / 86_400))
