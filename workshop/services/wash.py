"""The wash after the final inspection."""

from accounts.policies import Actor
from dms.act import one_act
from reception.models import WorkOrder
from reception.services.flow import move


@one_act
def washed(*, actor: Actor, order_id: int) -> WorkOrder:
    """The car is clean and ready for the hand-back."""
    return move(order_id=order_id, action="washed", actor=actor)
