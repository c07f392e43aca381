"""When a car will be ready: read from the work ahead, the people, the bays, the parts; and why not earlier.

The plan itself is `reception.promise_plan`; here its figures are read from the database and put into words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.calendar import Calendar, clipped
from accounts.models import Bay, Branch, Membership, MembershipSkill, OpeningHours, Shift, Skill, SpecialDay
from accounts.roles import Role
from accounts.states import BayKind
from catalog.models import ExpectedPart, Stock, StockMove
from catalog.selectors import coming
from dms.clock import branch_day, local, now
from dms.gather import gather
from reception.models import Line, PlannedWork, WorkOrder
from reception.promise_plan import Hand, Place, Plan, Window, Work, run, schedule
from reception.states import OPEN_STATES, LineKind, LineState, State
from reception.waits import RULE_KEYS, Held, held_at, held_of, until
from records.selectors import rules_now

#: So far the plan looks ahead.
HORIZON_DAYS = 21
#: Work that is not finished is never less than this, whatever its clock says.
LEAST_HOURS = Decimal("0.25")
#: Promises are made for full and half hours.
STEP = timedelta(minutes=30)
HANDS = Q(roles__contains=[Role.TECHNICIAN]) | Q(roles__contains=[Role.TEAM_LEADER])
RULES = [
    "workshop.minutes_after_work", "workshop.wash_minutes", "promise.comfort_minutes", "promise.morning_minutes",
    "parts.delivery_time", "parts.usual_days", *RULE_KEYS,
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A finish time to promise: `key` is earliest, comfortable or morning."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """Up to three times, soonest first, and the sentences that say what stands in the way."""

    choices: list[Choice]
    why: list[str]

    @property
    def chosen(self) -> datetime:
        """The one that is pressed at first: comfortable, because the earliest is kept by chance only (ADR 0018)."""
        return next((row.at for row in self.choices if row.key == "comfortable"), self.choices[0].at)


@dataclass(frozen=True, slots=True)
class Short:
    """A part that an order needs and that is neither here nor kept for it; `ordered` when it is on its way."""

    name: str
    ready_at: datetime
    ordered: bool


@dataclass(slots=True)
class Shop:
    """The workshop at an instant: everything the plan is made from. `open_at` are the opening hours ahead, `short` the
    parts that are missing and `held` what cars wait for, by order. `past_work` are the cars whose work is done
    (True: through the checks too), `unwashed` those that are not washed.
    """

    branch: Branch
    at: datetime
    hands: list[Hand]
    places: list[Place]
    works: list[Work]
    short: dict[int, list[Short]]
    held: dict[int, list[Held]]
    open_at: list[Window]
    rules: dict[str, Any]
    skill_names: dict[int, str]
    past_work: dict[int, bool] = field(default_factory=dict)
    unwashed: set[int] = field(default_factory=set)

    @property
    def checks(self) -> timedelta:
        """For the three checks."""
        return timedelta(minutes=int(self.rules["workshop.minutes_after_work"]))

    def wash(self, order: int | None = None) -> timedelta:
        """For washing an order's car, nothing where it is not washed; without an order, for any car."""
        return timedelta(minutes=0 if order in self.unwashed else int(self.rules["workshop.wash_minutes"]))

    def after_work(self, order: int | None = None) -> timedelta:
        """For the three checks and the wash of an order's car."""
        return self.checks + self.wash(order)


def still_left(hours: Decimal, begun_at: datetime | None, at: datetime) -> Decimal:
    """Hours left of planned work at an instant, its running clock taken off; at least a quarter while unfinished."""
    if hours <= 0:
        return Decimal(0)
    worked = Decimal(max((at - begun_at).total_seconds(), 0)) / 3600 if begun_at else Decimal(0)
    return max(hours - worked, LEAST_HOURS).quantize(Decimal("0.01"))


def open_windows(calendar: Calendar, first: date) -> list[Window]:
    """Opening hours from a day on, on the branch's clock."""
    days = (first + timedelta(days=ahead) for ahead in range(HORIZON_DAYS))
    return [span for day in days for span in calendar.hours_of(day)]


def _hands(
    people: Iterable[Membership], skills: Iterable[MembershipSkill], shifts: Iterable[Shift], open_at: list[Window],
    zone: ZoneInfo, at: datetime,
) -> list[Hand]:  # fmt: skip
    """Everybody who works on cars with their shifts; on days without a roster they are taken to be there."""
    able: dict[int, dict[int, int]] = defaultdict(dict)
    for row in skills:
        able[row.membership_id][row.skill_id] = row.level
    own: dict[tuple[int, date], Shift] = {(row.membership_id, row.works_on): row for row in shifts}
    planned = {day for _person, day in own}
    hands = []
    for person in people:
        windows: list[Window] = []
        for opens, closes in open_at:
            day = opens.date()
            shift = own.get((person.pk, day))
            if shift is not None:
                begins, ends = (datetime.combine(day, edge, tzinfo=zone) for edge in (shift.begins, shift.ends))
                windows += clipped([(opens, closes)], begins, ends)
            elif day not in planned:
                windows.append((opens, closes))
        hands.append(Hand(person.pk, able[person.pk], windows, at))
    return hands


def bay_kind(skill: Skill | None) -> str:
    """A skill that is named as a kind of bay needs such a bay: alignment, body."""
    return skill.key if skill is not None and skill.key in BayKind.values else ""


def _ahead(
    plans: Iterable[PlannedWork], at: datetime, ready: dict[int, datetime], held: dict[int, list[Held]]
) -> list[Work]:
    """The work of open orders: what runs first, then by promise, then by arrival."""
    works = []
    for plan in plans:
        order = plan.line.order
        begun_at: datetime | None = plan.begun_at  # type: ignore[attr-defined]  # annotated
        left = timedelta(hours=float(still_left(plan.hours_left, begun_at, at)))
        rank = (begun_at is None, order.promised_at or order.arrived_at + timedelta(days=365), order.pk, plan.line_id)
        kind = bay_kind(plan.skill)
        held_until = until(held.get(order.pk, ()), plan.line_id)
        works.append(
            Work(
                order.pk, left, rank, plan.skill_id, plan.technician_id, kind, ready.get(order.pk), held_until,
                plan.line_id, begun_at is not None,
            )
        )  # fmt: skip
    return works


def parts_needed(branch: Branch, order: int | None) -> QuerySet[Line]:
    """Part lines that wait for parts in the workshop, and those of `order` whatever their state; each with `free` on
    the shelf and `kept` (promised to its order or already out for it), in the part's unit.
    """
    key = Concat(Value("order:"), Cast(OuterRef("order_id"), CharField()))
    moves = StockMove.objects.filter(branch=branch, part=OuterRef("part_id"), subject_key=key).order_by()
    zero = Value(Decimal(0), output_field=DecimalField())

    def balance(plus: str, minus: str) -> Coalesce:
        sum_of = Sum(Case(When(kind=plus, then=F("quantity")), When(kind=minus, then=-F("quantity")), default=zero))
        return Coalesce(Subquery(moves.values("part").annotate(sum=sum_of).values("sum")), zero)

    free = Stock.objects.filter(branch=branch, part=OuterRef("part_id")).values(free=F("on_hand") - F("reserved"))
    wanted = Q(state=LineState.APPROVED, order__state__in=OPEN_STATES)
    if order is not None:
        wanted |= Q(order=order, state__in=[LineState.DRAFT, LineState.OFFERED])
    return (
        Line.objects.filter(wanted, order__branch=branch, order__quality_at__isnull=True, kind=LineKind.PART)
        .annotate(
            free=Coalesce(Subquery(free), zero),
            kept=Greatest(balance("reserve", "unreserve"), balance("issue", "return")),
        )
        .order_by("order_id", "id")
    )


def _short(
    lines: Iterable[Any], on_its_way: Iterable[ExpectedPart], open_at: list[Window], rules: dict[str, Any], at: datetime
) -> dict[int, list[Short]]:
    """Missing parts by order: there at the hour of deliveries of their day, or of the day they usually take."""
    missing = [line for line in lines if line.quantity - line.kept > max(line.free, 0)]
    days_of: dict[int, date] = {}
    for row in on_its_way:  # the soonest first
        if row.expected_on is not None:
            days_of.setdefault(row.part_id, row.expected_on)
    hour = time.fromisoformat(rules["parts.delivery_time"])
    days = [opens.date() for opens, _closes in open_at if opens.date() > at.date()]
    usual = days[min(int(rules["parts.usual_days"]), len(days)) - 1] if days else at.date()
    found: dict[int, list[Short]] = defaultdict(list)
    for line in missing:
        there = datetime.combine(days_of.get(line.part_id, usual), hour, tzinfo=at.tzinfo)
        found[line.order_id].append(Short(line.label, max(there, at), line.part_id in days_of))
    return dict(found)


def look(branch: Branch, at: datetime | None = None, *, but: int | None = None) -> Shop:
    """The workshop as it stands, without the order `but`. Two queries."""
    start = local(branch, at or now())
    day = start.date()
    last = day + timedelta(days=HORIZON_DAYS)
    plans = PlannedWork.objects.filter(
        hours_left__gt=0, line__state=LineState.APPROVED, line__order__branch=branch,
        line__order__state__in=OPEN_STATES,
    ).annotate(begun_at=F("during__startswith"))  # fmt: skip
    members = Membership.objects.filter(HANDS, branch=branch, active=True)
    people, skills, shifts, hours, special, bays, planned, needed, on_its_way, past, *holds = gather(
        members.order_by("id"),
        MembershipSkill.objects.filter(membership__in=members.order_by().values("pk")).select_related("skill"),
        Shift.objects.filter(membership__in=members.order_by().values("pk"), works_on__range=(day, last)),
        OpeningHours.objects.filter(branch=branch),
        SpecialDay.objects.filter(branch=branch, on__range=(day, last)),
        Bay.objects.filter(branch=branch, active=True).exclude(kind=BayKind.WASH).order_by("id"),
        plans.exclude(line__order=but).select_related("line__order", "skill").order_by("id"),
        parts_needed(branch, but),
        coming(branch).order_by("expected_on", "id"),
        WorkOrder.objects.filter(branch=branch, state__in=[State.CHECKING, State.WASHING]).order_by("id"),
        *held_at(branch, start),
    )
    calendar = Calendar(branch, {row.weekday: row for row in hours}, {row.on: row for row in special})
    open_at, rules = open_windows(calendar, day), rules_now(branch, RULES)
    short = _short(needed, on_its_way, open_at, rules, start)
    ready = {order: max(row.ready_at for row in rows) for order, rows in short.items()}
    held = held_of(chain(*holds), rules, ready, start)
    known = [row.skill for row in [*skills, *planned] if row.skill is not None]
    return Shop(
        branch, start, _hands(people, skills, shifts, open_at, ZoneInfo(branch.zone), start),
        [Place(bay.pk, bay.kind, start) for bay in bays], _ahead(planned, start, ready, held), short, held, open_at,
        rules, {skill.pk: skill.label for skill in known},
        {order.pk: order.state == State.WASHING for order in past},
        {order.pk for order in [*past, *(row.line.order for row in planned)] if not order.wash},
    )  # fmt: skip


def _own_works(shop: Shop, order: int, lines: Iterable[Line], ready_at: datetime | None) -> list[Work]:
    """The work of the order that is asked about; it comes after everything that was promised before it."""
    rank = max((row.rank[1] for row in shop.works), default=shop.at) + timedelta(days=400)
    return [
        Work(
            order, timedelta(hours=float(line.standard_hours)), (True, rank, order, line.pk),
            line.operation.skill_id if line.operation else None,
            bay_kind=bay_kind(line.operation.skill if line.operation else None), ready_at=ready_at,
            held_until=until(shop.held.get(order, ()), line.pk),
        )
        for line in lines
        if line.kind == LineKind.LABOUR and line.standard_hours > 0
    ]  # fmt: skip


def later(shop: Shop, begin: datetime, left: timedelta) -> datetime:
    """The instant at which so much opening time has passed; beyond the horizon the clock goes round."""
    found = run(shop.open_at, begin, left)
    return found[1] if found else begin + left


def _rounded(shop: Shop, at: datetime) -> datetime:
    """Up to the half hour, within opening hours."""
    here = local(shop.branch, at)
    rest = timedelta(minutes=here.minute % 30, seconds=here.second, microseconds=here.microsecond)
    return later(shop, here - rest + STEP if rest else here, timedelta())


def choices(shop: Shop, ready: datetime) -> list[Choice]:
    """Earliest; with air for what comes between; the first morning on which there is air as well."""
    comfort = timedelta(minutes=int(shop.rules["promise.comfort_minutes"]))
    morning = timedelta(minutes=int(shop.rules["promise.morning_minutes"]))
    earliest = _rounded(shop, ready)
    comfortable = _rounded(shop, later(shop, ready, comfort))
    mornings = [
        opens + morning
        for opens, closes in shop.open_at
        if opens.date() > shop.at.date() and opens + morning <= closes and opens + morning > comfortable
    ]
    found = [Choice("earliest", earliest), Choice("comfortable", comfortable)]
    found += [Choice("morning", _rounded(shop, mornings[0]))] if mornings else []
    times: dict[datetime, Choice] = {}
    for row in found:
        times[row.at] = row  # of two that fall together the later one is the better word
    return [times[key] for key in sorted(times)]


def propose(shop: Shop, order: int, lines: Sequence[Line]) -> Proposal:
    """Finish times for these lines of an order that is not in the plan yet."""
    parts = shop.short.get(order, [])
    ready_at = max((part.ready_at for part in parts), default=None)
    own = _own_works(shop, order, lines, ready_at)
    plan = schedule([*shop.works, *own], shop.hands, shop.places, shop.at)
    done = plan.finish(order)
    if done is None:  # nothing to do on it but the checks, or nobody can do it within the horizon
        done = max(shop.at, ready_at or shop.at) if not own else shop.open_at[-1][1] if shop.open_at else shop.at
    ready = later(shop, done, shop.after_work(order))
    return Proposal(choices(shop, ready), reasons(shop, plan, order, parts))


def reasons(shop: Shop, plan: Plan, order: int, parts: Sequence[Short]) -> list[str]:
    """What stands in the way: cars ahead on the skill that waits longest, parts, and what comes after the work."""
    said = []
    ahead, skill = _queue(shop, plan, order)
    if ahead:
        name = shop.skill_names.get(skill or 0)
        text = (
            ngettext("%(n)d car ahead: %(skill)s", "%(n)d cars ahead: %(skill)s", ahead) if name
            else ngettext("%(n)d car ahead", "%(n)d cars ahead", ahead)
        )  # fmt: skip
        said.append(text % {"n": ahead, "skill": name})
    for part in parts:
        text = _("part %(name)s: %(when)s") if part.ordered else _("part %(name)s: not ordered yet, perhaps %(when)s")
        said.append(text % {"name": part.name, "when": when(shop.branch, part.ready_at)})
    for held in shop.held.get(order, []):
        words = {"reason": held.label, "when": when(shop.branch, held.until)}
        said.append(_("on hold for %(reason)s, perhaps until %(when)s") % words)
    if any(work.order == order for work in plan.left_over):
        said.append(_("nobody is planned for it within %(n)d days") % {"n": HORIZON_DAYS})
    text = _("checks, no wash: %(n)d min") if order in shop.unwashed else _("checks and wash: %(n)d min")
    said.append(text % {"n": int(shop.after_work(order).total_seconds() // 60)})
    return said


def _queue(shop: Shop, plan: Plan, order: int) -> tuple[int, int | None]:
    """(other cars, skill) of the order's work that waits longest for hands: who is before it on the same skill."""
    own = [row for row in plan.placed if row.work.order == order]
    if not own:
        return 0, None
    longest = max(own, key=lambda row: row.begins_at)
    before = {
        row.work.order
        for row in plan.placed
        if row.work.order != order and row.begins_at < longest.begins_at
        and (row.work.skill == longest.work.skill or row.hand == longest.hand)
    }  # fmt: skip
    return len(before), longest.work.skill


def when(branch: Branch, at: datetime) -> str:
    """A time in words: today 16:30, tomorrow 09:30, later 11-26 09:30."""
    here, today = local(branch, at), branch_day(branch)
    clock = here.strftime("%H:%M")
    if here.date() == today:
        return _("today %(time)s") % {"time": clock}
    if here.date() == today + timedelta(days=1):
        return _("tomorrow %(time)s") % {"time": clock}
    return f"{date_format(here, 'm-d')} {clock}"


def proposal(order: WorkOrder, at: datetime | None = None) -> Proposal:
    """What to promise for an order on the check-in page."""
    lines = list(order.lines.select_related("operation__skill", "part"))
    open_lines = [row for row in lines if row.state in (LineState.DRAFT, LineState.OFFERED, LineState.APPROVED)]
    shop = look(order.branch, at, but=order.pk)
    if not order.wash:
        shop.unwashed.add(order.pk)
    return propose(shop, order.pk, open_lines)


def expected_finishes(branch: Branch, at: datetime | None = None) -> dict[int, datetime]:
    """By order, when its car will be ready as things stand: work left, checks and wash."""
    return finishes(look(branch, at))


def finishes(shop: Shop) -> dict[int, datetime]:
    """`expected_finishes` of a shop that was looked at; its hands and bays are used up."""
    plan = schedule(shop.works, shop.hands, shop.places, shop.at)
    ends: dict[int, datetime] = {}
    for row in plan.placed:
        ends[row.work.order] = max(ends.get(row.work.order, row.ends_at), row.ends_at)
    for work in plan.left_over:
        ends[work.order] = shop.open_at[-1][1] if shop.open_at else shop.at
    after = {order: shop.after_work(order) for order in ends}
    for order, checked in shop.past_work.items():
        ends.setdefault(order, shop.at)
        after.setdefault(order, shop.wash(order) if checked else shop.after_work(order))
    return {order: later(shop, done, after[order]) for order, done in ends.items()}
