"""The night's forecasts: the same as a visit's, only what is new, and a visit is never overwritten."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Brand, MaintenanceRule, VehicleModel
from customers.models import DueForecast, ForecastMark, GroupPace, OdometerReading, Vehicle
from customers.services import forecast_due
from customers.services import forecast_sweep as swept
from customers.services.forecast_sweep import forecast_branch
from dms.clock import branch_day, now

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def model(db: None) -> VehicleModel:
    model = VehicleModel.objects.create(brand=Brand.objects.create(name="大众"), name="途观")
    MaintenanceRule.objects.create(brand=model.brand, name="小保养", interval_km=10_000, interval_months=12)
    MaintenanceRule.objects.create(model=model, name="大保养", interval_km=40_000)
    return model


@pytest.fixture
def imported(branch: Any, model: VehicleModel) -> Callable[..., list[Vehicle]]:
    """`imported(n, visits)`: cars and readings that no service has seen, as a list from elsewhere brings them."""

    def make(count: int, visits: int = 6, first: int = 0) -> list[Vehicle]:
        sold = branch_day(branch) - 900 * DAY
        cars = Vehicle.objects.bulk_create(
            Vehicle(branch=branch, model=model, plate=f"粤B{first + n:05d}", warranty_start_on=sold)
            for n in range(count)
        )
        OdometerReading.objects.bulk_create(
            OdometerReading(
                vehicle=car,
                km=50 + (20 + car.pk % 60) * 140 * visit + car.pk % 7,
                read_at=now() - (880 - 140 * visit) * DAY,
            )
            for car in cars
            for visit in range(visits)
        )
        return cars

    return make


def rows() -> list[tuple[Any, ...]]:
    names = [field.attname for field in DueForecast._meta.concrete_fields if field.attname not in ("id", "created_at")]
    return list(DueForecast.objects.order_by("vehicle", "rule").values_list(*names))


@pytest.fixture
def today(branch: Any) -> date:
    return branch_day(branch)


def test_a_visit_and_the_night_say_the_same(branch: Any, imported: Any, today: date) -> None:
    cars = imported(40) + imported(10, 1, first=100) + imported(5, 0, first=200)
    assert forecast_branch(branch, today) >= 110
    by_night, on_cars = rows(), list(Vehicle.objects.order_by("pk").values_list("km_per_day", "next_due_on"))
    assert {row.basis for row in DueForecast.objects.all()} == {"own", "model"}
    DueForecast.objects.all().delete()
    for car in cars:
        forecast_due(vehicle=car)
    assert rows() == by_night
    assert list(Vehicle.objects.order_by("pk").values_list("km_per_day", "next_due_on")) == on_cars


def test_a_second_run_writes_nothing(branch: Any, imported: Any, today: date) -> None:
    imported(12)
    assert forecast_branch(branch, today) == 24
    assert forecast_branch(branch, today) == 0
    assert forecast_branch(branch, today + DAY) == 0


def test_only_cars_with_something_new_are_looked_at(
    branch: Any, imported: Any, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    cars = imported(12)
    forecast_branch(branch, today)
    OdometerReading.objects.create(vehicle=cars[3], km=90_000, read_at=now())
    new = imported(2, first=50)
    seen: list[int] = []
    block = swept._block
    monkeypatch.setattr(swept, "_block", lambda where, ids: seen.extend(ids) or block(where, ids))
    assert forecast_branch(branch, today + DAY) == 6
    leaning = [car.pk for car in cars if car.pk in seen]
    assert sorted(set(seen)) == sorted([cars[3].pk, *[car.pk for car in new]])
    assert leaning == [cars[3].pk]


def test_a_changed_interval_forecasts_every_car(branch: Any, imported: Any, today: date) -> None:
    imported(7)
    forecast_branch(branch, today)
    MaintenanceRule.objects.filter(interval_km=40_000).update(interval_km=60_000)
    assert forecast_branch(branch, today) == 7
    assert set(DueForecast.objects.filter(due_km=60_000).values_list("rule__name", flat=True)) == {"大保养"}


def test_a_row_that_was_committed_late_is_not_passed_over(branch: Any, imported: Any, today: date) -> None:
    """Its id was given out before last night's newest one; the mark stands a day behind."""
    cars = imported(3)
    forecast_branch(branch, today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_odometerreading', 'id'))")
        (early,) = cursor.fetchone()
    OdometerReading.objects.create(vehicle=cars[0], km=70_000, read_at=now())
    assert forecast_branch(branch, today + DAY) == 2
    OdometerReading.objects.create(pk=early, vehicle=cars[1], km=71_000, read_at=now())
    assert forecast_branch(branch, today + 2 * DAY) == 2
    assert ForecastMark.objects.get().reading_id > early


def test_averages_are_of_the_branch_alone(branch: Any, other_branch: Any, imported: Any, today: date) -> None:
    imported(5)
    forecast_branch(branch, today)
    forecast_branch(other_branch, today)
    assert set(GroupPace.objects.values_list("branch", "basis", "cars")) == {
        (branch.pk, "model", 5), (branch.pk, "brand", 5), (branch.pk, "branch", 5),
    }  # fmt: skip


def test_a_done_service_keeps_its_forecast(branch: Any, imported: Any, today: date) -> None:
    imported(1)
    forecast_branch(branch, today)
    DueForecast.objects.filter(rule__interval_km=10_000).update(
        closed_at=now(), due_on=date(2020, 1, 1), due_early_on=None, due_late_on=None
    )
    MaintenanceRule.objects.filter(interval_km=10_000).update(interval_km=9_000)
    assert forecast_branch(branch, today) == 0
    assert DueForecast.objects.filter(due_on=date(2020, 1, 1)).count() == 1


def test_another_odometer_since_the_service_counts_days(branch: Any, model: VehicleModel, today: date) -> None:
    """The service was at 20,000 km, 100 days ago; the new odometer began at zero and shows 2,000 now: 50 km a day."""
    car = Vehicle.objects.create(branch=branch, model=model, plate="粤B99999")
    minor = MaintenanceRule.objects.get(interval_km=10_000)
    for ago, km in ((300, 10_000), (200, 15_000), (100, 20_000), (60, 0), (40, 1_000), (0, 3_000)):
        OdometerReading.objects.create(vehicle=car, km=km, read_at=now() - ago * DAY)
    DueForecast.objects.create(
        vehicle=car, rule=minor, cycle=2, base_on=today - 100 * DAY, base_km=20_000, due_on=today, predicted_km=0,
        km_per_day=1, basis="own",
    )  # fmt: skip
    forecast_due(vehicle=car)
    row = DueForecast.objects.get(rule=minor)
    assert (row.km_per_day, row.due_km, row.due_on) == (50, 8_000, today + 100 * DAY)


def test_a_slip_at_the_service_itself_counts_days_too(branch: Any, model: VehicleModel, today: date) -> None:
    car = Vehicle.objects.create(branch=branch, model=model, plate="粤B99998")
    minor = MaintenanceRule.objects.get(interval_km=10_000)
    for ago, km in ((300, 10_000), (200, 15_000), (100, 200_000), (0, 25_000)):
        OdometerReading.objects.create(vehicle=car, km=km, read_at=now() - ago * DAY)
    DueForecast.objects.create(
        vehicle=car, rule=minor, cycle=2, base_on=today - 100 * DAY, base_km=200_000, due_on=today, predicted_km=0,
        km_per_day=1, basis="own",
    )  # fmt: skip
    forecast_due(vehicle=car)
    row = DueForecast.objects.get(rule=minor)
    assert (row.km_per_day, row.due_km, row.due_on) == (50, 30_000, today + 100 * DAY)


def test_the_same_number_of_queries_for_one_car_and_for_three(branch: Any, imported: Any, today: date) -> None:
    counts = []
    for number, first in ((1, 0), (3, 10)):
        imported(number, first=first)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            forecast_branch(branch, today)
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for inner in plan.get("Plans", ()) for node in _nodes(inner))]


@pytest.fixture
def looped(branch: Any, imported: Any, today: date) -> Callable[[], bool]:
    """Whether the block's statement would look through the forecasts (or an index of them) once for each car."""

    def ask() -> bool:
        found: list[bool] = []

        def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if "INSERT INTO customers_dueforecast" in sql and not sql.startswith("EXPLAIN"):
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                    plan = cursor.fetchone()[0][0]["Plan"]
                loops = [node for node in _nodes(plan) if node["Node Type"] == "Nested Loop"]
                inner = [one for loop in loops for one in _nodes(loop["Plans"][1])]
                found.append(any(one.get("Relation Name") == "customers_dueforecast" for one in inner))
            return execute(sql, params, many, context)

        imported(3, first=DueForecast.objects.count())
        with connection.execute_wrapper(explain):
            forecast_branch(branch, today)
        return found[0]

    return ask


def test_many_cars_are_never_looked_up_one_by_one(looped: Callable[[], bool], monkeypatch: Any) -> None:
    """Statistics taken while the first sweep still writes say that there are no forecasts: 200,000 cars took hours."""
    assert looped(), "the control: of few cars the planner loops, by an index or an empty table"
    monkeypatch.setattr(swept, "MANY", 3)
    assert not looped()
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone()[0] == "on"
