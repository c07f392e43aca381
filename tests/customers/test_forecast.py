from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from accounts.models import Branch
from accounts.policies import Actor, system
from catalog.models import Brand, MaintenanceRule, VehicleModel
from customers import services
from customers.models import DueForecast, Vehicle
from customers.services.forecast import add_months
from customers.services.forecast_sweep import forecast_branch
from dms.clock import branch_day, now

DAY = timedelta(days=1)


@pytest.fixture
def actor(db: None) -> Actor:
    return system(Branch.objects.create(code="SZ1", name="深圳一店", legal_name="深圳一店有限公司"))


@pytest.fixture
def model(db: None) -> VehicleModel:
    return VehicleModel.objects.create(brand=Brand.objects.create(name="大众"), name="途观")


@pytest.fixture
def rule(model: VehicleModel) -> MaintenanceRule:
    return MaintenanceRule.objects.create(brand=model.brand, name="小保养", interval_km=10_000, interval_months=12)


def car(actor: Actor, model: VehicleModel | None, plate: str, *readings: tuple[int, int], **values: object) -> Vehicle:
    """A car with readings of (days ago, km)."""
    vehicle = services.register_vehicle(actor=actor, plate=plate, model=model, **values)
    for ago, km in readings:
        services.record_reading(actor=actor, vehicle=vehicle, km=km, read_at=now() - ago * DAY)
    vehicle.refresh_from_db()
    return vehicle


def test_months_end_where_the_month_ends() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2026, 12, 1), 12) == date(2027, 12, 1)


def test_the_kilometres_decide_for_a_heavy_driver(actor: Actor, model: VehicleModel, rule: MaintenanceRule) -> None:
    today = branch_day(actor.branch)
    vehicle = car(actor, model, "粤B00001", (60, 1_000), (0, 7_000), warranty_start_on=today - 70 * DAY)
    forecast = DueForecast.objects.get()
    assert (forecast.due_on, forecast.due_km, forecast.basis) == (today + 30 * DAY, 10_000, "own")
    assert (vehicle.next_due_on, vehicle.next_due_km, vehicle.km_per_day) == (forecast.due_on, 10_000, Decimal(100))
    with translation.override("en"):
        assert "it reaches 10,000 km at 100 km a day (this car's own readings); with 50 to 150" in services.sentence(
            forecast
        )
    assert (forecast.due_early_on, forecast.due_late_on) == (today + 20 * DAY, today + 60 * DAY)


def test_the_calendar_decides_for_a_light_driver(actor: Actor, model: VehicleModel, rule: MaintenanceRule) -> None:
    begin = branch_day(actor.branch) - 200 * DAY
    car(actor, model, "粤B00001", (100, 1_000), (0, 2_000), warranty_start_on=begin)
    forecast = DueForecast.objects.get()
    assert forecast.due_on == add_months(begin, 12)
    with translation.override("en"):
        assert "12 months after" in services.sentence(forecast)


def test_without_readings_the_nearest_average_speaks(actor: Actor, model: VehicleModel, rule: MaintenanceRule) -> None:
    other = VehicleModel.objects.create(brand=model.brand, name="帕萨特")
    begin = {"warranty_start_on": branch_day(actor.branch)}

    def basis(vehicle: Vehicle) -> tuple[str, Decimal]:
        forecast_branch(actor.branch, branch_day(actor.branch))
        return DueForecast.objects.values_list("basis", "km_per_day").get(vehicle=vehicle)

    new = car(actor, model, "粤B00001", **begin)
    assert basis(new) == ("house", Decimal(40))
    car(actor, None, "粤B00002", (10, 0), (0, 900))
    assert basis(new) == ("branch", Decimal(90))
    car(actor, other, "粤B00003", (10, 0), (0, 600))
    assert basis(new) == ("brand", Decimal(60))
    car(actor, model, "粤B00004", (10, 0), (0, 500))
    assert basis(new) == ("model", Decimal(50))


def test_a_car_serviced_elsewhere_counts_from_its_first_visit(
    actor: Actor, model: VehicleModel, rule: MaintenanceRule
) -> None:
    car(actor, model, "粤B00001", (0, 80_000), warranty_start_on=date(2020, 1, 1))
    assert DueForecast.objects.get().due_km == 90_000


def test_a_forecast_may_be_made_twice(actor: Actor, model: VehicleModel, rule: MaintenanceRule) -> None:
    vehicle = car(actor, model, "粤B00001", (60, 1_000), (0, 7_000))
    services.forecast_due(vehicle=vehicle)
    services.forecast_due(vehicle=vehicle)
    assert DueForecast.objects.count() == 1


def test_the_service_done_here_begins_the_next_cycle(actor: Actor, model: VehicleModel, rule: MaintenanceRule) -> None:
    vehicle = car(actor, model, "粤B00001", (60, 1_000), (0, 7_000))
    services.close_due(vehicle=vehicle, rule=rule, on=branch_day(actor.branch), km=7_000)
    rows = list(DueForecast.objects.order_by("cycle"))
    assert [(row.cycle, row.closed_at is None) for row in rows] == [(1, False), (2, True)]
    assert (rows[1].due_km, rows[1].basis) == (17_000, "own")


def test_nothing_is_guessed_without_a_start(actor: Actor, model: VehicleModel, rule: MaintenanceRule) -> None:
    assert car(actor, model, "粤B00001").next_due_on is None
    assert not DueForecast.objects.exists()
