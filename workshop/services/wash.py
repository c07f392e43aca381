"""The wash after the final inspection."""

from django.db import transaction

from accounts.policies import Actor
from reception.models import WorkOrder
from reception.services.flow import move


@transaction.atomic
def washed(*, actor: Actor, order_id: int) -> WorkOrder:
    """The car is clean and ready for the hand-back."""
    return move(order_id=order_id, action="washed", actor=actor)
