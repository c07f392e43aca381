"""What the plan of the day is made from, and how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from accounts.models import Bay, Branch, Membership
from dms.clock import now
from dms.gather import gather
from reception.models import WorkOrder
from reception.promise_plan import Placed, Plan
from reception.promises import look
from reception.states import LineState, State
from workshop.day_plan import Day, Figures, figures, ready_at
from workshop.models import Job
from workshop.selectors.board import technicians
from workshop.selectors.preferred import Known, preferred
from workshop.states import JobState

#: Orders of which jobs can be dispatched.
DISPATCHABLE = (State.QUEUED, State.ASSIGNED, State.WORKING)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The day with its jobs by line, and when their cars arrived. `open` are the lines that the plan may give."""

    day: Day
    jobs: dict[int, Job]
    arrived: dict[int, datetime]
    open: frozenset[int]


@dataclass(frozen=True, slots=True)
class Row:
    """A job of the plan: who, where, from when to when; `slack` minutes before (below zero: after) the promise."""

    job: Job
    technician: Membership
    bay: Bay | None
    begins_at: datetime
    ends_at: datetime
    ready_at: datetime
    slack: int | None
    #: Why this person: they know the car. Empty for no such reason.
    why: str = ""
    #: The bay, and the time not before which it is to begin, that the supervisor chose.
    chosen_bay: int | None = None
    chosen_at: datetime | None = None

    @property
    def moved(self) -> bool:
        """Whether the chosen time could not be kept."""
        return self.chosen_at is not None and self.begins_at - self.chosen_at >= timedelta(minutes=1)

    @property
    def late(self) -> bool:
        """Whether the car misses its promise by this job."""
        return self.slack is not None and self.slack < 0

    @property
    def late_by(self) -> int:
        """Minutes past the promise."""
        return max(-(self.slack or 0), 0)


def ahead(branch: Branch, *, move: bool, at: datetime | None = None) -> Ahead:
    """The work of the branch; with `move`, what is dispatched and not begun may go to others too. Five queries."""
    shop = look(branch, at or now())
    orders = {work.order for work in shop.works}
    rows, jobs = gather(
        WorkOrder.objects.filter(pk__in=orders),
        Job.objects.filter(
            order__branch=branch, order__state__in=DISPATCHABLE, line__state=LineState.APPROVED,
            state__in=[JobState.QUEUED, JobState.ASSIGNED],
        ).select_related("line", "order__vehicle__model", "technician__user").order_by("id"),
    )  # fmt: skip
    by_line = {job.line_id: job for job in jobs}
    free = frozenset(line for line, job in by_line.items() if move or job.state == JobState.QUEUED)
    close = next((closes for _opens, closes in shop.open_at if closes > shop.at), shop.at)
    day = Day(
        shop.at, close if close.date() == shop.at.date() else shop.at,
        [replace(work, hand=None) if work.line in free else work for work in shop.works], shop.hands, shop.places,
        shop.open_at, {row.pk: row.promised_at for row in rows if row.promised_at}, shop.after_work(),
        {order: known.hand for order, known in preferred(branch, rows).items()},
    )  # fmt: skip
    return Ahead(day, by_line, {row.pk: row.arrived_at for row in rows}, free)


@dataclass(frozen=True, slots=True)
class Aside:
    """A job beside the plan, with the person it was planned for: left out as `wanted`, or without a time as chosen."""

    job: Job
    technician: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan to be accepted or edited, its figures, and those of first come, first served."""

    rows: list[Row]
    left: list[Job]
    figures: Figures
    first_come: Figures
    #: What an edited plan does not dispatch.
    out: list[Aside] = field(default_factory=list)


def proposal(branch: Branch, found: Ahead, plan: Plan, first_come: Plan) -> Proposal:
    """The open jobs of a plan, by technician and time. Three queries."""
    people = {person.pk: person for person in technicians(branch)}
    bays = {bay.pk: bay for bay in Bay.objects.filter(branch=branch)}
    known = preferred(branch, {job.order_id: job.order for job in found.jobs.values()}.values())
    rows = [
        _row(found.day, found.jobs[placed.work.line], placed, people, bays, known)
        for placed in plan.placed
        if placed.work.line in found.open and placed.hand in people
    ]
    rows.sort(key=lambda row: (row.technician.user.name, row.technician.pk, row.begins_at))
    left = [found.jobs[work.line] for work in plan.left_over if work.line in found.open]
    return Proposal(rows, left, figures(found.day, plan), figures(found.day, first_come))


def _row(
    day: Day, job: Job, placed: Placed, people: Mapping[int, Membership], bays: Mapping[int, Bay],
    known: Mapping[int, Known],
) -> Row:  # fmt: skip
    ready, due = ready_at(day, placed.ends_at), day.due.get(job.order_id)
    slack = int((due - ready).total_seconds() // 60) if due else None
    bay = bays.get(placed.place) if placed.place else None
    who = known.get(job.order_id)
    why = who.why if who is not None and who.hand == placed.hand else ""
    return Row(job, people[placed.hand], bay, placed.begins_at, placed.ends_at, ready, slack, why)
