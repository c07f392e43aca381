"""Appointments are made, moved, cancelled and kept. The one writer of `Appointment.state`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Skill
from accounts.policies import Actor, check_may
from customers.identifiers import normalise_phone, normalise_plate, region_of
from customers.models import Customer, Vehicle
from customers.selectors import owner_of
from customers.services import register_customer, register_vehicle
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused, Stale
from dms.fields import locked
from reception.appointment_messages import BOOKED, MOVED, OFF, confirm
from reception.appointment_policies import DOUBLE, TAKEN, check_day, check_open, check_room, check_time, check_what
from reception.appointment_states import BOOKABLE, Act, AppointmentState, Source
from reception.capacity import DayPlan, plan_of
from reception.models import Appointment, AppointmentLog, DayLoad, WorkOrder
from reception.services.free_times import became_free, note

BOOK = "appointment.book"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be booked. `hours` and `skill` empty: as usual for the kind. A known car goes by its id or plate."""

    plate: str
    kind: str
    vehicle_id: int | None = None
    name: str = ""
    phone: str = ""
    hours: Decimal | None = None
    skill: str = ""
    waits: bool = False
    words: str = ""
    note: str = ""


def _day(actor: Actor, day: date) -> None:
    """Lock the day: who books next sees what was booked before."""
    DayLoad.objects.get_or_create(branch=actor.branch, on=day)
    locked(DayLoad.objects.filter(branch=actor.branch, on=day)).get()


def _car(actor: Actor, wish: Wish) -> tuple[Vehicle | None, str]:
    """The car when it is known here, and its plate. Raises `Invalid` for neither."""
    cars = Vehicle.objects.filter(branch=actor.branch)
    plate = normalise_plate(wish.plate)
    car = cars.filter(pk=wish.vehicle_id).first() if wish.vehicle_id else cars.filter(plate=plate or "-").first()
    plate = (car.plate or car.vin) if car else plate
    if not plate or len(plate) > 20:
        raise Invalid(_("Give the plate of the car."), "plate")
    return car, plate


def _who(actor: Actor, wish: Wish, car: Vehicle | None) -> tuple[Customer | None, str, str]:
    """The customer when known, and the name and number to reach them. A typed number goes before the owner's."""
    owner = owner_of(car) if car else None
    phone = normalise_phone(wish.phone, region_of(actor.branch.currency)) if wish.phone.strip() else ""
    name = wish.name.strip()
    if owner is not None and (not phone or phone == owner.phone) and (not name or name == owner.name):
        return owner, owner.name, owner.phone
    if not name and not phone and owner is None:
        raise Invalid(_("Give a name or a phone number, so that the customer can be reached."), "phone")
    if name and phone:  # somebody who can be written to before the day, and is known when the car comes
        known = register_customer(actor=actor, name=name[:120], phone=phone)
        return known, known.name, known.phone
    known_by_phone = Customer.objects.filter(branch=actor.branch, phone=phone).order_by("id").first() if phone else None
    return known_by_phone, (name or (owner.name if owner else ""))[:120], phone or (owner.phone if owner else "")


def _fresh(actor: Actor, wish: Wish, source: str) -> Appointment:
    """The row without its time, not saved yet."""
    usual, key = BOOKABLE.get(wish.kind, ("1.0", ""))
    hours = wish.hours if wish.hours is not None else Decimal(usual)
    check_what(wish.kind, hours)
    car, plate = _car(actor, wish)
    customer, name, phone = _who(actor, wish, car)
    return Appointment(
        branch=actor.branch,
        source=source,
        vehicle=car,
        plate=plate,
        customer=customer,
        name=name,
        phone=phone,
        kind=wish.kind,
        skill=Skill.objects.filter(key=wish.skill or key).first(),
        hours=hours,
        waits=wish.waits,
        words=wish.words.strip()[:1000],
        note=wish.note.strip()[:300],
    )


def _place(row: Appointment, plan: DayPlan, starts_at: datetime, advisor_id: int | None) -> None:
    """Give the row a time and an advisor. Raises `Refused` when neither hours nor an advisor are left."""
    ends_at = starts_at + timedelta(minutes=plan.minutes)
    check_time(starts_at, ends_at, plan.spans, now(), plan.why_closed)
    skill = row.skill.label if row.skill else _("the workshop")
    check_room(plan.left(row.skill_id, row.pk or 0), row.hours, plan.on, skill)
    row.on, row.starts_at, row.ends_at = plan.on, starts_at, ends_at
    row.advisor_id = _advisor(plan, starts_at, ends_at, advisor_id, row.pk or 0)
    row.state = AppointmentState.BOOKED


def _advisor(plan: DayPlan, start: datetime, end: datetime, wanted: int | None, but: int) -> int:
    """The wanted advisor, or the one who is free with the fewest appointments of the day; ids are the users'."""
    there = [
        one.user_id for one, spans in plan.advisors if any(begin <= start and end <= close for begin, close in spans)
    ]
    taken = [row for row in plan.appointments if row.pk != but]
    busy = {
        row.advisor_id for row in taken if row.starts_at and row.ends_at and row.starts_at < end and row.ends_at > start
    }
    if wanted is not None:
        if wanted not in there:
            raise Refused(_("This advisor is not here at that time."), TAKEN)
        return wanted  # whoever books the same time a moment earlier: the constraint refuses
    free = [one for one in there if one not in busy]
    if not free:
        raise Refused(_("Every advisor has a car at that time. Choose another time."), TAKEN)
    return min(free, key=lambda one: (sum(row.advisor_id == one for row in taken), one))


def _save(row: Appointment) -> None:
    """Write it; what the database refuses becomes a sentence."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "appointment_advisor_once" in str(error):
            raise Refused(_("This advisor has a car at that time. Choose another time or advisor."), TAKEN) from error
        if "appointment_car_once_a_day" in str(error):
            raise Refused(_("This car has an appointment on that day already."), DOUBLE) from error
        raise


@one_act
def book(
    *, actor: Actor, wish: Wish, starts_at: datetime, advisor_id: int | None = None, source: str = Source.DESK
) -> Appointment:
    """Book a time. `advisor_id` is a user's; None: whoever is free.

    Raises `Forbidden`, `Invalid` for what was typed, `Refused` (its code: full, taken, closed, double) when it does not
    fit: the day is locked first, so that of two who ask for the last hours one gets them.
    """
    check_may(actor, BOOK)
    day = branch_day(actor.branch, starts_at)
    check_day(day, branch_day(actor.branch))
    row = _fresh(actor, wish, source)
    _day(actor, day)
    _place(row, plan_of(actor.branch, day), starts_at, advisor_id)
    _save(row)
    note(row, Act.BOOKED, actor, source)
    confirm(row, BOOKED)
    return row


@one_act
def wait(*, actor: Actor, wish: Wish, on: date, source: str = Source.DESK) -> Appointment:
    """Put a car on the waiting list of a day: nothing is promised, nothing is taken."""
    check_may(actor, BOOK)
    check_day(on, branch_day(actor.branch))
    row = _fresh(actor, wish, source)
    row.on, row.state = on, AppointmentState.WAITING
    _save(row)
    note(row, Act.LISTED, actor, source)
    return row


def _held(actor: Actor, appointment_id: int, version: int | None) -> Appointment:
    rows = Appointment.objects.filter(branch=actor.branch).select_related("skill")
    row = locked(rows).get(pk=appointment_id)
    check_open(row)
    if version is not None and version != row.version:
        raise Stale({})
    return row


@one_act
def move(
    *,
    actor: Actor,
    appointment_id: int,
    starts_at: datetime,
    advisor_id: int | None = None,
    source: str = Source.DESK,
    version: int | None = None,
) -> Appointment:
    """Another time, also for a car that waits for one or did not come. Raises as `book`, and `Stale`."""
    check_may(actor, BOOK)
    row = _held(actor, appointment_id, version)
    day = branch_day(actor.branch, starts_at)
    check_day(day, branch_day(actor.branch))
    _day(actor, day)
    was, before = row.state, row.starts_at
    _place(row, plan_of(actor.branch, day), starts_at, advisor_id)
    row.version += 1
    _save(row)
    waited = was == AppointmentState.WAITING
    note(row, Act.BOOKED if waited else Act.MOVED, actor, source)
    confirm(row, BOOKED if waited else MOVED)
    if was == AppointmentState.BOOKED and before != starts_at:
        became_free(actor=actor, starts_at=before)
    return row


@one_act
def cancel(
    *, actor: Actor, appointment_id: int, why: str = "", source: str = Source.DESK, version: int | None = None
) -> Appointment:
    """The customer does not come; the hours are free again. A car that did not come is no longer cancelled."""
    check_may(actor, BOOK)
    row = _held(actor, appointment_id, version)
    if row.state == AppointmentState.NO_SHOW:
        raise Refused(_("The car did not come; give it a new time instead."))
    waited = row.state == AppointmentState.WAITING
    row.state, row.version = AppointmentState.CANCELLED, row.version + 1
    row.save(update_fields=["state", "version"])
    note(row, Act.CANCELLED, actor, source, why.strip()[:300])
    confirm(row, OFF)
    if not waited:
        became_free(actor=actor, starts_at=row.starts_at)
    return row


def expected(vehicle: Vehicle, owner: Customer | None, day: date) -> Appointment | None:
    """The appointment of the day with which this car comes: by the car, its plate, or the owner's number.

    A number alone may belong to a family's other car, so it counts only where the appointment's car is not known.
    """
    rows = Appointment.objects.filter(branch=vehicle.branch_id, on=day, order__isnull=True)
    rows = rows.exclude(state=AppointmentState.CANCELLED).order_by("starts_at", "id")
    found = [row for row in rows if row.vehicle_id == vehicle.pk or (vehicle.plate and row.plate == vehicle.plate)]
    if not found and owner is not None and owner.phone:
        found = [row for row in rows if row.vehicle_id is None and row.phone == owner.phone]
    return found[0] if found else None


def keep(row: Appointment, order: WorkOrder, *, actor: Actor) -> None:
    """The car has come. Called in the transaction that opens the visit, by whoever holds it."""
    held = locked(Appointment.objects.filter(branch=actor.branch)).get(pk=row.pk)
    if held.order_id is not None:
        return
    held.state, held.order, held.vehicle_id = AppointmentState.ARRIVED, order, order.vehicle_id
    held.customer_id = held.customer_id or order.owner_id
    held.version += 1
    held.save(update_fields=["state", "order", "vehicle", "customer", "version"])
    note(held, Act.ARRIVED, actor, Source.DESK)


def _on_record(actor: Actor, row: Appointment) -> None:
    """Whom nobody has on record yet but who left a number: car and customer are entered, so that they can be called."""
    if row.vehicle is not None or not row.phone:
        return
    cars = Vehicle.objects.filter(branch=actor.branch, plate=row.plate, merged_into__isnull=True)
    customer = row.customer or register_customer(actor=actor, name=row.name or row.plate, phone=row.phone)
    row.vehicle = cars.first() or register_vehicle(actor=actor, plate=row.plate, owner=customer)
    row.customer = customer
    row.save(update_fields=["vehicle", "customer"])


@one_act
def mark_missed(*, actor: Actor, before: datetime) -> Sequence[Appointment]:
    """Those whose time was before `before` and who did not come. Twice is once: a missed one is no longer expected."""
    rows = locked(
        Appointment.objects.filter(branch=actor.branch, state=AppointmentState.BOOKED, starts_at__lt=before)
        .select_related("vehicle", "customer")
        .order_by("id")
    )
    missed = list(rows)
    Appointment.objects.filter(pk__in=[row.pk for row in missed]).update(state=AppointmentState.NO_SHOW)
    for row in missed:
        _on_record(actor, row)
    AppointmentLog.objects.bulk_create(
        AppointmentLog(
            appointment=row,
            act=Act.MISSED,
            source=Source.DESK,
            starts_at=row.starts_at,
            acted_at=now(),
            actor=actor.user,
        )
        for row in missed
    )
    return missed
