"""Who should do what today: the plan of the workshop, compared with first come, first served. No database, no clock.

Both plans are laid out by the same finite-capacity schedule (`reception.promise_plan.schedule`), so that their figures
compare: the solver only says who does a job and in which order, the schedule says when and in which bay.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reception.promise_plan import Hand, Place, Placed, Plan, Window, Work, run, schedule

#: A choice of a solver: (place in the order of the jobs, hand) by line.
Choices = Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that a plan is made from. `due` is the promise by order, `close` when today's opening ends.

    `hands` and `places` are not moved: each plan is laid out on copies. `after` comes after the work (checks, wash).
    """

    start: datetime
    close: datetime
    works: Sequence[Work]
    hands: Sequence[Hand]
    places: Sequence[Place]
    open_at: Sequence[Window]
    due: Mapping[int, datetime]
    after: timedelta
    #: Who knows the car of an order, and should rather have it.
    knows: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a plan costs: minutes past the promises, cars late, and minutes of work on cars promised for today that
    do not fit into today and would need overtime. `unplaced` works found nobody within the horizon.
    """

    late_minutes: int
    late_cars: int
    overtime_minutes: int
    unplaced: int

    @property
    def cost(self) -> tuple[int, int, int, int]:
        """Compared: the smaller plan is the better one."""
        return (self.unplaced, self.late_minutes, self.late_cars, self.overtime_minutes)


def lay_out(day: Day, works: Sequence[Work]) -> Plan:
    """These works in the order of their rank, on fresh hands and bays."""
    hands = [replace(hand, busy=list(hand.busy)) for hand in day.hands]
    places = [replace(place, busy=list(place.busy)) for place in day.places]
    return schedule(works, hands, places, day.start)


def _rank(work: Work, *key: object) -> Work:
    """Jobs whose clock runs stay where they are: first of all."""
    return replace(work, rank=(not work.runs, *key, work.order, work.line))


def first_come(day: Day, arrived: Mapping[int, datetime]) -> Plan:
    """First come, first served: cars in the order of arrival, each on the able person who finishes it first."""
    return lay_out(day, [_rank(work, arrived[work.order]) for work in day.works])


def by_promise(day: Day) -> Plan:
    """The earliest promise first (EDD, Jackson 1955); cars without a promise after all others."""
    last = max(day.due.values(), default=day.start)
    return lay_out(day, [_rank(work, work.order not in day.due, day.due.get(work.order, last)) for work in day.works])


def chosen(day: Day, choices: Choices) -> Plan:
    """The plan in which each line is done by the person, and in the order, that the solver chose."""
    return lay_out(
        day, [replace(_rank(work, choices[work.line][0]), hand=choices[work.line][1]) for work in day.works]
    )  # fmt: skip


def figures(day: Day, plan: Plan) -> Figures:
    """What the plan costs against the promises."""
    ends: dict[int, datetime] = {}
    for row in plan.placed:
        ends[row.work.order] = max(ends.get(row.work.order, row.ends_at), row.ends_at)
    late = [minutes for order, end in ends.items() if (minutes := _late(day, order, end)) > 0]
    over = sum((_beyond(day, row) for row in plan.placed if _today(day, row.work.order)), timedelta())
    return Figures(sum(late), len(late), int(over.total_seconds() // 60), len(plan.left_over))


def ready_at(day: Day, end: datetime) -> datetime:
    """When a car whose work ends then has been checked and washed."""
    found = run(day.open_at, end, day.after)
    return found[1] if found else end + day.after


def _late(day: Day, order: int, end: datetime) -> int:
    """Minutes past the promise; 0 for a car that was promised nothing."""
    due = day.due.get(order)
    return max(int((ready_at(day, end) - due).total_seconds() // 60), 0) if due else 0


def _today(day: Day, order: int) -> bool:
    return order in day.due and day.due[order] <= day.close


def _beyond(day: Day, row: Placed) -> timedelta:
    """How much of a work lies after today's closing."""
    if row.ends_at <= day.close:
        return timedelta()
    begun = run(day.open_at, row.begins_at, timedelta())
    before = max(day.close - row.begins_at, timedelta()) if begun else timedelta()
    return max(row.work.left - before, timedelta())


def best(day: Day, arrived: Mapping[int, datetime], solve: Callable[[Day, Plan], Choices | None]) -> Plan:
    """The cheapest of three: what the solver found, earliest promise first, and first come first served.

    So a plan is never worse than what a supervisor would do without it, whatever the solver had time for.
    """
    plans = [by_promise(day), first_come(day, arrived)]
    start = min(plans, key=lambda plan: figures(day, plan).cost)
    choices = solve(day, start)
    if choices is not None:
        plans.insert(0, chosen(day, choices))
    return min(plans, key=lambda plan: figures(day, plan).cost)
