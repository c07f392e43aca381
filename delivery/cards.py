"""Delivery's cards on the order's page: the slip with shares and payments, the insurer's case."""

from typing import Any

from accounts.policies import Actor
from delivery.claim_selectors import case_of_order, cover_of, insured
from delivery.models import Payment, Receivable, Settlement
from delivery.pickup_selectors import READY, pickup_of
from dms.gather import gather, keep
from reception.models import WorkOrder
from reception.states import OPEN_STATES, State, VisitType

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


def insurance_card(actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """The insurer's case of an accident, with the customer's own share before the work; no query for other orders."""
    lines = list(order.lines.all())
    if order.visit_type != VisitType.ACCIDENT and not insured(lines):
        return None
    claim = case_of_order(order)
    known = claim if claim is not None and claim.live else None
    if known is None and order.state not in OPEN_STATES:
        return None
    cover = cover_of(lines, list(known.rounds.all())) if known else None
    waiting = [row.line.label for row in cover.rows if row.settled is None] if cover else []
    return {
        "order": order, "claim": known, "cover": cover, "waits": ", ".join(waiting), "currency": actor.branch.currency,
        "prices": actor.can("price.view"), "may_view": actor.can("claim.view"), "may_edit": actor.can("claim.edit"),
    }  # fmt: skip


def pickup_card(actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """When the car is picked up, once it is ready; None where nothing is agreed. One query then."""
    if order.state not in READY:
        return None
    row = pickup_of(order)
    return {"pickup": row} if row else None
