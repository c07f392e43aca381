"""What the hand-back changes of its own while the order moves and its lines are answered."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from accounts.policies import Actor
from delivery.models import Handover, HandoverPoint
from delivery.policies import check_no_slip
from delivery.services import pickup, points
from reception.models import WorkOrder
from reception.signals import lines_answered, order_moving

_RETURNS = ("return_internal", "return_customer")


def on_moving(order: WorkOrder, action: str, actor: Actor, **_signal: Any) -> None:
    """The car goes back to work: it is looked at anew before it is handed back, and no pick-up is agreed any more."""
    if action in _RETURNS:
        pickup.gone_back(order, actor)
        Handover.objects.filter(order=order).update(checks={})


def on_answered(order: WorkOrder, actor: Actor, **_signal: Any) -> None:
    """Nothing is agreed to under a slip that stands: it would be worked on by nobody and billed to nobody."""
    check_no_slip(order, actor)


def on_migrated(using: str, **_signal: Any) -> None:
    """A new house, or one that had no list before, begins with the first one."""
    if HandoverPoint._meta.db_table in connections[using].introspection.table_names():  # noqa: SLF001  # public for models
        points.begin()


def connect(app: AppConfig) -> None:
    """Listen; called from `AppConfig.ready()`."""
    post_migrate.connect(on_migrated, sender=app, dispatch_uid="delivery.post_migrate")
    order_moving.connect(on_moving, dispatch_uid="delivery.order_moving")
    lines_answered.connect(on_answered, dispatch_uid="delivery.lines_answered")
