"""Reads of the hand-back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import (
    BooleanField,
    Case,
    DecimalField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Branch
from delivery.models import (
    Payment,
    Receivable,
    ServiceRecord,
    Settlement,
    Split,
    billable,
    live_slip,
    of_bill,
    splits_of,
)
from delivery.splitting import Part, parts_of
from delivery.states import RecordState
from dms.clock import now
from dms.errors import Refused
from dms.money import ZERO, total
from reception.models import GatePass, Line, WorkOrder
from reception.states import LineState, PassKind, Payer, State


@dataclass(frozen=True, slots=True)
class TillRow:
    """An order that waits at the till: minutes since the customer's walk round, and the customer's share."""

    order: WorkOrder
    minutes: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """The lines of one payer with their sum, before anybody takes over a part."""

    payer: str
    label: str
    lines: list[Line]
    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(slots=True)
class SettlementView:
    """Everything of the settle page."""

    order: WorkOrder
    shares: list[Share]
    parts: list[Part]
    splits: list[Split]
    net: Decimal
    tax: Decimal
    gross: Decimal
    customer: Decimal
    slip: Settlement | None
    receivables: Sequence[Receivable]
    owed: Decimal
    own: Receivable | None
    payments: list[Payment] = field(default_factory=list)
    slips: list[Settlement] = field(default_factory=list)
    gate_pass: GatePass | None = None

    @property
    def divided(self) -> bool:
        """Whether somebody pays a part of a line, so that the sums by payer are not those of the lines."""
        return bool(self.splits) or any(line.own_gross for share in self.shares for line in share.lines)


def handovers(branch: Branch) -> QuerySet[WorkOrder]:
    """Cars that are ready or being handed back: customers who wait here first, then the earliest promise. One query."""
    states = [State.READY, State.HANDING_OVER, State.SETTLED]
    rows = WorkOrder.objects.filter(branch=branch, state__in=states)
    return rows.select_related("vehicle__model__brand", "bringer", "advisor").order_by("-waits", "promised_at", "id")


def to_leave(branch: Branch) -> QuerySet[WorkOrder]:
    """Cars that leave unrepaired, oldest first. One query."""
    rows = WorkOrder.objects.filter(branch=branch, state__in=[State.DECLINED, State.CANCELLED])
    return rows.select_related("vehicle", "bringer").order_by("id")


def till(branch: Branch) -> list[TillRow]:
    """Orders whose customer was walked round and has not settled, the longest waiting first.

    One query, three where bills are shared.
    """
    share = (
        Line.objects.filter(order=OuterRef("pk"))
        .filter(Q(state=LineState.DONE) | Q(state=LineState.APPROVED, operation__kind="diagnosis"))
        .order_by()
        .values("order")
        .annotate(sum=Sum(Case(When(payer=Payer.CUSTOMER, then="gross"), default="own_gross")))
        .values("sum")
    )
    money = DecimalField(max_digits=12, decimal_places=2)
    rows = (
        WorkOrder.objects.filter(branch=branch, state=State.HANDING_OVER, walked_at__isnull=False)
        .select_related("vehicle", "bringer")
        .annotate(share=Coalesce(Subquery(share, output_field=money), Value(ZERO, output_field=money)))
        .order_by("walked_at", "id")
    )
    rows = rows.annotate(shared=Exists(Split.objects.filter(order=OuterRef("pk"))))
    found = list(rows)
    moment, split = now(), _split_shares([order.pk for order in found if order.shared])
    return [
        TillRow(order, int((moment - order.walked_at).total_seconds() // 60), split.get(order.pk, order.share or ZERO))
        for order in found
        if order.walked_at is not None
    ]


def _split_shares(orders: list[int]) -> dict[int, Decimal]:
    """What the customer keeps of these bills, which others share. Two queries, none where there is none."""
    if not orders:
        return {}
    splits: dict[int, list[Split]] = {}
    for split in Split.objects.filter(order__in=orders).select_related("customer", "order__payer").order_by("id"):
        splits.setdefault(split.order_id, []).append(split)
    lines: dict[int, list[Line]] = {}
    billed = Line.objects.filter(order__in=splits, state__in=[LineState.DONE, LineState.APPROVED])
    for line in billed.select_related("operation").order_by("id"):
        lines.setdefault(line.order_id, []).append(line)
    found = {}
    for key, own in splits.items():
        order = own[0].order
        parts = _parts(order, of_bill(order, lines.get(key, [])), own)
        found[key] = total(part.gross for part in parts if part.own)
    return found


def _by_payer(lines: list[Line]) -> list[Share]:
    found = []
    for payer in Payer:
        own = [line for line in lines if line.payer == payer]
        if own:
            found.append(
                Share(
                    payer, str(payer.label), own, total(line.net for line in own), total(line.tax for line in own),
                    total(line.gross for line in own),
                )
            )  # fmt: skip
    return found


def _parts(order: WorkOrder, lines: list[Line], splits: list[Split]) -> list[Part]:
    """Who owes what; as if nothing were shared where too much was taken over: the slip will say so."""
    try:
        return parts_of(order, lines, splits)
    except Refused:
        return parts_of(order, lines, ())


def settlement_view(order: WorkOrder) -> SettlementView:
    """Lines by payer, totals, what is owed, payments and papers of an order. A fixed number of queries."""
    lines, slip, splits = billable(order), live_slip(order), list(splits_of(order))
    shares, parts = _by_payer(lines), _parts(order, lines, splits)
    paid = Coalesce(Sum("payments__amount"), ZERO, output_field=DecimalField(max_digits=12, decimal_places=2))
    rows = slip.receivables.select_related("customer", "paper").annotate(paid=paid) if slip else None
    receivables = list(rows.order_by("id")) if rows is not None else []
    mine = total(part.gross for part in parts if part.own)
    kept = next((row for row in receivables if row.payer == Payer.CUSTOMER and row.customer_id == order.payer_id), None)
    owed = (kept.gross - kept.written_off - kept.paid if kept else ZERO) if slip else mine
    return SettlementView(
        order=order, shares=shares, parts=parts, splits=splits, net=total(share.net for share in shares),
        tax=total(share.tax for share in shares), gross=total(share.gross for share in shares), customer=mine,
        slip=slip, receivables=receivables, owed=owed, own=kept,
        payments=list(
            Payment.objects.filter(receivable__settlement__order=order)
            .select_related("received_by", "receivable")
            .order_by("id")
        ),
        slips=list(Settlement.objects.filter(order=order).select_related("paper").order_by("id")),
        gate_pass=live_pass(order),
    )  # fmt: skip


def live_pass(order: WorkOrder) -> GatePass | None:
    """The pass that opens the gate for this order now."""
    kind = PassKind.SETTLEMENT if order.state == State.SETTLED else PassKind.UNREPAIRED
    rows = GatePass.objects.filter(order=order, kind=kind, used_at__isnull=True, revoked_at__isnull=True)
    return rows.select_related("paper").first()


def service_records(branch: Branch) -> list[ServiceRecord]:
    """The latest health records, those that wait for a person first. One query."""
    waits = Q(state__in=[RecordState.FAILED, RecordState.UNKNOWN])
    rows = ServiceRecord.objects.filter(branch=branch).select_related("settlement__order__vehicle")
    return list(rows.annotate(waits=ExpressionWrapper(waits, BooleanField())).order_by("-waits", "-id")[:100])
