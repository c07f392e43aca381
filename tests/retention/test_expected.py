"""Appointments that were missed become calls; those of tomorrow a message that is not sent when they were moved."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import OpeningHours
from customers.message_kinds import kind_of
from customers.models import Message
from dms.clock import branch_day
from reception.appointment_messages import EVE
from reception.services import appointments
from reception.services.appointments import Wish
from reception.services.arrival import arrive
from retention.models import CallTask
from retention.services.call_sweeps import mend_calls
from retention.services.expected import missed, remind_of_tomorrow

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.fixture
def booked(branch: Any, actor: Any, car: Any, time_machine: Any) -> Any:
    """A known car that is booked for 9:00 on Tuesday; it is Monday, 10:00."""
    time_machine.move_to(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo(branch.zone)), tick=False)
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=time(8), closes=time(18)) for day in range(7)
    )
    from accounts.models import Bay

    Bay.objects.create(branch=branch, name="1")
    actor("technician")
    advisor = actor("service_advisor")
    vehicle = car()
    return appointments.book(
        actor=advisor, wish=Wish(plate=vehicle.plate, vehicle_id=vehicle.pk, kind="maintenance"), starts_at=nine(branch)
    )


def nine(branch: Any, days: int = 0, hour: int = 9) -> datetime:
    return datetime.combine(DAY + timedelta(days=days), time(hour), tzinfo=ZoneInfo(branch.zone))


def test_who_did_not_come_is_called_once(booked: Any, branch: Any, time_machine: Any) -> None:
    time_machine.move_to(nine(branch) + timedelta(minutes=59), tick=False)
    assert missed(branch, branch_day(branch)) == 0
    time_machine.move_to(nine(branch) + timedelta(minutes=61), tick=False)
    assert [missed(branch, branch_day(branch)) for _time in range(2)] == [1, 0]
    task = CallTask.objects.get()
    assert (task.kind, task.vehicle, task.customer, task.due_on) == ("rebook", booked.vehicle, booked.customer, DAY)
    assert task.reason == {"booked_for": "11-24 09:00"}
    assert task.urgency > 0


def test_a_new_time_or_the_car_itself_makes_the_call_pointless(
    booked: Any, branch: Any, actor: Any, time_machine: Any
) -> None:
    time_machine.move_to(nine(branch) + timedelta(hours=2), tick=False)
    missed(branch, branch_day(branch))
    appointments.move(actor=actor("crm"), appointment_id=booked.pk, starts_at=nine(branch, days=1))
    mend_calls(branch, branch_day(branch))
    assert CallTask.objects.get().dropped_why == "moot"
    # Missed a second time: a second call.
    time_machine.move_to(nine(branch, days=1) + timedelta(hours=2), tick=False)
    missed(branch, branch_day(branch))
    assert CallTask.objects.filter(state="open").count() == 1


def test_a_late_car_is_received_with_its_appointment(booked: Any, branch: Any, actor: Any, time_machine: Any) -> None:
    time_machine.move_to(nine(branch) + timedelta(hours=2), tick=False)
    missed(branch, branch_day(branch))
    assert arrive(actor=actor("service_advisor"), vehicle=booked.vehicle).appointment == booked


def test_the_eve_is_told_once(booked: Any, branch: Any) -> None:
    assert [remind_of_tomorrow(branch, branch_day(branch)) for _time in range(2)] == [1, 0]
    message = Message.objects.get(kind=EVE)
    assert (message.customer, message.context) == (booked.customer, {"plate": booked.plate, "when": "11-24 09:00"})
    assert kind_of(EVE).relevant([message]) == {}


@pytest.mark.parametrize("change", ["cancelled", "moved", "came"])
def test_what_has_changed_is_not_told(booked: Any, branch: Any, actor: Any, change: str, time_machine: Any) -> None:
    remind_of_tomorrow(branch, branch_day(branch))
    advisor = actor("service_advisor")
    if change == "cancelled":
        appointments.cancel(actor=advisor, appointment_id=booked.pk)
    elif change == "moved":
        appointments.move(actor=advisor, appointment_id=booked.pk, starts_at=nine(branch, hour=11))
    else:
        time_machine.move_to(nine(branch), tick=False)
        arrive(actor=advisor, vehicle=booked.vehicle)
    message = Message.objects.get(kind=EVE)
    assert kind_of(EVE).relevant([message]) == {message.pk: "moot"}
    # Moved within the day: the new time is told.
    assert remind_of_tomorrow(branch, date(2026, 11, 23)) == (1 if change == "moved" else 0)


def test_another_day_is_not_told_yet(booked: Any, branch: Any) -> None:
    assert remind_of_tomorrow(branch, branch_day(branch) - timedelta(days=1)) == 0


def test_a_car_that_nobody_knows_is_called_by_the_number_it_left(
    booked: Any, branch: Any, actor: Any, time_machine: Any
) -> None:
    advisor = actor("service_advisor")
    for number, (name, phone) in enumerate([("李雷", "13900000007"), ("", "13900000008"), ("韩梅梅", "")]):
        wish = Wish(plate=f"粤B7770{number}", kind="maintenance", name=name, phone=phone)
        appointments.book(actor=advisor, wish=wish, starts_at=nine(branch, hour=11 + number))
    time_machine.move_to(nine(branch, hour=17), tick=False)
    assert missed(branch, branch_day(branch)) == 4
    rows = CallTask.objects.exclude(vehicle=booked.vehicle).order_by("id")
    # Who left no number cannot be called; who left no name is known by the plate.
    assert [(row.vehicle.plate, row.vehicle.incomplete, row.customer.name, row.customer.phone) for row in rows] == [
        ("粤B77700", True, "李雷", "+8613900000007"), ("粤B77701", True, "粤B77701", "+8613900000008"),
    ]  # fmt: skip
    assert missed(branch, branch_day(branch)) == 0
