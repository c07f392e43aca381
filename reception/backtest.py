"""How good the proposed promises would have been on visits that are over (`manage.py promise_backtest`).

Each visit is asked about at the moment it was signed, knowing only what was known then: what had been sold, which
other cars were in the workshop and since when. People are taken to have been there from opening to closing, unless
a roster of that day is kept.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Prefetch

from accounts.models import Branch
from reception.models import Line, WorkOrder
from reception.promise_plan import Work
from reception.promises import LEAST_HOURS, Proposal, look, propose
from reception.states import LineKind, LineState, State
from reception.waits import Held, until


@dataclass(frozen=True, slots=True)
class Score:
    """Of `visits` promises: the share kept, minutes late in the mean of all, minutes early in the mean of the kept."""

    name: str
    visits: int
    kept: float
    late: float
    early: float


def _score(name: str, misses: Sequence[timedelta]) -> Score:
    """`misses`: ready minus promised."""
    minutes = [miss.total_seconds() / 60 for miss in misses]
    kept = [one for one in minutes if one <= 0]
    count = len(minutes) or 1
    return Score(
        name, len(minutes), len(kept) / count, sum(max(one, 0) for one in minutes) / count,
        -sum(kept) / (len(kept) or 1),
    )  # fmt: skip


def _ready_at(order: WorkOrder) -> datetime:
    """When the car could be handed over: washed, or the wash waived, or through the last check."""
    at = order.washed_at or order.wash_waived_at or order.quality_at
    assert at is not None  # noqa: S101 - the query asks for it
    return at


def _works_left(other: WorkOrder, at: datetime, held: Sequence[Held]) -> list[Work]:
    """What was left of another car's work, if every hour since it was accepted was worked on it."""
    begun = other.accepted_at
    gone = Decimal(max((at - begun).total_seconds(), 0)) / 3600 if begun else Decimal(0)
    works = []
    for line in other.lines.all():
        worked = min(gone, line.standard_hours)
        gone -= worked
        left = line.standard_hours - worked
        if left > 0:
            works.append((line, left))
    if not works and other.lines.all():  # over its time and still not done
        works.append((list(other.lines.all())[-1], LEAST_HOURS))
    rank = (begun is None, other.promised_at or other.arrived_at, other.pk)
    return [
        Work(
            other.pk, timedelta(hours=float(left)), (*rank, line.pk),
            line.operation.skill_id if line.operation else None, held_until=until(held, line.pk),
        )
        for line, left in works
    ]  # fmt: skip


def _orders(branch: Branch, visits: int) -> list[WorkOrder]:
    sold = Line.objects.filter(kind=LineKind.LABOUR, state=LineState.DONE).select_related("operation__skill")
    return list(
        WorkOrder.objects.filter(
            branch=branch, state=State.RELEASED, authorised_at__isnull=False, quality_at__isnull=False
        )
        .select_related("branch")
        .prefetch_related(Prefetch("lines", sold.order_by("id")))
        .order_by("-authorised_at")[:visits]
    )


def _proposal(branch: Branch, order: WorkOrder, others: Sequence[WorkOrder]) -> Proposal:
    at = order.authorised_at
    assert at is not None  # noqa: S101 - the query asks for it
    shop = look(branch, at)
    shop.short = {}  # what lay on the shelf that day is not known
    if not order.wash:
        shop.unwashed.add(order.pk)
    shop.works = [work for other in others for work in _works_left(other, at, shop.held.get(other.pk, ()))]
    return propose(shop, order.pk, [line for line in order.lines.all() if not line.extra])


def backtest(branch: Branch, visits: int = 300) -> list[Score]:
    """Naive (signed + standard hours), earliest and comfortable, on the last so many visits of a branch."""
    rows = _orders(branch, visits)
    misses: dict[str, list[timedelta]] = defaultdict(list)
    for order in rows:
        at, ready = order.authorised_at, _ready_at(order)
        assert at is not None  # noqa: S101
        others = [
            one for one in rows
            if one.pk != order.pk and one.authorised_at and one.authorised_at <= at and (one.quality_at or at) > at
        ]  # fmt: skip
        hours = sum((line.standard_hours for line in order.lines.all() if not line.extra), Decimal(0))
        misses["naive"].append(ready - (at + timedelta(hours=float(hours))))
        offer = _proposal(branch, order, others)
        misses["earliest"].append(ready - offer.choices[0].at)
        misses["comfortable"].append(ready - offer.chosen)
    return [_score(name, misses[name]) for name in ("naive", "earliest", "comfortable")]
