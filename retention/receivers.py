"""What retention changes of its own in the step in which an order moves, so that no crash can lose it."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from accounts.policies import Actor
from customers.models import NewCar
from customers.signals import cars_handed_over
from reception.models import WorkOrder
from reception.signals import lines_answered, order_moving
from retention import reading
from retention.services import calls, visits, welcomes

#: Visits that end without work.
_FRUITLESS = ("decline", "cancel", "leave")


def on_moving(order: WorkOrder, action: str, actor: Actor, **_signal: Any) -> None:
    """Walk-round: the car is back. Released: what was done begins anew. Ended without work: it was here too."""
    if action == "inspect":
        visits.checked_in(order=order)
        calls.came_in(order=order)
    elif action == "release":
        visits.released(actor=actor, order=order)
    elif action in _FRUITLESS:
        visits.visit_ended(actor=actor, order=order)
        calls.offers_answered(order=order)


def on_answered(order: WorkOrder, **_signal: Any) -> None:
    """The customer has answered: nobody need ask any more."""
    calls.offers_answered(order=order)


def on_handed_over(cars: Sequence[NewCar], **_signal: Any) -> None:
    """New owners hear from us first."""
    welcomes.open_welcomes(cars=cars)


def on_migrating(using: str, plan: Sequence[Any] = (), **_signal: Any) -> None:
    """Tables are about to change: a column that a view reads could not change its type."""
    if plan:
        reading.take_away(using)


def on_migrated(using: str, **_signal: Any) -> None:
    """The views, on the tables as they are now."""
    reading.make(using)


def connect(app: AppConfig) -> None:
    """Listen; called from `AppConfig.ready()`."""
    pre_migrate.connect(on_migrating, sender=app, dispatch_uid="retention.pre_migrate")
    post_migrate.connect(on_migrated, sender=app, dispatch_uid="retention.post_migrate")
    cars_handed_over.connect(on_handed_over, dispatch_uid="retention.cars_handed_over")
    order_moving.connect(on_moving, dispatch_uid="retention.order_moving")
    lines_answered.connect(on_answered, dispatch_uid="retention.lines_answered")
