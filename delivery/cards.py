"""Delivery's card on the order's page: the slip, who owes what of it, what was paid."""

from typing import Any

from django.db.models import Prefetch

from accounts.policies import Actor
from delivery.models import Payment, Receivable, Settlement
from reception.models import WorkOrder
from reception.states import State

#: Before these no slip stands; one that was reversed before more work is among the papers.
LATE = (State.READY, State.HANDING_OVER, State.SETTLED, State.RELEASED)


def bill_card(actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """Slips with shares and payments for those who see prices. At most three queries, one when there is no slip."""
    if order.state not in LATE or not actor.can("price.view"):
        return None
    payments = Payment.objects.select_related("received_by").order_by("id")
    shares = Receivable.objects.prefetch_related(Prefetch("payments", payments)).order_by("id")
    rows = Settlement.objects.filter(order=order).prefetch_related(Prefetch("receivables", shares))
    slips = list(rows.order_by("id"))
    return {"slips": slips, "currency": actor.branch.currency} if slips else None
