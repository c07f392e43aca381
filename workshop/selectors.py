"""Reads of the workshop: each a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import Bay, Branch, Membership, Shift
from catalog.models import LabourOperation, Part, Stock
from dms.clock import branch_day, day_bounds, now
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.states import OPEN_STATES, LineKind, LineState, State
from workshop.models import Clocking, Hold, Inspection, Job, PartIssue
from workshop.states import JobState, Level

IN_SHOP = (State.QUEUED, State.ASSIGNED, State.WORKING)
HANDS = Q(roles__overlap=["technician", "team_leader"])


@dataclass(frozen=True, slots=True)
class Risk:
    """A promise as a chip: kind `ok`, `risk`, `late` or `plain`, and its words."""

    kind: str
    text: str


def risk_of(promised_at: datetime | None, at: datetime) -> Risk:
    """Late after the promise, at risk in the last hour before it."""
    if promised_at is None:
        return Risk("plain", _("No promise"))
    minutes = int((promised_at - at).total_seconds() // 60)
    if minutes < 0:
        return Risk("late", _("%(minutes)d min over") % {"minutes": -minutes})
    return Risk("risk", _("%(minutes)d min left") % {"minutes": minutes}) if minutes < 60 else Risk("ok", _("In time"))


@dataclass(slots=True)
class Card:
    """One order on the board, in one lane, with its jobs there."""

    order: WorkOrder
    jobs: list[Job]
    risk: Risk
    #: When the running clock started.
    since: datetime | None = None

    @property
    def movable(self) -> bool:
        """Dragging gives the whole order away; only what nobody has begun can be dragged."""
        return self.order.state in (State.QUEUED, State.ASSIGNED)

    @property
    def retractable(self) -> bool:
        """The dispatch can be taken back while nobody has begun."""
        return self.order.state == State.ASSIGNED

    @property
    def hours(self) -> Decimal:
        """Sold hours of the jobs here."""
        return sum((job.sold_hours for job in self.jobs), ZERO)


@dataclass(slots=True)
class Lane:
    """A technician's column; `percent` is open sold hours against the shift."""

    technician: Membership
    cards: list[Card] = field(default_factory=list)
    shift_hours: Decimal = ZERO

    @property
    def hours(self) -> Decimal:
        """Sold hours of the open jobs in the lane."""
        return sum((card.hours for card in self.cards), ZERO)

    @property
    def percent(self) -> int:
        """Sold of available hours; 0 without a shift."""
        return int(100 * self.hours / self.shift_hours) if self.shift_hours else 0

    @property
    def free(self) -> Decimal:
        """Hours of the shift that are not sold; below zero when more was sold than there is."""
        return self.shift_hours - self.hours


@dataclass(slots=True)
class Board:
    """Everything on the supervisor's board."""

    offered: list[Card]
    unassigned: list[Card]
    lanes: list[Lane]
    holds: list[Hold]
    bays: list[Bay]
    sold: Decimal
    available: Decimal

    @property
    def freest(self) -> Lane | None:
        """Whom the board suggests for the next job: the most free hours of today's shift. A person decides."""
        return max(self.lanes, key=lambda lane: lane.free, default=None)

    @property
    def percent(self) -> int:
        """Sold of available hours of today."""
        return int(100 * self.sold / self.available) if self.available else 0


def technicians(branch: Branch) -> QuerySet[Membership]:
    """Who can be dispatched, by name."""
    people = Membership.objects.filter(HANDS, branch=branch, active=True).select_related("user")
    return people.order_by("user__name", "id")


def board(branch: Branch) -> Board:
    """The board in six queries: orders, jobs with clocks, people, holds, bays, shifts."""
    at = now()
    wanted = Q(state__in=IN_SHOP) | Q(state=State.AUTHORISED, offered_to_workshop_at__isnull=False)
    orders = list(
        WorkOrder.objects.filter(wanted, branch=branch).select_related("vehicle__model")
        .order_by(F("promised_at").asc(nulls_last=True), "id")
    )  # fmt: skip
    jobs = _jobs_of(orders)
    lanes = {person.pk: Lane(person) for person in technicians(branch)}
    for order in orders:
        _place(order, jobs[order.pk], lanes, at)
    for shift in Shift.objects.filter(membership__in=list(lanes), works_on=branch_day(branch)):
        lanes[shift.membership_id].shift_hours = _hours(shift)
    waiting = [
        Card(order, left, risk_of(order.promised_at, at))
        for order in orders
        if (left := [job for job in jobs[order.pk] if job.state == JobState.QUEUED])
    ]
    return Board(
        offered=[Card(one, [], risk_of(one.promised_at, at)) for one in orders if one.state == State.AUTHORISED],
        unassigned=waiting,
        lanes=list(lanes.values()),
        holds=open_holds(branch),
        bays=list(Bay.objects.filter(branch=branch, active=True).order_by("name")),
        sold=sum((lane.hours for lane in lanes.values()), ZERO),
        available=sum((lane.shift_hours for lane in lanes.values()), ZERO),
    )


def _jobs_of(orders: list[WorkOrder]) -> dict[int, list[Job]]:
    """Open jobs by order; `since` of a running one is when its clock started. One query."""
    jobs: dict[int, list[Job]] = defaultdict(list)
    running = Clocking.objects.filter(job=OuterRef("pk"), stopped_at__isnull=True).values("started_at")
    rows = (
        Job.objects.filter(order__in=orders, line__state=LineState.APPROVED)
        .exclude(state=JobState.DONE)
        .select_related("line", "bay")
        .annotate(since=Subquery(running[:1]))
        .order_by("id")
    )
    for job in rows:
        jobs[job.order_id].append(job)
    return jobs


def _place(order: WorkOrder, jobs: list[Job], lanes: dict[int, Lane], at: datetime) -> None:
    """Put the order's dispatched jobs into their lanes, one card a technician."""
    by_person: dict[int, list[Job]] = defaultdict(list)
    for job in jobs:
        if job.technician_id in lanes and job.state != JobState.QUEUED:
            by_person[job.technician_id].append(job)
    for person, theirs in by_person.items():
        since = next((started for job in theirs if (started := getattr(job, "since", None))), None)
        lanes[person].cards.append(Card(order, theirs, risk_of(order.promised_at, at), since))


def _hours(shift: Shift) -> Decimal:
    """Length of a shift in hours; breaks are not known."""
    minutes = (shift.ends.hour - shift.begins.hour) * 60 + shift.ends.minute - shift.begins.minute
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"))


def open_holds(branch: Branch) -> list[Hold]:
    """What blocks cars, the oldest first. One query."""
    return list(
        Hold.objects.filter(order__branch=branch, order__state__in=OPEN_STATES, ended_at__isnull=True)
        .select_related("order__vehicle", "job__line", "owner").order_by("began_at", "id")
    )  # fmt: skip


@dataclass(slots=True)
class Day:
    """A technician's day: the job under the clock, what comes next, what waits for the self check."""

    current: Job | None
    since: datetime | None
    #: Seconds worked on the current job before the running clock.
    before: int
    next: list[Job]
    to_check: list[WorkOrder]
    worked: timedelta


def technician_day(membership: Membership) -> Day:
    """My jobs (by promise) and my clock of today. Three queries."""
    jobs = list(
        Job.objects.filter(technician=membership, order__state__in=IN_SHOP, line__state=LineState.APPROVED)
        .exclude(state=JobState.DONE)
        .select_related("order__vehicle__model", "line__statement", "bay")
        .order_by(F("order__promised_at").asc(nulls_last=True), "id")
    )
    current = next((job for job in jobs if job.state == JobState.RUNNING), None)
    begins, ends = day_bounds(membership.branch, branch_day(membership.branch))
    mine = Q(started_at__gte=begins, started_at__lt=ends) | Q(job=current.pk if current else None)
    clocks = list(Clocking.objects.filter(mine, technician=membership))
    earlier = [c for c in clocks if current and c.job_id == current.pk and c.stopped_at]
    return Day(
        current=current,
        since=next((clock.started_at for clock in clocks if clock.stopped_at is None), None),
        before=int(sum((_worked(clock) for clock in earlier), timedelta()).total_seconds()),
        next=[job for job in jobs if job != current],
        to_check=_to_check(membership),
        worked=sum((_worked(clock) for clock in clocks if clock.started_at >= begins), timedelta()),
    )


def _worked(clock: Clocking) -> timedelta:
    return (clock.stopped_at or now()) - clock.started_at


def _to_check(membership: Membership) -> list[WorkOrder]:
    """Orders in work whose jobs are all finished and on which this person worked."""
    unfinished = Job.objects.filter(order=OuterRef("pk"), line__state=LineState.APPROVED).exclude(state=JobState.DONE)
    worked = Clocking.objects.filter(job__order=OuterRef("pk"), technician=membership)
    orders = WorkOrder.objects.filter(branch=membership.branch, state=State.WORKING)
    mine = orders.filter(Exists(worked), ~Exists(unfinished)).select_related("vehicle__model")
    return list(mine.order_by("promised_at", "id"))


@dataclass(slots=True)
class Waiting:
    """A car at the check: which level is due, since when, and what was done."""

    order: WorkOrder
    level: str
    since: datetime | None
    risk: Risk

    @property
    def label(self) -> str:
        """The level in words."""
        return str(Level(self.level).label)


def checks_waiting(branch: Branch) -> list[Waiting]:
    """Cars at the check, the longest waiting first. Three queries."""
    at = now()
    orders = (
        WorkOrder.objects.filter(branch=branch, state=State.CHECKING)
        .select_related("vehicle__model")
        .prefetch_related(
            Prefetch("inspections", Inspection.objects.order_by("-round", "-id")),
            Prefetch("jobs", Job.objects.select_related("line", "technician__user").order_by("id")),
        )
    )
    rows = [_waiting(order, at) for order in orders]
    return sorted(rows, key=lambda row: row.since or at)


def _waiting(order: WorkOrder, at: datetime) -> Waiting:
    """The latest check of the latest round says which level is due."""
    last = next(iter(order.inspections.all()), None)
    level = Level.FINAL if last is not None and last.level == Level.LEADER and last.passed else Level.LEADER
    return Waiting(order, level, last.inspected_at if last else None, risk_of(order.promised_at, at))


@dataclass(slots=True)
class Request:
    """A part line at the counter; quantities in the part's unit."""

    line: Line
    left: Decimal
    issues: list[PartIssue]
    on_hand: Decimal

    @property
    def short(self) -> Decimal:
        """How many are missing on the shelf."""
        return max(self.left - self.on_hand, ZERO)


def parts_queue(branch: Branch) -> list[Request]:
    """Approved part lines of cars in the workshop: shortages first, issued ones last. Three queries."""
    lines = (
        Line.objects.filter(
            order__branch=branch, order__state__in=IN_SHOP, kind=LineKind.PART, state=LineState.APPROVED
        )
        .select_related("order__vehicle", "part")
        .prefetch_related(Prefetch("issues", PartIssue.objects.order_by("id")))
        .order_by(F("order__promised_at").asc(nulls_last=True), "order_id", "id")
    )
    shelf = dict(
        Stock.objects.filter(branch=branch, part__in=[line.part_id for line in lines]).values_list("part_id", "on_hand")
    )
    rows = []
    for line in lines:
        issues = list(line.issues.all())
        out = sum((one.quantity - one.returned for one in issues), ZERO)
        left = [one for one in issues if one.returned < one.quantity]
        rows.append(Request(line, line.quantity - out, left, shelf.get(line.part_id or 0, ZERO)))
    return sorted(rows, key=lambda row: (row.left <= 0, row.short <= 0))


#: What a phone can still hold in a list of suggestions.
MOST_CHOICES = 200


def operations_to_choose() -> list[LabourOperation]:
    """Operations that a technician may suggest, by code. One query."""
    return list(LabourOperation.objects.filter(active=True).order_by("code")[:MOST_CHOICES])


def parts_to_choose() -> list[Part]:
    """Parts that a technician may suggest, by number. One query."""
    return list(Part.objects.filter(active=True).order_by("code")[:MOST_CHOICES])


def wash_queue(branch: Branch) -> list[WorkOrder]:
    """Cars to wash, by promise. One query."""
    orders = WorkOrder.objects.filter(branch=branch, state=State.WASHING).select_related("vehicle__model")
    return list(orders.order_by(F("promised_at").asc(nulls_last=True), "id"))
