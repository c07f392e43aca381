"""Reads of open credit: who owes what since when, and which deposits are left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import Branch
from customers.models import Customer
from delivery.models import CreditTerms, Deposit, Receivable, WriteOff, with_rest
from delivery.states import LATER, ReceivableState, SettlementState
from dms.clock import branch_day, local
from dms.money import total
from reception.states import Payer
from records.selectors import rule

#: Days after the due date at which a debt enters the next column; the first is what is not due yet.
AGES = (0, 30, 60)
#: Rows of the list of write-offs.
MOST_WRITTEN_OFF = 100


@dataclass(frozen=True, slots=True)
class Debt:
    """A share that waits. `days`: since it was due, zero or less while it is not."""

    share: Receivable
    issued_on: date
    due_on: date
    owed: Decimal
    days: int

    @property
    def age(self) -> int:
        """The column of its age: 0 not due, 1 up to 30 days, 2 up to 60, 3 above."""
        return sum(self.days > limit for limit in AGES)


@dataclass(slots=True)
class Account:
    """Everything that one customer, or one kind of payer, owes; `limit` is None without terms of their own."""

    payer: str
    customer: Customer | None
    terms: CreditTerms | None
    debts: list[Debt] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.customer.name if self.customer else str(Payer(self.payer).label)

    @property
    def key(self) -> int:
        """Of the customer in an address; 0 for a kind of payer."""
        return self.customer.pk if self.customer else 0

    @property
    def owed(self) -> Decimal:
        return total(debt.owed for debt in self.debts)

    @property
    def overdue(self) -> Decimal:
        return total(debt.owed for debt in self.debts if debt.days > 0)

    @property
    def ages(self) -> list[Decimal]:
        """What is owed by age, a sum for each column of `Debt.age`."""
        return [total(debt.owed for debt in self.debts if debt.age == age) for age in range(len(AGES) + 1)]


def open_shares(branch: Branch) -> QuerySet[Receivable]:
    """Shares of slips that stand and are paid later, with `paid` and `rest`; the oldest first."""
    waiting = Q(state=ReceivableState.ON_ACCOUNT) | Q(state=ReceivableState.OPEN, payer__in=LATER)
    rows = Receivable.objects.filter(
        waiting, settlement__order__branch=branch, settlement__state=SettlementState.ISSUED
    )
    found = with_rest(rows).select_related("settlement__order__vehicle", "customer__credit_terms")
    return found.order_by("settlement__issued_at", "id")


def accounts(branch: Branch, rows: Iterable[Receivable] | None = None) -> list[Account]:
    """Who owes something, the most overdue first, then the largest. Two queries."""
    today = branch_day(branch)
    days = rule(branch, "credit.days", today)
    found: dict[tuple[str, int | None], Account] = {}
    for share in open_shares(branch) if rows is None else rows:
        key = (Payer.CUSTOMER.value if share.customer_id else share.payer, share.customer_id)
        terms = getattr(share.customer, "credit_terms", None) if share.customer else None
        one = found.setdefault(key, Account(key[0], share.customer, terms))
        issued = local(branch, share.settlement.issued_at).date()
        due = share.due_on or issued + timedelta(days=days)
        one.debts.append(Debt(share, issued, due, share.rest, (today - due).days))  # type: ignore[attr-defined]
    return sorted(found.values(), key=lambda one: (-one.overdue, -one.owed, one.label))


def account_of(branch: Branch, payer: str, customer: Customer | None) -> Account:
    """One customer's or payer's open credit; without debts when nothing is owed. Two queries, one more when empty."""
    rows = open_shares(branch)
    rows = rows.filter(customer=customer) if customer else rows.filter(payer=payer, customer=None)
    found = accounts(branch, rows)
    if found:
        return found[0]
    return Account(payer, customer, CreditTerms.objects.filter(customer=customer).first() if customer else None)


def written_off(branch: Branch) -> list[WriteOff]:
    """What the house gave up and what of it was taken back, the latest first. One query."""
    rows = WriteOff.objects.filter(receivable__settlement__order__branch=branch)
    joined = rows.select_related("receivable__settlement__order__vehicle", "receivable__customer", "written_by")
    return list(joined.order_by("-id")[:MOST_WRITTEN_OFF])


def deposits_left(branch: Branch) -> QuerySet[Deposit]:
    """Deposits of which something is left, the oldest first. One query."""
    rows = Deposit.objects.filter(branch=branch, left_amount__gt=0)
    return rows.select_related("customer", "order", "taken_by").order_by("id")
