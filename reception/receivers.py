"""What reception changes of its own in the step in which an order moves."""

from collections.abc import Sequence
from typing import Any

from accounts.policies import Actor
from catalog.services import stock
from customers.models import NewCar
from customers.services import recalls
from customers.signals import cars_handed_over
from reception import order_messages
from reception.models import WorkOrder
from reception.services.packages import sold_with_new_cars
from reception.signals import order_moving
from reception.states import LineKind, LineState


def on_moving(order: WorkOrder, action: str, actor: Actor, **_signal: Any) -> None:
    """The customer is told what the move means. Cancelled: parts that were reserved for the order are free again.

    Passed: the recalls that were remedied are done.
    """
    order_messages.moved(actor.branch, order, action)
    if action in ("pass_to_wash", "pass_unwashed"):
        remedied = order.lines.filter(recall__isnull=False, state__in=[LineState.APPROVED, LineState.DONE])
        recalls.recalls_done(
            actor=actor, ids=list(remedied.values_list("recall_id", flat=True)), subject_key=order.subject_key
        )
    elif action in ("return_internal", "return_customer"):
        recalls.recalls_open_again(actor=actor, subject_key=order.subject_key)
    if action != "cancel":
        return
    for line in order.lines.filter(kind=LineKind.PART, state=LineState.APPROVED).select_related("part"):
        if line.part is not None:
            stock.lift(actor=actor, part=line.part, subject_key=order.subject_key)


def on_handed_over(cars: Sequence[NewCar], **_signal: Any) -> None:
    """New cars: what sales sold with them is theirs in the same act."""
    sold_with_new_cars(cars=cars)


def connect() -> None:
    """Listen; called from `AppConfig.ready()`."""
    order_moving.connect(on_moving, dispatch_uid="reception.order_moving")
    cars_handed_over.connect(on_handed_over, dispatch_uid="reception.cars_handed_over")
