"""Reads for those who work on the cars: technicians, checkers, the parts counter, the wash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery

from accounts.models import Branch, Membership
from catalog.models import LabourOperation, Part
from dms.clock import branch_day, day_bounds, now
from reception.models import WorkOrder
from reception.selectors import Promised, promised
from reception.states import LineState, State
from workshop.models import CheckItem, Clocking, Hold, Inspection, Job, JobShare
from workshop.selectors.checklist import items_in_use, of
from workshop.selectors.stores import IN_SHOP, Request, parts_of
from workshop.states import WAITS, JobState, Level

#: Lines whose work counts.
STANDING = (LineState.APPROVED, LineState.DONE)


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """A car whose work is done: what its technician looks at, and the jobs of which one may not be right yet."""

    order: WorkOrder
    items: list[CheckItem]
    jobs: list[Job]


@dataclass(slots=True)
class Day:
    """A technician's day: the job under the clock and its car's parts, what comes next, what waits for a self check."""

    current: Job | None
    parts: list[Request]
    since: datetime | None
    #: Seconds worked on the current job before the running clock.
    before: int
    next: list[Job]
    to_check: list[OwnCheck]
    worked: timedelta

    @property
    def ready(self) -> list[Job]:
        """Jobs that waited for parts or an answer, which are there now: they can go on."""
        return [
            job for job in self.next
            if job.state == JobState.PAUSED and job.paused_for in WAITS and job.hold_reason is None  # type: ignore[attr-defined]  # annotated
        ]  # fmt: skip


def technician_day(membership: Membership) -> Day:
    """My jobs (by promise), the parts of the current car and my clock of today.

    Three queries, nine with a job, two more with a car to check, two with one that is shared.

    The page asks one more for what the customer said, where the job answers no single statement of it.
    """
    jobs = list(
        Job.objects.filter(
            Q(technician=membership) | Exists(JobShare.objects.filter(job=OuterRef("pk"), technician=membership)),
            order__state__in=IN_SHOP, line__state=LineState.APPROVED,
        )
        .exclude(state=JobState.DONE)
        .annotate(runs=Exists(Clocking.objects.filter(job=OuterRef("pk"), technician=membership, stopped_at=None)))
        .annotate(**_waits(membership))
        .prefetch_related("shares__technician__user")
        .select_related("order__vehicle__model", "order__branch", "line__statement", "bay")
        .order_by(F("order__promised_at").asc(nulls_last=True), "id")
    )  # fmt: skip
    current = next((job for job in jobs if job.runs), None)
    begins, ends = day_bounds(membership.branch, branch_day(membership.branch))
    mine = Q(started_at__gte=begins, started_at__lt=ends) | Q(job=current.pk if current else None)
    clocks = list(Clocking.objects.filter(mine, technician=membership))
    earlier = [c for c in clocks if current and c.job_id == current.pk and c.stopped_at]
    return Day(
        current=current,
        parts=parts_of(current.order) if current else [],
        since=next((clock.started_at for clock in clocks if clock.stopped_at is None), None),
        before=int(sum((_worked(clock) for clock in earlier), timedelta()).total_seconds()),
        next=[job for job in jobs if job != current],
        to_check=_to_check(membership),
        worked=sum((_worked(clock) for clock in clocks if clock.started_at >= begins), timedelta()),
    )


def _waits(membership: Membership) -> dict[str, Subquery]:
    """What holds a job up: `hold_reason` of it or its car, `own_hold` (which stops its clock), and what this person's
    clock was last paused for.
    """
    of_job = Hold.objects.filter(job=OuterRef("pk"), ended_at__isnull=True).order_by("id")
    of_any = Hold.objects.filter(
        Q(job=OuterRef("pk")) | Q(job__isnull=True, order=OuterRef("order")), ended_at__isnull=True
    ).order_by(F("job").asc(nulls_last=True), "id")
    last = Clocking.objects.filter(job=OuterRef("pk"), technician=membership).order_by("-id")
    return {
        "hold_reason": Subquery(of_any.values("reason")[:1]), "own_hold": Subquery(of_job.values("pk")[:1]),
        "paused_for": Subquery(last.values("pause_reason")[:1]),
    }  # fmt: skip


def _worked(clock: Clocking) -> timedelta:
    return (clock.stopped_at or now()) - clock.started_at


def _to_check(membership: Membership) -> list[OwnCheck]:
    """Orders in work whose jobs are all finished and on which this person worked. One query, three if there are any."""
    unfinished = Job.objects.filter(order=OuterRef("pk"), line__state=LineState.APPROVED).exclude(state=JobState.DONE)
    worked = Clocking.objects.filter(job__order=OuterRef("pk"), technician=membership)
    orders = WorkOrder.objects.filter(branch=membership.branch, state=State.WORKING)
    mine = orders.filter(Exists(worked), ~Exists(unfinished)).select_related("vehicle__model")
    done = Job.objects.filter(line__state__in=STANDING).select_related("line").order_by("id")
    found = list(mine.prefetch_related(Prefetch("jobs", done)).order_by("promised_at", "id"))
    items = items_in_use() if found else []
    return [OwnCheck(row, of(items, row.repair_class, Level.SELF), list(row.jobs.all())) for row in found]


@dataclass(slots=True)
class Waiting:
    """A car at the check: which level is due, since when, and what was done."""

    order: WorkOrder
    level: str
    since: datetime | None
    p: Promised
    #: Minutes since the last check.
    minutes: int
    #: What this check looks at.
    items: list[CheckItem]

    @property
    def finished(self) -> list[Job]:
        """The jobs that a failure may send back."""
        return [job for job in self.order.jobs.all() if job.line.state in STANDING]

    @property
    def label(self) -> str:
        """The level in words."""
        return str(Level(self.level).label)


def checks_waiting(branch: Branch) -> list[Waiting]:
    """Cars at the check with what their customers said, the longest waiting first. Five queries."""
    at = now()
    orders = (
        WorkOrder.objects.filter(branch=branch, state=State.CHECKING)
        .select_related("vehicle__model")
        .prefetch_related(
            Prefetch("inspections", Inspection.objects.order_by("-round", "-id")),
            "statements",
            Prefetch("jobs", Job.objects.select_related("line", "technician__user").order_by("id")),
        )
    )
    items = items_in_use()
    rows = [_waiting(order, at, items) for order in orders]
    return sorted(rows, key=lambda row: row.since or at)


def _waiting(order: WorkOrder, at: datetime, items: list[CheckItem]) -> Waiting:
    """The latest check of the latest round says which level is due."""
    last = next(iter(order.inspections.all()), None)
    level = Level.FINAL if last is not None and last.level == Level.LEADER and last.passed else Level.LEADER
    since = last.inspected_at if last else None
    waits = int((at - since).total_seconds() // 60) if since else 0
    return Waiting(order, level, since, promised(order, at), waits, of(items, order.repair_class, level))


#: What a phone can still hold in a list of suggestions.
MOST_CHOICES = 200


def operations_to_choose() -> list[LabourOperation]:
    """Operations that a technician may suggest, by code. One query."""
    return list(LabourOperation.objects.filter(active=True).order_by("code")[:MOST_CHOICES])


def parts_to_choose() -> list[Part]:
    """Parts that a technician may suggest, by number. One query."""
    return list(Part.objects.filter(active=True).order_by("code")[:MOST_CHOICES])


def wash_queue(branch: Branch) -> list[Promised]:
    """Cars to wash, by promise. One query."""
    at = now()
    orders = WorkOrder.objects.filter(branch=branch, state=State.WASHING).select_related("vehicle__model")
    return [promised(order, at) for order in orders.order_by(F("promised_at").asc(nulls_last=True), "id")]
