"""Retention's cards on the pages of the vehicle and the order."""

from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle
from reception.models import WorkOrder
from retention.models import Complaint, Survey
from retention.selectors import reminders_of, stays_away
from retention.selectors.calls import calls_of
from retention.selectors.complaints import complaints_of, wish_of


def follow_up(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """Reminders, and whether the car stays away: for those who deal with its owner."""
    if not actor.can("customer.view"):
        return None
    return {
        "reminders": reminders_of(vehicle),
        "away": stays_away(vehicle),
        "may_open_order": actor.can("order.view"),
    }


def calls(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """Open calls, complaints and the wish for an appointment: for those who deal with its owner."""
    if not actor.can("customer.view"):
        return None
    return {
        "calls": calls_of(vehicle),
        "complaints": complaints_of(vehicle),
        "wish": wish_of(vehicle),
        "vehicle": vehicle,
        "may_call": actor.can("call.do"),
        "may_complain": actor.can("complaint.open"),
        "may_handle": actor.can("complaint.handle"),
    }


def of_order(actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """The marks of the visit and its complaints; where one is taken down."""
    if not actor.can("complaint.open"):
        return None
    return {
        "survey": Survey.objects.filter(order=order).first(),
        "complaints": list(Complaint.objects.filter(order=order).order_by("-id")[:3]),
        "order": order,
        "may_handle": actor.can("complaint.handle"),
    }
