"""The night's forecasts beside one hand-written statement, in a database of its own; and how good the forecasts are.

`python -m onebox.bench.forecasts sweep` is the process that sweeps, with the product's own code. Its cars come from
`generate_series`: ten readings each, half a year apart, every tenth car with a slip, every fiftieth with another
odometer, every twentieth too new to have a pace.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onebox.bench import data
from onebox.bench.data import Database
from onebox.bench.measure import Report, quantile_ms, tell
from onebox.environment import as_owner
from onebox.home import ROOT
from onebox.manage import command_line
from onebox.services import Services

#: Readings a car.
READINGS = 10
SYNTHETIC = "demo (synthetic)"
#: Cars of the largest database, the goal's; with `--quick` the smaller.
MANY, FEW = 500_000, 5_000
CATALOGUE = """
    WITH brands AS (
        INSERT INTO catalog_brand (name, name_en, lapse_months, retained_visits)
        SELECT 'Brand ' || n, '', 12, 1 FROM generate_series(1, 5) n RETURNING id
    ), models AS (
        INSERT INTO catalog_vehiclemodel (name, name_en, energy, brand_id)
        SELECT 'Model ' || n, '', 'petrol', id FROM brands CROSS JOIN generate_series(1, 6) n
    )
    INSERT INTO catalog_maintenancerule (name, name_en, brand_id, interval_km, interval_months, position)
    SELECT 'Service', '', id, 10000, 12, 0 FROM brands
"""
VEHICLES = """
    INSERT INTO customers_vehicle (version, branch_id, plate, plate_kind, vin, vin_tail, model_id, colour, incomplete,
        warranty_start_on)
    SELECT 1, %(branch)s, 'B' || lpad(car::text, 7, '0'), 'blue', 'LDMAB2300' || lpad(car::text, 8, '0'),
        right(lpad(car::text, 8, '0'), 6), (%(models)s::bigint[])[car %% cardinality(%(models)s::bigint[]) + 1], '',
        false, date '2019-01-01' + car %% 700
    FROM generate_series(1, %(cars)s) car
"""
ODOMETERS = """
    INSERT INTO customers_odometerreading (vehicle_id, km, read_at, source, reason, subject_key)
    SELECT id, CASE
            WHEN car %% 10 = 3 AND nth = 4 + car %% 5 THEN least(3000000, km * 10)
            WHEN car %% 50 = 7 AND nth > 6 THEN km - 6 * 180 * pace
            ELSE km END,
        timestamptz '2021-06-01 02:00Z' + make_interval(days => (nth * 180 + car * 7 %% 90 + nth * car %% 23)::int),
        'reception', '', ''
    FROM (
        SELECT v.id, v.id - min(v.id) OVER () AS car, 10 + v.id * 13 %% 90 AS pace FROM customers_vehicle v
    ) AS cars
    CROSS JOIN LATERAL generate_series(1, CASE WHEN car %% 20 = 1 THEN 1 ELSE %(readings)s END) nth
    CROSS JOIN LATERAL (SELECT 50 + nth * 180 * pace + nth * car %% 23 * pace AS km) AS driven
    ORDER BY nth, id
"""


def fill(cars: int) -> None:
    """Branch, price list, cars and readings, in the database of this process."""
    import django

    django.setup()
    from django.db import connection

    from accounts.models import Branch

    branch = Branch.objects.create(code="BENCH", name="Bench", legal_name="Bench")
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM catalog_vehiclemodel")
        values = {"branch": branch.pk, "models": cursor.fetchone()[0], "cars": cars, "readings": READINGS}
        cursor.execute(VEHICLES, values)
        cursor.execute(ODOMETERS, values)
        cursor.execute("VACUUM (ANALYZE)")


def _by_hand() -> str:
    """One statement for the whole branch, as somebody would write it who needs no locks, no blocks, no second run."""
    from customers.services import forecast_rule as rule

    paced = rule.PACED.replace("v.id = ANY(%(cars)s)", "v.branch_id = %(branch)s")
    return f"""
        WITH {rule.paces("customers_odometerreading")}, {paced}, {rule.STARTS}, {rule.DUES},
        kept AS (
            INSERT INTO customers_dueforecast (vehicle_id, rule_id, cycle, base_on, base_km, due_on, due_km,
                predicted_km, km_per_day, pace_low, pace_high, due_early_on, due_late_on, basis)
            SELECT vehicle_id, rule_id, cycle, base_on, base_km, due_on, due_km,
                last_km + floor(greatest(0, due_on - last_on) * pace), pace, low, high, early_on, late_on, basis
            FROM dues RETURNING 1
        ),
        carried AS (
            UPDATE customers_vehicle v SET km_per_day = n.own, next_due_on = n.due_on, next_due_km = n.due_km
            FROM (
                SELECT DISTINCT ON (paced.vehicle_id) paced.vehicle_id, own, due_on, due_km
                FROM paced JOIN dues USING (vehicle_id) ORDER BY paced.vehicle_id, due_on
            ) n WHERE v.id = n.vehicle_id RETURNING 1
        ) SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM carried)
    """  # noqa: S608  # constants


class Sweeping:
    """Both in turns, from the same state, in a process of its own."""

    def __init__(self) -> None:
        from accounts.models import Branch
        from dms.clock import branch_day

        self.branch = Branch.objects.get(code="BENCH")
        self.today = branch_day(self.branch)

    def execute(self, statement: str, values: dict[str, Any] | None = None) -> list[Any]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []

    def reset(self) -> None:
        """No forecasts; every car's row written once more, so that both find the same free space."""
        self.execute("TRUNCATE customers_dueforecast, customers_forecastmark, customers_grouppace CASCADE")
        self.execute("UPDATE customers_vehicle SET km_per_day = NULL, next_due_on = NULL, next_due_km = NULL")
        self.execute("VACUUM (ANALYZE) customers_vehicle")

    def by_hand(self) -> int:
        """Forecasts that one statement inserts."""
        from django.db import transaction

        with transaction.atomic():
            self.execute("SET LOCAL work_mem = '128MB'")
            return int(self.execute(_by_hand(), {"branch": self.branch.pk, "zone": self.branch.zone})[0][0])

    def ours(self, days: int = 0) -> int:
        """Forecasts that the product's sweep writes, so many days from today."""
        from datetime import timedelta

        from customers.services.forecast_sweep import forecast_branch

        return forecast_branch(self.branch, self.today + timedelta(days=days))

    def a_day_passes(self) -> int:
        """One car in three hundred is read again, past the services."""
        return len(self.execute(
            "INSERT INTO customers_odometerreading (vehicle_id, km, read_at, source, reason, subject_key) "
            "SELECT id, last.km + 900, last.read_at + interval '31 days', 'import', '', '' FROM customers_vehicle v "
            "CROSS JOIN LATERAL (SELECT km, read_at FROM customers_odometerreading o WHERE o.vehicle_id = v.id "
            "ORDER BY read_at DESC LIMIT 1) last WHERE v.id % 300 = 7 RETURNING 1"
        ))  # fmt: skip


def sweep(turns: int) -> dict[str, object]:
    """What each took, and the largest memory of this process."""
    import django

    django.setup()
    made = Sweeping()
    taken: dict[str, list[tuple[float, int]]] = {"by_hand": [], "ours": [], "again": [], "next_day": []}

    def timed(name: str, act: Callable[[], int]) -> None:
        began = time.perf_counter()
        rows = act()
        taken[name].append((time.perf_counter() - began, rows))

    for _turn in range(turns):
        made.reset()
        timed("by_hand", made.by_hand)
        made.reset()
        timed("ours", made.ours)
        made.execute("ANALYZE customers_dueforecast, customers_vehicle")  # as autovacuum will have done by then
        timed("again", made.ours)
        made.a_day_passes()
        timed("next_day", lambda: made.ours(1))
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"rss_mb": largest, "turns": turns} | {
        name: {"ms": quantile_ms([seconds for seconds, _rows in runs], 0.5), "rows": runs[0][1]}
        for name, runs in taken.items()
    }


def _process(database: Database, *arguments: str) -> str:
    command = [sys.executable, "-m", "onebox.bench.forecasts", *arguments]
    done = subprocess.run(command, env=as_owner(database.environment), cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        raise RuntimeError(f"forecasts: {' '.join(arguments)} did not run")
    return done.stdout


def measure(running: Services, report: Report, cars: int, *, fresh: bool = False) -> None:
    """Sweep of a database of `cars` cars: made once and kept."""
    tell(f"  forecasts of {cars:,} cars")
    database = data.provide_bare(running, f"dms_bench_forecast_{cars}", cars, _process, fresh=fresh)
    found = json.loads(_process(database, "sweep", "3" if cars <= FEW else "1").splitlines()[-1])
    ours, by_hand = found["ours"], found["by_hand"]
    report.line(
        "forecast: sweep", n=found["turns"], cars=cars, readings=database.rows()["customers_odometerreading"],
        p50_ms=ours["ms"], written=ours["rows"], by_hand_ms=by_hand["ms"], by_hand_written=by_hand["rows"],
        to_by_hand=round(ours["ms"] / by_hand["ms"], 2), rss_mb=found["rss_mb"],
    )  # fmt: skip
    report.line("forecast: second run", cars=cars, p50_ms=found["again"]["ms"], written=found["again"]["rows"])
    report.line("forecast: the next day", cars=cars, p50_ms=found["next_day"]["ms"], written=found["next_day"]["rows"])


def backtest(database: Database, report: Report, readings: Path | None) -> None:
    """The lines of `manage.py backtest`: on the demo, which is synthetic, or on a file."""
    told = ["--data", SYNTHETIC] if readings is None else ["--readings", str(readings.resolve())]
    _print_lines(database, report, "backtest", *told)


def promises(database: Database, report: Report) -> None:
    """The lines of `manage.py promise_backtest` on the demo's visits."""
    _print_lines(database, report, "promise_backtest", "--data", SYNTHETIC)


def _print_lines(database: Database, report: Report, *command: str) -> None:
    tell(f"  {command[0]}")
    done = subprocess.run(
        command_line(*command), env=as_owner(database.environment), cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        raise RuntimeError(f"{command[0]} did not run")
    for line in done.stdout.splitlines():
        found: dict[str, object] = json.loads(line)
        report.line(str(found.pop("name")), **found)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        print(json.dumps(sweep(int(sys.argv[2]))))
