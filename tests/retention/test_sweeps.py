"""Reminders and lapse: exact dates, once only, one branch at a time."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.policies import system
from catalog.models import Brand, VehicleModel
from customers import services as customers
from dms.errors import Forbidden
from records.models import DatedRule
from retention.models import LapseCase, Reminder, SweepRun
from retention.services import run, schedule
from retention.states import Sweep

pytestmark = pytest.mark.django_db


def cases() -> list[tuple[str, date, date | None, date | None]]:
    return list(
        LapseCase.objects.order_by("vehicle", "kind").values_list("kind", "opened_on", "last_visit_on", "due_on")
    )


# --- Reminders -------------------------------------------------------------------------------------------------------


def test_a_reminder_comes_three_weeks_before_and_once(at: Any, car: Any, minor: Any, sweep: Any) -> None:
    with at(2026, 3, 1):
        car((200, 5_000), (0, 9_000), warranty_start_on=date(2025, 3, 23))
        assert sweep()["reminders"] == 0
    with at(2026, 3, 2):
        assert sweep()["reminders"] == 1
        assert sweep()["reminders"] == 0
    with at(2026, 9, 2):
        assert sweep()["reminders"] == 0
    assert Reminder.objects.values_list("cycle", "due_on", "state").get() == (1, date(2026, 3, 23), "open")


def test_the_lead_is_the_branchs_rule(at: Any, branch: Any, car: Any, minor: Any, sweep: Any) -> None:
    with at(2026, 3, 1):
        car((200, 5_000), (0, 9_000), warranty_start_on=date(2025, 3, 23))
        DatedRule.objects.create(branch=branch, key="reminder.lead_days", value=22, valid_from=date(2026, 3, 1))
        assert sweep()["reminders"] == 1


def test_an_open_reminder_follows_its_forecast(at: Any, branch: Any, car: Any, minor: Any, sweep: Any) -> None:
    with at(2026, 3, 1):
        vehicle = car((95, 0), (0, 9_500))  # 100 km a day
        assert sweep()["reminders"] == 1
        assert Reminder.objects.get().due_on == date(2026, 3, 6)
    with at(2026, 3, 15):
        customers.record_reading(actor=system(branch), vehicle=vehicle, km=9_600)
        assert sweep()["reminders"] == 0
    assert Reminder.objects.get().due_on == vehicle.forecasts.get().due_on == date(2026, 3, 20)


def test_a_corrected_model_takes_its_reminder_away(car: Any, branch: Any, minor: Any, sweep: Any) -> None:
    vehicle = car((100, 0), (0, 9_900))
    assert sweep()["reminders"] == 1
    other = VehicleModel.objects.create(brand=Brand.objects.create(name="奥迪"), name="A6L")
    customers.change_vehicle(actor=system(branch), vehicle=vehicle, version=vehicle.version, model=other)
    assert sweep()["reminders"] == 0
    assert Reminder.objects.values_list("state", "closed_why", "closed_order").get() == ("closed", "moot", None)


def test_each_branch_is_looked_through_alone(other_branch: Any, car: Any, minor: Any, sweep: Any) -> None:
    here, there = car((100, 0), (0, 9_900)), car((100, 0), (0, 9_900), at=other_branch)
    assert sweep()["reminders"] == 1
    assert Reminder.objects.get().vehicle == here
    assert sweep(other_branch)["reminders"] == 1
    assert Reminder.objects.filter(vehicle=there).exists()


def test_the_database_refuses_a_second_one_and_a_reopening(car: Any, minor: Any, sweep: Any) -> None:
    vehicle = car((100, 0), (0, 9_900))
    sweep()
    with pytest.raises(IntegrityError, match="reminder_once"), transaction.atomic():
        Reminder.objects.create(vehicle=vehicle, rule=minor, cycle=1, due_on=date(2026, 1, 1))
    with pytest.raises(IntegrityError, match="reminder_closed_says_why"), transaction.atomic():
        Reminder.objects.update(state="closed")
    vehicle.forecasts.update(closed_at=vehicle.created_at)
    sweep()
    with pytest.raises(DatabaseError, match="illegal move of reminder"), transaction.atomic():
        Reminder.objects.update(state="open", closed_at=None, closed_why=None)


# --- Lapse -----------------------------------------------------------------------------------------------------------


def test_lapsed_on_the_day_the_months_are_full(at: Any, car: Any, visited: Any, sweep: Any) -> None:
    visited(car(), date(2025, 9, 15))
    with at(2026, 3, 14):
        assert sweep()["lapse"] == 0
    with at(2026, 3, 15):
        assert sweep()["lapse"] == 1
        assert sweep()["lapse"] == 0
    assert cases() == [("fixed", date(2026, 3, 15), date(2025, 9, 15), None)]


@pytest.mark.parametrize(
    ("months", "visit", "full"),
    [
        (1, date(2026, 1, 31), date(2026, 2, 28)),
        (6, date(2025, 8, 31), date(2026, 2, 28)),
        (12, date(2024, 2, 29), date(2025, 2, 28)),
    ],
)
def test_months_end_where_the_month_ends(
    at: Any, brand: Any, car: Any, visited: Any, sweep: Any, months: int, visit: date, full: date
) -> None:
    type(brand).objects.update(lapse_months=months)
    visited(car(), visit)
    eve = full - timedelta(days=1)
    with at(eve.year, eve.month, eve.day):
        assert sweep()["lapse"] == 0
    with at(full.year, full.month, full.day):
        assert sweep()["lapse"] == 1


def test_an_unknown_brand_lapses_by_the_houses_rule(at: Any, car: Any, visited: Any, sweep: Any) -> None:
    visited(car(model=None), date(2025, 3, 15))
    with at(2026, 3, 14):
        assert sweep()["lapse"] == 0
    with at(2026, 3, 15):
        assert sweep()["lapse"] == 1


def test_a_fast_driver_lapses_by_prediction_and_a_slow_one_does_not(
    at: Any, car: Any, visited: Any, sweep: Any, minor: Any
) -> None:
    with at(2026, 1, 1):
        # Both were here yesterday; 200 km a day and 10 km a day. Lapsed 45 days after the due date.
        fast = visited(car((25, 0), (0, 5_000)), date(2025, 12, 31))
        slow = visited(car((100, 0), (0, 1_000)), date(2025, 12, 31))
    assert (fast.next_due_on, slow.next_due_on) == (date(2026, 1, 26), date(2026, 9, 23))
    with at(2026, 3, 11):
        assert sweep()["lapse"] == 0
    with at(2026, 3, 12):
        assert sweep()["lapse"] == 1
        assert cases() == [("predicted", date(2026, 3, 12), date(2025, 12, 31), date(2026, 1, 26))]
    with at(2026, 6, 30):
        # Both have now been away for six months: the two definitions stand side by side.
        assert sweep()["lapse"] == 2
        assert list(LapseCase.objects.filter(vehicle=slow).values_list("kind", flat=True)) == ["fixed"]
        assert LapseCase.objects.filter(vehicle=fast).count() == 2


def test_a_visit_gives_the_grace_anew(at: Any, car: Any, visited: Any, sweep: Any, minor: Any) -> None:
    with at(2026, 1, 1):
        vehicle = car((25, 0), (0, 5_000))  # due on 26 Jan
    visited(vehicle, date(2026, 3, 1))
    with at(2026, 4, 14):
        assert sweep()["lapse"] == 0
    with at(2026, 4, 15):
        assert sweep()["lapse"] == 1


def test_a_new_car_lapses_by_prediction_alone(at: Any, car: Any, sweep: Any, minor: Any) -> None:
    with at(2025, 3, 1):
        vehicle = car(warranty_start_on=date(2025, 3, 1))
    assert vehicle.next_due_on == date(2025, 11, 6)  # 10,000 km at 40 a day
    with at(2025, 12, 21):
        assert sweep()["lapse"] == 1
    assert cases() == [("predicted", date(2025, 12, 21), None, date(2025, 11, 6))]


def test_a_car_in_the_shop_does_not_lapse(car: Any, visited: Any, in_shop: Any, today: date, sweep: Any) -> None:
    vehicle = visited(car(), today - timedelta(days=400))
    in_shop(vehicle, state="arrived")
    assert sweep()["lapse"] == 0


def test_a_returned_car_that_stays_away_again_is_a_new_case(
    at: Any, car: Any, visited: Any, in_shop: Any, release: Any, operation: Any, sweep: Any
) -> None:
    operation("OIL")
    vehicle = visited(car(), date(2025, 1, 1))
    with at(2025, 8, 1):
        assert sweep()["lapse"] == 1
        release(in_shop(vehicle, "OIL"))
    with at(2026, 2, 1):
        assert sweep()["lapse"] == 1
    assert list(LapseCase.objects.order_by("id").values_list("state", flat=True)) == ["returned", "open"]


def test_the_database_knows_one_open_case_and_wants_the_proof(car: Any, visited: Any, sweep: Any, today: date) -> None:
    vehicle = visited(car(), today - timedelta(days=400))
    sweep()
    with pytest.raises(IntegrityError, match="lapse_one_open"), transaction.atomic():
        LapseCase.objects.create(vehicle=vehicle, kind="fixed", opened_on=today, last_visit_on=today)
    with pytest.raises(IntegrityError, match="lapse_returned_proven"), transaction.atomic():
        LapseCase.objects.update(state="returned")
    with pytest.raises(DatabaseError, match="lapse cannot begin as returned"), transaction.atomic():
        LapseCase.objects.create(vehicle=vehicle, kind="predicted", opened_on=today, due_on=today, state="returned")


# --- Who and when ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_sweeps")
def test_a_run_by_hand_says_who_asked(actor: Any, car: Any, minor: Any) -> None:
    car((100, 0), (0, 9_900))
    crm = actor("crm")
    assert run(actor=crm) == {"reminders": 1, "lapse": 0}
    assert run(actor=crm) == {"reminders": 0, "lapse": 0}
    rows = list(SweepRun.objects.filter(sweep="reminders").order_by("id").values_list("asked_by", "slot_at", "rows"))
    assert rows == [(crm.user.pk, None, 1), (crm.user.pk, None, 0)]
    assert not SweepRun.objects.filter(finished_at=None).exists()


def test_who_may_not_look_through_is_told_who_may(actor: Any) -> None:
    with pytest.raises(Forbidden, match="It is done by: Customer care, Service manager"):
        run(actor=actor("technician"))
    assert not SweepRun.objects.exists()


def test_every_sweep_has_a_plan_in_the_order_of_the_states_and_runs(branch: Any) -> None:
    assert [plan.sweep for plan in schedule.PLANS] == list(Sweep)
    awake = [plan.sweep.value for plan in schedule.PLANS if not plan.only_if]
    assert list(run(actor=system(branch))) == awake
