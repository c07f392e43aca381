"""The backtest measures what it says: known cars, known errors."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Vehicle
from retention.services.backtest import backtest

pytestmark = pytest.mark.django_db
START = date(2020, 1, 1)


def every(car: str, days: int, pace: int, visits: int) -> list[tuple[str, date, int]]:
    """A car that comes every so many days and drives `pace` km a day."""
    return [(car, START + timedelta(days=days * n), 10 + days * n * pace) for n in range(visits)]


def test_steady_cars_are_foretold_exactly() -> None:
    """Each drives its 10,000 km between two visits, in 100, 125 or 200 days; the naive way knows one number."""
    lines = [line for n in range(30) for line in every(f"{n}", (100, 125, 200)[n % 3], (100, 80, 50)[n % 3], 9)]
    found = backtest(lines=lines).foretold
    assert found is not None
    assert (found.cars, found.slips, found.days, found.km) == (30, 0, 0.0, 0.0)
    assert found.naive_days > 20
    assert (found.km_in_band, found.days_in_band, found.own_pace, found.interval_km) == (1.0, 1.0, 1.0, 10_000)


def test_an_impossible_hidden_reading_is_left_out() -> None:
    lines = [line for n in range(5) for line in every(f"{n}", 100, 100, 6)]
    lines[-1] = (lines[-1][0], lines[-1][1], 2_000_000)
    found = backtest(lines=lines).foretold
    assert found is not None
    assert (found.cars, found.slips) == (4, 1)


def test_who_stayed_away_is_found_by_the_definition_that_fits() -> None:
    """Heavy drivers lost for 150 days are seen by prediction; six months call those lapsed who come every 200 days."""
    cut = START + timedelta(days=2_000)
    lost = [line for n in range(4) for line in every(f"L{n}", 50, 200, 38)]  # last at day 1,850
    here = [line for n in range(4) for line in every(f"H{n}", 200, 50, 11)]
    here += [(f"H{n}", cut + timedelta(days=30), 101_510) for n in range(4)]
    last = [("X", cut + timedelta(days=365), 5)]
    found = backtest(lines=lost + here + last)
    assert found.cut_on == cut
    by = {row.definition: (row.cars, row.away, row.lapsed, row.precision, row.recall) for row in found.judged}
    assert by == {
        "predicted": (8, 4, 4, 1.0, 1.0),
        "fixed 3 months": (8, 4, 8, 0.5, 1.0),
        "fixed 6 months": (8, 4, 4, 0.0, 0.0),
        "fixed 12 months": (8, 4, 0, None, 0.0),
    }


def test_the_readings_of_the_database_and_nothing_changed(car: Any, minor: Any) -> None:
    car((300, 1_000), (200, 6_000), (100, 11_000), (0, 16_000), warranty_start_on=date(2020, 1, 1))
    before = list(Vehicle.objects.values())
    found = backtest()
    assert found.foretold is not None
    assert (found.visits, found.foretold.cars, found.foretold.km, found.foretold.days) == (4, 1, 0.0, 100.0)
    assert list(Vehicle.objects.values()) == before
    assert backtest() == found


def test_nothing_to_say_without_readings() -> None:
    assert backtest(lines=[]).foretold is None
    assert backtest().judged == []


def run(*arguments: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("backtest", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_command_on_a_file(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = [f"{car},{day},{km},km" for car, day, km in every("粤B1", 100, 100, 9) + every("粤B2", 100, 100, 9)]
    path.write_text("\n".join(["车牌,日期,里程,单位", *rows, "粤B3,x,1,km"]), encoding="gb18030")
    lines = run("--readings", str(path))
    assert [line["name"] for line in lines] == [
        "backtest: the last visit", "backtest: lapsed, predicted", "backtest: lapsed, fixed 3 months",
        "backtest: lapsed, fixed 6 months", "backtest: lapsed, fixed 12 months",
        "backtest: visits of the last eight weeks", "backtest: the file",
    ]  # fmt: skip
    assert (lines[0]["cars"], lines[0]["mae_days"], lines[0]["data"]) == (2, 0.0, "file r.csv")
    assert (lines[-1]["lines_read"], lines[-1]["bad_lines"], lines[-1]["first_bad"]) == (18, 1, [[20, "no date"]])


def test_the_command_without_readings_and_without_the_file(tmp_path: Path) -> None:
    assert run() == [{"name": "backtest: too few readings", "visits": 0, "data": "this database"}]
    with pytest.raises(CommandError, match="No such file"):
        run("--readings", str(tmp_path / "none.csv"))
