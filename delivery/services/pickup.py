"""Pick-up slots: agreed, moved, cancelled. The order is locked first, then the day: the last place is one car's."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from delivery.models import Pickup, PickupDay
from delivery.pickup_selectors import READY, Slot, live, slots
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import WorkOrder
from reception.states import State


@one_act
def agree(*, actor: Actor, order_id: int, starts_at: datetime) -> Pickup:
    """Agree a slot, or move the one that is agreed; the same one again is the one that stands. The system acts for a
    customer at the status page.

    Raises `Refused` for a car that is not ready, a customer who waits here, and a slot that is full; `Invalid` for a
    time that is no slot.
    """
    check_may(actor, "order.hand_back")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    order.branch = actor.branch  # the same row, already here
    check_agree(order)
    day = branch_day(actor.branch, starts_at)
    PickupDay.objects.get_or_create(branch=actor.branch, on=day)
    locked(PickupDay.objects.all()).get(branch=actor.branch, on=day)
    known = live(actor.branch).filter(order=order).first()
    if known is not None and known.starts_at == starts_at:
        return known
    slot = next((one for one in slots(actor.branch, now()) if one.starts_at == starts_at), None)
    if slot is None:
        raise Invalid(_("This is not one of the pick-up times. Choose one from the list."), "starts_at")
    place = _free_place(actor, slot, order)
    if known is not None:
        _cancel(known, actor, _("Moved to another time."))
    return Pickup.objects.create(
        branch=actor.branch, order=order, starts_at=slot.starts_at, ends_at=slot.ends_at, place=place,
        by_customer=actor.user is None, agreed_at=now(), agreed_by=actor.user,
    )  # fmt: skip


def check_agree(order: WorkOrder) -> None:
    """A slot is for a car that is ready and whose customer does not wait here."""
    if order.state not in READY:
        told = {"state": State(order.state).label}
        raise Refused(_("A pick-up time is agreed when the car is ready; it is “%(state)s” now.") % told)
    if order.waits:
        raise Refused(_("The customer waits here: hand the car back now, no time is needed."))


def _free_place(actor: Actor, slot: Slot, order: WorkOrder) -> int:
    """The lowest place that no other car has at that time. Raises `Refused` when all are taken."""
    others = live(actor.branch).filter(starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at).exclude(order=order)
    taken = set(others.values_list("place", flat=True))
    free = [place for place in range(1, slot.places + 1) if place not in taken]
    if not free or len(taken) >= slot.places:
        raise Refused(_("This pick-up time is full. Choose another one."), "full")
    return free[0]


@one_act
def cancel(*, actor: Actor, order_id: int, why: str = "") -> None:
    """Nothing is agreed any more; twice is once."""
    check_may(actor, "order.hand_back")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    known = live(actor.branch).filter(order=order).first()
    if known is not None:
        _cancel(known, actor, why.strip()[:200])


def _cancel(row: Pickup, actor: Actor, why: str) -> None:
    row.cancelled_at, row.cancelled_by, row.why = now(), actor.user, why
    row.save(update_fields=["cancelled_at", "cancelled_by", "why"])


def gone_back(order: WorkOrder, actor: Actor) -> None:
    """The car goes back to work: what was agreed is off. The caller holds the order."""
    for row in live(order.branch).filter(order=order):
        _cancel(row, actor, _("The car went back to work."))
