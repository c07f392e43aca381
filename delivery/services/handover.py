"""The internal check, the walk with the customer, the things given back."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from delivery.handover_selectors import parts_to_hand, points_for
from delivery.models import HandedPoint, Handover, HandoverPoint, OldPartsHanded, ReturnedItem
from delivery.policies import check_give_back
from delivery.states import Moment
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import TakenItem, WorkOrder
from reception.services.flow import move, state_fact
from reception.services.lines import reopen
from reception.states import State, Thing


def _order(actor: Actor, order_id: int) -> WorkOrder:
    check_may(actor, "order.hand_back")
    return locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)


@one_act
def pass_internal(*, actor: Actor, order_id: int, checks: list[str], note: str = "") -> WorkOrder:
    """The advisor found the car as ordered: ready → handing over. Raises `Invalid` while a check is not ticked."""
    order = _order(actor, order_id)
    points = points_for(order, Moment.INTERNAL)
    missing = [point.label for point in points if point.key not in checks]
    if missing:
        raise Invalid(_("Not ticked yet: %(what)s.") % {"what": "; ".join(missing)})
    ticked = dict.fromkeys([point.key for point in points], True)
    Handover.objects.update_or_create(order=order, defaults={"checks": ticked, "internal_note": note.strip()})
    _keep_points(actor, order, points)
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
    left_out: Sequence[str] = (),
    why: str = "",
) -> WorkOrder:
    """The customer was walked round the car; advice and the next service (date, km) are kept.

    One act says that every point was shown and explained, but those in `left_out` (their keys), with the reason `why`.
    Raises `Invalid` for a next service that cannot be, and for a point that was left out without a word.
    """
    order = _order(actor, order_id)
    if left_out and not why.strip():
        raise Invalid(_("Write down why this was not explained."), "why")
    if next_service_on is not None and next_service_on < branch_day(actor.branch):
        raise Invalid(_("The next service lies in the past."))
    if next_service_km is not None and next_service_km < (order.odometer_in or 0):
        raise Invalid(_("The next service lies below the odometer reading."))
    Handover.objects.update_or_create(
        order=order,
        defaults={"advice": advice.strip(), "next_service_on": next_service_on, "next_service_km": next_service_km},
    )
    if order.walked_at is None:
        _keep_points(actor, order, points_for(order, Moment.WALK), left_out, why.strip()[:200])
    return state_fact(
        order_id=order_id, fact="walked", actor=actor, states=(State.HANDING_OVER,), permission="order.hand_back"
    )


def _keep_points(
    actor: Actor, order: WorkOrder, points: list[HandoverPoint], left_out: Sequence[str] = (), why: str = ""
) -> None:
    at = now()
    HandedPoint.objects.bulk_create(
        HandedPoint(
            order=order, point=point, moment=point.moment, name=point.name, name_en=point.name_en,
            done=point.key not in left_out, why=why if point.key in left_out else "", handed_at=at,
            handed_by=actor.person,
        )
        for point in points
    )  # fmt: skip


@one_act
def give_old_parts(*, actor: Actor, order_id: int, signer: str = "", signature: str = "") -> OldPartsHanded:
    """The replaced parts go to the customer, who signs for them; twice is once. `signature` is a PNG as a data URL.

    Raises `Refused` where there are none to hand over, and as `check_give_back`.
    """
    order = _order(actor, order_id)
    known = OldPartsHanded.objects.filter(order=order).first()
    if known is not None:
        return known
    if not parts_to_hand(order):
        raise Refused(_("There are no old parts that the customer takes along."))
    check_give_back(order, Thing.OTHER)
    if signature and not signature.startswith("data:image/png;base64,"):
        raise Invalid(_("This is not a signature."))
    return OldPartsHanded.objects.create(
        order=order, signer=signer.strip()[:60] or order.bringer.name[:60], signature=signature, handed_at=now(),
        handed_by=actor.person,
    )  # fmt: skip


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
