"""Somebody goes to the customer who has arrived."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from reception.models import Greeting, WorkOrder
from reception.states import ON_FORM


@one_act
def greet(*, actor: Actor, order_id: int) -> Greeting:
    """The customer is greeted; whoever comes second finds who was first. Raises `Refused` once the order is signed."""
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    if order.state not in ON_FORM:
        raise Refused(_("This order was signed in the meantime. Open it to go on."))
    row, _made = Greeting.objects.get_or_create(order=order, defaults={"greeted_at": now(), "greeted_by": actor.person})
    return row
