"""Reads of the hand-back of one car: which points are asked of it, and what is still to be handed over."""

from django.db.models import Exists, F, Q

from delivery.models import HandedPoint, HandoverPoint, OldPartsHanded
from delivery.states import Asked, Moment
from reception.models import Line, TakenItem, WorkOrder
from reception.states import LineKind, LineState, OldParts, Payer, State, Thing, VisitType

#: The maker looks at what it pays for: such parts are kept for the claim, and nobody takes them along.
KEPT_FOR = (Payer.MANUFACTURER,)


def points_for(order: WorkOrder, moment: str) -> list[HandoverPoint]:
    """The points in use that this car is asked for, in their order. One query."""
    lines = Line.objects.filter(order=order)
    met = Q(asked=Asked.ALWAYS)
    met |= Q(asked=Asked.PARTS) & Q(Exists(lines.filter(kind=LineKind.PART, state=LineState.DONE)))
    met |= Q(asked=Asked.DECLINED) & Q(Exists(lines.filter(state=LineState.DECLINED)))
    met |= Q(asked=Asked.HANDBOOK) & Q(Exists(TakenItem.objects.filter(order=order, kind=Thing.HANDBOOK)))
    if order.visit_type == VisitType.FIRST:
        met |= Q(asked=Asked.NEW_OWNER)
    else:
        former = WorkOrder.objects.filter(vehicle=order.vehicle_id, owner=order.owner_id, state=State.RELEASED)
        met |= Q(asked=Asked.NEW_OWNER) & ~Q(Exists(former.exclude(pk=order.pk)))
    rows = HandoverPoint.objects.filter(met, moment=moment, ended_at__isnull=True)
    return list(rows.order_by("place", "id"))


def handed(order: WorkOrder) -> list[HandedPoint]:
    """What was looked at and explained, the latest round of each moment, in the order of the list. One query."""
    rows = list(HandedPoint.objects.filter(order=order).select_related("handed_by").order_by("point__place", "id"))
    last = {moment: max((row.handed_at for row in rows if row.moment == moment), default=None) for moment in Moment}
    return [row for row in rows if row.handed_at == last[Moment(row.moment)]]


def parts_to_hand(order: WorkOrder) -> list[Line]:
    """The replaced parts that the customer takes along; none where they were waived. One query."""
    if order.old_parts != OldParts.TAKE:
        return []
    rows = order.lines.filter(kind=LineKind.PART, state=LineState.DONE).exclude(payer__in=KEPT_FOR)
    return list(rows.select_related("part").order_by("id"))


def parts_are_out(order: WorkOrder) -> bool:
    """Whether nothing is left to be signed for: no part, waived, or handed over.

    A car that was handed back before points were kept (0.1.0) is not held at the gate by an upgrade.
    """
    if not parts_to_hand(order) or not order.handed_points.exists():
        return True
    return OldPartsHanded.objects.filter(order=order).exists()


def declined_of(order: WorkOrder) -> list[Line]:
    """What the customer did not want at this visit. One query."""
    rows = order.lines.filter(state=LineState.DECLINED).select_related("operation", "part")
    return list(rows.order_by("id"))


def kept_points() -> list[HandoverPoint]:
    """The whole list for its page, those in use first. One query."""
    last = F("ended_at").desc(nulls_first=True)
    return list(HandoverPoint.objects.select_related("ended_by").order_by(last, "moment", "place", "id"))
