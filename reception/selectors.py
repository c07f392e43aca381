"""Reads of reception."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor
from customers.models import Vehicle
from dms.clock import branch_day, day_bounds, now
from dms.gather import gather, keep
from dms.money import ZERO
from reception import three
from reception.gate_selectors import failed_today, forced_open
from reception.models import (
    DamageMark,
    FoundWork,
    Goodwill,
    Greeting,
    Line,
    OrderLog,
    PromiseChange,
    Statement,
    TakenItem,
    WorkOrder,
)
from reception.promises import expected_finishes
from reception.states import OPEN_STATES, SPINE, LineState, Payer, State
from records.selectors import book_of, rule, rule_rows

#: Orders on one page of the list.
PAGE = 30
#: Visits on the vehicle's page.
VISITS = 10
#: Minutes within which a promise is at risk.
RISK = 30


def _orders(branch: Branch) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(branch=branch).select_related("vehicle__model", "owner", "advisor")


@dataclass(frozen=True, slots=True)
class Promised:
    """An order beside its promise: `kind` is the chip, `minutes` until it (negative: over), percents for the rail."""

    order: WorkOrder
    kind: str
    minutes: int
    elapsed: int
    mark: int
    #: When it will be ready as things stand (`reception.promises`); None where nobody asked.
    expected_at: datetime | None = None

    @property
    def behind(self) -> bool:
        """Whether the work ahead will not let the promise be kept."""
        promise = self.order.promised_at
        return self.kind != "done" and None not in (self.expected_at, promise) and self.expected_at > promise  # type: ignore[operator]


def promised(order: WorkOrder, at: datetime, expected_at: datetime | None = None) -> Promised:
    """How the order stands to its promise; at risk as well when the work ahead will not let it be kept."""
    if order.promised_at is None:
        return Promised(order, "plain", 0, 0, 100)
    left = int((order.promised_at - at).total_seconds() // 60)
    if order.state in (State.READY, State.HANDING_OVER, State.SETTLED):
        kind = "done"
    else:
        behind = expected_at is not None and expected_at > order.promised_at
        kind = "late" if left < 0 else "risk" if left < RISK or behind else "ok"
    whole = max((max(order.promised_at, at) - order.arrived_at).total_seconds(), 1)
    elapsed = int(100 * (at - order.arrived_at).total_seconds() / whole)
    mark = int(100 * (order.promised_at - order.arrived_at).total_seconds() / whole)
    return Promised(order, kind, left, min(max(elapsed, 0), 100), min(max(mark, 0), 100), expected_at)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for the advisor: what to do, and about what."""

    order: WorkOrder
    text: str
    detail: str = ""
    #: The line on whose page it is decided, where one is.
    line_id: int | None = None
    #: Whether it stands in the gate's log, where it is ended.
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A car that came: minutes since then, who greeted the customer after how many, whether that is late."""

    order: WorkOrder
    minutes: int
    greeting: Greeting | None
    after: int | None
    late: bool


def arrival_of(order: WorkOrder, at: datetime, within: int) -> Arrival:
    """How long the customer has waited, or waited for a greeting; `within` as the rule `greet.minutes`."""
    greeting = getattr(order, "greeting", None)
    minutes = int((at - order.arrived_at).total_seconds() // 60)
    after = int((greeting.greeted_at - order.arrived_at).total_seconds() // 60) if greeting else None
    return Arrival(order, minutes, greeting, after, (minutes if after is None else after) > within)


def greetings(branch: Branch, day: date) -> list[Arrival]:
    """Everybody who came on a day, in order, with who greeted them after how long. Two queries."""
    first, end = day_bounds(branch, day)
    rows = _orders(branch).select_related("greeting__greeted_by").filter(arrived_at__gte=first, arrived_at__lt=end)
    within = int(rule(branch, "greet.minutes", day))
    return [arrival_of(row, now(), within) for row in rows.order_by("arrived_at", "id")]


@dataclass(frozen=True, slots=True)
class Today:
    """The advisor's day: who waits, whose cars by promise, what is to be done."""

    waiting: list[Arrival]
    mine: list[Promised]
    needs: list[Need]
    received: int
    #: Failed attempts at the gate today, for who may let a car out by force.
    failed: int = 0


def _needs(orders: list[WorkOrder]) -> list[Need]:
    """Extra work to price or above the limit first, then cars to hand over. Two queries."""
    extra: dict[int, list[Line]] = {}
    open_lines = Line.objects.filter(order__in=orders, extra=True, state__in=[LineState.DRAFT, LineState.OFFERED])
    for line in open_lines.order_by("id"):
        extra.setdefault(line.order_id, []).append(line)
    words = FoundWork.objects.filter(order__in=orders, closed_at__isnull=True).order_by("-id")
    told = {row.order_id: row for row in words}
    needs = []
    for order in orders:
        if order.pk in told:
            needs.append(Need(order, _("Extra work to price"), told[order.pk].words))
        found = extra.get(order.pk, [])
        drafts = [line for line in found if line.state == LineState.DRAFT]
        if drafts:
            needs.append(Need(order, _("Extra work to price"), drafts[0].finding or drafts[0].label))
        elif found:
            needs.append(Need(order, _("Customer has not answered yet"), found[0].label))
    waiting = {
        State.AUTHORISED: _("Hand the car to the workshop"),
        State.READY: _("Check the car, call the customer"),
        State.HANDING_OVER: _("Hand the car back"),
    }
    for order in orders:
        if order.state == State.AUTHORISED and order.offered_to_workshop_at is not None:
            continue
        if order.state in waiting:
            needs.append(Need(order, waiting[State(order.state)], order.owner.name))
    return needs


def _goodwill(actor: Actor) -> list[Need]:
    """Goodwill that somebody else asked for and that waits for an approver; none for who may not approve. One query."""
    if not actor.can("discount.approve"):
        return []
    waits = Goodwill.objects.filter(
        line__order__branch=actor.branch, line__order__state__in={*OPEN_STATES} - {State.SETTLED},
        line__state__in=[LineState.DRAFT, LineState.OFFERED], approved_at__isnull=True, refused_at__isnull=True,
    ).select_related("line__order__vehicle", "line__operation", "line__part", "asked_by")  # fmt: skip
    if actor.user is not None:
        waits = waits.exclude(asked_by=actor.user)
    return [
        Need(
            row.line.order, _("Goodwill to approve: %(share)s %%") % {"share": row.share},
            f"{row.line.label} · {row.asked_by.name} · {row.reason}", row.line_id,
        )
        for row in waits.order_by("asked_at", "id")
    ]  # fmt: skip


def _forced(actor: Actor) -> list[Need]:
    """Cars that were let out by force and whose order is open, for who may end it. One query."""
    if not actor.can("gate.force"):
        return []
    return [
        Need(row.order, _("Let out by force"), f"{row.forced_by.name} · {row.reason}", gate=True)
        for row in forced_open(actor.branch)
    ]


def _queue(rows: list[WorkOrder], at: datetime, branch: Branch) -> list[Arrival]:
    """In order of arrival; whoever has waited too long for a greeting stands first."""
    within = int(rule(branch, "greet.minutes", branch_day(branch, at)))
    found = [arrival_of(row, at, within) for row in rows]
    return sorted(found, key=lambda one: not (one.late and one.greeting is None))


def today(actor: Actor) -> Today:
    """Arrivals in order with minutes waiting, open cars by promise, what waits for this person.

    Six queries, one more for who approves goodwill and two for who may let cars out by force.
    """
    at = now()
    rows = list(
        _orders(actor.branch)
        .select_related("greeting__greeted_by", "appointment")
        .filter(state__in=OPEN_STATES)
        .order_by("arrived_at", "id")
    )
    early = (State.ARRIVED, State.INSPECTING, State.ESTIMATING)
    own = [row for row in rows if row.state not in early and (actor.user is None or row.advisor_id == actor.user.pk)]
    first, end = day_bounds(actor.branch, branch_day(actor.branch))
    ends = expected_finishes(actor.branch, at) if own else {}
    return Today(
        waiting=_queue([row for row in rows if row.state in early], at, actor.branch),
        mine=sorted(
            (promised(row, at, ends.get(row.pk)) for row in own),
            key=lambda p: (p.kind == "done", p.order.promised_at or p.order.arrived_at),
        ),
        needs=[*_forced(actor), *_goodwill(actor), *_needs(own)],
        received=WorkOrder.objects.filter(branch=actor.branch, arrived_at__gte=first, arrived_at__lt=end).count(),
        failed=failed_today(actor.branch) if actor.can("gate.force") else 0,
    )


def orders_page(branch: Branch, *, open_only: bool, before: int | None) -> tuple[list[Promised], int | None]:
    """Orders, newest first, and the id after which the next ones come (keyset). One query."""
    rows = _orders(branch).order_by("-id")
    if open_only:
        rows = rows.filter(state__in=OPEN_STATES)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: PAGE + 1])
    at = now()
    return [promised(row, at) for row in found[:PAGE]], found[PAGE - 1].pk if len(found) > PAGE else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are asked for; None is "whichever"."""

    state: str | None = None
    is_open: bool | None = None
    advisor_id: int | None = None
    vehicle_id: int | None = None


def orders_after(branch: Branch, wanted: Wanted, after: int | None, size: int) -> list[WorkOrder]:
    """Orders, newest first, from the one after `after` on (keyset). One query."""
    rows = _orders(branch).order_by("-id")
    if wanted.state is not None:
        rows = rows.filter(state=wanted.state)
    if wanted.is_open is not None:
        rows = rows.filter(state__in=OPEN_STATES) if wanted.is_open else rows.exclude(state__in=OPEN_STATES)
    if wanted.advisor_id is not None:
        rows = rows.filter(advisor=wanted.advisor_id)
    if wanted.vehicle_id is not None:
        rows = rows.filter(vehicle=wanted.vehicle_id)
    return list((rows if after is None else rows.filter(id__lt=after))[:size])


def order_of(order_id: int, branch: Branch) -> WorkOrder | None:
    """The order with everything that its page shows, when it belongs to the branch. Two queries."""
    people = ("vehicle__model__brand", "walk", "bringer", "payer", "contact")
    order = _orders(branch).select_related(*people).filter(pk=order_id).first()
    if order is None:
        return None
    asked = Goodwill.objects.filter(line=OuterRef("pk"), approved_at__isnull=True, refused_at__isnull=True)
    work = Line.objects.select_related("found_by", "operation", "part").annotate(goodwill_waits=Exists(asked))
    lists: dict[str, QuerySet[Any]] = {
        "statements": Statement.objects.order_by("id"),
        "taken": TakenItem.objects.order_by("id"),
        "lines": work.order_by("id"),
        "log": OrderLog.objects.select_related("actor").order_by("id"),
        "found": FoundWork.objects.select_related("found_by", "closed_by").order_by("id"),
        "promises": PromiseChange.objects.select_related("changed_by").order_by("id"),
    }
    # What the three guarantees count: asked for together, and of cars inside their first years only.
    young = three.questions(order.vehicle) if order.vehicle.warranty_start_on else []
    rules = [rule_rows(branch, three.KEYS)] if young else []
    found = gather(*(rows.filter(order=order) for rows in lists.values()), *young, *rules)
    for name, rows in zip(lists, found, strict=False):
        keep(order, name, rows)
    if young:
        *counted, known = found[len(lists) :]
        book, km = book_of(three.KEYS, known), order.odometer_in or order.vehicle.last_odometer
        rows_of_three = [row for rows in counted for row in rows]
        order.three = three.counters(branch, order.vehicle, rows_of_three, book, km)  # type: ignore[attr-defined]  # for its page
    return order


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit of a car; `amount` is gross, of all payers, of what was approved or done (None: nothing was)."""

    order: WorkOrder
    amount: Decimal | None


def visits_of(vehicle: Vehicle, limit: int = VISITS) -> list[Visit]:
    """The car's last visits, newest first. One query."""
    sold = Sum("lines__gross", filter=Q(lines__state__in=[LineState.APPROVED, LineState.DONE]))
    rows = WorkOrder.objects.filter(vehicle=vehicle).annotate(sold=sold).order_by("-arrived_at", "-id")
    return [Visit(row, row.sold) for row in rows[:limit]]


def spine(order: WorkOrder) -> list[dict[str, str]]:
    """The stages with `label` and `state` past, now or next."""
    here = next((i for i, (_label, states) in enumerate(SPINE) if order.state in states), len(SPINE))
    done = order.state == State.RELEASED
    return [
        {"label": str(label), "state": "past" if i < here or done else "now" if i == here else "next"}
        for i, (label, _states) in enumerate(SPINE)
    ]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of an order's lines, gross: what the customer would pay of all live lines, and what is approved."""

    customer: Decimal
    approved: Decimal
    everything: Decimal
    hours: Decimal


def one_option(lines: list[Line]) -> list[Line]:
    """Live lines; of alternatives the one agreed to, else the first letter: the customer pays one of them."""
    live = [row for row in lines if row.state not in (LineState.DECLINED, LineState.EXPIRED, LineState.WITHDRAWN)]
    first: dict[int, str] = {}
    for row in sorted(live, key=lambda one: (one.state not in (LineState.APPROVED, LineState.DONE), one.option_letter)):
        if row.option_group is not None:
            first.setdefault(row.option_group, row.option_letter)
    return [row for row in live if row.option_group is None or first[row.option_group] == row.option_letter]


def totals(lines: list[Line]) -> Totals:
    """Sums over lines that are not declined, expired or withdrawn."""
    live = one_option(lines)
    own = [(row, row.share_of(Payer.CUSTOMER)) for row in live]
    return Totals(
        customer=sum((amount for _row, amount in own), ZERO),
        approved=sum((amount for row, amount in own if row.state in (LineState.APPROVED, LineState.DONE)), ZERO),
        everything=sum((row.gross for row in live), ZERO),
        hours=sum((row.standard_hours for row in live), ZERO),
    )


def last_marks(vehicle: Vehicle, but: int) -> list[DamageMark]:
    """The damage of the last earlier visit, to be carried over. Two queries."""
    last = WorkOrder.objects.filter(vehicle=vehicle, walk__isnull=False).exclude(pk=but).order_by("-arrived_at").first()
    return list(last.walk.marks.order_by("id")) if last else []


def declined_before(vehicle: Vehicle) -> list[Line]:
    """Work that the customer declined at earlier visits and that was not taken up since, newest first. One query."""
    rows = Line.objects.filter(order__vehicle=vehicle, state=LineState.DECLINED, revived__isnull=True)
    return list(rows.order_by("-id")[:5])
