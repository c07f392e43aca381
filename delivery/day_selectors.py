"""Reads of the drawer and of the close of the day."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Branch, User
from delivery.journal import journal, taxes
from delivery.models import DayClose, Deposit, DepositMove, Drawer, Payment, Receivable, Settlement, WriteOff
from delivery.states import LATER, DepositKind, Method, PaymentKind, ReceivableState, SettlementKind, SettlementState
from dms.clock import day_bounds, local
from dms.gather import gather
from dms.money import ZERO, total
from reception.states import Payer
from records.models import IssuedPaper

#: Payments of a drawer that its page shows.
SHOWN = 200
_MONEY = DecimalField(max_digits=12, decimal_places=2)


def drawers_of(branch: Branch) -> QuerySet[Drawer]:
    """The branch's drawers with `cash_in`, `cash_out` (negative) and `holds`: what lies in each by the book."""

    def summed(model: type[Payment] | type[DepositMove], kind: str) -> Coalesce:
        rows = model.objects.filter(drawer=OuterRef("pk"), kind=kind).order_by().values("drawer")
        one = Subquery(rows.annotate(sum=Sum("amount")).values("sum"), output_field=_MONEY)
        return Coalesce(one, Value(ZERO, output_field=_MONEY))

    came = summed(Payment, PaymentKind.PAYMENT) + summed(DepositMove, DepositKind.RECEIVED)
    went = summed(Payment, PaymentKind.REFUND) + summed(DepositMove, DepositKind.REFUNDED)
    return (
        Drawer.objects.filter(branch=branch)
        .select_related("opened_by", "closed_by")
        .annotate(cash_in=came, cash_out=went)
        .annotate(
            holds=F("float_amount") + F("cash_in") + F("cash_out"),
            difference=F("counted_amount") - F("expected_amount"),
        )
    )


def holds(drawer: Drawer) -> Decimal:
    """What lies in a drawer by the book: its float, and the cash that came less what went."""
    moved = (rows.aggregate(sum=Sum("amount"))["sum"] or ZERO for rows in (drawer.payments, drawer.deposit_moves))
    return drawer.float_amount + total(moved)


def open_drawer(branch: Branch, cashier: User) -> Drawer | None:
    """The open drawer of a cashier."""
    return drawers_of(branch).filter(opened_by=cashier, closed_at__isnull=True).first()


def cash_of(drawer: Drawer) -> list[Payment | DepositMove]:
    """What went in and out of a drawer, the latest first. Two queries."""
    paid = drawer.payments.select_related("receivable__settlement").order_by("-id")[:SHOWN]
    moves = drawer.deposit_moves.select_related("deposit").order_by("-id")[:SHOWN]
    rows: list[Payment | DepositMove] = [*paid, *moves]
    return sorted(rows, key=lambda row: row.received_at, reverse=True)[:SHOWN]


def left_open(branch: Branch, day: date) -> QuerySet[Drawer]:
    """Drawers of days before that nobody counted."""
    return drawers_of(branch).filter(opened_at__lt=day_bounds(branch, day)[0], closed_at__isnull=True).order_by("id")


def last_close(branch: Branch, day: date) -> DayClose | None:
    """The close of that day that stands."""
    rows = DayClose.objects.filter(branch=branch, day=day, replaced_by__isnull=True)
    return rows.select_related("closed_by", "replaces").first()


def day_content(branch: Branch, day: date) -> dict[str, Any]:
    """Everything of a day's close, as JSON: keys of choices, amounts as text. A fixed number of queries."""
    begins, ends = day_bounds(branch, day)
    rows = _moved(branch, begins, ends)
    made = Settlement.objects.filter(order__branch=branch, issued_at__gte=begins, issued_at__lt=ends)
    drawers, slips, given_up = gather(
        drawers_of(branch).filter(opened_at__gte=begins, opened_at__lt=ends).order_by("id"),
        made.select_related("reverses").order_by("issued_at", "id"),
        _written_off(branch, begins, ends),
    )
    booked = _journal(slips, rows, drawers, given_up)
    # Only where there are some: a day that was closed before there were write-offs reads as it did.
    more = {"write_offs": [_write_off(branch, row) for row in given_up]} if given_up else {}
    return more | {
        "methods": _by_method(rows),
        "total": str(total(row.amount for row in rows)),
        "cashiers": _by_cashier(rows),
        "deposits": _deposits(branch, rows),
        "refunds": [_payment(branch, row) for row in rows if row.kind in (PaymentKind.REFUND, DepositKind.REFUNDED)],
        "drawers": [_drawer(branch, drawer) for drawer in drawers],
        "reversals": _reversals(branch, day),
        "credit": _credit(branch),
        "taxes": taxes(booked),
        "journal": booked,
        "rows": [_payment(branch, row) for row in rows],
    }


def _moved(branch: Branch, begins: datetime, ends: datetime) -> list[Any]:
    """Payments and moves of deposits of a day, in order of time. Two queries."""
    when = {"received_at__gte": begins, "received_at__lt": ends}
    paid = Payment.objects.filter(receivable__settlement__order__branch=branch, **when)
    moves = DepositMove.objects.filter(deposit__branch=branch, **when)
    rows: list[Any] = [
        *paid.select_related("receivable__settlement__order__vehicle", "received_by").order_by("received_at", "id"),
        *moves.select_related("deposit__order__vehicle", "received_by").order_by("received_at", "id"),
    ]
    return sorted(rows, key=lambda row: row.received_at)


def _written_off(branch: Branch, begins: datetime, ends: datetime) -> QuerySet[WriteOff]:
    """What the house gave up or took back on a day, in order of time."""
    rows = WriteOff.objects.filter(
        receivable__settlement__order__branch=branch, written_at__gte=begins, written_at__lt=ends
    )
    return rows.select_related("receivable__settlement", "receivable__customer", "written_by").order_by("id")


def _write_off(branch: Branch, row: WriteOff) -> dict[str, Any]:
    share = row.receivable
    return {
        "at": f"{local(branch, row.written_at):%Y-%m-%d %H:%M}", "slip": share.settlement.number,
        "payer": share.payer, "name": share.customer.name if share.customer else "", "kind": row.kind,
        "amount": str(row.amount), "by": row.written_by.name, "reason": row.reason,
    }  # fmt: skip


def _journal(
    slips: list[Settlement], rows: list[Any], drawers: list[Drawer], given_up: list[WriteOff]
) -> list[dict[str, Any]]:
    """The bookings of a day's slips and reversals, money, write-offs and counted drawers. Two queries."""
    shares: dict[int, list[Receivable]] = {}
    billed = Receivable.objects.filter(settlement__in=[slip.reverses_id or slip.pk for slip in slips])
    for share in billed.prefetch_related("taxes").order_by("id"):
        shares.setdefault(share.settlement_id, []).append(share)
    return journal(slips, shares, rows, drawers, given_up)


def _deposits(branch: Branch, rows: list[Any]) -> dict[str, str]:
    """What deposits received, gave to payments, got back and gave back on this day, and what is left of all now."""
    moves = [row for row in rows if isinstance(row, DepositMove)]
    found = {kind: str(total(row.amount for row in moves if row.kind == kind)) for kind in DepositKind.values}
    left = Deposit.objects.filter(branch=branch, left_amount__gt=0).aggregate(sum=Sum("left_amount"))["sum"] or ZERO
    return found | {"left": str(left)}


def _by_method(rows: list[Any]) -> list[dict[str, Any]]:
    """By how money came and went. What a payment takes from a deposit came on another day."""
    found = []
    for method in (value for value in Method.values if value != Method.DEPOSIT):
        own = [row for row in rows if row.method == method]
        if own:
            came = total(row.amount for row in own if row.amount > 0)
            net = total(row.amount for row in own)
            found.append(
                {"method": method, "count": len(own), "paid": str(came), "back": str(net - came), "net": str(net)}
            )
    return found


def _by_cashier(rows: list[Any]) -> list[dict[str, Any]]:
    people = {row.received_by_id: row.received_by.name for row in rows}

    def net(own: Iterable[Any]) -> str:
        return str(total(row.amount for row in own))

    return [
        {
            "name": name,
            "net": net(row for row in rows if row.received_by_id == key),
            "cash": net(row for row in rows if row.received_by_id == key and row.method == Method.CASH),
        }
        for key, name in people.items()
    ]


def _drawer(branch: Branch, drawer: Any) -> dict[str, Any]:
    closed = drawer.closed_at is not None
    return {
        "id": drawer.pk,
        "cashier": drawer.opened_by.name,
        "opened_at": f"{local(branch, drawer.opened_at):%H:%M}",
        "closed_at": f"{local(branch, drawer.closed_at):%H:%M}" if closed else "",
        "closed_by": drawer.closed_by.name if closed else "",
        "float": str(drawer.float_amount),
        "cash_in": str(drawer.cash_in),
        "cash_out": str(drawer.cash_out),
        "expected": str(drawer.holds),
        "counted": str(drawer.counted_amount) if closed else "",
        "difference": str(drawer.difference) if closed else "",
        "reason": drawer.reason,
    }


def _reversals(branch: Branch, day: date) -> list[dict[str, Any]]:
    begins, ends = day_bounds(branch, day)
    rows = Settlement.objects.filter(
        order__branch=branch, kind=SettlementKind.REVERSAL, issued_at__gte=begins, issued_at__lt=ends
    )
    return [
        {
            "number": row.number, "reverses": row.reverses.number if row.reverses else "", "gross": str(row.gross),
            "reason": row.reason, "by": row.issued_by.name,
        }
        for row in rows.select_related("reverses", "issued_by").order_by("id")
    ]  # fmt: skip


def _credit(branch: Branch) -> list[dict[str, Any]]:
    """Who owes what of slips that stand: customers on account, makers and insurers; the largest first."""
    waiting = Receivable.objects.filter(
        Q(state=ReceivableState.ON_ACCOUNT) | Q(state=ReceivableState.OPEN, payer__in=LATER),
        settlement__order__branch=branch, settlement__state=SettlementState.ISSUED,
    )  # fmt: skip
    who = ("payer", "customer_id", "customer__name")
    paid = {
        (row["receivable__payer"], row["receivable__customer_id"]): row["sum"]
        for row in Payment.objects.filter(receivable__in=waiting)
        .values("receivable__payer", "receivable__customer_id")
        .annotate(sum=Sum("amount"))
    }
    found = [
        {
            "payer": row["payer"], "name": row["customer__name"] or "", "slips": row["slips"],
            "since": local(branch, row["since"]).date().isoformat(),
            "owed": str(row["owed"] - paid.get((row["payer"], row["customer_id"]), ZERO)),
        }
        for row in waiting.order_by().values(*who).annotate(
            owed=Sum(F("gross") - F("written_off")), slips=Count("id"), since=Min("settlement__issued_at")
        )
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-Decimal(str(row["owed"])), str(row["name"]), str(row["payer"])))


def _payment(branch: Branch, row: Any) -> dict[str, Any]:
    """A payment, or a move of a deposit: `slip` is the slip's number, or the deposit's."""
    paper = row.deposit if isinstance(row, DepositMove) else row.receivable.settlement
    order = paper.order
    return {
        "at": f"{local(branch, row.received_at):%Y-%m-%d %H:%M}",
        "slip": paper.number,
        "order": order.number if order else "",
        "plate": (order.vehicle.plate or "") if order else "",
        "payer": Payer.CUSTOMER if isinstance(row, DepositMove) else row.receivable.payer,
        "kind": row.kind,
        "method": row.method,
        "amount": str(row.amount),
        "drawer": row.drawer_id or "",
        "by": row.received_by.name,
        "reason": row.reason,
    }


def slips_of_day(branch: Branch, day: date) -> QuerySet[IssuedPaper]:
    """The settlement slips of a day, those of single payers and reversals too, in the order of issue."""
    first, end = day_bounds(branch, day)
    when = {"issued_at__gte": first, "issued_at__lt": end}
    of_slip = Settlement.objects.filter(order__branch=branch, **when).values("paper")
    of_share = Receivable.objects.filter(
        settlement__order__branch=branch, settlement__issued_at__gte=first, settlement__issued_at__lt=end,
        paper__isnull=False,
    ).values("paper")  # fmt: skip
    return IssuedPaper.objects.filter(Q(pk__in=of_slip) | Q(pk__in=of_share)).order_by("pk")
