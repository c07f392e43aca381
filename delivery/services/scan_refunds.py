"""Money back through the provider: queued with the refund, sent with a number of its own, followed until it is paid.

The provider pays a number once, so a try that nobody knows the end of is simply made again.
"""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from customers.channels.base import Refusal, Unsure
from delivery.models import DepositMove, Payment, ScanCharge, ScanRefund
from delivery.scan import named
from delivery.scan.base import Back, BackOutcome
from delivery.services.outgoing import BUDGET, claim, ended, give_up, once_more, one_after_another, try_again
from delivery.states import RefundState, Verdict
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked

#: How often one that the provider has taken on is asked after.
NEXT_LOOK = timedelta(minutes=10)


def queue(
    *, charge: ScanCharge | None, amount: Decimal, payment: Payment | None = None, move: DepositMove | None = None
) -> ScanRefund | None:
    """With a refund's own row, in its transaction; None where the money did not come through a provider."""
    if charge is None:
        return None
    number = f"R{charge.number[1:22]}-{charge.refunds.count() + 1}-{(payment or move).pk}"  # type: ignore[union-attr]
    return ScanRefund.objects.create(
        branch_id=charge.branch_id, charge=charge, number=number[:32], payment=payment, move=move, amount=amount,
        not_before_at=now(),
    )  # fmt: skip


def send_due(*, seconds: float = BUDGET) -> int:
    """Send what may be sent now; how many were tried."""
    give_up(ScanRefund, RefundState.WAITING)
    rows = ScanRefund.objects.select_related("charge__branch", "payment", "move")
    return one_after_another(lambda: claim(rows), deliver, seconds)


def deliver(row: ScanRefund) -> None:
    """Ask the provider about a refund that this process has just claimed."""
    provider = named(row.charge.provider)
    if provider is None:
        try_again(row, "no such account")
        return
    said = row.payment or row.move
    back = Back(
        row.number, row.charge.number, row.amount, row.charge.amount, row.charge.branch.currency,
        said.reason if said else "",
    )  # fmt: skip
    try:
        outcome = provider.refund(back)
    except Unsure as unsure:
        try_again(row, unsure.code)
    except Refusal as refusal:
        try_again(row, refusal.code) if refusal.temporary else ended(row, RefundState.FAILED, refusal.code)
    else:
        facts = {"reference": outcome.reference, "accepted_at": now(), "not_before_at": now() + NEXT_LOOK}
        ended(row, outcome.state, "", **facts)


def look_after(row: ScanRefund) -> None:
    """Ask after one that the provider has taken on."""
    ScanRefund.objects.filter(pk=row.pk).update(not_before_at=now() + NEXT_LOOK)
    provider = named(row.charge.provider)
    if provider is None:
        return
    try:
        heard(provider=row.charge.provider, outcome=provider.refunded(row.number))
    except (Refusal, Unsure) as no:
        ScanRefund.objects.filter(pk=row.pk).update(answer=no.code[:200])


def heard(*, provider: str, outcome: BackOutcome) -> Verdict:
    """What the provider says of a refund, by a notification or when it was asked."""
    row = ScanRefund.objects.filter(number=outcome.number, charge__provider=provider).first()
    if row is None:
        return Verdict.UNKNOWN
    if outcome.amount != row.amount:
        return Verdict.AMOUNT
    facts = {"reference": outcome.reference, "accepted_at": row.accepted_at or now()}
    open_ones = [RefundState.ACCEPTED, RefundState.CLAIMED]
    rows = ScanRefund.objects.filter(pk=row.pk, state__in=open_ones).exclude(state=outcome.state)
    return Verdict.TAKEN if rows.update(state=outcome.state, **facts) else Verdict.AGAIN


@one_act
def again(*, actor: Actor, refund_id: int) -> ScanRefund:
    """A person sends a refused one once more, with the same number. Raises `Refused` for any other."""
    check_money(actor, "till.reverse")
    row = locked(ScanRefund.objects.filter(branch=actor.branch)).get(pk=refund_id)
    if row.state != RefundState.FAILED:
        raise Refused(
            _("This refund is “%(state)s”: there is nothing to send again.") % {"state": row.get_state_display()}
        )
    once_more(row)
    return row
