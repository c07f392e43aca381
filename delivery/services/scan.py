"""Scan-to-pay: a code is planned, shown, paid or ended. What the provider took is in the books, whatever came between.

The provider is never asked inside a transaction. Money is taken by `take` alone, whether a notification or our own
question brought the news; it locks the order first, as every act at the till.
"""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from accounts.roles import Role, permissions_of
from customers.channels.base import Refusal, Unsure
from customers.models import Customer
from delivery.models import Deposit, Payment, Receivable, ScanCharge
from delivery.scan import named, provider_for
from delivery.scan.base import Asked, Outcome, ScanProvider
from delivery.services.deposit import take_deposit
from delivery.services.payment import pass_if_settled, pay, still_owed
from delivery.services.settlement import locked_order, settle_slip
from delivery.states import ChargeState, Method, ReceivableState, Verdict
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from reception.states import Payer

#: How long a code is shown.
LIVES = timedelta(minutes=10)
#: When the provider is asked by itself, first and then again: the notification mostly comes before.
FIRST_LOOK, NEXT_LOOK = timedelta(seconds=10), timedelta(seconds=15)
LIVE = (ChargeState.PLANNED, ChargeState.OPEN)
_OPEN = (ReceivableState.OPEN, ReceivableState.ON_ACCOUNT)


class NotOurs(Refused):
    """What the provider says does not fit what we asked; `verdict` says how."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(_("What the provider says does not fit this code: %(what)s.") % {"what": verdict.label})
        self.verdict = verdict


def _provider(actor: Actor) -> ScanProvider:
    found = provider_for(actor.branch)
    if found is None:
        raise Refused(_("This branch has no provider of scan-to-pay. The administrator sets one up."), "no_provider")
    return found


def _plan(actor: Actor, amount: Decimal, **facts: object) -> ScanCharge:
    number = f"S{branch_day(actor.branch):%Y%m%d}{secrets.token_hex(10)}"
    return ScanCharge.objects.create(
        branch=actor.branch, provider=_provider(actor).name, number=number, amount=amount, asked_at=now(),
        asked_by=actor.person, expires_at=now() + LIVES, not_before_at=now() + FIRST_LOOK, **facts,
    )  # fmt: skip


@one_act
def plan_for_share(
    *, actor: Actor, receivable_id: int, amount: Decimal | str | None = None, by_customer: bool = False
) -> ScanCharge:
    """A code over what is owed of a share, or over a part of it; the one that is shown already, if it is the same.

    Raises `Invalid` for more than is owed, `Refused` for a share that is not open, while another amount is shown, and
    without a provider.
    """
    check_money(actor, "till.pay")
    order_id = Receivable.objects.values_list("settlement__order_id", flat=True).get(
        pk=receivable_id, settlement__order__branch=actor.branch
    )
    locked_order(actor, order_id)
    share = locked(Receivable.objects.all()).get(pk=receivable_id)
    if share.state not in _OPEN:
        raise Refused(_("This share is not open; nothing can be paid on it."))
    owed = still_owed(share)
    value = owed if amount in (None, "") else quantise(amount or "")
    if not ZERO < value <= owed:
        raise Invalid(_("Only %(owed)s is owed.") % {"owed": owed}, "amount")
    known = share.scan_charges.filter(state__in=LIVE, expires_at__gt=now()).first()
    if known is not None and (by_customer or known.amount == value):
        return known
    if share.scan_charges.filter(state__in=LIVE).exists():
        raise Refused(_("Another code is still shown for this share. End it first."), "live")
    return _plan(actor, value, receivable=share, by_customer=by_customer)


@one_act
def settle_and_plan(*, actor: Actor, order_id: int, amount: Decimal | str) -> ScanCharge | None:
    """The slip, and a code over the customer's share; None where the customer has nothing to pay."""
    order = locked_order(actor, order_id)
    slip = settle_slip(actor=actor, order_id=order.pk)
    share = slip.receivables.filter(payer=Payer.CUSTOMER, customer=order.payer_id, state__in=_OPEN).first()
    return plan_for_share(actor=actor, receivable_id=share.pk, amount=amount) if share else None


@one_act
def plan_for_deposit(
    *, actor: Actor, customer_id: int, amount: Decimal | str, order_id: int | None = None
) -> ScanCharge:
    """A code for money in advance; the one that is shown already, if it is the same."""
    check_money(actor, "till.pay")
    value = quantise(amount)
    if value <= ZERO:
        raise Invalid(_("Enter an amount above zero."), "amount")
    customer = locked(Customer.objects.filter(branch=actor.branch, merged_into__isnull=True)).get(pk=customer_id)
    known = ScanCharge.objects.filter(customer=customer, state__in=LIVE).first()
    if known is not None:
        if known.amount == value and known.expires_at > now():
            return known
        raise Refused(_("Another code is still shown for this customer. End it first."), "live")
    return _plan(actor, value, customer=customer, order_id=order_id)


def show(charge: ScanCharge) -> ScanCharge:
    """Ask the provider for the code, outside of any transaction. What it refused stands in `answer`; it may be asked
    again, and makes no second charge of the same number.
    """
    provider = named(charge.provider)
    if charge.state != ChargeState.PLANNED or provider is None:
        return charge
    asked = Asked(
        charge.number, charge.amount, charge.branch.currency, _words(charge), charge.expires_at,
        settings.PUBLIC_URL.rstrip("/") + reverse("delivery:scan_notice", args=[charge.provider]),
    )  # fmt: skip
    rows = ScanCharge.objects.filter(pk=charge.pk, state=ChargeState.PLANNED)
    try:
        rows.update(state=ChargeState.OPEN, code_url=provider.create(asked)[:500], answer="")
    except (Refusal, Unsure) as no:
        rows.update(answer=no.code[:200])
    charge.refresh_from_db()
    return charge


def _words(charge: ScanCharge) -> str:
    """What the customer reads on the phone: the house, and which paper it is for; no name and no plate."""
    paper = charge.receivable.settlement.number if charge.receivable else _("Deposit")
    return f"{charge.branch.label} {paper}"


def ask(charge: ScanCharge) -> ScanCharge:
    """Ask the provider where it stands, and write down what it says."""
    provider = named(charge.provider)
    if provider is None or charge.state == ChargeState.PAID:
        return charge
    ScanCharge.objects.filter(pk=charge.pk).update(not_before_at=now() + NEXT_LOOK)
    if charge.state == ChargeState.PLANNED and charge.expires_at > now():
        return show(charge)
    try:
        outcome = provider.query(charge.number)
    except (Refusal, Unsure) as no:
        ScanCharge.objects.filter(pk=charge.pk).update(answer=no.code[:200])
    else:
        _heard(charge, outcome)
    charge.refresh_from_db()
    return charge


def _heard(charge: ScanCharge, outcome: Outcome) -> None:
    if outcome.state == "paid":
        try:
            take(provider=charge.provider, outcome=outcome)
        except NotOurs as no:
            ScanCharge.objects.filter(pk=charge.pk).update(answer=no.verdict.label[:200])
    elif outcome.state == "closed":
        _ended(charge)


def _ended(charge: ScanCharge) -> None:
    ScanCharge.objects.filter(pk=charge.pk, state__in=LIVE).update(state=ChargeState.CLOSED, answer="")


def end(charge: ScanCharge) -> ScanCharge:
    """End a code: nobody can pay it any more. One that was paid meanwhile is taken instead."""
    provider = named(charge.provider)
    if provider is None or charge.state not in LIVE:
        return charge
    try:
        if provider.close(charge.number):
            _ended(charge)
        else:
            _heard(charge, provider.query(charge.number))
    except (Refusal, Unsure) as no:
        ScanCharge.objects.filter(pk=charge.pk).update(answer=no.code[:200], not_before_at=now() + NEXT_LOOK)
    charge.refresh_from_db()
    return charge


def end_by_hand(*, actor: Actor, charge_id: int) -> ScanCharge:
    """The cashier ends a code."""
    check_money(actor, "till.pay")
    return end(ScanCharge.objects.select_related("branch").get(pk=charge_id, branch=actor.branch))


def look_after(charge: ScanCharge) -> ScanCharge:
    """What the machine does with a code that is shown: ask, and end it once it is old or nobody owes it any more."""
    seen = ask(charge)
    share = seen.receivable
    unwanted = share is not None and (share.state not in _OPEN or still_owed(share) < seen.amount)
    return end(seen) if seen.state in LIVE and (unwanted or seen.expires_at <= now()) else seen


@one_act
def take(*, provider: str, outcome: Outcome) -> tuple[ScanCharge, bool]:
    """The provider took the money: it becomes a payment, and what is more than was open a deposit of the customer.

    The same news again changes nothing (False). Raises `NotOurs` for a charge, merchant or amount that is not ours.
    """
    found = ScanCharge.objects.filter(number=outcome.number, provider=provider).select_related("branch", "asked_by")
    known = found.first()
    if known is None:
        raise NotOurs(Verdict.UNKNOWN)
    if not outcome.merchant:
        raise NotOurs(Verdict.MERCHANT)
    if (outcome.amount, outcome.currency) != (known.amount, known.branch.currency):
        raise NotOurs(Verdict.AMOUNT)
    # Under the name of whoever showed the code, with the rights of the till: they may have left the house meanwhile.
    actor = Actor(known.asked_by, known.branch, permissions_of([Role.CASHIER]))
    if known.receivable_id:
        locked_order(
            actor, Receivable.objects.values_list("settlement__order_id", flat=True).get(pk=known.receivable_id)
        )
    charge = locked(found).get()
    if charge.state == ChargeState.PAID:
        if charge.transaction_number != outcome.transaction_number:
            raise NotOurs(Verdict.UNKNOWN)
        return charge, False
    charge.payment = _onto_share(actor, charge)
    rest = charge.amount - (charge.payment.amount if charge.payment else ZERO)
    charge.deposit = _as_deposit(actor, charge, rest) if rest else None
    charge.state, charge.answer = ChargeState.PAID, ""
    charge.transaction_number, charge.paid_at = outcome.transaction_number, outcome.paid_at or now()
    charge.save()
    return charge, True


def _onto_share(actor: Actor, charge: ScanCharge) -> Payment | None:
    """As much as is still owed; None for a deposit, and where the share was paid otherwise or taken back."""
    share = Receivable.objects.select_related("settlement__order").filter(scan_charges=charge).first()
    if share is None or share.state not in _OPEN:
        return None
    value = min(charge.amount, still_owed(share))
    if value <= ZERO:
        return None
    try:
        with transaction.atomic():
            payment = pay(
                actor=actor, receivable_id=share.pk, method=Method.SCAN, amount=value, key=f"scan:{charge.number}"
            )
    except Refused:  # whatever keeps it from being a payment: the money came, and is the customer's
        return None
    pass_if_settled(actor=actor, order_id=share.settlement.order_id)
    return payment


def _as_deposit(actor: Actor, charge: ScanCharge, amount: Decimal) -> Deposit:
    """Of the share's customer, else of whoever pays the order."""
    share = charge.receivable
    customer = share.customer or share.settlement.order.payer if share else charge.customer
    while customer is not None and customer.merged_into is not None:
        customer = customer.merged_into
    if customer is None:
        raise NotOurs(Verdict.UNKNOWN)
    order_id = share.settlement.order_id if share else charge.order_id
    return take_deposit(
        actor=actor, customer_id=customer.pk, method=Method.SCAN, amount=amount, key=f"scan:{charge.number}:rest",
        order_id=order_id,
    )  # fmt: skip
