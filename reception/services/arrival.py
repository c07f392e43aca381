"""A car arrives; what is seen and said is written down."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.models import Vehicle
from customers.services import record_reading, register_customer
from customers.services.merging import owner_standing
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused, Stale
from dms.fields import locked
from reception.models import Appointment, DamageMark, OrderLog, Statement, TakenItem, WalkAround, WorkOrder
from reception.policies import check_open, check_unsigned
from reception.services import appointments
from reception.services.flow import move
from reception.states import CODE_SIGNS, ROAD, USUAL_CLASS, ZONES, Lamp, MarkKind, RepairClass, State, Thing, VisitType
from records.services.numbers import take_number
from records.states import CounterKind

#: Who may differ from the owner.
PARTS_OF_A_VISIT = ("bringer", "payer", "contact")


@dataclass(frozen=True, slots=True)
class Mark:
    """A damage as entered: place in percent of the outline drawing."""

    view: str
    zone: str
    x: Decimal
    y: Decimal
    kind: str
    severity: str
    carried_from_id: int | None = None


@one_act
def arrive(*, actor: Actor, vehicle: Vehicle, visit_type: str = VisitType.REPAIR) -> WorkOrder:
    """Open a visit; a car that is expected today brings what was booked.

    Raises `Refused` when the car is already in the shop or has no owner.
    """
    check_may(actor, "order.receive")
    if actor.user is None or vehicle.branch_id != actor.branch.pk:
        raise Refused(_("This car does not belong to this branch."))
    owner = owner_standing(vehicle)
    if owner is None:
        raise Refused(_("Enter the owner of the car first."))
    come = appointments.expected(vehicle, owner, branch_day(actor.branch))
    if come is not None and visit_type == VisitType.REPAIR:
        visit_type = come.kind
    number = take_number(branch=actor.branch, kind=CounterKind.WORK_ORDER)
    try:
        with transaction.atomic():
            order = WorkOrder.objects.create(
                branch=actor.branch,
                number=number,
                visit_type=visit_type,
                repair_class=USUAL_CLASS.get(visit_type, RepairClass.MINOR),
                vehicle=vehicle,
                owner=owner,
                bringer=owner,
                payer=owner,
                contact=owner,
                advisor=actor.user,
                arrived_at=now(),
                waits=come is not None and come.waits,
                status_code="".join(secrets.choice(CODE_SIGNS) for _sign in range(8)),
            )
    except IntegrityError as error:
        raise Refused(_("This car is already in the shop; open its order."), "open") from error
    OrderLog.objects.create(
        order=order, action="arrive", target=ROAD.initial, actor=actor.user, moved_at=order.arrived_at
    )
    if come is not None:
        _expected(come, order, actor=actor)
    return order


def _expected(come: Appointment, order: WorkOrder, *, actor: Actor) -> None:
    """The car that was booked: what was said on the phone stands on the check-in page already."""
    appointments.keep(come, order, actor=actor)
    for words in come.words.splitlines():
        if words.strip():
            Statement.objects.create(order=order, words=words.strip())


@one_act
def read_odometer(*, actor: Actor, order_id: int, km: int, reason: str = "") -> WorkOrder:
    """Keep the reading (km) with the visit and in the vehicle's history.

    Raises `Invalid` for a reading below the last one without a reason; both readings are kept.
    """
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle")).get(pk=order_id)
    return keep_reading(order, actor=actor, km=km, reason=reason)


def keep_reading(order: WorkOrder, *, actor: Actor, km: int, reason: str) -> WorkOrder:
    """`read_odometer` for a caller that holds the order and has judged the actor."""
    check_open(order)
    known = order.vehicle.readings.filter(subject_key=order.subject_key).order_by("-read_at", "-pk").first()
    if known is None or known.km != km:
        record_reading(
            actor=actor, vehicle=order.vehicle, km=km, source="reception", reason=reason, subject_key=order.subject_key
        )
    elif order.odometer_in == km:
        return order
    order.odometer_in = km
    order.version += 1
    order.save(update_fields=["odometer_in", "version"])
    return order


@one_act
def walk_round(
    *,
    actor: Actor,
    order_id: int,
    fuel_quarters: int | None,
    charge_percent: int | None,
    kit: bool,
    marks: Sequence[Mark],
    taken: Sequence[tuple[str, str]],
    warning_lamps: str = "",
    lamps: Sequence[str] = (),
    signer: str = "",
    signature: str = "",
    version: int | None = None,
) -> WalkAround:
    """Write the walk-round anew: marks and things as they are now. A car that just arrived moves to `inspecting`.

    Fuel and charge may still be missing; the estimate asks for one of them. A `signature` (PNG as a data URL) goes
    under the check-in sheet together with the name. Raises `Stale` when the walk-round is no longer of the `version`
    that was shown (0: there was none yet), and `Invalid` for a lamp, a mark or a signature that is none.
    """
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    if version is not None and version != walk_version(order):
        raise Stale({})
    found = Found(
        fuel_quarters, charge_percent, kit, marks, taken, warning_lamps, lamps, signer.strip(), signature
    )  # fmt: skip
    before = order.version
    order, walk = keep_walk(order, found, actor=actor)
    if order.version != before:
        # The first walk-round moves the order. It changes nothing that the check-in page holds, and the walk-round
        # has a version of its own: a draft that is open at the desk meanwhile may still be saved.
        WorkOrder.objects.filter(pk=order.pk).update(version=before)
    return walk


def walk_version(order: WorkOrder) -> int:
    """The version of the order's walk-round; 0 before there is one."""
    return WalkAround.objects.filter(order=order).values_list("version", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk-round found: fuel in quarters, charge in percent, None while it is missing."""

    fuel_quarters: int | None
    charge_percent: int | None
    kit: bool
    marks: Sequence[Mark]
    taken: Sequence[tuple[str, str]]
    warning_lamps: str
    lamps: Sequence[str] = ()
    signer: str = ""
    signature: str = ""


def keep_walk(order: WorkOrder, found: Found, *, actor: Actor) -> tuple[WorkOrder, WalkAround]:
    """`walk_round` for a caller that holds the order and has judged the actor; the order as it is then."""
    check_open(order)
    if order.state == State.ARRIVED:
        order = move(order_id=order.pk, action="inspect", actor=actor)
    walk = WalkAround.objects.filter(order=order).first() or WalkAround(order=order)
    walk.order, kit = order, found.kit
    walk.fuel_quarters, walk.charge_percent = found.fuel_quarters, found.charge_percent
    walk.warning_lamps, walk.lamps = found.warning_lamps, _lamps(found.lamps)
    walk.walked_round_at, walk.walked_round_by = now(), actor.person
    _sign(walk, found, actor)
    walk.version += bool(walk.pk)
    walk.save()
    _keep_marks(walk, found.marks)
    _keep_things(order, actor, found.taken)
    if kit != (order.kit_at is not None):
        order.kit_at, order.kit_by = (now(), actor.user) if kit else (None, None)
        order.save(update_fields=["kit_at", "kit_by"])
    return order, walk


def _lamps(lamps: Sequence[str]) -> list[str]:
    if not set(lamps) <= set(Lamp.values):
        raise Invalid(_("This lamp is not on the list."))
    return [lamp for lamp in Lamp.values if lamp in lamps]


def _sign(walk: WalkAround, found: Found, actor: Actor) -> None:
    """A signature stands until another one is drawn; a save without one does not take it away."""
    if not found.signature:
        return
    if not found.signature.startswith("data:image/png;base64,"):
        raise Invalid(_("This is not a signature."))
    if not found.signer:
        raise Invalid(_("Write down who signs."))
    if (found.signer, found.signature) != (walk.signer, walk.signature):
        walk.signer, walk.signature = found.signer, found.signature
        walk.signed_at, walk.signed_by = now(), actor.person


def _keep_marks(walk: WalkAround, marks: Sequence[Mark]) -> None:
    for mark in marks:
        if mark.zone not in ZONES or mark.kind not in MarkKind.values:
            raise Invalid(_("This mark does not name a part of the car."))
    earlier = DamageMark.objects.filter(walk__order__vehicle=walk.order.vehicle_id).exclude(walk=walk)
    known = set(earlier.filter(pk__in=[mark.carried_from_id for mark in marks]).values_list("pk", flat=True))
    walk.marks.all().delete()
    DamageMark.objects.bulk_create(
        DamageMark(
            walk=walk,
            view=mark.view,
            zone=mark.zone,
            x=mark.x,
            y=mark.y,
            kind=mark.kind,
            severity=mark.severity,
            carried_from_id=mark.carried_from_id if mark.carried_from_id in known else None,
        )
        for mark in marks
    )


def _keep_things(order: WorkOrder, actor: Actor, taken: Sequence[tuple[str, str]]) -> None:
    for kind, _what in taken:
        if kind not in Thing.values:
            raise Invalid(_("This thing is not on the list."))
    order.taken.all().delete()
    TakenItem.objects.bulk_create(
        TakenItem(order=order, kind=kind, what=what, taken_at=now(), taken_by=actor.user) for kind, what in taken
    )


@one_act
def name_people(*, actor: Actor, order_id: int, people: Mapping[str, tuple[str, str]]) -> WorkOrder:
    """Who stands behind the visit beside the owner: bringer, payer or contact → (name, phone). A known one is found."""
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_unsigned(order)
    for part, (name, phone) in people.items():
        if part not in PARTS_OF_A_VISIT:
            raise Invalid(_("A visit has a bringer, a payer and a contact."))
        setattr(order, part, register_customer(actor=actor, name=name, phone=phone))
    order.version += 1
    order.save(update_fields=[*people, "version"])
    return order


@one_act
def listen(*, actor: Actor, order_id: int, words: str, since: str = "") -> Statement:
    """Write down one thing the customer said, verbatim."""
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_open(order)
    if not words.strip():
        raise Invalid(_("Write down what the customer said."))
    return Statement.objects.create(order=order, words=words.strip(), since=since.strip())
