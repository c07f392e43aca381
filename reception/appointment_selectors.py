"""Reads of appointments: the day, the week, one of them, and what to know before the car comes."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Branch, Membership, Skill
from accounts.policies import Actor
from customers.identifiers import normalise_plate
from customers.models import CareProfile, DueForecast, PastVisit, RecallVin, Vehicle
from customers.selectors import earlier_of, open_recalls
from dms.clock import branch_day
from dms.gather import gather
from reception.appointment_states import AppointmentState
from reception.models import Appointment, AppointmentLog, CalendarFeed, Line, WorkOrder
from reception.states import LineState

#: Visits, due services and declined lines of the pack.
FEW = 3
LISTED = 100


def _rows(branch: Branch) -> QuerySet[Appointment]:
    return Appointment.objects.filter(branch=branch).select_related(
        "vehicle__model", "customer", "advisor", "skill", "order"
    )


def appointment_of(appointment_id: int, branch: Branch) -> Appointment | None:
    """The appointment when it belongs to the branch. One query."""
    return _rows(branch).filter(pk=appointment_id).first()


def log_of(appointment: Appointment) -> list[AppointmentLog]:
    """What happened to it, the first thing first. One query."""
    return list(appointment.log.select_related("actor").order_by("id"))


def of_day(branch: Branch, day: date) -> list[Appointment]:
    """Everybody of a day who was not cancelled, by time; those without one last. One query."""
    rows = _rows(branch).filter(on=day).exclude(state=AppointmentState.CANCELLED)
    return list(rows.order_by("starts_at", "id")[:LISTED])


def expected_today(branch: Branch) -> list[Appointment]:
    """Who is still to come today: booked, or missed but perhaps late. One query."""
    due = [AppointmentState.BOOKED, AppointmentState.NO_SHOW]
    return list(_rows(branch).filter(on=branch_day(branch), state__in=due).order_by("starts_at", "id")[:LISTED])


def waiting(branch: Branch) -> list[Appointment]:
    """Who waits for a time on a day that is not over, the earliest day first. One query."""
    rows = _rows(branch).filter(state=AppointmentState.WAITING, on__gte=branch_day(branch))
    return list(rows.order_by("on", "id")[:LISTED])


def upcoming(branch: Branch, advisor_id: int, first: date) -> list[Appointment]:
    """An advisor's appointments from a day on, that were not cancelled. One query."""
    rows = _rows(branch).filter(advisor=advisor_id, on__gte=first, starts_at__isnull=False)
    return list(rows.exclude(state=AppointmentState.CANCELLED).order_by("starts_at", "id")[: 5 * LISTED])


def next_of(vehicle: Vehicle) -> list[Appointment]:
    """The appointments of a car that are still to come. One query."""
    mine = Q(vehicle=vehicle) | Q(branch=vehicle.branch_id, plate=vehicle.plate or "-")
    due = [AppointmentState.BOOKED, AppointmentState.WAITING]
    rows = Appointment.objects.filter(mine, state__in=due, on__gte=branch_day(vehicle.branch))
    return list(rows.select_related("advisor").order_by("on", "starts_at", "id")[:FEW])


def skills_of_house() -> list[Skill]:
    """Every skill, in the order in which they were made. One query."""
    return list(Skill.objects.order_by("id"))


@dataclass(frozen=True, slots=True)
class Pack:
    """What to know, and to have ready, before the car comes."""

    vehicle: Vehicle
    visits: list[WorkOrder] = field(default_factory=list)
    due: list[DueForecast] = field(default_factory=list)
    declined: list[Line] = field(default_factory=list)
    care: CareProfile | None = None
    recalls: list[RecallVin] = field(default_factory=list)
    past: list[PastVisit] = field(default_factory=list)


def pack_of(vehicle: Vehicle | None) -> Pack | None:
    """The last visits, what is due, what was declined, how the car is treated, its open recalls; None for a new car.

    Two queries.
    """
    if vehicle is None:
        return None
    visits, due, declined, recalls, past = gather(
        WorkOrder.objects.filter(vehicle=vehicle).select_related("advisor").order_by("-arrived_at", "-id")[:FEW],
        DueForecast.objects.filter(vehicle=vehicle, closed_at__isnull=True)
        .select_related("rule")
        .order_by("due_on", "id")[:FEW],
        Line.objects.filter(order__vehicle=vehicle, state=LineState.DECLINED).order_by("-id")[:FEW],
        open_recalls(vehicle.vin),
        earlier_of(vehicle, FEW),
    )
    care = CareProfile.objects.filter(vehicle=vehicle).first()
    return Pack(vehicle, visits, due, declined, care, recalls, past[: FEW - len(visits)])


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the day's grid: a time, and for each advisor the slot that begins then (None: not here)."""

    starts_at: datetime
    cells: list[Any]


def grid(advisors: list[Membership], slots: list[Any]) -> list[Row]:
    """The slots as a table; times that are over and had nobody are left out."""
    by_time: dict[datetime, dict[int, Any]] = {}
    for slot in slots:
        by_time.setdefault(slot.starts_at, {})[slot.advisor.pk] = slot
    found = [Row(time, [cells.get(one.pk) for one in advisors]) for time, cells in sorted(by_time.items())]
    return [row for row in found if any(cell and (cell.free or cell.taken) for cell in row.cells)]


def car_of_plate(branch: Branch, text: str) -> Vehicle | None:
    """The car of the branch with the plate that was typed. At most one query."""
    plate = normalise_plate(text)
    cars = Vehicle.objects.filter(branch=branch, plate=plate, merged_into__isnull=True)
    return cars.select_related("model__brand").first() if plate else None


def known_car(appointment: Appointment) -> Vehicle | None:
    """The car that was entered after the appointment was made, by its plate. One query."""
    cars = Vehicle.objects.filter(branch=appointment.branch_id, plate=appointment.plate)
    return cars.select_related("model__brand").first()


def feed_since(actor: Actor) -> datetime | None:
    """Since when the actor's calendar has its address here; None without one. One query."""
    mine = CalendarFeed.objects.filter(membership__user=actor.user, membership__branch=actor.branch)
    return mine.values_list("renewed_at", flat=True).first()
