"""How good the forecast of visits by week is: the last eight weeks, from what was known when they began.

On the table of visits of `retention.services.backtest`. The rule is that of `retention.selectors.outlook`; what was due
is foretold from the visits before the weeks alone, and the share that comes and the usual number are those of the eight
weeks before. Beside it stands the naive forecast: that usual number, every week.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from customers.services import forecast_rule as rule
from retention.selectors.outlook import WEEKS, expected


def told(visits: str) -> str:
    """CTEs up to `dues`: what the rule says of the cars in `visits`, counted from the last visit it knows of each."""
    return f"""
    known AS ({visits}),
    {rule.paces("known")},
    everyone AS (SELECT round(avg(pace), 2) AS pace, round(avg(low), 2) AS low, round(avg(high), 2) AS high FROM own),
    starts AS (
        SELECT k.vehicle_id, 0 AS rule_id, 1 AS cycle, k.read_at::date AS base_on, k.km AS base_km,
            COALESCE(o.pace, e.pace, {rule.ASSUMED}) AS pace, COALESCE(o.low, e.low, {rule.ASSUMED_LOW}) AS low,
            COALESCE(o.high, e.high, {rule.ASSUMED_HIGH}) AS high, (o.pace IS NOT NULL)::text AS basis,
            k.interval_km, k.interval_months, s.last_at::date AS seen_on, s.last_km AS seen_km,
            s.since_at::date AS since_on
        FROM (SELECT DISTINCT ON (vehicle_id) * FROM known ORDER BY vehicle_id, read_at DESC, id DESC) k
        JOIN seen s USING (vehicle_id) LEFT JOIN own o USING (vehicle_id) CROSS JOIN everyone e
        WHERE k.interval_km > 0 OR k.interval_months > 0
    ),
    {rule.DUES}"""  # noqa: S608  # constants


#: Cars due by week, each in the part of its band that lies there, of what was known on `first`; and of those due in
#: these weeks, how many there are and how many came.
_DUE = f"""
    WITH {told("SELECT * FROM backtest_visit WHERE read_at < %(first)s")},
    bands AS (
        SELECT vehicle_id, due_on, coalesce(early_on, due_on) AS early, coalesce(late_on, due_on) AS late
        FROM dues WHERE due_on IS NOT NULL
    )
    SELECT n, coalesce(sum(
        greatest(0, least(late, %(first)s::date + 7 * n + 6) - greatest(early, %(first)s::date + 7 * n) + 1)::float8
        / (late - early + 1)), 0),
        count(*) FILTER (WHERE due_on >= %(first)s AND due_on < %(end)s),
        count(*) FILTER (WHERE due_on >= %(first)s AND due_on < %(end)s AND EXISTS (
            SELECT 1 FROM backtest_visit v
            WHERE v.vehicle_id = bands.vehicle_id AND v.read_at >= %(first)s AND v.read_at < %(end)s))
    FROM generate_series(0, %(weeks)s - 1) n LEFT JOIN bands ON true GROUP BY n ORDER BY n
"""  # noqa: S608  # constants
_CAME = """
    SELECT (read_at::date - %(first)s::date) / 7, count(*) FROM backtest_visit
    WHERE read_at >= %(first)s AND read_at < %(end)s GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Weeks:
    """Mean absolute errors in visits a week, over eight weeks from `first` on: ours, and the naive one."""

    first: date
    visits: int
    share: float
    error: float
    naive_error: float


def judge_weeks(latest: date) -> Weeks | None:
    """The last whole weeks before the latest visit; None when nothing came in the weeks before them."""
    first = latest - timedelta(days=7 * WEEKS)
    before = first - timedelta(days=7 * WEEKS)
    usual = sum(_came(before)) / WEEKS
    if not usual:
        return None
    past, due, came = _due(before)
    share = came / due if due else 0.0
    usual_due = sum(past) / WEEKS
    ours = [expected(usual, share, number, usual_due) for number in _due(first)[0]]
    real = _came(first)
    error = sum(abs(one - other) for one, other in zip(ours, real, strict=True)) / WEEKS
    naive = sum(abs(usual - one) for one in real) / WEEKS
    return Weeks(first, sum(real), round(share, 3), round(error, 2), round(naive, 2))


def _came(first: date) -> list[int]:
    """Visits of each of the weeks from `first` on."""
    with connection.cursor() as cursor:
        cursor.execute(_CAME, {"first": first, "end": first + timedelta(days=7 * WEEKS)})
        found = dict(cursor.fetchall())
    return [found.get(week, 0) for week in range(WEEKS)]


def _due(first: date) -> tuple[list[float], int, int]:
    """By week what was due as known on `first`; how many cars, and how many of them came."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"first": first, "end": first + timedelta(days=7 * WEEKS), "weeks": WEEKS})
        rows = cursor.fetchall()
    return [row[1] for row in rows], rows[0][2], rows[0][3]
