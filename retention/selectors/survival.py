"""The survival curve of customers: how long after a visit the next one comes.

Source: E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, Journal of the American
Statistical Association 53 (1958); the interval by M. Greenwood's variance (1926). What is followed is a visit: a day on
which a car was released here, or that an imported list tells of. *Return* is the next such day of the same car,
whoever brings it and whatever for. Who has not returned by today is censored today: known to have stayed away so far,
and not for good. The curve is the share of visits that nothing has followed yet after so many months.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any, Final

from django.db import connection

from accounts.models import Branch
from customers.services.forecast import add_months
from retention.uplift import Z

#: Visits of the last three years are followed, and the curve goes two years far.
YEARS, MONTHS = 3, 24
MONTH_DAYS: Final = 365.25 / 12
_GAPS = """
    WITH visits AS (
        SELECT vehicle_id, day FROM (
            SELECT vehicle_id, (released_at AT TIME ZONE %(zone)s)::date AS day FROM reception_workorder
            WHERE branch_id = %(branch)s AND released_at >= (%(since)s::timestamp AT TIME ZONE %(zone)s)
            UNION ALL
            SELECT p.vehicle_id, p.on FROM customers_pastvisit p JOIN customers_vehicle c ON c.id = p.vehicle_id
            WHERE c.branch_id = %(branch)s AND p.on >= %(since)s
        ) one WHERE day < %(today)s GROUP BY vehicle_id, day
    ), gaps AS (
        SELECT day, lead(day) OVER (PARTITION BY vehicle_id ORDER BY day) AS following FROM visits
    )
    SELECT coalesce(following, %(today)s) - day AS days, count(following), count(*) - count(following)
    FROM gaps GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Survival:
    """After `months`, `away` (0 to 1) of the visits were not followed yet, with its 95 % interval.

    `at_risk` visits had been followed for longer than that.
    """

    months: int
    away: float
    low: float
    high: float
    at_risk: int


def gaps(branch: Branch, today: date) -> list[tuple[int, int, int]]:
    """Days after a visit, with how many returned on that day and how many are censored then. One query."""
    values: dict[str, Any] = {
        "branch": branch.pk,
        "zone": branch.zone,
        "today": today,
        "since": add_months(today, -12 * YEARS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, values)
        return [(days, came, censored) for days, came, censored in cursor.fetchall()]


def survival(found: Iterable[tuple[int, int, int]], months: int = MONTHS) -> list[Survival]:
    """The curve at the end of each month, as far as somebody was followed; empty without visits."""
    rows = sorted(found)
    at_risk = sum(came + censored for _days, came, censored in rows)
    away, variance, place, curve = 1.0, 0.0, 0, []
    if not at_risk:
        return []
    for month in range(months + 1):
        while place < len(rows) and rows[place][0] <= month * MONTH_DAYS:
            _days, came, censored = rows[place]
            away *= 1 - came / at_risk
            if came < at_risk:
                variance += came / (at_risk * (at_risk - came))
            at_risk -= came + censored
            place += 1
        spread = Z * away * sqrt(variance)
        curve.append(Survival(month, away, max(0.0, away - spread), min(1.0, away + spread), at_risk))
        if not at_risk:
            break
    return curve
