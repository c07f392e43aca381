"""Cohorts, the curve of the next visit, and what contact does: by hand numbers, each opening its list."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import Brand, VehicleModel
from customers.models import PastVisit
from dms.clock import branch_day, now
from reception.models import WorkOrder
from records.models import DatedRule
from retention.models import CallTask, Campaign, CampaignMember, LapseCase
from retention.selectors.cohorts import Cohort, cohort_cars, cohort_rows, cohorts_of
from retention.selectors.overview import cars_of
from retention.selectors.survival import gaps, survival
from retention.selectors.winback import chosen, compared, drawn, winback_cars
from retention.services.calling import record_try
from retention.services.calls import open_call
from retention.services.tallies import write_tallies

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 10)
PAGE = reverse("retention:returns")


@pytest.fixture
def seen(car: Any) -> Any:
    """`seen((2024, 12, 1), …, year=…)`: a car that an old list knows from those days."""

    def make(*days: tuple[int, int, int], **values: Any) -> Any:
        vehicle = car(**values)
        for day in days:
            PastVisit.objects.create(vehicle=vehicle, on=date(*day), work="机油")
        return vehicle

    return make


@pytest.fixture
def cars(branch: Any, seen: Any, at: Any) -> dict[str, Any]:
    """The brand's cars have six months, Audis twelve. The window of the first is from 10 Sept. 2024 to 9 Sept. 2025."""
    audi = VehicleModel.objects.create(brand=Brand.objects.create(name="奥迪", lapse_months=12), name="A6L")
    with at(2026, 3, 10):
        return {
            # Back on the last day that counts, one day late, never, back after long.
            "in_time": seen((2025, 1, 15), (2025, 7, 14), year=2023),
            "late": seen((2025, 1, 15), (2025, 7, 15), year=2023),
            "never": seen((2025, 9, 9), year=2023),
            "before": seen((2024, 9, 9), (2025, 9, 10), year=2023),  # neither visit is in the window
            "first": seen((2024, 9, 10), (2025, 2, 1), (2025, 8, 1), year=2022),
            # Twelve months: from 10 March 2024 to 9 March 2025.
            "audi": seen((2025, 3, 9), (2026, 3, 8), year=2022, model=audi),
            "unknown": seen((2024, 3, 10), model=None),
        }


def test_a_cohort_is_of_those_that_have_had_their_months(branch: Any, cars: Any) -> None:
    rows = cohorts_of("year", cohort_rows(branch, "year", TODAY))
    assert rows == [Cohort(2022, "2022", 2, 2), Cohort(2023, "2023", 3, 1), Cohort(None, "Unknown", 1, 0)]
    assert rows[1].percent == 33.3
    brands = cohorts_of("brand", cohort_rows(branch, "brand", TODAY))
    assert [(row.label, row.cars, row.back) for row in brands] == [("大众", 4, 2), ("奥迪", 1, 1), ("Unknown", 1, 0)]


def test_every_cohort_opens_its_cars(branch: Any, cars: Any) -> None:
    def listed(key: int | None, *, back: bool | None) -> set[Any]:
        return set(cohort_cars(branch, "year", key, TODAY, back=back))

    assert listed(2023, back=True) == {cars["in_time"]}
    assert listed(2023, back=False) == {cars["late"], cars["never"]}
    assert listed(None, back=None) == {cars["unknown"]}
    for by in ("seen", "year", "age", "brand", "advisor"):
        for key, _name, _english, number, back, _young in cohort_rows(branch, by, TODAY):  # type: ignore[arg-type]
            assert cohort_cars(branch, by, key, TODAY).count() == number, by  # type: ignore[arg-type]
            assert cohort_cars(branch, by, key, TODAY, back=True).count() == back, by  # type: ignore[arg-type]


def test_a_list_may_be_longer_than_a_statement_has_values(cars: Any) -> None:
    assert set(cars_of([*range(-70_000, 0), cars["late"].pk])) == {cars["late"]}


def test_by_month_a_cohort_is_young_until_all_have_had_their_months(branch: Any, cars: Any) -> None:
    rows = {
        row.label: (row.cars, row.back, row.young) for row in cohorts_of("seen", cohort_rows(branch, "seen", TODAY))
    }
    assert rows["25-01"] == (2, 1, False)
    assert rows["25-09"] == (2, 0, False)  # that of the 10th had until yesterday
    assert rows["26-03"] == (1, 0, True)
    assert "24-03" not in rows


def test_the_age_is_that_of_the_day_and_the_advisor_who_received_it(
    branch: Any, seen: Any, past: Any, member: Any, at: Any
) -> None:
    advisor = member("service_advisor").user
    with at(2026, 3, 10):
        one = seen(warranty_start_on=date(2022, 3, 1))
        past(one, now() - timedelta(days=378), advisor=advisor)  # 25 February 2025: two years and some
    ages = cohorts_of("age", cohort_rows(branch, "age", TODAY))
    assert [(row.label, row.cars) for row in ages] == [("2 years", 1)]
    assert [(row.key, row.label) for row in cohorts_of("advisor", cohort_rows(branch, "advisor", TODAY))] == [
        (advisor.pk, advisor.name)
    ]


def test_the_curve_by_hand() -> None:
    """Kaplan–Meier of 10 visits: 2 return on day 30, 1 censored on day 40, 3 return on day 61, 4 censored on day 400.

    After a month 8 / 10; on day 61 seven are at risk: 0.8 × 4 / 7 = 0.4571.
    """
    curve = survival([(61, 3, 0), (30, 2, 0), (40, 0, 1), (400, 0, 4)])
    at = {row.months: row for row in curve}
    assert [(at[n].away, at[n].at_risk) for n in (0, 1, 2)] == [(1.0, 10), (0.8, 8), (0.8, 7)]
    assert (round(at[3].away, 4), at[3].at_risk) == (0.4571, 4)
    # Greenwood: 0.4571 × √(2 / (10 × 8) + 3 / (7 × 4)) = 0.4571 × 0.3635 = 0.1662
    assert round((at[3].away - at[3].low) / 1.959964, 4) == 0.1662
    assert (curve[-1].months, curve[-1].at_risk) == (14, 0)
    assert survival([]) == []


def test_a_gap_is_counted_in_days_and_who_is_not_back_is_censored(branch: Any, seen: Any, at: Any) -> None:
    with at(2026, 3, 10):
        seen((2026, 1, 1), (2026, 1, 31))
        seen((2026, 3, 9))
        seen((2022, 1, 1))  # too long ago to be followed
    assert gaps(branch, TODAY) == [(1, 0, 1), (30, 1, 0), (38, 0, 1)]


@pytest.fixture
def cases(branch: Any, car: Any, past: Any, member: Any, actor: Any, at: Any) -> list[Any]:
    """Five lapsed cars: spoken to and came, spoken to, not spoken to and came, neither, and one back at once."""
    advisor = member("service_advisor").user
    with at(2025, 6, 1):
        found = [car() for _ in range(5)]
        for vehicle in found:
            LapseCase.objects.create(
                vehicle=vehicle, kind="fixed", opened_on=date(2025, 6, 1), last_visit_on=date(2024, 6, 1)
            )
        for vehicle in found[:2]:
            owner = vehicle.ownerships.get().customer
            open_call(branch=branch, kind="lapse", vehicle=vehicle, customer=owner, subject_key=f"lapse:{vehicle.pk}",
                      due_on=date(2025, 6, 1))  # fmt: skip
            task = CallTask.objects.get(vehicle=vehicle)
            record_try(actor=actor("crm"), task_id=task.pk, outcome="reached")
    with at(2025, 7, 10):
        past(found[0], now(), advisor=advisor)
        past(found[2], now(), advisor=advisor)
    with at(2025, 6, 10):
        order = past(found[4], now(), advisor=advisor)
        LapseCase.objects.filter(vehicle=found[4]).update(
            state="returned", returned_at=order.released_at, returned_order=order
        )
    return found


def test_contact_is_compared_from_a_day_on_which_all_are_still_away(branch: Any, cases: Any) -> None:
    assert chosen(branch, TODAY) == [1, 2, 1, 2]
    found = compared([12, 40, 9, 60])
    made = found.difference
    assert made is not None
    # 30 % less 15 %. Wilson: 18.1 to 45.4 % and 8.1 to 26.1 %;
    # 0.15 − √(0.119² + 0.111²) to 0.15 + √(0.154² + 0.069²).
    assert [round(value, 3) for value in (made.difference, made.low, made.high)] == [0.15, -0.013, 0.319]
    assert set(winback_cars(branch, TODAY, contacted=True, came=False)) == set(cases[:2])
    assert set(winback_cars(branch, TODAY, contacted=False, came=True)) == {cases[2]}
    assert chosen(branch, date(2025, 9, 28)) == [0, 0, 0, 0], "nobody has had the 120 days yet"


def test_by_lot_only_lapsed_members_whose_window_is_over_count(branch: Any, cases: Any, at: Any, actor: Any) -> None:
    with at(2025, 7, 1):
        campaign = Campaign.objects.create(
            branch=branch, name="回厂", offer="9折", until_on=date(2025, 12, 31), holdout_percent=50, window_days=45,
        )  # fmt: skip
        for place, (vehicle, held) in enumerate(zip(cases, (False, True, True, False, False), strict=True), 1):
            owner = vehicle.ownerships.get().customer
            CampaignMember.objects.create(
                campaign=campaign, vehicle=vehicle, customer=owner, place=place, held_out=held, wave_on=date(2025, 7, 1)
            )
    for vehicle in cases:
        WorkOrder.objects.filter(vehicle=vehicle).update(owner=vehicle.ownerships.get().customer)
    # The last one had come back before its turn: contacted 1 of 2 came, held out 1 of 2.
    assert drawn(branch, TODAY) == [1, 2, 1, 2]
    assert drawn(branch, date(2025, 8, 15)) == [0, 0, 0, 0], "the windows last until that day"


def test_the_page_tells_it_and_every_bar_opens_so_many_cars(
    branch: Any, cars: Any, cases: Any, login: Any, time_machine: Any
) -> None:
    time_machine.move_to("2026-03-10T02:00:00Z")
    client = login("manager")
    type(client.membership.user).objects.update(language="en")
    DatedRule.objects.create(branch=branch, key="target.return", value=70, valid_from=date(2026, 1, 1))
    empty = client.get(PAGE)
    write_tallies(branch, branch_day(branch))
    page = client.get(PAGE)
    told = "2023: of 3 cars, 1 came again within the months set for them (33.3 %). Target: 70 %."
    assert told in page.text
    assert told in empty.text, "the same before the first night"
    assert "1 of 2 contacted cars came, and 1 of 2 others. +0.0 points" in page.text
    assert "This may be chance." in page.text
    assert "There is nothing to compare yet." in page.text, "no campaign held anybody out"
    for by in ("seen", "age", "brand", "advisor"):
        assert client.get(PAGE, {"by": by, "show": "lapse"}).status_code == 200
    for chart in ("cohorts", "chosen"):
        for point in page.context[chart].series[0].points:
            rows = client.get(point.href).text.count('class="l2"')
            assert f"{rows} / " in point.told or f"/ {rows}" in point.told, point
    for wrong in ("cars/?by=year&key=x", "contact/moon/"):
        assert client.get(f"{PAGE}{wrong}").status_code == 404
