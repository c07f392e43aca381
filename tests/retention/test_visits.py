"""What a release closes, and what it does not."""

from datetime import date, timedelta
from typing import Any

import pytest

from customers.models import DueForecast
from reception.services import arrival
from reception.services.flow import move
from retention.models import LapseCase, Reminder

pytestmark = pytest.mark.django_db


def cycles(vehicle: Any, rule: Any) -> list[tuple[int, bool, date, int, date, int | None]]:
    """(cycle, open, counted from date, from km, due on, due at km)."""
    rows = DueForecast.objects.filter(vehicle=vehicle, rule=rule).order_by("cycle")
    return [(f.cycle, f.closed_at is None, f.base_on, f.base_km, f.due_on, f.due_km) for f in rows]


def test_the_service_done_begins_its_next_cycle(
    at: Any, car: Any, in_shop: Any, release: Any, minor: Any, sweep: Any
) -> None:
    with at(2026, 3, 1):
        # 200 days, 20 km a day: the calendar decides, a year after the sale.
        vehicle = car((200, 5_000), (0, 9_000), warranty_start_on=date(2025, 3, 10))
        assert cycles(vehicle, minor) == [(1, True, date(2025, 3, 10), 0, date(2026, 3, 10), 10_000)]
        assert sweep()["reminders"] == 1
    with at(2026, 3, 5, 17):  # 01:00 of the 6th in Shenzhen
        order = release(in_shop(vehicle, "OIL", km=9_100))
        vehicle.refresh_from_db()
        assert vehicle.last_visit_on == date(2026, 3, 6)
        assert cycles(vehicle, minor)[1] == (2, True, date(2026, 3, 6), 9_100, date(2027, 3, 6), 19_100)
        assert cycles(vehicle, minor)[0][1] is False
        assert (vehicle.next_due_on, vehicle.next_due_km) == (date(2027, 3, 6), 19_100)
        reminder = Reminder.objects.get()
        assert (reminder.state, reminder.closed_why, reminder.closed_order) == ("closed", "done", order)
        assert sweep()["reminders"] == 0


def test_a_repair_closes_nothing(car: Any, in_shop: Any, release: Any, minor: Any, operation: Any, sweep: Any) -> None:
    operation("BRAKES")
    vehicle = car((100, 0), (0, 9_900))
    sweep()
    release(in_shop(vehicle, "BRAKES", km=9_900))
    assert [row[:2] for row in cycles(vehicle, minor)] == [(1, True)]
    assert Reminder.objects.get().state == "open"


def test_a_rule_is_done_only_with_all_its_operations(
    car: Any, in_shop: Any, release: Any, minor: Any, major: Any
) -> None:
    vehicle = car((100, 0), (0, 9_900))
    release(in_shop(vehicle, "OIL", km=9_900))
    assert [row[0] for row in cycles(vehicle, minor)] == [1, 2]
    assert [row[0] for row in cycles(vehicle, major)] == [1]
    release(in_shop(vehicle, "OIL", "PLUGS", km=19_900))
    assert [row[0] for row in cycles(vehicle, minor)] == [1, 2, 3]
    assert [row[0] for row in cycles(vehicle, major)] == [1, 2]


def test_a_rule_without_operations_never_closes_by_itself(
    brand: Any, car: Any, in_shop: Any, release: Any, minor: Any
) -> None:
    minor.operations.clear()
    vehicle = car((0, 9_900))
    release(in_shop(vehicle, "OIL"))
    assert [row[0] for row in cycles(vehicle, minor)] == [1]


def test_what_was_not_done_is_not_closed(car: Any, in_shop: Any, release: Any, minor: Any, operation: Any) -> None:
    operation("BRAKES")
    vehicle = car((0, 9_900))
    order = in_shop(vehicle, "BRAKES", "OIL")
    order.lines.get(code="OIL").delete()
    release(order)
    assert [row[0] for row in cycles(vehicle, minor)] == [1]


def test_an_unknown_model_leaves_by_the_gate_all_the_same(
    car: Any, in_shop: Any, release: Any, minor: Any, today: date
) -> None:
    vehicle = car((0, 9_900), model=None)
    assert release(in_shop(vehicle, "OIL")).state == "released"
    vehicle.refresh_from_db()
    assert (vehicle.last_visit_on, DueForecast.objects.count()) == (today, 0)


def test_the_walk_round_proves_the_return(
    actor: Any, car: Any, visited: Any, today: date, sweep: Any, branch: Any
) -> None:
    vehicle = visited(car(), today - timedelta(days=400))
    assert sweep()["lapse"] == 1
    advisor = actor("service_advisor")
    order = arrival.arrive(actor=advisor, vehicle=vehicle)
    assert LapseCase.objects.get().state == "open"
    move(order_id=order.pk, action="inspect", actor=advisor)
    case = LapseCase.objects.get()
    assert (case.state, case.returned_order) == ("returned", order)
    # It leaves without work: it was here all the same, and does not lapse again tonight.
    arrival.read_odometer(actor=advisor, order_id=order.pk, km=9_000)
    move(order_id=order.pk, action="cancel", actor=advisor)
    vehicle.refresh_from_db()
    assert vehicle.last_visit_on == today
    assert sweep()["lapse"] == 0


def test_a_registration_by_mistake_is_no_visit(actor: Any, car: Any, visited: Any, today: date, sweep: Any) -> None:
    vehicle = visited(car(), today - timedelta(days=400))
    advisor = actor("service_advisor")
    order = arrival.arrive(actor=advisor, vehicle=vehicle)
    move(order_id=order.pk, action="cancel", actor=advisor)
    vehicle.refresh_from_db()
    assert vehicle.last_visit_on == today - timedelta(days=400)
    assert sweep()["lapse"] == 1
