"""A day's bookings for the accounts: each act of the till as debit and credit, balanced to zero. No queries."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from delivery.models import DepositMove, Drawer, Payment, Receivable, Settlement, WriteOff
from delivery.states import DepositKind, Method, SettlementKind, WriteOffKind
from dms.money import ZERO, total
from reception.states import Payer

#: Account of each way of paying and of each payer, by the Chinese chart of accounts (企业会计准则应用指南).
MONEY = {Method.CASH: "1001", Method.TRANSFER: "1002", Method.CARD: "1012", Method.SCAN: "1012", Method.DEPOSIT: "2203"}
OWED = {
    Payer.CUSTOMER: "1122", Payer.MANUFACTURER: "1122", Payer.INSURER: "1122", Payer.INTERNAL: "6601",
    Payer.GOODWILL: "6601", Payer.PACKAGE: "2203",
}  # fmt: skip
#: Whose cost a rest becomes: selling expenses as what the house pays itself, or the loss of a debt.
COST = {WriteOffKind.CONCESSION: "6601", WriteOffKind.BAD_DEBT: "6702"}
DEPOSITS, REVENUE, OUTPUT_TAX, DIFFERENCES = "2203", "6001", "222101", "6711"


def _row(
    account: str, what: str, document: str, amount: Decimal, payer: str = "", method: str = "", rate: str = ""
) -> dict[str, str]:
    """`amount` above zero is a debit, below zero a credit; `rate`: of the tax, where it is revenue or tax."""
    return {
        "account": account, "what": what, "document": document, "payer": payer, "method": method,
        "rate": rate, "debit": str(max(amount, ZERO)), "credit": str(max(-amount, ZERO)),
    }  # fmt: skip


def rates_of(share: Receivable) -> list[tuple[str, Decimal, Decimal]]:
    """(rate, net, tax) of a share, the highest first; what was settled before rates were kept has one row without."""
    rows = sorted(share.taxes.all(), key=lambda row: -row.rate)
    return [(str(row.rate), row.net, row.tax) for row in rows] or [("", share.net, share.tax)]


def taxes(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Revenue and tax of a journal by rate, the highest first: the day's slips less its reversals."""
    found: dict[str, list[Decimal]] = {}
    for row in rows:
        if row["what"] in ("revenue", "tax"):
            sums = found.setdefault(str(row["rate"]), [ZERO, ZERO])
            sums[row["what"] == "tax"] += Decimal(row["credit"]) - Decimal(row["debit"])
    return [
        {"rate": rate, "net": str(net), "tax": str(tax), "gross": str(net + tax)}
        for rate, (net, tax) in sorted(found.items(), key=lambda one: -Decimal(one[0] or 0))
    ]


def _of_slip(slip: Settlement, shares: Mapping[int, list[Receivable]]) -> Iterable[dict[str, str]]:
    """Who owes it against revenue and tax; a reversal turns the rows of the first one round."""
    turned = slip.kind == SettlementKind.REVERSAL and slip.reverses is not None
    first, sign = (slip.reverses, -1) if turned and slip.reverses else (slip, 1)
    for share in shares.get(first.pk, ()):
        yield _row(OWED[Payer(share.payer)], "owed", slip.number, sign * share.gross, share.payer)
        for rate, net, tax in rates_of(share):
            yield _row(REVENUE, "revenue", slip.number, -sign * net, share.payer, rate=rate)
            if tax:
                yield _row(OUTPUT_TAX, "tax", slip.number, -sign * tax, share.payer, rate=rate)


def _of_money(row: Payment | DepositMove) -> Iterable[dict[str, str]]:
    """Where the money lies against what it pays. A payment by deposit has its own rows; the deposit's move has none."""
    if isinstance(row, DepositMove):
        if row.kind in (DepositKind.RECEIVED, DepositKind.REFUNDED):
            yield _row(MONEY[Method(row.method)], "money", row.deposit.number, row.amount, Payer.CUSTOMER, row.method)
            yield _row(DEPOSITS, "deposit", row.deposit.number, -row.amount, Payer.CUSTOMER, row.method)
        return
    share = row.receivable
    number = share.settlement.number
    yield _row(MONEY[Method(row.method)], "money", number, row.amount, share.payer, row.method)
    yield _row(OWED[Payer(share.payer)], "paid", number, -row.amount, share.payer, row.method)


def _of_write_off(row: WriteOff) -> Iterable[dict[str, str]]:
    """The house's cost against what the payer no longer owes; a counter entry turns both round. The tax stays due."""
    share = row.receivable
    yield _row(COST[WriteOffKind(row.kind)], "written_off", share.settlement.number, row.amount, share.payer)
    yield _row(OWED[Payer(share.payer)], "written_off", share.settlement.number, -row.amount, share.payer)


def _of_drawer(drawer: Drawer) -> Iterable[dict[str, str]]:
    """What was counted too much or too little."""
    if drawer.counted_amount is None or drawer.expected_amount is None:
        return
    over = drawer.counted_amount - drawer.expected_amount
    if over:
        yield _row(MONEY[Method.CASH], "difference", str(drawer.pk), over, method=Method.CASH)
        yield _row(DIFFERENCES, "difference", str(drawer.pk), -over, method=Method.CASH)


def journal(
    slips: Iterable[Settlement],
    shares: Mapping[int, list[Receivable]],
    rows: Iterable[Payment | DepositMove],
    drawers: Iterable[Drawer],
    write_offs: Iterable[WriteOff] = (),
) -> list[dict[str, Any]]:
    """All rows of a day, in the order slips, money, write-offs, drawers; `shares` by slip, those of reversed slips too.

    Raises AssertionError when they do not balance.
    """
    found = [row for slip in slips for row in _of_slip(slip, shares)]
    found += [row for one in rows for row in _of_money(one)]
    found += [row for one in write_offs for row in _of_write_off(one)]
    found += [row for drawer in drawers for row in _of_drawer(drawer)]
    rest = total(Decimal(row["debit"]) - Decimal(row["credit"]) for row in found)
    if rest:  # each act balances by itself: a rest is a fault of ours, and no books are better than wrong ones
        raise AssertionError(f"the journal is off by {rest}")
    return found
