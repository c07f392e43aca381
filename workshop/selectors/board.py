"""The supervisor's board: who works on what, what waits, what is blocked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.timezone import localtime

from accounts.models import Bay, Branch, Membership, Shift, Team
from accounts.states import BayKind, Lanes
from dms.clock import branch_day, now
from dms.gather import gather
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.promises import Shop, finishes, look
from reception.selectors import Promised, promised
from reception.states import OPEN_STATES, LineKind, LineState, State
from records.selectors import rule
from workshop.models import Clocking, Hold, Job, JobShare
from workshop.selectors.preferred import preferred
from workshop.selectors.stores import IN_SHOP
from workshop.selectors.suggest import Suggestion, suggestions
from workshop.states import JobState

HANDS = Q(roles__overlap=["technician", "team_leader"])


@dataclass(frozen=True, slots=True)
class Task:
    """A job with its clock: `since` is when it started to run now, `worked` what was clocked before."""

    job: Job
    since: datetime | None
    worked: timedelta
    #: Its clock runs longer than anybody works without a pause.
    forgotten: bool = False
    #: Everybody who does it, with their percent; nobody for one who does all.
    shares: tuple[tuple[int, int], ...] = ()
    #: How much of it is done in the lane where it stands.
    percent: int = 100

    @property
    def hours(self) -> Decimal:
        """Sold hours here."""
        sold: Decimal = self.job.sold_hours
        return sold * self.percent / 100

    @property
    def before(self) -> int:
        """Seconds on the clock before it started to run now."""
        return int(self.worked.total_seconds())

    @property
    def sold_minutes(self) -> int:
        """What was sold of it, in minutes."""
        return int(self.job.sold_hours * 60)

    @property
    def begun(self) -> bool:
        """Whether somebody has worked on it."""
        return self.since is not None or bool(self.worked)


@dataclass(slots=True)
class Card:
    """One order on the board, in one lane, with its jobs there; `works` are the lines of an order not yet accepted."""

    order: WorkOrder
    p: Promised
    tasks: list[Task] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    works: list[Line] = field(default_factory=list)
    #: Who should take it, the best first; only for what nobody was given.
    suggested: list[tuple["Lane", Suggestion]] = field(default_factory=list)
    #: How many nights the car has stood here: it was not finished on the day it came.
    nights: int = 0

    @property
    def jobs(self) -> list[Job]:
        """The jobs here."""
        return [task.job for task in self.tasks]

    @property
    def technician(self) -> int | None:
        """Who has the jobs here."""
        return self.tasks[0].job.technician_id if self.tasks else None

    @property
    def bay(self) -> int | None:
        """Where they are done."""
        return self.tasks[0].job.bay_id if self.tasks else None

    @property
    def running(self) -> bool:
        """Whether a clock runs here."""
        return any(task.since for task in self.tasks)

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
        """Sold hours of the work here."""
        sold = [task.hours for task in self.tasks] + [line.quantity for line in self.works]
        return sum(sold, ZERO)


@dataclass(slots=True)
class Lane:
    """The column of a technician or a bay (without either: dispatched without a bay); `percent` is open sold hours
    against the hours of the shift, or those in which the house is open.
    """

    technician: Membership | None = None
    bay: Bay | None = None
    cards: list[Card] = field(default_factory=list)
    shift_hours: Decimal = ZERO

    @property
    def key(self) -> int | str:
        """What a card gets that is dragged here."""
        return self.technician.pk if self.technician else self.bay.pk if self.bay else ""

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


@dataclass(frozen=True, slots=True)
class Blocked:
    """An open hold with its age in minutes and the hours that its reason may take (the rule `hold.<reason>_hours`)."""

    hold: Hold
    minutes: int
    limit_hours: int

    @property
    def over(self) -> bool:
        """Whether it has lasted longer than it may: somebody has to ask."""
        return self.minutes > 60 * self.limit_hours


@dataclass(slots=True)
class Board:
    """Everything on the supervisor's board; `people` are the lanes of the technicians, shown or not."""

    offered: list[Card]
    unassigned: list[Card]
    lanes: list[Lane]
    people: list[Lane]
    blocked: list[Blocked]
    bays: list[Bay]
    #: Who may own a hold.
    owners: list[Membership] = field(default_factory=list)

    @property
    def sold(self) -> Decimal:
        """Sold hours of the dispatched open jobs."""
        return sum((lane.hours for lane in self.lanes), ZERO)

    @property
    def available(self) -> Decimal:
        """Hours of today's shifts."""
        return sum((lane.shift_hours for lane in self.lanes), ZERO)

    @property
    def percent(self) -> int:
        """Sold of available hours of today."""
        return int(100 * self.sold / self.available) if self.available else 0

    @property
    def teams(self) -> list[Team]:
        """Teams of two and more, to which a whole order can go."""
        members = Counter(lane.technician.team for lane in self.people if lane.technician and lane.technician.team)
        return [team for team, count in members.items() if count > 1]

    @property
    def cards(self) -> list[Card]:
        """All of them; an order with several jobs may have several."""
        return [*self.offered, *self.unassigned, *(card for lane in self.lanes for card in lane.cards)]

    def _count(self, kind: str) -> int:
        return len({card.order.pk for card in self.cards if card.p.kind == kind})

    @property
    def carried(self) -> int:
        """Cars that came on an earlier day."""
        return len({card.order.pk for card in self.cards if card.nights})

    @property
    def late(self) -> int:
        """Cars on the board past their promise."""
        return self._count("late")

    @property
    def at_risk(self) -> int:
        """Cars on the board whose promise is near."""
        return self._count("risk")


def technicians(branch: Branch) -> QuerySet[Membership]:
    """Who can be dispatched, by name."""
    people = Membership.objects.filter(HANDS, branch=branch, active=True).select_related("user", "team")
    return people.order_by("user__name", "id")


def board(branch: Branch, *, by: str = Lanes.TECHNICIAN) -> Board:
    """Orders; lines to accept, jobs with clocks, holds, people, shifts, bays; the plan; who knows the cars. Five."""
    at = now()
    wanted = Q(state__in=IN_SHOP) | Q(state=State.AUTHORISED, offered_to_workshop_at__isnull=False)
    orders = list(
        WorkOrder.objects.filter(wanted, branch=branch).select_related("vehicle__model")
        .order_by(F("promised_at").asc(nulls_last=True), "id")
    )  # fmt: skip
    jobs, shares, lines, held, people, shifts, bays, owners = gather(
        _jobs_of(orders),
        JobShare.objects.filter(job__order__in=orders).order_by("-percent", "id"),
        _works_of(orders),
        _open_holds(branch),
        technicians(branch),
        Shift.objects.filter(membership__in=technicians(branch).order_by().values("pk"), works_on=branch_day(branch)),
        Bay.objects.filter(branch=branch, active=True).order_by("name"),
        Membership.objects.filter(branch=branch, active=True).select_related("user").order_by("user__name", "id"),
    )
    tasks = _tasks(jobs, shares, at - timedelta(hours=int(rule(branch, "clock.longest_hours", branch_day(branch)))))
    unplaced = [one for one in orders if any(task.job.state == JobState.QUEUED for task in tasks[one.pk])]
    shop = look(branch, at)
    blocked = _blocked(held, at, shop.rules)
    open_today = _open_today(shop)
    hints = suggestions(shop, {one.pk: one.promised_at for one in unplaced}, preferred(branch, unplaced))
    cards = _cards(orders, lines, blocked, at, finishes(shop))
    lanes = {person.pk: Lane(person) for person in people}
    places = {bay.pk: Lane(bay=bay, shift_hours=open_today) for bay in bays if bay.kind != BayKind.WASH}
    for order in orders:
        _place(cards[order.pk], tasks[order.pk], lanes)
        if by == Lanes.BAY:
            _park(cards[order.pk], tasks[order.pk], places)
    for shift in shifts:
        lanes[shift.membership_id].shift_hours = _hours(shift)
    return Board(
        offered=[cards[one.pk] for one in orders if one.state == State.AUTHORISED],
        unassigned=[_waiting(cards[one.pk], tasks[one.pk], hints[one.pk], lanes) for one in unplaced],
        lanes=list((places if by == Lanes.BAY else lanes).values()),
        people=list(lanes.values()),
        blocked=blocked,
        bays=bays,
        owners=owners,
    )


def _waiting(card: Card, tasks: list[Task], hints: Iterable[Any], lanes: Mapping[int, Lane]) -> Card:
    """The card with the jobs that nobody has, and whom the board would ask."""
    queued = _with(card, [task for task in tasks if task.job.state == JobState.QUEUED])
    queued.suggested = [(lanes[row.hand], row) for row in hints if row.hand in lanes]
    return queued


def _tasks(jobs: Iterable[Any], shares: Iterable[JobShare], forgotten: datetime) -> dict[int, list[Task]]:
    """The jobs by order, each with its clocks (`_jobs_of`); one that has run since before `forgotten` is named."""
    found: dict[int, list[Task]] = defaultdict(list)
    parts: dict[int, tuple[tuple[int, int], ...]] = defaultdict(tuple)
    for row in shares:
        parts[row.job_id] += ((row.technician_id, row.percent),)
    for job in jobs:
        late = job.since is not None and job.since < forgotten
        found[job.order_id].append(Task(job, job.since, job.worked or timedelta(), late, parts[job.pk]))
    return found


def _cards(
    orders: list[WorkOrder], lines: Iterable[Line], blocked: list[Blocked], at: datetime, ends: dict[int, datetime]
) -> dict[int, Card]:
    """The orders' cards by id, with the work to accept, what holds them up and when they will be ready (`ends`)."""
    works: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        works[line.order_id].append(line)
    cards = {
        one.pk: Card(one, promised(one, at, ends.get(one.pk)), works=works[one.pk], nights=_nights(one, at))
        for one in orders
    }
    for row in blocked:
        if row.hold.order_id in cards:
            cards[row.hold.order_id].holds.append(row.hold)
    return cards


def _jobs_of(orders: list[WorkOrder]) -> QuerySet[Job]:
    """Open jobs with their clocks (`since` it runs, `worked` before) and the time that is planned for them."""
    clocks = Clocking.objects.filter(job=OuterRef("pk"))
    running = clocks.filter(stopped_at__isnull=True).values("started_at")
    done = clocks.filter(stopped_at__isnull=False).order_by().values("job")
    return (
        Job.objects.filter(order__in=orders, line__state=LineState.APPROVED)
        .exclude(state=JobState.DONE)
        .select_related("line", "bay", "technician__user")
        .annotate(since=Subquery(running[:1]))
        .annotate(planned_from=F("slot__during__startswith"), planned_until=F("slot__during__endswith"))
        .annotate(worked=Subquery(done.annotate(sum=Sum(F("stopped_at") - F("started_at"))).values("sum")))
        .order_by("id")
    )


def _works_of(orders: list[WorkOrder]) -> QuerySet[Line]:
    """Approved labour of the orders that are still to be accepted."""
    offered = [order for order in orders if order.state == State.AUTHORISED]
    return Line.objects.filter(order__in=offered, kind=LineKind.LABOUR, state=LineState.APPROVED).order_by("id")


def _with(card: Card, tasks: list[Task]) -> Card:
    """The order's card in one lane, with these jobs and what holds them up (or the whole car)."""
    here = {task.job.pk for task in tasks}
    holds = [hold for hold in card.holds if hold.job_id is None or hold.job_id in here]
    return Card(card.order, card.p, tasks, holds, nights=card.nights)


def _place(card: Card, tasks: list[Task], lanes: dict[int, Lane]) -> None:
    """Put the order's dispatched jobs into their lanes, one card a technician; shared ones into several."""
    by_person: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.job.state == JobState.QUEUED:
            continue
        for person, percent in task.shares or ((task.job.technician_id, 100),):
            if person in lanes:
                by_person[person].append(replace(task, percent=percent))
    for person, theirs in by_person.items():
        lanes[person].cards.append(_with(card, theirs))


def _park(card: Card, tasks: list[Task], places: dict[Any, Lane]) -> None:
    """Put the order's dispatched jobs into the lanes of their bays, one card a technician; one more lane has no bay."""
    here: dict[tuple[int | None, int | None], list[Task]] = defaultdict(list)
    for task in tasks:
        if task.job.state != JobState.QUEUED:
            bay = task.job.bay_id if task.job.bay_id in places else None
            here[bay, task.job.technician_id].append(task)
    for (bay, _technician), theirs in here.items():
        places.setdefault(bay, Lane()).cards.append(_with(card, theirs))


def _nights(order: WorkOrder, at: datetime) -> int:
    """On the branch's clock, which is the one of `order.arrived_at` in the active zone."""
    return max((localtime(at).date() - localtime(order.arrived_at).date()).days, 0)


def _open_today(shop: Shop) -> Decimal:
    """Hours in which the house is open today."""
    spans = [closes - opens for opens, closes in shop.open_at if opens.date() == shop.at.date()]
    return (Decimal(sum(span.total_seconds() for span in spans)) / 3600).quantize(Decimal("0.01"))


def _hours(shift: Shift) -> Decimal:
    """Length of a shift in hours; breaks are not known."""
    minutes = (shift.ends.hour - shift.begins.hour) * 60 + shift.ends.minute - shift.begins.minute
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"))


def _open_holds(branch: Branch) -> QuerySet[Hold]:
    return (
        Hold.objects.filter(order__branch=branch, order__state__in=OPEN_STATES, ended_at__isnull=True)
        .select_related("order__vehicle", "job__line", "owner").order_by("began_at", "id")
    )  # fmt: skip


def _blocked(held: Iterable[Hold], at: datetime, rules: Mapping[str, Any]) -> list[Blocked]:
    """With their age and limit; what has outlived its limit first, then the oldest."""
    rows = [
        Blocked(hold, int((at - hold.began_at).total_seconds() // 60), int(rules[f"hold.{hold.reason}_hours"]))
        for hold in held
    ]
    return sorted(rows, key=lambda row: not row.over)
