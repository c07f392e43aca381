"""Reads of the parts counter: what cars wait for, what of it is there, and what is on its way."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import Branch
from catalog.models import ExpectedPart, Part, PartPrice, PartSubstitute, PartWait, Stock, SupplierOrder
from catalog.selectors import promised_to
from catalog.states import COMING, ON_ITS_WAY, SupplyState
from dms.clock import branch_day, now
from dms.fields import number_of
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.selectors import Promised, promised
from reception.states import LineKind, LineState, State
from workshop.models import PartIssue

IN_SHOP = (State.QUEUED, State.ASSIGNED, State.WORKING)


@dataclass(frozen=True, slots=True)
class Instead:
    """A part that may be fitted instead: how much is free, its price today, and whether the customer is to be asked.

    `same`: at the same price and of the same origin, so that what was agreed still holds.
    """

    part: Part
    free: Decimal
    price: Decimal | None
    same: bool
    note: str


@dataclass(slots=True)
class Request:
    """A part line at the counter and how its car stands to its promise; quantities in the part's unit.

    `kept` is promised to its order, `free` to nobody; of that `given` is left to this line by those promised earlier.
    """

    line: Line
    p: Promised
    left: Decimal
    issues: list[PartIssue]
    on_hand: Decimal
    kept: Decimal = ZERO
    free: Decimal = ZERO
    given: Decimal = ZERO
    waits: list[PartWait] = field(default_factory=list)
    instead: list[Instead] = field(default_factory=list)

    @property
    def can(self) -> Decimal:
        """How many can be issued now."""
        return max(ZERO, min(self.left, self.kept + self.free))

    @property
    def short(self) -> Decimal:
        """How many are missing: neither promised to this order nor free."""
        return max(self.left - self.kept - self.given, ZERO)

    @property
    def unasked(self) -> Decimal:
        """How many are missing that nobody has asked a supplier for."""
        return max(ZERO, self.short - sum((wait.quantity for wait in self.waits), ZERO))

    @property
    def comes_on(self) -> date | None:
        """The day on which the last of it comes; None while something is only asked for."""
        days = [wait.expected.expected_on for wait in self.waits]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None


def parts_queue(branch: Branch) -> list[Request]:
    """Approved part lines of cars in the workshop: shortages first, issued ones last. Six queries."""
    rows = _requests(branch, Line.objects.filter(order__branch=branch, order__state__in=IN_SHOP))
    offer_substitutes(branch, rows)
    return sorted(rows, key=lambda row: (row.left <= 0, row.short <= 0))


def offer_substitutes(branch: Branch, rows: Iterable[Request]) -> None:
    """Write to each short row what may be fitted instead and is free here. One query."""
    short: dict[int, list[Request]] = defaultdict(list)
    for row in rows:
        if row.short > 0 and row.line.part_id is not None:
            short[row.line.part_id].append(row)
    free = Stock.objects.filter(branch=branch, part=OuterRef("substitute")).values(free=F("on_hand") - F("reserved"))
    prices = PartPrice.objects.filter(
        branch=branch, part=OuterRef("substitute"), valid_from__lte=branch_day(branch)
    ).order_by("-valid_from")
    found = PartSubstitute.objects.filter(part__in=short, ended_at__isnull=True, substitute__active=True)
    found = found.select_related("substitute").annotate(
        free=Subquery(free[:1]), price=Subquery(prices.values("price")[:1])
    )
    for one in found.filter(free__gt=0).order_by("id"):
        for row in short[one.part_id]:
            part = row.line.part
            same = one.price == row.line.unit_price and part is not None and part.origin == one.substitute.origin
            row.instead.append(Instead(one.substitute, one.free, one.price, same, one.note))


def parts_of(order: WorkOrder) -> list[Request]:
    """The order's approved part lines as the technician sees them. Five queries."""
    return _requests(order.branch, Line.objects.filter(order=order))


def asked_of(branch: Branch, part: Part) -> list[Request]:
    """Everything that cars in the workshop ask of a part, by promise. Five queries."""
    return _requests(branch, Line.objects.filter(order__branch=branch, order__state__in=IN_SHOP, part=part))


def asked_by(branch: Branch, orders: Iterable[WorkOrder], part_ids: Iterable[int]) -> list[Request]:
    """What these orders ask of these parts, by promise. Five queries."""
    return _requests(branch, Line.objects.filter(order__in=list(orders), part__in=list(part_ids)))


def _requests(branch: Branch, lines: QuerySet[Line]) -> list[Request]:
    """Approved part lines by promise. Five queries; one when there is none."""
    found = list(
        lines.filter(kind=LineKind.PART, state=LineState.APPROVED)
        .select_related("order__vehicle", "part")
        .prefetch_related(Prefetch("issues", PartIssue.objects.order_by("id")))
        .order_by(F("order__promised_at").asc(nulls_last=True), "order_id", "id")
    )
    if not found:
        return []
    shelf = {row.part_id: row for row in Stock.objects.filter(branch=branch, part__in=[one.part_id for one in found])}
    kept = promised_to(branch, shelf, {line.order.subject_key for line in found})
    kept = {key: min(quantity, shelf[key[0]].reserved) for key, quantity in kept.items()}
    waits = _waits(branch, found)
    free = {part: row.on_hand - row.reserved for part, row in shelf.items()}
    left_free, at = dict(free), now()
    rows = []
    for line in found:
        part, key = line.part_id or 0, (line.part_id or 0, line.order.subject_key)
        row = _request(line, promised(line.order, at), shelf.get(part), waits[line.subject_key])
        row.kept, row.free = min(row.left, kept.get(key, ZERO)), free.get(part, ZERO)
        row.given = max(ZERO, min(row.left - row.kept, left_free.get(part, ZERO)))
        kept[key] = kept.get(key, ZERO) - row.kept
        left_free[part] = left_free.get(part, ZERO) - row.given
        rows.append(row)
    return rows


def _request(line: Line, p: Promised, shelf: Stock | None, waits: list[PartWait]) -> Request:
    issues = list(line.issues.all())
    out = sum((one.quantity - one.returned for one in issues), ZERO)
    open_ones = [one for one in issues if one.returned < one.quantity]
    return Request(line, p, line.quantity - out, open_ones, shelf.on_hand if shelf else ZERO, waits=waits)


def _waits(branch: Branch, lines: Iterable[Line]) -> dict[str, list[PartWait]]:
    """Line's key → what of it is asked for and has not come. One query."""
    keys = [line.subject_key for line in lines]
    rows = PartWait.objects.filter(subject_key__in=keys, expected__branch=branch, expected__state__in=COMING)
    found: dict[str, list[PartWait]] = defaultdict(list)
    for row in rows.select_related("expected").order_by("id"):
        found[row.subject_key].append(row)
    return found


@dataclass(slots=True)
class Bought:
    """A part that is asked for or ordered, the lines that wait for it, and whether its day has passed."""

    item: ExpectedPart
    lines: list[Line]
    late: bool


@dataclass(slots=True)
class Purchases:
    """What is asked for, by part; orders on their way, the latest first; and what came or was called off last."""

    asked: list[Bought]
    orders: list[tuple[SupplierOrder, list[Bought]]]
    last: list[SupplierOrder]

    @property
    def late(self) -> int:
        """Orders of which something should have come."""
        return sum(any(row.late for row in rows) for _order, rows in self.orders)


#: Closed orders that the page shows.
MOST_CLOSED = 20


def purchases(branch: Branch) -> Purchases:
    """Requests and orders of a branch. Four queries."""
    items = ExpectedPart.objects.filter(branch=branch, state__in=COMING)
    rows = _bought(
        branch, items.exclude(state__in=ON_ITS_WAY, order__isnull=True).order_by("expected_on", "part__code", "id")
    )
    orders: dict[int, tuple[SupplierOrder, list[Bought]]] = {}
    for row in rows:
        if row.item.order is not None:
            orders.setdefault(row.item.order.pk, (row.item.order, []))[1].append(row)
    closed = SupplierOrder.objects.filter(branch=branch).exclude(items__state__in=ON_ITS_WAY)
    return Purchases(
        [row for row in rows if row.item.state == SupplyState.REQUESTED],
        list(orders.values()),
        list(closed.select_related("supplier").order_by("-ordered_at", "-id")[:MOST_CLOSED]),
    )


def order_of(branch: Branch, text: str) -> int | None:
    """The order of that number, else the one that brings the part of that number soonest. One query."""
    rows = ExpectedPart.objects.filter(branch=branch, order__isnull=False)
    wanted = Q(order__number__iexact=text) | Q(part__code__iexact=text, state__in=ON_ITS_WAY)
    return rows.filter(wanted).order_by("expected_on", "id").values_list("order_id", flat=True).first()


def items_of(order: SupplierOrder) -> list[Bought]:
    """What an order asks for, with the lines that wait. Three queries."""
    items = ExpectedPart.objects.filter(order=order).order_by("part__code", "id")
    return _bought(order.branch, items)


def _bought(branch: Branch, items: QuerySet[ExpectedPart]) -> list[Bought]:
    """Three queries; fewer when nothing waits."""
    rows = list(items.select_related("part", "order__supplier", "order__ordered_by").prefetch_related("waits"))
    keys = {wait.subject_key for row in rows for wait in row.waits.all()}
    ids = [number_of(key.removeprefix("line:")) for key in keys]
    lines = Line.objects.filter(pk__in=[pk for pk in ids if pk], order__branch=branch)
    known = {line.subject_key: line for line in lines.select_related("order__vehicle")}
    today = branch_day(branch)
    return [
        Bought(
            row,
            [known[wait.subject_key] for wait in row.waits.all() if wait.subject_key in known],
            row.state in ON_ITS_WAY and row.expected_on is not None and row.expected_on < today,
        )
        for row in rows
    ]
