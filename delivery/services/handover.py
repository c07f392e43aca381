"""The internal check, the walk with the customer, the things given back."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from delivery.models import Handover, ReturnedItem
from delivery.policies import check_give_back
from delivery.states import CHECKS
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid
from dms.fields import locked
from reception.models import TakenItem, WorkOrder
from reception.services.flow import move, state_fact
from reception.services.lines import reopen
from reception.states import State


def _order(actor: Actor, order_id: int) -> WorkOrder:
    check_may(actor, "order.hand_back")
    return locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)


@one_act
def pass_internal(*, actor: Actor, order_id: int, checks: list[str], note: str = "") -> WorkOrder:
    """The advisor found the car as ordered: ready → handing over. Raises `Invalid` while a check is not ticked."""
    order = _order(actor, order_id)
    missing = [str(words) for key, words in CHECKS.items() if key not in checks]
    if missing:
        raise Invalid(_("Not ticked yet: %(what)s.") % {"what": "; ".join(missing)})
    Handover.objects.update_or_create(
        order=order, defaults={"checks": dict.fromkeys(CHECKS, True), "internal_note": note.strip()}
    )
    return move(order_id=order_id, action="hand_over", actor=actor, note=note.strip())


@one_act
def fail_internal(*, actor: Actor, order_id: int, cause: str) -> WorkOrder:
    """The advisor sends the car back to work; its lines are open again. Raises `Invalid` without a cause."""
    order = _order(actor, order_id)
    if not cause.strip():
        raise Invalid(_("Write down what is wrong."))
    action = "return_customer" if order.state == State.HANDING_OVER else "return_internal"
    moved = move(order_id=order_id, action=action, actor=actor, note=cause.strip())
    reopen(actor=actor, order_id=order_id)
    return moved


@one_act
def walked(
    *,
    actor: Actor,
    order_id: int,
    advice: str = "",
    next_service_on: date | None = None,
    next_service_km: int | None = None,
) -> WorkOrder:
    """The customer was walked round the car; advice and the next service (date, km) are kept."""
    order = _order(actor, order_id)
    if next_service_on is not None and next_service_on < branch_day(actor.branch):
        raise Invalid(_("The next service lies in the past."))
    if next_service_km is not None and next_service_km < (order.odometer_in or 0):
        raise Invalid(_("The next service lies below the odometer reading."))
    Handover.objects.update_or_create(
        order=order,
        defaults={"advice": advice.strip(), "next_service_on": next_service_on, "next_service_km": next_service_km},
    )
    return state_fact(
        order_id=order_id, fact="walked", actor=actor, states=(State.HANDING_OVER,), permission="order.hand_back"
    )


@one_act
def give_back(*, actor: Actor, taken_id: int, to: str = "") -> ReturnedItem:
    """Tick one thing back; twice is once. Raises `Refused` as `check_give_back` says."""
    check_may(actor, "order.hand_back")
    things = TakenItem.objects.filter(order__branch=actor.branch).select_related("order__bringer")
    taken = locked(things).get(pk=taken_id)
    known = ReturnedItem.objects.filter(taken=taken).first()
    if known is not None:
        return known
    check_give_back(taken.order, taken.kind)
    try:
        with transaction.atomic():
            return ReturnedItem.objects.create(
                taken=taken, to=to.strip() or taken.order.bringer.name[:60], returned_at=now(), returned_by=actor.person
            )
    except IntegrityError:
        return ReturnedItem.objects.get(taken=taken)
