"""What the next eight weeks will bring: visits and sold hours, by week.

A week is expected to be like a mean week of the last eight, but for what is due: for each car more than in a mean week,
the share of due cars that came. A car that is due counts in every week that the band of its forecast reaches, with the
part of the band that lies in it (`customers` DueForecast: early to late). The interval is that of a count that comes by
itself (Poisson, 1.96 × √n). Hours: visits × sold hours of a visit in the last eight weeks. `manage.py backtest` tells
how far this rule would have been out, beside the mean alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Branch
from customers.models import DueForecast, Vehicle
from dms.clock import day_bounds
from retention.selectors.campaigns import NO_VISIT
from retention.selectors.key_figures import Period, sums
from retention.uplift import Z

WEEKS: Final = 8
#: Cars by week, each once: with the forecast of it that is due first. Those that are done are none of the future.
_DUE = """
    WITH due AS (
        SELECT DISTINCT ON (f.vehicle_id) f.vehicle_id, coalesce(f.due_early_on, f.due_on) AS early,
            coalesce(f.due_late_on, f.due_on) AS late
        FROM customers_dueforecast f JOIN customers_vehicle v ON v.id = f.vehicle_id
        WHERE v.branch_id = %(branch)s AND (%(past)s OR f.closed_at IS NULL)
            AND coalesce(f.due_late_on, f.due_on) >= %(first)s
            AND coalesce(f.due_early_on, f.due_on) < %(first)s::date + 7 * %(weeks)s
        ORDER BY f.vehicle_id, f.due_on, f.id
    )
    SELECT n, coalesce(sum(
        greatest(0, least(late, %(first)s::date + 7 * n + 6) - greatest(early, %(first)s::date + 7 * n) + 1)::float8
        / (late - early + 1)), 0)
    FROM generate_series(0, %(weeks)s - 1) n CROSS JOIN due GROUP BY n ORDER BY n
"""
_CAME = """
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM reception_workorder o WHERE o.vehicle_id = d.vehicle_id AND o.state <> ALL(%(none)s)
            AND o.arrived_at >= %(from)s AND o.arrived_at < %(to)s))
    FROM (
        SELECT DISTINCT f.vehicle_id FROM customers_dueforecast f JOIN customers_vehicle v ON v.id = f.vehicle_id
        WHERE v.branch_id = %(branch)s AND f.due_on >= %(first)s AND f.due_on < %(first)s::date + 7 * %(weeks)s
    ) d
"""


@dataclass(frozen=True, slots=True)
class Week:
    """What is expected of the week that begins on `first`, with the interval of the visits."""

    first: date
    visits: float
    low: float
    high: float
    hours: float


def expected(usual: float, share: float, due: float, usual_due: float) -> float:
    """Visits of a week: the rule of this module."""
    return max(0.0, usual + share * (due - usual_due))


def next_monday(today: date) -> date:
    """The first day of the week after this one."""
    return today + timedelta(days=7 - today.weekday())


def outlook_rows(branch: Branch, today: date) -> dict[str, Any]:
    """What `weeks_of` makes weeks of: the usual week, the share that comes, hours of a visit, and what is due. Six
    queries.
    """
    began, first = today - timedelta(days=7 * WEEKS), next_monday(today)
    found = sums(branch, Period(began, today - timedelta(days=1))).get("", {})
    arrived, sold = float(found.get("arrived", 0)), float(found.get("sold", 0))
    past = _due(branch, began, past=True)
    return {
        "first": first.isoformat(), "usual": arrived / WEEKS, "share": _share(branch, began, today),
        "each": sold / arrived if arrived else 0.0, "usual_due": sum(past) / WEEKS, "due": _due(branch, first),
    }  # fmt: skip


def _due(branch: Branch, first: date, *, past: bool = False) -> list[float]:
    """Cars that are due in each of the weeks from `first` on."""
    values: dict[str, Any] = {"branch": branch.pk, "first": first, "weeks": WEEKS, "past": past}
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        found = dict(cursor.fetchall())
    return [round(found.get(week, 0.0), 4) for week in range(WEEKS)]


def _share(branch: Branch, began: date, today: date) -> float:
    """Of the cars that were due in the last weeks, those that came in them: 0 to 1."""
    values: dict[str, Any] = {
        "branch": branch.pk, "first": began, "weeks": WEEKS, "none": list(NO_VISIT),
        "from": day_bounds(branch, began)[0], "to": day_bounds(branch, today)[0],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CAME, values)
        due, came = cursor.fetchone()
    return came / due if due else 0.0


def weeks_of(rows: dict[str, Any]) -> Sequence[Week]:
    """The next weeks."""
    first = date.fromisoformat(rows["first"])
    found = []
    for place, due in enumerate(rows["due"]):
        visits = expected(rows["usual"], rows["share"], due, rows["usual_due"])
        spread = Z * sqrt(visits)
        found.append(
            Week(
                first + timedelta(days=7 * place), round(visits, 1), round(max(0.0, visits - spread), 1),
                round(visits + spread, 1), round(visits * rows["each"], 1),
            )
        )  # fmt: skip
    return found


def due_cars(branch: Branch, first: date) -> QuerySet[Vehicle]:
    """Cars whose service falls due in the week that begins on `first`."""
    open_ones = DueForecast.objects.filter(closed_at__isnull=True, due_on__gte=first, due_on__lt=first + timedelta(7))
    return Vehicle.objects.filter(branch=branch, pk__in=open_ones.values("vehicle"))
