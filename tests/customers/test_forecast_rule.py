"""What a car's readings say of its pace, whatever people have typed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.services.forecast_rule import paces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
READINGS = (
    "unnest(%(cars)s::bigint[], %(ids)s::bigint[], %(at)s::timestamptz[], %(km)s::int[])"
    " AS r (vehicle_id, id, read_at, km)"
)
ASKED = f"WITH {paces(READINGS)} SELECT pace, low, high, last_km, since_at FROM seen LEFT JOIN own USING (vehicle_id)"
SHARED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Said:
    """Pace, band, and the newest sound reading of one car."""

    pace: Decimal | None
    low: Decimal | None
    high: Decimal | None
    last_km: int
    since: datetime | None


def said(readings: list[tuple[float, int]]) -> Said:
    """Readings of (day, km) of one car."""
    values: dict[str, Any] = {
        "cars": [1] * len(readings),
        "ids": list(range(len(readings))),
        "at": [START + day * DAY for day, _km in readings],
        "km": [km for _day, km in readings],
    }
    with connection.cursor() as cursor:
        cursor.execute(ASKED, values)
        rows = cursor.fetchall()
    return Said(*rows[0]) if rows else Said(None, None, None, 0, None)


def steady(pace: int, visits: int, every: int = 180) -> list[tuple[float, int]]:
    """A car that drives `pace` km a day and comes every so many days."""
    return [(number * every, 100 + number * every * pace) for number in range(visits)]


@pytest.mark.parametrize(
    ("readings", "pace"),
    [
        ([], None),
        ([(0, 100)], None),
        ([(0, 100), (6, 400)], None),
        ([(0, 0), (10, 500)], Decimal("50.00")),
        ([(0, 0), (3, 100), (10, 500)], Decimal("53.57")),
        ([(0, 0), (10, 1)], Decimal("5.00")),
        ([(0, 0), (10, 5_000)], Decimal("400.00")),
        # More than a car can drive is a slip, and one slip and one reading say nothing.
        ([(0, 0), (10, 90_000)], None),
        # The other odometer begins at zero: both know the pace, and only the newer one goes on.
        ([(0, 50_000), (100, 54_000), (200, 300), (300, 4_300), (400, 8_300)], Decimal("40.00")),
    ],
)
def test_the_pace_of_some_readings(readings: list[tuple[float, int]], pace: Decimal | None) -> None:
    assert said(readings).pace == pace


def test_a_steady_car_has_a_narrow_band_and_two_readings_a_wide_one() -> None:
    many, two = said(steady(40, 12)), said(steady(40, 2))
    assert (many.low, many.pace, many.high) == (Decimal("33.97"), Decimal("40.00"), Decimal("46.03"))
    assert (two.low, two.pace, two.high) == (Decimal("20.00"), Decimal("40.00"), Decimal("60.00"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("a zero more", lambda km: km * 10),
        ("a zero less", lambda km: km // 10),
        ("miles", lambda km: int(km / 1.609)),
        ("a first digit", lambda km: km + 50_000),
        ("swapped digits", lambda km: int(str(km)[1] + str(km)[0] + str(km)[2:])),
    ],
)
@pytest.mark.parametrize("place", [1, 2, 3, 4, 5])
def test_one_slip_anywhere_moves_nothing(name: str, wrong: Any, place: int) -> None:
    readings = [(day, km + 23_000) for day, km in steady(41, 6)]
    readings[place] = (readings[place][0], wrong(readings[place][1]))
    found = said(readings)
    assert found.pace is not None
    assert abs(found.pace - 41) <= 41 * Decimal("0.35"), name


def test_a_low_newest_reading_waits_for_the_next_one() -> None:
    assert said([*steady(40, 4), (720, 600)]).last_km == 100 + 540 * 40
    found = said([*steady(40, 4), (720, 600), (900, 7_800)])
    assert (found.last_km, found.since, found.pace) == (7_800, START + 720 * DAY, Decimal("40.00"))


def test_the_earlier_of_two_may_have_been_the_slip() -> None:
    assert said([(0, 100), (180, 72_100), (360, 14_500)]).last_km == 14_500
    assert said([(0, 40_000), (180, 450_000), (360, 55_000)]).pace == Decimal("41.67")


@SHARED
@given(
    pace=st.integers(10, 150),
    visits=st.integers(7, 14),
    where=st.data(),
    wrong=st.integers(0, 999_999),
)
def test_one_typed_reading_moves_the_pace_less_than_a_third(pace: int, visits: int, where: Any, wrong: int) -> None:
    readings = steady(pace, visits, 150)
    place = where.draw(st.integers(0, visits - 1))
    readings[place] = (readings[place][0], wrong)
    found = said(readings)
    assert found.pace is not None
    assert abs(found.pace - pace) <= pace * Decimal("0.34")


@SHARED
@given(pace=st.integers(10, 150), visits=st.integers(4, 12), at=st.data(), shows=st.integers(0, 90))
def test_another_odometer_does_not_move_the_pace(pace: int, visits: int, at: Any, shows: int) -> None:
    readings = steady(pace, visits)
    place = at.draw(st.integers(2, visits - 2))
    drop = readings[place][1] - shows
    found = said([*readings[:place], *[(day, km - drop) for day, km in readings[place:]]])
    assert found.pace == pace


@SHARED
@given(pace=st.integers(20, 100), every=st.integers(60, 200), offset=st.integers(0, 364))
def test_holidays_and_the_season_even_out(pace: int, every: int, offset: int) -> None:
    """Twice as much in the four weeks round the spring festival, a third more in the summer."""
    total, km, readings = 0.0, [], []
    for day in range(2_000):
        place = (day + offset) % 365
        total += pace * (2 if 20 <= place < 48 else 1.33 if 180 <= place < 240 else 1)
        km.append(int(total))
    readings = [(float(day), km[day]) for day in range(0, 2_000, every)]
    mean = km[-1] / 2_000
    found = said(readings)
    assert found.pace is not None
    assert abs(float(found.pace) - mean) <= mean * 0.12


@SHARED
@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 3_000_000)), max_size=20))
def test_whatever_is_typed_the_band_holds_its_pace(readings: list[tuple[int, int]]) -> None:
    found = said([(float(day), km) for day, km in readings])
    if found.pace is not None:
        assert found.low is not None
        assert found.high is not None
        assert 5 <= found.low <= found.pace <= found.high <= 400
