"""The one writer of `WorkOrder.state`."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from reception.models import OrderLog, WorkOrder
from reception.policies import check_source
from reception.signals import order_moved, order_moving
from reception.states import FACTS, ROAD, State


@one_act
def move(*, order_id: int, action: str, actor: Actor, note: str = "", version: int | None = None) -> WorkOrder:
    """Move an order along one edge of the table; the only place that writes `state`.

    Effects, all or none: the row is locked; permission, source state and every registered policy are judged again;
    the state, the proofs of this move and the clearing of those it undoes are written; `version` counts up; the log
    gets a row; later apps change their own rows (`order_moving`); after commit `order_moved` is sent.
    Raises `Refused` with a sentence; WorkOrder.DoesNotExist for another branch's order.
    """
    # With its car: what judges a move and what is told of it both name it.
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle")).get(pk=order_id)
    order.branch = actor.branch  # the same row, already here
    transition = ROAD[action]
    if version is not None and version != order.version:
        raise Refused(_("This order has moved on in the meantime. Look at it again before you go on."), "stale")
    check_may(actor, transition.permission)
    check_source(order, action)
    ROAD.judge(action, order, actor)
    source, order.state = order.state, transition.target
    _write_proofs(order, transition.proof, transition.clears, actor.user)
    order.version += 1
    order.save()
    OrderLog.objects.create(
        order=order, action=action, source=source, target=order.state, actor=actor.user, moved_at=now(), note=note
    )
    order_moving.send(sender=WorkOrder, order=order, action=action, actor=actor, note=note)
    _announce(order, action, source, actor.user)
    return order


def _write_proofs(order: WorkOrder, writes: tuple[str, ...], clears: tuple[str, ...], user: User | None) -> None:
    for stem in clears:
        setattr(order, f"{stem}_at", None)
        setattr(order, f"{stem}_by", None)
    for stem in writes:
        if user is None:
            raise Refused(_("Only a person can do this."), "person")
        setattr(order, f"{stem}_at", now())
        setattr(order, f"{stem}_by", user)


def _announce(order: WorkOrder, action: str, source: str, user: User | None) -> None:
    transaction.on_commit(
        partial(
            order_moved.send_robust,
            sender=WorkOrder,
            order_id=order.pk,
            action=action,
            source=source,
            target=order.state,
            actor_id=user.pk if user else None,
        )
    )


@one_act
def state_fact(*, order_id: int, fact: str, actor: Actor, states: tuple[str, ...], permission: str) -> WorkOrder:
    """Write `<fact>_at/_by`, one of `FACTS`, in one of `states`; a second time changes nothing.

    Raises `Refused` in another state, ValueError for what is no fact.
    """
    if fact not in FACTS:
        raise ValueError(f"{fact} is written by a move")
    check_may(actor, permission)
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    if order.state not in states:
        words = _("The order is “%(state)s”; this is not possible from there.")
        raise Refused(words % {"state": State(order.state).label})
    if getattr(order, f"{fact}_at") is None:
        _write_proofs(order, (fact,), (), actor.user)
        order.version += 1
        order.save(update_fields=[f"{fact}_at", f"{fact}_by", "version"])
    return order
