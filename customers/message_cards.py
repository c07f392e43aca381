"""What a car's owner was written: the card on the vehicle's page."""

from typing import Any

from accounts.policies import Actor
from customers.message_selectors import messages_of
from customers.models import Vehicle


def history(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """The last messages about the car; for those who deal with its owner."""
    if not actor.can("customer.view"):
        return None
    return {"messages": messages_of(vehicle), "may_open": actor.can("message.view")}
