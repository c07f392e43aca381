"""What must hold of the money of a shop after every act: the database against a second book beside it."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Sum
from django.db.models.functions import Coalesce

from delivery.models import (
    DayClose,
    Deposit,
    DepositMove,
    Drawer,
    Invoice,
    Payment,
    Receivable,
    ScanCharge,
    ScanRefund,
    Settlement,
    ShareTax,
    WriteOff,
)
from dms.money import ZERO, total
from reception.models import Line, Package, PackageUnits, WorkOrder


def book() -> tuple[Any, ...]:
    """Everything that is worth money, in a few numbers."""
    left = Deposit.objects.aggregate(n=Sum("pk", default=0), sum=Sum("left_amount", default=ZERO))
    money = Payment.objects.aggregate(n=Sum("pk", default=0), sum=Sum("amount", default=ZERO))
    slips = Settlement.objects.aggregate(n=Sum("pk", default=0), sum=Sum("gross", default=ZERO))
    units = PackageUnits.objects.aggregate(sum=Sum("used", default=0))
    given = WriteOff.objects.aggregate(n=Sum("pk", default=0), sum=Sum("amount", default=ZERO))
    codes = ScanCharge.objects.filter(state="paid").aggregate(n=Sum("pk", default=0), sum=Sum("amount", default=ZERO))
    states = Counter(Receivable.objects.order_by().values_list("state", flat=True))
    worth = (left, money, slips, units, given, codes)
    return tuple(tuple(one.values()) for one in worth), states


def check_shares(shop: Any) -> None:
    """receivable = payments less refunds + what was given up + what is open; its state says so."""
    rows = Receivable.objects.annotate(paid=Sum("payments__amount", default=ZERO))
    for pk, payer, state, gross, paid, given in rows.values_list(
        "pk", "payer", "state", "gross", "paid", "written_off"
    ):
        if payer == "package":
            assert (paid, given, state in ("paid", "cancelled")) == (ZERO, ZERO, True)
        elif state == "cancelled":
            assert (paid, given, shop.owed[pk]) == (ZERO, ZERO, ZERO)
        else:
            assert gross == paid + given + shop.owed[pk]
            closed = "written_off" if given else "paid"
            assert (state == closed) == (shop.owed[pk] == ZERO)
            assert state in (closed, "open", "on_account")


def check_write_offs(shop: Any) -> None:
    """What stands of a share is the sum of its rows; a counter entry turned one of them round, once."""
    sums = Receivable.objects.annotate(sum=Sum("write_offs__amount", default=ZERO))
    assert not sums.exclude(sum=F("written_off")).exists()
    standing = WriteOff.objects.filter(takes_back=None, taken_back_by=None)
    assert {
        pk: (share, amount) for pk, share, amount in standing.values_list("pk", "receivable", "amount")
    } == shop.given
    assert not WriteOff.objects.exclude(takes_back=None).exclude(amount=-F("takes_back__amount")).exists()


def check_scans(shop: Any) -> None:
    """What the provider took is in the books, or it has not told yet; what went back was taken before."""
    orders = {number: order for number, order in shop.fake.orders.items() if order["trade_state"] == "SUCCESS"}
    charges = ScanCharge.objects.annotate(on=Coalesce("payment__amount", ZERO)).select_related("deposit")
    paid = {row.number: row for row in charges.filter(state="paid")}
    assert set(orders) == set(paid) | shop.untold
    for number, row in paid.items():
        assert orders[number]["amount"]["total"] == int(row.amount * 100)
        kept = DepositMove.objects.filter(deposit=row.deposit, kind="received") if row.deposit else ()
        assert row.amount == row.on + total(move.amount for move in kept)
    back = ScanRefund.objects.annotate(said=Coalesce("payment__amount", "move__amount"))
    assert not back.exclude(said=-F("amount")).exists()
    queued = dict(ScanRefund.objects.values_list("number", "amount"))
    sent = {number: Decimal(row["amount"]["refund"]) / 100 for number, row in shop.fake.refunds.items()}
    assert sent.items() <= queued.items()
    of_codes = Payment.objects.filter(kind="refund", refund_of__scan_charge__isnull=False)
    assert not of_codes.filter(scan_refund=None).exists()


def check_rates() -> None:
    """A share at its rates is the share, and a slip at its rates its lines; what is free of tax has none."""
    sums = Receivable.objects.annotate(n=Sum("taxes__net", default=ZERO), t=Sum("taxes__tax", default=ZERO))
    assert not sums.exclude(n=F("net"), t=F("tax")).exists()
    assert not ShareTax.objects.filter(rate=0).exclude(tax=0).exists()
    live = {"state": "issued", "kind": "normal"}
    by_share = ShareTax.objects.filter(receivable__settlement__in=Settlement.objects.filter(**live)).order_by()
    shares = by_share.values_list("receivable__settlement__order", "rate").annotate(Sum("net"), Sum("tax"))
    orders = Settlement.objects.filter(**live).values("order")
    by_line = Line.objects.filter(order__in=orders, state="done").order_by().values_list("order", "tax_rate")
    lines = by_line.annotate(Sum("net"), Sum("tax"))
    there = {row for row in lines if row[2] or row[3]}
    assert {row for row in shares if row[2] or row[3]} == there


def check_invoices() -> None:
    """An invoice is its share; a red-letter one takes back the whole of an issued one; a reversed slip has none."""
    firsts = Invoice.objects.filter(reverses=None)
    same = {name: F(f"receivable__{name}") for name in ("net", "tax", "gross")}
    assert not firsts.exclude(**same).exists()
    reds = Invoice.objects.exclude(reverses=None)
    assert not reds.exclude(gross=-F("reverses__gross"), tax=-F("reverses__tax"), reverses__state="reversed").exists()
    assert reds.count() == firsts.filter(state="reversed").count()
    gone = Invoice.objects.filter(receivable__state="cancelled")
    assert not gone.filter(reverses=None, state__in=["requested", "issued"]).exists()
    assert (gone.exclude(state="cancelled").aggregate(n=Sum("gross"))["n"] or ZERO) == ZERO


def check_journal(close: DayClose) -> None:
    """It balances, and its tax by rate is that of the day's slips less its reversals."""
    rows = close.content["journal"]
    assert total(Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows) == ZERO
    slips = {row["document"] for row in rows if row["what"] == "owed"}
    day = Settlement.objects.filter(number__in=slips).aggregate(n=Sum("net"), t=Sum("tax"))
    for name, key in (("net", "n"), ("tax", "t")):
        assert total(Decimal(row[name]) for row in close.content["taxes"]) == (day[key] or ZERO)


def check_slips() -> None:
    """A slip is the sum of its shares, and a reversal the first slip with the sign turned."""
    sums = Settlement.objects.filter(kind="normal").annotate(
        n=Sum("receivables__net", default=ZERO), t=Sum("receivables__tax", default=ZERO),
        g=Sum("receivables__gross", default=ZERO),
    )  # fmt: skip
    assert not sums.exclude(n=F("net"), t=F("tax"), g=F("gross")).exists()
    turned = Settlement.objects.filter(kind="reversal")
    assert not turned.exclude(
        gross=-F("reverses__gross"), net=-F("reverses__net"), tax=-F("reverses__tax"), reverses__state="reversed"
    ).exists()
    assert turned.count() == Settlement.objects.filter(kind="normal", state="reversed").count()


def check_money(shop: Any) -> None:
    """No payment gave back more than it was; a drawer holds its float and its cash."""
    left = Payment.objects.filter(kind="payment").annotate(left=F("amount") + Sum("refunds__amount", default=ZERO))
    assert dict(left.values_list("pk", "left")) == shop.paid
    assert min(shop.paid.values(), default=ZERO) >= ZERO
    moved: Counter[int] = Counter()
    for model in (Payment, DepositMove):
        moved.update(dict(model.objects.exclude(drawer=None).order_by().values_list("drawer").annotate(Sum("amount"))))
    assert {pk: cash for pk, cash in moved.items() if cash} == {pk: cash for pk, cash in shop.cash.items() if cash}
    for pk, begun, expected in Drawer.objects.filter(closed_at__isnull=False).values_list(
        "pk", "float_amount", "expected_amount"
    ):
        assert expected == begun + moved[pk]


def check_deposits() -> None:
    """What is left is the sum of the moves, never below zero; a payment by deposit took exactly its amount."""
    sums = Deposit.objects.annotate(sum=Sum("moves__amount", default=ZERO))
    assert not sums.exclude(sum=F("left_amount")).exists()
    assert not Deposit.objects.filter(left_amount__lt=0).exists()
    used = Payment.objects.filter(method="deposit").annotate(moved=Sum("deposit_moves__amount", default=ZERO))
    assert not used.exclude(moved=-F("amount")).exists()
    of_payments = DepositMove.objects.filter(payment__isnull=False)
    assert not of_payments.exclude(deposit__customer=F("payment__receivable__customer")).exists()


def check_packages() -> None:
    """Units and value are the sums of their uses; a share of a standing slip took its units, a reversed one none."""
    units = PackageUnits.objects.annotate(n=Sum("uses__quantity", default=0))
    assert not units.exclude(n=F("used")).exists()
    worth = Package.objects.annotate(v=Sum("units__uses__value", default=ZERO))
    assert not worth.exclude(v=F("released")).exists()
    live = {"order__settlements__state": "issued", "order__settlements__kind": "normal"}
    standing = Line.objects.filter(payer="package", **live)
    used = PackageUnits.objects.aggregate(n=Sum("used", default=0))["n"]
    assert used == standing.distinct().count()


def check_orders() -> None:
    """Settled means: a slip stands, and the customer's share is closed."""
    unpaid = Receivable.objects.filter(settlement=OuterRef("pk"), payer="customer").exclude(
        state__in=["paid", "on_account", "written_off"]
    )
    good = Settlement.objects.filter(~Exists(unpaid), order=OuterRef("pk"), kind="normal", state="issued")
    assert not WorkOrder.objects.filter(~Exists(good), state="settled").exists()


def check_accounts(shop: Any) -> None:
    """In the journals of all days the account of who pays later holds exactly what the second book says is owed."""
    rows = [row for close in DayClose.objects.filter(replaced_by=None) for row in close.content["journal"]]
    booked = total(Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows if row["account"] == "1122")
    payers = ["customer", "manufacturer", "insurer"]
    owing = Receivable.objects.filter(payer__in=payers).values_list("pk", flat=True)
    assert booked == total(shop.owed[pk] for pk in owing)
    given_up = total(Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows if row["what"] == "written_off"
                     and row["account"] in ("6601", "6702"))  # fmt: skip
    assert given_up == total(amount for _share, amount in shop.given.values())


def balanced(shop: Any) -> None:
    """Every ledger, after every act."""
    check_shares(shop)
    check_write_offs(shop)
    check_scans(shop)
    check_slips()
    check_rates()
    check_invoices()
    check_money(shop)
    check_deposits()
    check_packages()
    check_orders()
