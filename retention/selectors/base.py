"""The retained base (保有客户) over the months, and which part of the cars has lapsed, by what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, cast, get_args

from django.db import connection
from django.db.models import Max, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import Branch
from customers.models import Vehicle
from dms.clock import branch_day
from dms.fields import number_of
from records.selectors import rule
from retention.models import Measured
from retention.states import Grain, LapseKind

By = Literal["rule", "brand", "model", "advisor"]
BYS = get_args(By)


@dataclass(frozen=True, slots=True)
class Retained:
    """Cars that belonged to the retained base at the end of a month (`month_end`: its last day)."""

    month_end: date
    vehicles: int


@dataclass(frozen=True, slots=True)
class Group:
    """Cars of one brand, model, advisor (ids; None: unknown, nobody) or of one number of months (by rule)."""

    by: By
    key: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """Of the `base` cars of a group that have ever been here, those lapsed by each definition and by either."""

    group: Group
    label: str
    fixed: int
    predicted: int
    lapsed: int
    base: int

    @property
    def share(self) -> float:
        """Lapsed by either definition ÷ base."""
        return self.lapsed / self.base if self.base else 0.0


#: By month (counted from the year 0) and brand, the cars of the retained base; the roll-up writes what this says. A car
#: with its r-th latest visit in month l and its latest in month m is retained from m to l + 11, until the next visit
#: says so anew: one row a visit, and not one a car and month. Visits before `end` count.
RETAINED = """
    WITH visits AS (
        SELECT w.vehicle_id, w.id, m.brand_id, COALESCE(b.retained_visits, 1) AS needed,
            (date_part('year', w.at) * 12 + date_part('month', w.at))::int AS month
        FROM (
            SELECT id, vehicle_id, released_at AT TIME ZONE %(zone)s AS at FROM reception_workorder
            WHERE branch_id = %(branch)s AND released_at >= (%(since)s::timestamp AT TIME ZONE %(zone)s)
                AND released_at < (%(end)s::timestamp AT TIME ZONE %(zone)s)
            UNION ALL  -- from before this system: several lines of one day are one visit
            SELECT -min(p.id), p.vehicle_id, p.on::timestamp FROM customers_pastvisit p
            JOIN customers_vehicle c ON c.id = p.vehicle_id
            WHERE c.branch_id = %(branch)s AND p.on >= %(since)s AND p.on < %(end)s GROUP BY p.vehicle_id, p.on
        ) AS w
        JOIN customers_vehicle v ON v.id = w.vehicle_id
        LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
        LEFT JOIN catalog_brand b ON b.id = m.brand_id
    ),
    spans AS (
        SELECT brand_id, month AS begins,
            least(lag(month, needed - 1) OVER car + 12, lead(month) OVER car) AS ends,
            lag(month, needed - 1) OVER car AS earliest
        FROM visits WINDOW car AS (PARTITION BY vehicle_id ORDER BY month, id)
    ),
    held AS (
        SELECT brand_id, greatest(begins, %(first_month)s) AS begins, ends FROM spans
        WHERE earliest IS NOT NULL AND ends > begins AND ends > %(first_month)s
    ),
    steps AS (
        SELECT brand_id, month, sum(step) AS step FROM (
            SELECT brand_id, begins AS month, 1 AS step FROM held UNION ALL SELECT brand_id, ends, -1 FROM held
        ) one GROUP BY brand_id, month
    )
    SELECT m.month, s.brand_id, sum(s.step)::int AS vehicles
    FROM generate_series(%(first_month)s::int, %(last_month)s::int) m (month) JOIN steps s ON s.month <= m.month
    GROUP BY m.month, s.brand_id HAVING sum(s.step) <> 0
"""


def retained_values(branch: Branch, first: date, end: date) -> dict[str, Any]:
    """The values of `RETAINED` for the months from that of `first` to that of the day before `end`."""
    until = end - timedelta(days=1)
    months = {"first_month": first.year * 12 + first.month, "last_month": until.year * 12 + until.month}
    since = _first_day(months["first_month"] - 11)
    return {"branch": branch.pk, "zone": branch.zone, "since": since, "end": end, **months}


def retained_by_month(branch: Branch, months: int = 24) -> list[Retained]:
    """The retained base at the end of each of the last months, out of the roll-up: the last one is as of last night.

    A car belongs to it with as many released visits (here, or as a list of earlier visits tells) in the twelve months
    up to that end as its brand asks for. Before the first night it is counted here and now. Two queries.
    """
    written = written_until(branch)
    last_day = written or branch_day(branch)
    last = last_day.year * 12 + last_day.month
    first = _first_day(last - months + 1)
    if written is None:
        with connection.cursor() as cursor:
            values = retained_values(branch, first, last_day + timedelta(days=1))
            cursor.execute(f"SELECT month, sum(vehicles) FROM ({RETAINED}) r GROUP BY month", values)  # noqa: S608
            found = {_first_day(int(month)): int(vehicles) for month, vehicles in cursor.fetchall()}
    else:
        rows = Measured.objects.filter(branch=branch, grain=Grain.MONTH, measure="base", on__gte=first)
        sums = rows.order_by("on").values_list("on").annotate(vehicles=Sum("value"))
        found = {on: int(vehicles) for on, vehicles in sums}
    return [
        Retained(_first_day(month + 1) - timedelta(days=1), found.get(_first_day(month), 0))
        for month in range(last - months + 1, last + 1)
    ]


def written_until(branch: Branch) -> date | None:
    """The last day that the night has counted."""
    rows = Measured.objects.filter(branch=branch, grain=Grain.DAY, measure="days")
    found: date | None = rows.aggregate(last=Max("on"))["last"]
    return found


def _first_day(month: int) -> date:
    """Of a month counted from the year 0: year × 12 + month from 1."""
    return date((month - 1) // 12, (month - 1) % 12 + 1, 1)


_MONTHS = "COALESCE(m.lapse_months, b.lapse_months, %(months)s)"
#: (key, name, English name) of each way to group, in SQL.
_KEYS: dict[By, tuple[str, str, str]] = {
    "rule": (_MONTHS, "''", "''"),
    "brand": ("m.brand_id", "b.name", "b.name_en"),
    "model": ("v.model_id", "m.name", "m.name_en"),
    "advisor": ("u.id", "u.name", "''"),
}
#: The advisor of a car is the owner of its open case, else who received it last and still works here.
_ADVISORS = """
    LEFT JOIN (
        SELECT DISTINCT ON (vehicle_id) vehicle_id, advisor_id FROM reception_workorder WHERE branch_id = %(branch)s
        ORDER BY vehicle_id, arrived_at DESC, id DESC
    ) o ON o.vehicle_id = v.id
    LEFT JOIN accounts_membership a ON a.user_id = o.advisor_id AND a.branch_id = v.branch_id AND a.active
    LEFT JOIN accounts_user u ON u.id = CASE WHEN c.vehicle_id IS NOT NULL THEN c.owner_id ELSE a.user_id END
"""


def lapse_shares(branch: Branch, by: By = "brand") -> list[Share]:
    """Lapsed cars by months of the rule, brand, model or advisor, the most cars first. Two queries.

    `lapsed_page(branch, of=row.group, kind=…)` lists the cars behind each number.
    """
    return shares_of(by, share_rows(branch, by))


def share_rows(branch: Branch, by: By) -> list[list[Any]]:
    """What `shares_of` puts into words: key, both names, fixed, predicted, lapsed, base."""
    key, name, english = _KEYS[by]
    values: dict[str, Any] = {"branch": branch.pk, "months": int(rule(branch, "lapse.months", branch_day(branch)))}
    statement = f"""
        SELECT {key}, {name}, {english}, count(*) FILTER (WHERE c.fixed), count(*) FILTER (WHERE c.predicted),
            count(c.vehicle_id), count(*)
        FROM customers_vehicle v
        LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
        LEFT JOIN catalog_brand b ON b.id = m.brand_id
        LEFT JOIN (
            SELECT vehicle_id, bool_or(kind = 'fixed') AS fixed, bool_or(kind = 'predicted') AS predicted,
                max(owner_id) AS owner_id
            FROM retention_lapsecase WHERE state = 'open' GROUP BY vehicle_id
        ) c ON c.vehicle_id = v.id
        {_ADVISORS if by == "advisor" else ""}
        WHERE v.branch_id = %(branch)s AND (v.last_visit_on IS NOT NULL OR c.vehicle_id IS NOT NULL)
        GROUP BY 1, 2, 3 ORDER BY 7 DESC, 1
    """  # noqa: S608  # constants of this file
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [list(row) for row in cursor.fetchall()]


def shares_of(by: By, rows: Iterable[Sequence[Any]]) -> list[Share]:
    """The rows with their names in the language of now."""
    english = (get_language() or "").startswith("en")
    return [
        Share(Group(by, key), _label(by, key, (in_english if english else "") or name), *counts)
        for key, name, in_english, *counts in rows
    ]


def _label(by: By, key: int | None, name: str | None) -> str:
    if by == "rule":
        return ngettext("%(n)d month", "%(n)d months", key or 0) % {"n": key}
    return name or (_("Nobody") if by == "advisor" else _("Unknown"))


def in_group(cars: QuerySet[Vehicle], branch: Branch, of: Group) -> QuerySet[Vehicle]:
    """Those of a brand, of a model, or whose months by the rules are so many."""
    if of.by == "brand":
        return cars.filter(model__brand=of.key) if of.key else cars.filter(model__isnull=True)
    if of.by == "model":
        return cars.filter(model=of.key) if of.key else cars.filter(model__isnull=True)
    house = Value(int(rule(branch, "lapse.months", branch_day(branch))))
    return cars.alias(months=Coalesce("model__lapse_months", "model__brand__lapse_months", house)).filter(months=of.key)


def group_of(chosen: Mapping[str, str]) -> Group | None:
    """The group of cars that an address names; None when it names none. `key` 0 stands for what is not known."""
    by, key = chosen.get("by", ""), number_of(chosen.get("key", ""))
    return Group(cast(By, by), key or None) if by in BYS and key is not None else None


def narrowed(of: Group | None, kind: str) -> str:
    """The same choice as part of an address; '' for everything."""
    parts = [f"by={of.by}", f"key={of.key or 0}"] if of else []
    return "&".join([*parts, f"kind={kind}"] if kind in LapseKind.values else parts)
