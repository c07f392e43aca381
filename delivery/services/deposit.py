"""Money before the bill: taken, used at the till, given back. Every act locks the customer's deposits in one order."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from customers.models import Customer
from delivery.models import Deposit, DepositMove, Payment, ScanCharge
from delivery.services import scan_refunds
from delivery.services.drawer import drawer_for_cash
from delivery.states import DepositKind, Method
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise, total
from reception.models import Package, WorkOrder
from records.services.numbers import take_number
from records.states import CounterKind


def _above_zero(value: Decimal | str) -> Decimal:
    amount = quantise(value)
    if amount <= ZERO:
        raise Invalid(_("Enter an amount above zero."), "amount")
    return amount


@one_act
def take_deposit(
    *, actor: Actor, customer_id: int, method: str, amount: Decimal | str, key: str, order_id: int | None = None
) -> Deposit:
    """Money in advance from a customer, for an order or for whatever comes. The same `key` again is the same deposit.

    Raises `Invalid` for what is no amount or method, `Refused` for a key that was used for something else.
    """
    check_money(actor, "till.pay")
    value = _above_zero(amount)
    # Two clicks at once meet here: the second finds the first one's row.
    customer = locked(Customer.objects.filter(branch=actor.branch, merged_into__isnull=True)).get(pk=customer_id)
    order = WorkOrder.objects.get(pk=order_id, branch=actor.branch) if order_id else None
    known = DepositMove.objects.filter(key=key).select_related("deposit").first()
    if known is not None:
        if (known.deposit.customer_id, known.method, known.amount) != (customer.pk, method, value):
            raise Refused(_("This request was already used for something else."), "idempotency")
        return known.deposit
    if not key or method not in Method.values or method == Method.DEPOSIT:
        raise Invalid(_("Choose how it is paid."), "method")
    deposit = Deposit.objects.create(
        branch=actor.branch, customer=customer, order=order, taken_at=now(), taken_by=actor.person,
        number=take_number(branch=actor.branch, kind=CounterKind.DEPOSIT),
    )  # fmt: skip
    move_deposit(actor, deposit, DepositKind.RECEIVED, value, method, key)
    deposit.refresh_from_db(fields=["left_amount"])
    return deposit


def move_deposit(
    actor: Actor, deposit: Deposit, kind: str, amount: Decimal, method: str, key: str, *,
    payment: Payment | None = None, package: Package | None = None, reason: str = "",
) -> DepositMove:  # fmt: skip
    """One row of the deposit's ledger, which the caller holds and judged; cash lies in this person's drawer."""
    return DepositMove.objects.create(
        deposit=deposit, kind=kind, amount=amount, method=method, key=key, payment=payment, package=package,
        reason=reason,
        drawer=drawer_for_cash(actor) if method == Method.CASH else None, received_at=now(), received_by=actor.person,
    )  # fmt: skip


def left_of(customer: Customer | None) -> Decimal:
    """What a customer has paid in advance and not used. One query."""
    if customer is None:
        return ZERO
    return customer.deposits.aggregate(sum=Sum("left_amount"))["sum"] or ZERO


def check_covered(customer: Customer | None, amount: Decimal) -> list[Deposit]:
    """The deposits to take from, locked. Raises `Refused` when they do not hold so much."""
    rows = locked(Deposit.objects.filter(customer=customer, left_amount__gt=0).order_by("pk"))
    held = list(rows) if customer else []
    left = total(row.left_amount for row in held)
    if amount > left:
        raise Refused(_("Only %(left)s is left of the deposits of this customer.") % {"left": left})
    return held


def use_deposits(*, actor: Actor, payment: Payment, held: list[Deposit]) -> None:
    """A payment by deposit takes it: what was paid for this order first, then the oldest."""
    order_id, rest = payment.receivable.settlement.order_id, payment.amount
    for deposit in sorted(held, key=lambda row: (row.order_id != order_id, row.pk)):
        taken = min(rest, deposit.left_amount)
        if taken > ZERO:
            move_deposit(
                actor, deposit, DepositKind.USED, -taken, Method.DEPOSIT, f"use:{payment.pk}:{deposit.pk}",
                payment=payment,
            )  # fmt: skip
            rest -= taken


def return_deposits(*, actor: Actor, payment: Payment, refund: Payment) -> None:
    """A refund of such a payment goes back into the deposits that it came from, at most what each gave."""
    rest = -refund.amount
    used = DepositMove.objects.filter(payment=payment, kind=DepositKind.USED).select_related("deposit").order_by("-pk")
    back = DepositMove.objects.filter(payment__refund_of=payment, kind=DepositKind.RETURNED).order_by()
    returned = dict(back.values_list("deposit_id").annotate(sum=Sum("amount")))
    list(locked(Deposit.objects.filter(moves__in=used).order_by("pk")))
    for move in used:
        gives = min(rest, -move.amount - returned.get(move.deposit_id, ZERO))
        if gives > ZERO:
            move_deposit(
                actor, move.deposit, DepositKind.RETURNED, gives, Method.DEPOSIT,
                f"return:{refund.pk}:{move.deposit_id}", payment=refund,
            )  # fmt: skip
            rest -= gives


@one_act
def refund_deposit(*, actor: Actor, deposit_id: int, amount: Decimal | str, reason: str, key: str = "") -> DepositMove:
    """Give what is left of a deposit back, the way it came. Raises `Invalid` for more, or without a reason."""
    check_money(actor, "till.reverse")
    deposit = locked(Deposit.objects.filter(branch=actor.branch)).get(pk=deposit_id)
    value = _above_zero(amount)
    known = DepositMove.objects.filter(key=key).first() if key else None
    if known is not None:
        if (known.deposit_id, known.amount) != (deposit.pk, -value):
            raise Refused(_("This request was already used for something else."), "idempotency")
        return known
    if not reason.strip():
        raise Invalid(_("Write down why money is given back."), "reason")
    if value > deposit.left_amount:
        raise Invalid(_("At most %(left)s can be given back.") % {"left": deposit.left_amount}, "amount")
    first = deposit.moves.get(kind=DepositKind.RECEIVED)
    move = move_deposit(
        actor, deposit, DepositKind.REFUNDED, -value, first.method, key or f"back:{deposit.pk}:{deposit.moves.count()}",
        reason=reason.strip(),
    )  # fmt: skip
    scan_refunds.queue(charge=ScanCharge.objects.filter(deposit=deposit).first(), amount=value, move=move)
    return move
