"""Reception's card on the vehicle's page."""

from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle
from reception.appointment_selectors import next_of
from reception.selectors import visits_of
from reception.states import OPEN_STATES


def card(actor: Actor, vehicle: Vehicle) -> dict[str, Any]:
    """The last visits; amounts and links for those who may see them."""
    visits = visits_of(vehicle)
    here = any(visit.order.state in OPEN_STATES for visit in visits)
    return {
        "visits": visits,
        "vehicle": vehicle,
        "may_book": actor.can("appointment.book"),
        "coming": next_of(vehicle) if actor.can("appointment.book") else [],
        "may_receive": actor.can("order.receive") and not here,
        "currency": actor.branch.currency,
        "may_see_price": actor.can("price.view"),
        "may_open": actor.can("order.view"),
    }
