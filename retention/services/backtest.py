"""How good the forecasts and the two definitions of lapse are: on readings of which the last are hidden.

What is measured is the rule itself (`customers.services.forecast_rule`), on a temporary table of visits: one a car and
day, the last reading of it. Nothing of the database is changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from customers.services import forecast_rule as rule
from retention.services.week_backtest import Weeks, judge_weeks, told

#: The horizon of the look-back on lapse: who did not come in so many days after the cut had stayed away.
AWAY_DAYS = 365
#: Only cars that came in so many days before the cut are judged; the others had been given up long before.
SEEN_DAYS = 730
FIXED_MONTHS = (3, 6, 12)
#: Days overdue after which the predicted definition lets go: the default of the rule `lapse.grace_days`.
GRACE_DAYS = 45

_TABLE = """
    CREATE TEMP TABLE backtest_visit (vehicle_id bigint, id bigint, read_at timestamptz, km int, interval_km int,
        interval_months int, naive_months int) ON COMMIT DROP
"""
#: Visits of this database; the intervals are those of the car's first rule.
_OWN = """
    INSERT INTO backtest_visit (vehicle_id, id, read_at, km, interval_km, interval_months, naive_months)
    SELECT DISTINCT ON (o.vehicle_id, (o.read_at AT TIME ZONE b.zone)::date) o.vehicle_id, o.id, o.read_at, o.km,
        r.interval_km, r.interval_months, r.interval_months
    FROM customers_odometerreading o JOIN customers_vehicle v ON v.id = o.vehicle_id
    JOIN accounts_branch b ON b.id = v.branch_id
    LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
    LEFT JOIN LATERAL (
        SELECT interval_km, interval_months FROM catalog_maintenancerule r
        WHERE r.model_id = m.id OR r.brand_id = m.brand_id ORDER BY r.position, r.id LIMIT 1
    ) r ON true
    ORDER BY o.vehicle_id, (o.read_at AT TIME ZONE b.zone)::date, o.read_at DESC, o.id DESC
"""
_ONE_A_DAY = """
    DELETE FROM backtest_visit WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY vehicle_id, read_at ORDER BY id DESC) AS nth FROM backtest_visit
        ) AS same WHERE nth > 1
    )
"""
#: A file does not say what its makers ask for: what its cars do, the last visit of each hidden, in whole months and
#: thousands of km. The naive forecast gets the best number of months there is, the median between two visits; the rule
#: gets the median of the km, and as its calendar limit the months within which nine of ten come.
_USUAL = """
    WITH usual AS MATERIALIZED (
        SELECT greatest(1, ceil(percentile_cont(0.9) WITHIN GROUP (ORDER BY days) / 30.44)) AS months,
            greatest(1, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days) / 30.44)) AS naive,
            greatest(1000, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY km) / 1000) * 1000) AS km
        FROM (
            SELECT date_part('day', read_at - lag(read_at) OVER visits) AS days, km - lag(km) OVER visits AS km,
                lead(id) OVER visits AS following
            FROM backtest_visit WINDOW visits AS (PARTITION BY vehicle_id ORDER BY read_at, id)
        ) AS gaps WHERE days >= 7 AND km > 0 AND following IS NOT NULL
    )
    UPDATE backtest_visit SET interval_months = usual.months, interval_km = usual.km, naive_months = usual.naive
    FROM usual WHERE backtest_visit.interval_km IS NULL AND backtest_visit.interval_months IS NULL
"""


#: The last visit of every car with three or more is hidden, and foretold from the others. A hidden reading that no car
#: could have driven to is a slip itself and left out.
_LAST = f"""
    WITH visits AS (
        SELECT *, row_number() OVER (PARTITION BY vehicle_id ORDER BY read_at DESC, id DESC) AS nth,
            count(*) OVER (PARTITION BY vehicle_id) AS visits
        FROM backtest_visit
    ),
    {told("SELECT * FROM visits WHERE nth > 1 AND visits > 2")},
    tried AS (
        SELECT d.*, h.read_at::date AS came_on, h.km, k.interval_km, k.naive_months,
            h.read_at::date - d.last_on AS days, h.read_at::date - d.base_on AS since_base,
            h.km >= d.last_km AND h.km - d.last_km <= {rule.IMPOSSIBLE} * (h.read_at::date - d.last_on) AS possible
        FROM dues d JOIN visits h ON h.vehicle_id = d.vehicle_id AND h.nth = 1
        JOIN visits k ON k.vehicle_id = d.vehicle_id AND k.nth = 2
    ),
    naive AS (
        SELECT *, (base_on + make_interval(months => COALESCE(naive_months, 12)))::date AS naive_on,
            base_km + COALESCE(interval_km, 10000) * since_base / (COALESCE(naive_months, 12) * 30.44) AS naive_km
        FROM tried WHERE possible
    )
    SELECT count(*), (SELECT count(*) FROM tried WHERE NOT possible), avg(abs(due_on - came_on)),
        avg(abs(naive_on - came_on)), avg(abs(last_km + pace * days - km)), avg(abs(naive_km - km)),
        avg((km BETWEEN last_km + low * days AND last_km + high * days)::int),
        avg((came_on BETWEEN early_on AND late_on)::int), avg((basis = 'true')::int),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY naive_months),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY interval_km)
    FROM naive
"""  # noqa: S608
#: Who had lapsed at the cut, by each definition, and who then stayed away.
_CUT = f"""
    WITH {told("SELECT * FROM backtest_visit WHERE read_at < %(cut)s")},
    judged AS (
        SELECT d.vehicle_id, k.last_on,
            d.due_on + %(grace)s <= %(cut)s::date AND k.last_on + %(grace)s <= %(cut)s::date AS predicted,
            NOT EXISTS (
                SELECT 1 FROM backtest_visit v WHERE v.vehicle_id = d.vehicle_id
                AND v.read_at >= %(cut)s AND v.read_at < %(cut)s + make_interval(days => %(away)s)
            ) AS away
        FROM dues d JOIN (SELECT vehicle_id, max(read_at)::date AS last_on FROM known GROUP BY vehicle_id) k
            USING (vehicle_id)
        WHERE k.last_on > %(cut)s::date - %(seen)s
    ),
    called AS (
        SELECT 'predicted' AS by, 0 AS months, predicted AS lapsed, away FROM judged
        UNION ALL
        SELECT 'fixed', months, last_on + make_interval(months => months) <= %(cut)s::date, away
        FROM judged CROSS JOIN unnest(%(months)s::int[]) AS months
    )
    SELECT by, months, count(*), count(*) FILTER (WHERE away), count(*) FILTER (WHERE lapsed),
        count(*) FILTER (WHERE lapsed AND away)
    FROM called GROUP BY by, months ORDER BY months
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Foretold:
    """Mean absolute errors of the hidden visits, ours and the naive ones; `in_band` are shares of 1.

    `slips` hidden readings were impossible. Naive: last visit + interval months; interval km in interval months.
    """

    cars: int
    slips: int
    days: float
    naive_days: float
    km: float
    naive_km: float
    km_in_band: float
    days_in_band: float
    own_pace: float
    naive_months: float | None
    interval_km: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One definition of lapse at the cut. `away` of `cars` did not come again in the year after it."""

    definition: str
    cars: int
    away: int
    lapsed: int
    right: int

    @property
    def precision(self) -> float | None:
        """Of those it called lapsed, the share that stayed away."""
        return round(self.right / self.lapsed, 3) if self.lapsed else None

    @property
    def recall(self) -> float | None:
        """Of those that stayed away, the share that it called lapsed."""
        return round(self.right / self.away, 3) if self.away else None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What was found; None and empty where there are too few readings. `cut_on` is the day of the look-back."""

    visits: int
    foretold: Foretold | None
    cut_on: date | None
    judged: list[Judged]
    weeks: Weeks | None = None


def _rows(statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def _copy(lines: Iterable[tuple[str, date, int]]) -> None:
    """The lines as visits, in the order of the file; a vehicle is a number and no longer a name."""
    numbers: dict[str, int] = {}
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY backtest_visit (vehicle_id, id, read_at, km) FROM STDIN") as copy,
    ):
        for place, (vehicle, day, km) in enumerate(lines):
            copy.write_row((numbers.setdefault(vehicle, len(numbers)), place, f"{day}T00:00:00Z", km))


@transaction.atomic
def backtest(*, lines: Iterable[tuple[str, date, int]] | None = None) -> Backtest:
    """On lines of (vehicle, date, km), or on all readings of this database."""
    _rows("SET LOCAL work_mem = '64MB'")
    _rows("SET LOCAL enable_nestloop = off")  # the parts of a statement have no statistics, and a loop is quadratic
    _rows("SET LOCAL TIME ZONE 'UTC'")
    _rows("DROP TABLE IF EXISTS pg_temp.backtest_visit")
    _rows(_TABLE)
    if lines is None:
        _rows(_OWN)
    else:
        _copy(lines)
        _rows("ANALYZE backtest_visit")
        _rows(_ONE_A_DAY)
    _rows("ANALYZE backtest_visit")  # no autovacuum knows a temporary table, and without it the plans are loops
    _rows(_USUAL)
    ((visits, latest),) = _rows("SELECT count(*), max(read_at)::date FROM backtest_visit")
    cut = latest - timedelta(days=AWAY_DAYS) if latest else None
    return Backtest(visits, _foretold(), cut, _judged(cut) if cut else [], judge_weeks(latest) if latest else None)


def _foretold() -> Foretold | None:
    ((cars, slips, *figures),) = _rows(_LAST)
    rounded = [None if value is None else round(float(value), 3) for value in figures]
    return Foretold(cars, slips, *rounded) if cars else None  # type: ignore[arg-type]  # averages of one row or more


def _judged(cut: date) -> list[Judged]:
    values = {"cut": cut, "grace": GRACE_DAYS, "away": AWAY_DAYS, "seen": SEEN_DAYS, "months": list(FIXED_MONTHS)}
    return [Judged(f"{by} {months} months" if months else by, *counts) for by, months, *counts in _rows(_CUT, values)]
