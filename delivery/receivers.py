"""What the hand-back changes of its own while the order moves and its lines are answered."""

from typing import Any

from accounts.policies import Actor
from delivery.models import Handover
from delivery.policies import check_no_slip
from reception.models import WorkOrder
from reception.signals import lines_answered, order_moving

_RETURNS = ("return_internal", "return_customer")


def on_moving(order: WorkOrder, action: str, **_signal: Any) -> None:
    """The car goes back to work: it is looked at anew before it is handed back."""
    if action in _RETURNS:
        Handover.objects.filter(order=order).update(checks={})


def on_answered(order: WorkOrder, actor: Actor, **_signal: Any) -> None:
    """Nothing is agreed to under a slip that stands: it would be worked on by nobody and billed to nobody."""
    check_no_slip(order, actor)


def connect() -> None:
    """Listen; called from `AppConfig.ready()`."""
    order_moving.connect(on_moving, dispatch_uid="delivery.order_moving")
    lines_answered.connect(on_answered, dispatch_uid="delivery.lines_answered")
