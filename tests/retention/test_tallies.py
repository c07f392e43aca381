"""What the night counts is what the page would count itself, and costs it a row."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import PastVisit
from dms.clock import branch_day, now
from retention.models import Measured, Reminder, Tally
from retention.selectors import lapse_shares, retained_by_month
from retention.selectors.base import shares_of
from retention.selectors.overview import Period, funnel, funnel_orders, funnel_revenue
from retention.selectors.tallies import TALLIES, counted
from retention.services.rollup import prove
from retention.services.tallies import write_night

pytestmark = pytest.mark.django_db
OVERVIEW = reverse("retention:overview")


@pytest.fixture
def due_and_came(branch: Any, car: Any, minor: Any, past: Any, member: Any, today: date) -> list[Any]:
    """Three cars due ten days ago; one came twice for 300 and 50 (20 of it goodwill), one a year before, one never."""
    advisor, cars = member("service_advisor").user, [car() for _ in range(3)]
    for vehicle in cars:
        Reminder.objects.create(vehicle=vehicle, rule=minor, cycle=1, due_on=today - timedelta(days=10))
    labour = [("labour", 200, 0, "customer"), ("part", 100, 40, "insurer"), ("labour", 20, 0, "goodwill")]
    past(cars[0], now() - timedelta(days=9), advisor=advisor, lines=labour)
    past(cars[0], now() - timedelta(days=2), advisor=advisor, lines=[("part", 50, 10, "customer")])
    past(cars[1], now() - timedelta(days=400), advisor=advisor, lines=[("part", 70, 10, "customer")])
    return cars


def test_revenue_is_that_of_the_visits_near_their_due_date(branch: Any, due_and_came: Any, today: date) -> None:
    period = Period(today - timedelta(days=30), today)
    assert (funnel(branch, period).due, funnel(branch, period).arrived) == (3, 1)
    assert funnel_revenue(branch, period) == Decimal(350)
    assert sorted(row.revenue for row in funnel_orders(branch, period)) == [50, 300]
    assert funnel_revenue(branch, Period(today - timedelta(days=9), today)) == 0


def test_the_night_keeps_what_the_selectors_say_and_twice_changes_nothing(
    branch: Any, due_and_came: Any, today: date
) -> None:
    assert write_night(branch, today) > 0
    assert write_night(branch, today) == 0
    kept = counted(branch, TALLIES)
    assert {name: row.rows for name, row in kept.items()} == {
        name: count(branch, today) for name, count in TALLIES.items()
    }
    assert shares_of("brand", kept["shares:brand"].rows) == lapse_shares(branch, "brand")
    assert Tally.objects.filter(branch=branch).count() == len(TALLIES)


def test_a_page_says_as_of_when_it_is_and_tomorrow_shows_more(
    branch: Any, due_and_came: Any, minor: Any, car: Any, login: Any, today: date
) -> None:
    yesterday = today - timedelta(days=1)
    write_night(branch, yesterday)
    client = login("manager")
    type(client.membership.user).objects.update(language="en")
    Reminder.objects.create(vehicle=car(), rule=minor, cycle=1, due_on=yesterday)
    page = client.get(OVERVIEW)
    assert [step.cars for step in page.context["steps"]] == [3, 0, 0, 1, 1]
    assert f"Counted on {yesterday}" in page.text
    assert "¥350.00" in page.text
    write_night(branch, today)
    assert [step.cars for step in client.get(OVERVIEW).context["steps"]] == [4, 0, 0, 1, 1]
    rows = client.get(reverse("retention:overview_step", args=["revenue"]))
    assert [row["value"] for row in rows.context["rows"]] == [300, 50]


def test_the_overview_asks_no_statement_about_all_cars(branch: Any, due_and_came: Any, login: Any, today: date) -> None:
    write_night(branch, today)
    client = login("manager")
    client.get(OVERVIEW)
    with CaptureQueriesContext(connection) as asked:
        client.get(OVERVIEW)
    told = [query["sql"] for query in asked if "retention_reminder" in query["sql"] or "lapsecase" in query["sql"]]
    assert told == []
    assert len(asked) <= 14, "\n".join(query["sql"] for query in asked)


def test_the_retained_base_is_read_from_the_roll_up_and_is_what_would_be_counted(
    branch: Any, car: Any, past: Any, member: Any, at: Any
) -> None:
    """Also for months before the first order here, and when an old list comes after the first night."""
    advisor = member("service_advisor").user
    with at(2026, 3, 10):
        one, other = car(), car(model=None)
        past(one, now() - timedelta(days=40), advisor=advisor)
        PastVisit.objects.create(vehicle=one, on=date(2024, 6, 1), work="机油")
        live = retained_by_month(branch)
        write_night(branch, branch_day(branch))
        assert retained_by_month(branch) == live
        assert [row.vehicles for row in live] == [0, 0, *[1] * 12, *[0] * 7, 1, 1, 1]
        PastVisit.objects.create(vehicle=other, on=date(2025, 9, 1), work="机油")
        write_night(branch, branch_day(branch))
        late = [row.vehicles for row in retained_by_month(branch)]
        assert late == [0, 0, *[1] * 12, *[0] * 3, *[1] * 4, 2, 2, 2]
        assert prove(branch).mended == 0
        assert Measured.objects.filter(branch=branch, measure="base", on=date(2026, 3, 1)).count() == 2
    with at(2026, 4, 1):
        assert [row.month_end for row in retained_by_month(branch)][-1] == date(2026, 3, 31)
