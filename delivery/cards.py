"""Delivery's card on the order's page: the slip, who owes what of it, what was paid."""

from typing import Any

from accounts.policies import Actor
from delivery.models import Payment, Receivable, Settlement
from dms.gather import gather, keep
from reception.models import WorkOrder
from reception.states import State

#: Before these no slip stands; one that was reversed before more work is among the papers.
LATE = (State.READY, State.HANDING_OVER, State.SETTLED, State.RELEASED)


def bill_card(actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """Slips with shares and payments for those who see prices. One query."""
    if order.state not in LATE or not actor.can("price.view"):
        return None
    payments = Payment.objects.filter(receivable__settlement__order=order).select_related("received_by")
    slips, shares, paid = gather(
        Settlement.objects.filter(order=order).order_by("id"),
        Receivable.objects.filter(settlement__order=order).order_by("id"),
        payments.order_by("id"),
    )
    for slip in slips:
        keep(slip, "receivables", [share for share in shares if share.settlement_id == slip.pk])
    for share in shares:
        keep(share, "payments", [one for one in paid if one.receivable_id == share.pk])
    return {"slips": slips, "currency": actor.branch.currency} if slips else None
