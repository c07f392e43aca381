"""What to promise for an order that is in the workshop already: its own place in the plan, what is left of its work."""

from datetime import datetime

from reception.models import WorkOrder
from reception.promise_plan import schedule
from reception.promises import Proposal, choices, later, look, reasons


def proposal_anew(order: WorkOrder, at: datetime | None = None) -> Proposal:
    """Up to three times for the order as its work stands, and what is in the way. The plan's queries."""
    shop = look(order.branch, at)
    plan = schedule(shop.works, shop.hands, shop.places, shop.at)
    parts = shop.short.get(order.pk, [])
    known = [row.ready_at for row in parts]
    done = plan.finish(order.pk)
    if done is None:
        done = max([shop.at, *known])
    ready = later(shop, done, shop.after_work(order.pk))
    return Proposal(choices(shop, ready), reasons(shop, plan, order.pk, parts))
