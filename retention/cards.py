"""Retention's card on the vehicle's page."""

from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle
from retention.selectors import reminders_of, stays_away


def follow_up(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """Reminders, and whether the car stays away: for those who deal with its owner."""
    if not actor.can("customer.view"):
        return None
    return {
        "reminders": reminders_of(vehicle),
        "away": stays_away(vehicle),
        "may_open_order": actor.can("order.view"),
    }
