"""What the hand-back changes of its own in the step in which an order moves."""

from typing import Any

from delivery.models import Handover
from reception.models import WorkOrder
from reception.signals import order_moving

_RETURNS = ("return_internal", "return_customer")


def on_moving(order: WorkOrder, action: str, **_signal: Any) -> None:
    """The car goes back to work: it is looked at anew before it is handed back."""
    if action in _RETURNS:
        Handover.objects.filter(order=order).update(checks={})


def connect() -> None:
    """Listen; called from `AppConfig.ready()`."""
    order_moving.connect(on_moving, dispatch_uid="delivery.order_moving")
