"""Cohorts of cars: of those that were here, which came again in the months that are set for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from django.db import connection
from django.db.models import Max, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Branch
from catalog.models import Brand, VehicleModel
from customers.models import Vehicle
from customers.services.forecast import add_months
from records.selectors import rule
from retention.selectors.overview import cars_of

By = Literal["seen", "year", "age", "brand", "advisor"]
BYS = get_args(By)
#: Cars that entered within so many months are judged together; by month of the visit twice as many are shown.
WINDOW: Final = 12
#: Groups that a picture shows; the others stand in the list of all.
MOST: Final = 15


@dataclass(frozen=True, slots=True)
class Cohort:
    """Of `cars`, `back` came again in time. `key` None: not known. `young`: not every car has had its months yet."""

    key: int | None
    label: str
    cars: int
    back: int
    young: bool = False

    @property
    def percent(self) -> float:
        """Return rate."""
        return round(100 * self.back / self.cars, 1) if self.cars else 0.0


#: (key, name, English name) of each way to group, in SQL. The age is that on the day of the visit, in whole years.
_KEYS: Final[dict[By, tuple[str, str, str]]] = {
    "seen": ("(date_part('year', e.day) * 12 + date_part('month', e.day))::int", "''", "''"),
    "year": ("v.year::int", "''", "''"),
    "age": ("date_part('year', age(e.day, v.warranty_start_on))::int", "''", "''"),
    "brand": ("m.brand_id", "b.name", "b.name_en"),
    "advisor": ("e.advisor_id", "u.name", "''"),
}
#: A car enters with its first visit of the window; by month of the visit with its last one of each month. It came again
#: when its next visit, on a later day, was within N months (N by model, brand or house). Several orders and imported
#: lines of a day are one visit. A window ends N months ago, so that everybody in it has had the time; by month the
#: cohorts that have not are marked as young.
_ENTRIES = """
    WITH visits AS (
        SELECT vehicle_id, day, max(advisor_id) AS advisor_id FROM (
            SELECT vehicle_id, (released_at AT TIME ZONE %(zone)s)::date AS day, advisor_id FROM reception_workorder
            WHERE branch_id = %(branch)s AND released_at >= (%(since)s::timestamp AT TIME ZONE %(zone)s)
            UNION ALL
            SELECT p.vehicle_id, p.on, NULL FROM customers_pastvisit p JOIN customers_vehicle c ON c.id = p.vehicle_id
            WHERE c.branch_id = %(branch)s AND p.on >= %(since)s
        ) one GROUP BY vehicle_id, day
    ), followed AS (
        SELECT w.*, lead(w.day) OVER (PARTITION BY w.vehicle_id ORDER BY w.day) AS following,
            coalesce(m.lapse_months, b.lapse_months, %(months)s) AS allowed
        FROM visits w JOIN customers_vehicle v ON v.id = w.vehicle_id
        LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id LEFT JOIN catalog_brand b ON b.id = m.brand_id
    ), e AS (
        SELECT DISTINCT ON (vehicle_id, bucket) vehicle_id, day, advisor_id,
            coalesce(following < (day + make_interval(months => allowed))::date, false) AS back,
            (day + make_interval(months => allowed))::date > %(today)s AS young
        FROM (
            SELECT *, CASE WHEN %(monthly)s THEN date_trunc('month', day) END AS bucket FROM followed
            WHERE %(monthly)s AND day >= %(monthly_since)s AND day <= %(today)s
                OR NOT %(monthly)s AND day < (%(today)s::date - make_interval(months => allowed))::date
                AND day >= (%(today)s::date - make_interval(months => allowed + %(window)s))::date
        ) f
        ORDER BY vehicle_id, bucket, (day - %(today)s::date) * CASE WHEN %(monthly)s THEN -1 ELSE 1 END
    )
"""
_JOINED = """
    FROM e JOIN customers_vehicle v ON v.id = e.vehicle_id
    LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id LEFT JOIN catalog_brand b ON b.id = m.brand_id
    LEFT JOIN accounts_user u ON u.id = e.advisor_id
"""


def _values(branch: Branch, by: By, today: date) -> dict[str, Any]:
    months = int(rule(branch, "lapse.months", today))
    set_for = [kind.objects.aggregate(most=Max("lapse_months"))["most"] for kind in (Brand, VehicleModel)]
    longest = max(months, *(most or 0 for most in set_for))
    return {
        "branch": branch.pk, "zone": branch.zone, "months": months, "today": today, "window": WINDOW,
        "monthly": by == "seen", "monthly_since": add_months(today.replace(day=1), 1 - 2 * WINDOW),
        "since": add_months(today, -max(longest + WINDOW, 2 * WINDOW)),
    }  # fmt: skip


def cohort_rows(branch: Branch, by: By, today: date) -> list[list[Any]]:
    """What `cohorts_of` puts into words: key, both names, cars, those that came again, whether young. Four queries."""
    key, name, english = _KEYS[by]
    statement = f"""
        {_ENTRIES} SELECT {key}, {name}, {english}, count(*), count(*) FILTER (WHERE e.back), bool_or(e.young)
        {_JOINED} GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1
    """  # constants of this file
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(branch, by, today))
        return [list(row) for row in cursor.fetchall()]


def cohorts_of(by: By, rows: Iterable[Sequence[Any]]) -> list[Cohort]:
    """In words of now: months, years and ages in their order, brands and advisors with the most cars first."""
    english = (get_language() or "").startswith("en")
    found = [
        Cohort(key, _label(by, key, (in_english if english else "") or name), cars, back, young)
        for key, name, in_english, cars, back, young in rows
    ]
    if by in ("brand", "advisor"):
        return found
    return sorted(found, key=lambda row: (row.key is None, row.key))


def _label(by: By, key: int | None, name: str | None) -> str:
    if key is None:
        return _("Nobody") if by == "advisor" else _("Unknown")
    if by == "seen":
        return f"{(key - 1) // 12 % 100:02}-{(key - 1) % 12 + 1:02}"
    if by == "age":
        return _("%(n)s years") % {"n": key}
    return name or str(key)


def cohort_cars(branch: Branch, by: By, key: int | None, today: date, *, back: bool | None = None) -> QuerySet[Vehicle]:
    """The cars of a cohort; those that came again (`back`), those that did not, or all."""
    expression = _KEYS[by][0]
    came = {None: "", True: " AND e.back", False: " AND NOT e.back"}[back]
    where = f"{expression} IS NOT DISTINCT FROM %(key)s::bigint{came}"
    statement = f"{_ENTRIES} SELECT v.id {_JOINED} WHERE {where}"  # constants of this file
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(branch, by, today) | {"key": key})
        return cars_of([pk for (pk,) in cursor.fetchall()])
