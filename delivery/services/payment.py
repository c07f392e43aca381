"""Money in and back. Every act locks the order first, then the receivable, then for cash the drawer."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from delivery.models import Drawer, Payment, Receivable, ScanCharge, Settlement
from delivery.services import scan_refunds
from delivery.services.credit import check_terms, due_for
from delivery.services.deposit import check_covered, return_deposits, use_deposits
from delivery.services.drawer import drawer_for_cash
from delivery.services.settlement import locked_order, settle_slip
from delivery.states import CLOSED, Method, PaymentKind, ReceivableState
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from reception.models import GatePass, WorkOrder
from reception.services.flow import move
from reception.services.gate import issue_pass, revoke_passes
from reception.services.papers import issue_gate_pass
from reception.states import Payer, State


@dataclass(frozen=True, slots=True)
class Paid:
    """What one act at the till made; `gate_pass` is None while the customer still owes something."""

    order: WorkOrder
    slip: Settlement
    gate_pass: GatePass | None


def paid_so_far(receivable: Receivable) -> Decimal:
    """Payments less refunds."""
    return receivable.payments.aggregate(sum=Sum("amount"))["sum"] or ZERO


def still_owed(receivable: Receivable) -> Decimal:
    """What is neither paid nor written off; for a share that was read just now."""
    owed: Decimal = receivable.gross - receivable.written_off - paid_so_far(receivable)
    return owed


def locked_share(actor: Actor, receivable_id: int) -> Receivable:
    """The share of this branch, its order locked before it, with `waits_for_others`."""
    order_id = Receivable.objects.values_list("settlement__order_id", flat=True).get(
        pk=receivable_id, settlement__order__branch=actor.branch
    )
    locked_order(actor, order_id)
    others = Receivable.objects.filter(
        settlement=OuterRef("settlement"), payer=Payer.CUSTOMER, state=ReceivableState.OPEN
    ).exclude(pk=OuterRef("pk"))
    rows = locked(Receivable.objects.annotate(waits_for_others=Exists(others)))
    return rows.select_related("settlement__order").get(pk=receivable_id)


def _amount(value: Decimal | str) -> Decimal:
    amount = quantise(value)
    if amount <= ZERO:
        raise Invalid(_("Enter an amount above zero."))
    return amount


@one_act
def pay(
    *,
    actor: Actor,
    receivable_id: int,
    method: str,
    amount: Decimal | str,
    key: str,
    tendered: Decimal | str | None = None,
) -> Payment:
    """Take money for a share. The same `key` again is the same payment; with other values it is refused.

    When the customer's share is paid in full the order moves to settled. Raises `Invalid` for what is no amount or more
    than is owed, `Refused` when the share is not open.
    """
    check_money(actor, "till.pay")
    receivable = locked_share(actor, receivable_id)
    value = _amount(amount)
    known = Payment.objects.filter(key=key).first()
    if known is not None:
        return _same(known, receivable, method, value)
    if not key or method not in Method.values:
        raise Invalid(_("Choose how it is paid."))
    _check_open(receivable)
    owed = still_owed(receivable)
    if value > owed:
        raise Invalid(_("Only %(owed)s is owed.") % {"owed": owed})
    held = check_covered(receivable.customer, value) if method == Method.DEPOSIT else []
    given, change = _counter(method, value, tendered)
    payment = Payment.objects.create(
        receivable=receivable, method=method, amount=value, tendered=given, change=change, key=key,
        drawer=_drawer(actor, method), received_at=now(), received_by=actor.person,
    )  # fmt: skip
    use_deposits(actor=actor, payment=payment, held=held)
    if value == owed:
        _close(receivable, ReceivableState.WRITTEN_OFF if receivable.written_off else ReceivableState.PAID, actor)
    return payment


def _check_open(receivable: Receivable) -> None:
    if receivable.state == ReceivableState.WRITTEN_OFF:
        raise Refused(_("The rest of this share was written off. The manager takes that back, then it can be paid."))
    if receivable.state not in (ReceivableState.OPEN, ReceivableState.ON_ACCOUNT):
        raise Refused(_("This share is not open; nothing can be paid on it."))


def _drawer(actor: Actor, method: str) -> Drawer | None:
    return drawer_for_cash(actor) if method == Method.CASH else None


def _same(known: Payment, receivable: Receivable, method: str, amount: Decimal) -> Payment:
    if (known.receivable_id, known.method, known.amount) != (receivable.pk, method, amount):
        raise Refused(_("This request was already used for something else."), "idempotency")
    return known


def _counter(method: str, amount: Decimal, tendered: Decimal | str | None) -> tuple[Decimal | None, Decimal]:
    if tendered in (None, "") or method != Method.CASH:
        return None, ZERO
    given = _amount(tendered or "")
    if given < amount:
        raise Invalid(_("The money on the counter is less than the amount."))
    return given, given - amount


def _close(receivable: Receivable, state: str, actor: Actor) -> None:
    receivable.state = state
    receivable.save(update_fields=["state", "due_on"])
    order, waits = receivable.settlement.order, receivable.waits_for_others  # type: ignore[attr-defined]
    # Several customers may pay one bill: the last of them lets the car go.
    if receivable.payer == Payer.CUSTOMER and order.state == State.HANDING_OVER and not waits:
        move(order_id=order.pk, action="settle", actor=actor)


@one_act
def put_on_account(*, actor: Actor, receivable_id: int) -> Receivable:
    """The payer pays later: within the customer's own terms, or as the manager lets them.

    Raises `Refused` above the limit and for a share that is not open, `Forbidden` for who has no terms.
    """
    receivable = locked_share(actor, receivable_id)
    check_terms(actor, receivable)
    if receivable.state != ReceivableState.OPEN:
        raise Refused(_("This share is not open; nothing can be paid on it."))
    receivable.due_on = due_for(actor=actor, share=receivable, owed=still_owed(receivable))
    _close(receivable, ReceivableState.ON_ACCOUNT, actor)
    return receivable


@one_act
def settle_and_pay(
    *,
    actor: Actor,
    order_id: int,
    method: str,
    amount: Decimal | str,
    key: str,
    tendered: Decimal | str | None = None,
) -> Paid:
    """Slip, payment, move and gate pass in one act, all or nothing; the same `key` again is the same act."""
    order = locked_order(actor, order_id)
    slip = settle_slip(actor=actor, order_id=order.pk)
    share = slip.receivables.filter(payer=Payer.CUSTOMER, customer=order.payer_id).first()
    if share is not None:
        pay(actor=actor, receivable_id=share.pk, method=method, amount=amount, key=key, tendered=tendered)
    return Paid(WorkOrder.objects.get(pk=order.pk), slip, pass_if_settled(actor=actor, order_id=order.pk))


@one_act
def pass_if_settled(*, actor: Actor, order_id: int) -> GatePass | None:
    """The gate pass with its paper, once the order is settled; None before and after that."""
    order = locked_order(actor, order_id)
    if order.state != State.SETTLED:
        return None
    return issue_with_paper(actor=actor, order_id=order.pk)


@one_act
def issue_with_paper(*, actor: Actor, order_id: int) -> GatePass:
    """The live pass of the order and its paper, made when there is none."""
    gate_pass = issue_pass(actor=actor, order_id=order_id)
    gate_pass.paper = issue_gate_pass(gate_pass, actor=actor)
    return gate_pass


@one_act
def refund(*, actor: Actor, payment_id: int, amount: Decimal | str, reason: str, key: str = "") -> Payment:
    """Give money back, at most what is left of the payment. The share is owed again; a settled order steps back.

    Raises `Invalid` for a wrong amount or no reason, `Refused` after the car has left.
    """
    check_money(actor, "till.reverse")
    found = Payment.objects.get(pk=payment_id, receivable__settlement__order__branch=actor.branch)
    receivable = locked_share(actor, found.receivable_id)
    order = receivable.settlement.order
    value = _amount(amount)
    known = Payment.objects.filter(key=key).first() if key else None
    if known is not None:
        return _same(known, receivable, found.method, -value)
    if order.state not in (State.HANDING_OVER, State.SETTLED):
        raise Refused(_("The car has left; this slip cannot be changed any more."))
    row = _give_back(found, value, reason, actor, key)
    if receivable.state not in CLOSED:
        return row  # on account it stays there, and more of it is owed
    receivable.state = ReceivableState.OPEN
    receivable.save(update_fields=["state"])
    if receivable.payer == Payer.CUSTOMER and order.state == State.SETTLED:
        revoke_passes(actor=actor, order=order, reason=reason.strip())
        move(order_id=order.pk, action="reverse", actor=actor, note=reason.strip())
    return row


def _give_back(found: Payment, value: Decimal, reason: str, actor: Actor, key: str = "") -> Payment:
    if not reason.strip():
        raise Invalid(_("Write down why money is given back."))
    left = found.amount + (found.refunds.aggregate(sum=Sum("amount"))["sum"] or ZERO)
    if found.kind != PaymentKind.PAYMENT or value > left:
        raise Invalid(_("At most %(left)s can be given back.") % {"left": max(left, ZERO)})
    row = Payment.objects.create(
        receivable_id=found.receivable_id, kind=PaymentKind.REFUND, method=found.method, amount=-value, refund_of=found,
        reason=reason.strip(), key=key or f"refund:{found.pk}:{found.refunds.count() + 1}", received_at=now(),
        received_by=actor.person, drawer=_drawer(actor, found.method),
    )  # fmt: skip
    if found.method == Method.DEPOSIT:
        return_deposits(actor=actor, payment=found, refund=row)
    if found.method == Method.SCAN:
        scan_refunds.queue(charge=ScanCharge.objects.filter(payment=found).first(), amount=value, payment=row)
    return row


def refund_all(*, actor: Actor, receivable: Receivable, reason: str) -> None:
    """Everything still held of a share goes back; for the reversal, which has locked the order."""
    for payment in receivable.payments.filter(kind=PaymentKind.PAYMENT):
        left = payment.amount + (payment.refunds.aggregate(sum=Sum("amount"))["sum"] or ZERO)
        if left > ZERO:
            _give_back(payment, left, reason, actor)
