"""Reception's card on the vehicle's page."""

from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle
from reception.selectors import visits_of


def card(actor: Actor, vehicle: Vehicle) -> dict[str, Any]:
    """The last visits; amounts and links for those who may see them."""
    return {
        "visits": visits_of(vehicle),
        "currency": actor.branch.currency,
        "may_see_price": actor.can("price.view"),
        "may_open": actor.can("order.view"),
    }
