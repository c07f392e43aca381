"""Retention's cards on the pages of the vehicle and the order."""

from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle
from reception.models import WorkOrder
from reception.states import OPEN_STATES
from retention.selectors import complaints, reminders_of, stays_away


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
    open_calls, heard, wish = complaints.of_vehicle(vehicle)
    return {
        "calls": open_calls,
        "complaints": heard,
        "wish": wish,
        "vehicle": vehicle,
        "may_call": actor.can("call.do"),
        "may_complain": actor.can("complaint.open"),
        "may_handle": actor.can("complaint.handle"),
    }


def lead(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """The way to a trade-in lead; without a query."""
    return {"vehicle": vehicle} if actor.can("lead.open") else None


def of_order(actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """The marks of the visit and its complaints; where one is taken down.

    While the car is here the page asks for nothing more (it has eight queries): marks come after the visit, and a
    complaint of before that stands on the car's page and in its list.
    """
    if not actor.can("complaint.open"):
        return None
    survey, heard = (None, []) if order.state in OPEN_STATES else complaints.of_order(order)
    return {
        "survey": survey,
        "complaints": heard,
        "order": order,
        "here": order.state in OPEN_STATES,
        "may_handle": actor.can("complaint.handle"),
    }
