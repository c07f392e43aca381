"""The retained base over the months, and the shares of lapsed cars with the cars behind each number."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Brand, VehicleModel
from customers.models import PastVisit
from reception.models import WorkOrder
from retention.models import LapseCase
from retention.selectors import Group, lapse_shares, lapsed_page, retained_by_month, why_lapsed
from retention.selectors.overview import retained_cars

pytestmark = pytest.mark.django_db


@pytest.fixture
def was_here(in_shop: Any) -> Callable[..., None]:
    """`was_here(vehicle, (year, month, day), …)`: released at noon in Shenzhen on those days."""

    def make(vehicle: Any, *days: tuple[int, ...]) -> None:
        for day in days:
            order = in_shop(vehicle)
            at = datetime(*day[:3], *(day[3:] or (4,)), tzinfo=UTC)
            with pgtrigger.ignore():
                WorkOrder.objects.filter(pk=order.pk).update(
                    state="released", released_at=at, released_by=order.advisor, settled_at=at,
                    settled_by=order.advisor, arrived_at=at,
                )  # fmt: skip

    return make


def test_a_car_is_retained_for_twelve_months_from_its_visit(at: Any, branch: Any, car: Any, was_here: Any) -> None:
    with at(2026, 3, 10):
        was_here(car(), (2024, 11, 30), (2025, 6, 1))
        was_here(car(), (2025, 12, 31))
        found = {row.month_end: row.vehicles for row in retained_by_month(branch)}
    assert len(found) == 24
    assert found[date(2024, 10, 31)] == 0
    assert {found[day] for day in (date(2024, 11, 30), date(2025, 6, 30), date(2025, 11, 30))} == {1}
    assert found[date(2025, 12, 31)] == found[date(2026, 3, 31)] == 2


def test_visits_from_before_this_system_count_once_a_day(at: Any, branch: Any, car: Any, was_here: Any) -> None:
    """Two lines of one day are one visit; with the one here there are the two that the brand asks for."""
    Brand.objects.update(retained_visits=2)
    with at(2026, 3, 10):
        one, other = car(), car()
        for vehicle in (one, other):
            for work in ("机油", "滤芯"):
                PastVisit.objects.create(vehicle=vehicle, on=date(2025, 7, 5), work=work)
        was_here(one, (2025, 9, 1))
        found = {row.month_end: row.vehicles for row in retained_by_month(branch)}
        cars = [list(retained_cars(branch, day)) for day in (date(2025, 8, 31), date(2025, 9, 30), date(2026, 3, 31))]
    assert [found[day] for day in (date(2025, 8, 31), date(2025, 9, 30), date(2026, 3, 31))] == [0, 1, 1]
    assert cars == [[], [one], [one]]


def test_the_brand_says_how_many_visits_it_takes(at: Any, branch: Any, brand: Any, car: Any, was_here: Any) -> None:
    Brand.objects.update(retained_visits=2)
    with at(2026, 3, 10):
        was_here(car(), (2025, 1, 5), (2025, 4, 5), (2025, 11, 5))
        found = {row.month_end: row.vehicles for row in retained_by_month(branch)}
    # Two within twelve months: from April to December by the first two, from November to March by the last two.
    assert [found[date(2025, month, 31)] for month in (1, 3, 5, 12)] == [0, 0, 1, 1]
    assert found[date(2026, 3, 31)] == 1


def test_the_same_as_counting_every_month_anew(at: Any, branch: Any, brand: Any, car: Any, was_here: Any) -> None:
    Brand.objects.update(retained_visits=2)
    visits = {
        n: sorted((2023 + (n * m) % 4, 1 + (n + 5 * m) % 12, 1 + (n * 7 + m) % 28) for m in range(1, 6))
        for n in range(1, 9)
    }
    with at(2026, 12, 29):
        for days in visits.values():
            was_here(car(), *days)
        found = retained_by_month(branch)
    for row in found:
        last = row.month_end.year * 12 + row.month_end.month
        expected = sum(sum(last - 12 < year * 12 + month <= last for year, month, _day in days) >= 2
                       for days in visits.values())  # fmt: skip
        assert row.vehicles == expected, row.month_end


def test_released_just_after_midnight_counts_in_the_branchs_month(
    at: Any, branch: Any, car: Any, was_here: Any
) -> None:
    with at(2026, 3, 10):
        was_here(car(), (2026, 1, 31, 16))
        found = {row.month_end: row.vehicles for row in retained_by_month(branch)}
    assert (found[date(2026, 1, 31)], found[date(2026, 2, 28)]) == (0, 1)


def test_shares_and_the_cars_behind_them(
    at: Any, branch: Any, other_branch: Any, brand: Any, model: Any, minor: Any, car: Any, visited: Any, sweep: Any
) -> None:
    audi = VehicleModel.objects.create(brand=Brand.objects.create(name="奥迪", lapse_months=12), name="A6L")
    with at(2025, 3, 1):
        away = visited(car((25, 0), (0, 5_000)), date(2025, 2, 1))
        visited(car(model=audi), date(2025, 2, 1))
        visited(car(at=other_branch), date(2024, 1, 1))
        unknown = visited(car(model=None), date(2024, 1, 1))
    with at(2025, 9, 1):
        visited(car(), date(2025, 8, 30))
        sweep()
        told = [(row.label, row.fixed, row.predicted, row.lapsed, row.base) for row in lapse_shares(branch, "brand")]
        assert told == [("大众", 1, 1, 1, 2), ("奥迪", 0, 0, 0, 1), ("Unknown", 1, 0, 1, 1)]
        assert [(row.label, row.lapsed) for row in lapse_shares(branch, "rule")] == [("6 months", 1), ("12 months", 1)]
        for by in ("rule", "brand", "model", "advisor"):
            for row in lapse_shares(branch, by):  # type: ignore[arg-type]
                for kind, count in (("", row.lapsed), ("fixed", row.fixed), ("predicted", row.predicted)):
                    assert len(lapsed_page(branch, of=row.group, kind=kind)[0]) == count, (by, row.label, kind)
        assert [row.vehicle for row in lapsed_page(branch, of=Group("model", model.pk))[0]] == [away]
        assert [row.vehicle for row in lapsed_page(branch, of=Group("brand", None))[0]] == [unknown]
        assert lapse_shares(branch)[0].share == 0.5


def test_the_models_months_go_before_the_brands(at: Any, model: Any, car: Any, visited: Any, sweep: Any) -> None:
    type(model).objects.update(lapse_months=3)
    visited(car(), date(2025, 9, 15))
    with at(2025, 12, 14):
        assert sweep()["lapse"] == 0
    with at(2025, 12, 15):
        assert sweep()["lapse"] == 1
    case = LapseCase.objects.get()
    assert (case.allowed, case.allowed_by) == (3, "model")
    assert why_lapsed(case) == "No visit since Sept. 15, 2025, for longer than the 3 months set for the model."


def test_a_case_says_by_how_many_days_the_service_was_missed(at: Any, car: Any, sweep: Any, minor: Any) -> None:
    with at(2025, 3, 1):
        car(warranty_start_on=date(2025, 3, 1))
    with at(2025, 12, 21):
        sweep()
    case = LapseCase.objects.get()
    assert (case.allowed, case.allowed_by, case.owner) == (45, None, None)
    assert why_lapsed(case) == "Its service was due on Nov. 6, 2025, and more than 45 days have passed since."


def test_a_case_belongs_to_the_last_advisor_who_still_works_here(
    at: Any, car: Any, was_here: Any, visited: Any, sweep: Any, actor: Any
) -> None:
    one, two = visited(car(), date(2025, 1, 5)), visited(car(), date(2025, 1, 5))
    with at(2025, 8, 1):
        was_here(one, (2025, 1, 5))
        advisor = WorkOrder.objects.get(vehicle=one).advisor
        was_here(two, (2025, 1, 5))
        gone = WorkOrder.objects.get(vehicle=two).advisor
        assert gone != advisor
        gone.memberships.update(active=False)
        sweep()
    assert dict(LapseCase.objects.values_list("vehicle", "owner")) == {one.pk: advisor.pk, two.pk: None}


def test_the_same_queries_for_one_car_and_for_three(at: Any, branch: Any, car: Any, visited: Any, sweep: Any) -> None:
    counts = []
    for number in (1, 2):
        for _each in range(number):
            visited(car(), date(2024, 1, 1))
        sweep()
        with CaptureQueriesContext(connection) as queries:
            retained_by_month(branch)
            lapse_shares(branch, "advisor")
            lapsed_page(branch, of=Group("rule", 6))
        counts.append(len(queries))
    assert counts[0] == counts[1]
