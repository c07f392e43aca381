"""The next eight weeks: what is due, what comes of it, what is booked and what can be worked, by hand numbers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import DueForecast
from dms.clock import branch_day
from reception.models import Appointment
from retention.selectors.outlook import Week, due_cars, expected, next_monday, outlook_rows, weeks_of
from retention.services.backtest import backtest
from retention.services.tallies import write_tallies

pytestmark = pytest.mark.django_db
#: A Tuesday. The last eight weeks began on 13 January; the next ones begin on Monday, 16 March.
TODAY = date(2026, 3, 10)
MONDAY = date(2026, 3, 16)


@pytest.fixture
def forecast(car: Any, minor: Any) -> Any:
    """`forecast(due, early, late)`: a car that is due then."""

    def make(due: date, early: date | None = None, late: date | None = None, **more: Any) -> Any:
        vehicle = car()
        DueForecast.objects.filter(vehicle=vehicle).delete()
        DueForecast.objects.create(
            vehicle=vehicle, rule=minor, base_on=date(2025, 3, 1), base_km=0, due_on=due, predicted_km=9_000,
            km_per_day=30, due_early_on=early, due_late_on=late, basis="own", **more,
        )  # fmt: skip
        return vehicle

    return make


@pytest.fixture
def house(branch: Any, forecast: Any, past: Any, member: Any, at: Any) -> list[Any]:
    """Sixteen visits in eight weeks; of the four cars due in them three came. Next: one due, and one over two weeks."""
    advisor = member("service_advisor").user
    with at(2026, 3, 10):
        due = [forecast(date(2026, 1, 13) + timedelta(days=10 * n)) for n in range(4)]
        for n in range(16):
            came = datetime(2026, 1, 13, 2, tzinfo=UTC) + timedelta(days=3 * n)
            past(due[n % 3], came, advisor=advisor, lines=[("labour", 100, 0, "customer")])
        return [
            *due,
            forecast(MONDAY),
            forecast(MONDAY + timedelta(days=7), MONDAY + timedelta(days=4), MONDAY + timedelta(days=13)),
            forecast(MONDAY, closed_at=datetime(2026, 3, 1, tzinfo=UTC)),  # done already
            forecast(MONDAY + timedelta(days=56)),  # after the eight weeks
        ]


def test_the_rule_is_the_usual_week_and_the_share_of_what_is_due_more() -> None:
    assert expected(20, 0.5, 14, 10) == 22
    assert expected(20, 0.5, 4, 10) == 17
    assert expected(1, 1, 0, 10) == 0


def test_weeks_begin_on_mondays() -> None:
    assert [next_monday(day) for day in (date(2026, 3, 9), TODAY, date(2026, 3, 15))] == [MONDAY] * 3


def test_the_next_weeks_by_hand(branch: Any, house: Any) -> None:
    rows = outlook_rows(branch, TODAY)
    # 4 due in eight weeks is 0.5 a week; the band of ten days lies with 3 in the first week and with 7 in the second.
    assert rows == {
        "first": "2026-03-16", "usual": 2.0, "share": 0.75, "each": 0.0, "usual_due": 0.5,
        "due": [1.3, 0.7, 0, 0, 0, 0, 0, 0],
    }  # fmt: skip
    # 2 + 0.75 × (1.3 − 0.5) = 2.6, ± 1.96 × √2.6 = 3.16; 2 + 0.75 × 0.2 = 2.15; 2 − 0.75 × 0.5 = 1.625
    weeks = weeks_of(rows | {"each": 1.5})
    assert weeks[0] == Week(MONDAY, 2.6, 0.0, 5.8, 3.9)
    assert [week.visits for week in weeks[1:]] == [2.1, *[1.6] * 6]
    assert [week.first for week in weeks][-1] == date(2026, 5, 4)
    assert set(due_cars(branch, MONDAY)) == {house[4]}


def test_the_page_says_it_and_asks_the_same_for_more_cars(
    branch: Any, house: Any, forecast: Any, login: Any, time_machine: Any
) -> None:
    time_machine.move_to("2026-03-10T02:00:00Z")
    client = login("manager")
    type(client.membership.user).objects.update(language="en")
    write_tallies(branch, branch_day(branch))
    at = datetime(2026, 3, 17, 2, tzinfo=UTC)
    Appointment.objects.create(
        branch=branch, vehicle=house[4], customer=house[4].ownerships.get().customer, plate=house[4].plate, hours=1,
        advisor=client.membership.user, kind="maintenance", on=date(2026, 3, 17), starts_at=at,
        ends_at=at + timedelta(hours=1), source="online",
    )  # fmt: skip
    page = client.get(reverse("retention:outlook"))
    assert "2.6 visits are expected next week (0.0 to 5.8), 1 are booked; 14 in eight weeks." in page.text
    assert [point.value for point in page.context["visits"].series[1].points] == [1, *[0] * 7]
    first = page.context["visits"].series[0].points[0]
    assert client.get(first.href).text.count('class="l2"') == 1
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("retention:outlook"))
    forecast(MONDAY)
    with CaptureQueriesContext(connection) as again:
        client.get(reverse("retention:outlook"))
    assert len(asked) == len(again) <= 16
    assert client.get(reverse("retention:outlook_due", args=["2026-13-01"])).status_code == 404


def test_the_backtest_knows_only_what_was_known() -> None:
    """Ten cars come every 56 days in one same week of the eight; the mean spreads them over all."""
    start = date(2020, 1, 1)
    lines = [(f"{car}", start + timedelta(days=56 * n), 10 + 5_600 * n) for car in range(10) for n in range(12)]
    lines.append(("last", start + timedelta(days=56 * 11 + 55), 5))
    found = backtest(lines=lines).weeks
    assert found is not None
    assert (found.first, found.visits) == (start + timedelta(days=56 * 11 - 1), 10)
    assert found.share == 1.0
    # All ten came on the second day of the first week: the mean of 1.25 is out by 8.75 once and by 1.25 seven times.
    assert found.naive_error == 2.19
    # Ours is out by what the bands of the ten reach into the second week.
    assert found.error < 1
    assert backtest(lines=lines[:-1]).weeks is not None
    assert backtest(lines=[]).weeks is None
