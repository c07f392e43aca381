"""Key figures are added up by day and by month, so that a dashboard reads sums (docs/adr/0037-key-figures.md).

The night counts the last `FRESH_DAYS` days anew, every day that was never counted, and the days of which a trigger says
that something old was changed. Counted twice, nothing changes: the roll-up is always what `FACTS` says, and `prove`
compares the two over all days.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from accounts.calendar import calendar_of, hours
from accounts.models import Bay, Branch, Membership, Shift
from accounts.roles import Role
from accounts.states import BayKind
from catalog.models import Batch
from customers.services.forecast import add_months
from dms.clock import branch_day, day_bounds
from reception.models import WorkOrder
from records.selectors import rule
from retention.measures import FACTS, OF_MONTHS, SNAPSHOTS
from retention.models import DeliveredCars, Measured
from retention.models.figures import FRESH_DAYS
from retention.selectors.base import RETAINED, retained_values, written_until
from retention.selectors.key_figures import fact_values, month_of
from retention.states import Grain

#: First key of the advisory lock; the second is the branch.
LOCK = 20261201
#: Months of the retained base that each night counts anew.
BASE_MONTHS = 24
#: Days that one statement counts.
BLOCK = 92
#: A person or car is there or not; NULLs are made zero to be compared in a hash join.
_KEY = (
    "on_day, measure, coalesce(advisor_id, 0), coalesce(technician_id, 0), coalesce(brand_id, 0), "
    "coalesce(visit_type, '')"
)
_OLD_KEY = _KEY.replace("on_day", '"on"')
_COUNTED = f"""
    SELECT (f.at AT TIME ZONE %(zone)s)::date AS on_day, f.measure, f.advisor_id, f.technician_id, m.brand_id,
        f.visit_type, round(sum(f.value), 4) AS value
    FROM ({FACTS}) f
    LEFT JOIN customers_vehicle v ON v.id = f.vehicle_id LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
    WHERE f.value <> 0 GROUP BY 1, 2, 3, 4, 5, 6 HAVING round(sum(f.value), 4) <> 0
"""  # noqa: S608  # constants
_OF_DAYS = """
    SELECT date_trunc('month', "on")::date AS on_day, measure, advisor_id, technician_id, brand_id, visit_type,
        sum(value) AS value
    FROM retention_measured
    WHERE branch_id = %(branch)s AND grain = 'd' AND "on" >= %(first)s AND "on" <= %(last)s
    GROUP BY 1, 2, 3, 4, 5, 6
"""
#: Rows become what `counted` says: only what differs is written. `kept` are measures that are not counted here.
_PUT = """
    WITH counted AS MATERIALIZED ({counted}), gone AS (
        DELETE FROM retention_measured d
        WHERE d.branch_id = %(branch)s AND d.grain = %(grain)s AND d."on" >= %(first)s AND d."on" <= %(last)s
            AND d.measure <> ALL(%(kept)s) AND ({old}) NOT IN (SELECT {key} FROM counted)
        RETURNING 1
    ), put AS (
        INSERT INTO retention_measured AS d (branch_id, grain, "on", measure, advisor_id, technician_id, brand_id,
            visit_type, value)
        SELECT %(branch)s, %(grain)s, on_day, measure, advisor_id, technician_id, brand_id, visit_type, value
        FROM counted
        ON CONFLICT (branch_id, grain, "on", measure, advisor_id, technician_id, brand_id, visit_type)
            DO UPDATE SET value = excluded.value WHERE d.value <> excluded.value
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""
_DAY_ROWS = _PUT.format(counted=_COUNTED, key=_KEY, old=_OLD_KEY)
_MONTH_ROWS = _PUT.format(counted=_OF_DAYS, key=_KEY, old=_OLD_KEY)
#: Cars by brand: seen for the first time, seen N months ago and not back since (N by model, brand or house), and here
#: at all within twelve months. Those retained are counted in `retention.selectors.base`.
_CARS = """
    WITH visits AS (
        SELECT w.vehicle_id, w.id, (w.released_at AT TIME ZONE %(zone)s)::date AS visited FROM reception_workorder w
        WHERE w.branch_id = %(branch)s AND w.released_at < (%(end)s::timestamp AT TIME ZONE %(zone)s)
        UNION ALL
        SELECT p.vehicle_id, -min(p.id), p.on FROM customers_pastvisit p JOIN customers_vehicle c ON c.id = p.vehicle_id
        WHERE c.branch_id = %(branch)s AND p.on < %(end)s GROUP BY p.vehicle_id, p.on
    ), cars AS (
        SELECT vehicle_id, min(visited) AS first_on, max(visited) AS last_on,
            array_agg(DISTINCT date_trunc('month', visited)::date) FILTER (WHERE visited >= %(oldest)s) AS months
        FROM visits GROUP BY vehicle_id
    ), known AS (
        SELECT c.*, m.brand_id,
            (%(first)s::date - make_interval(months => coalesce(m.lapse_months, b.lapse_months, %(months)s)))::date
                AS cohort
        FROM cars c JOIN customers_vehicle v ON v.id = c.vehicle_id
        LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id LEFT JOIN catalog_brand b ON b.id = m.brand_id
    )
    SELECT %(first)s::date AS on_day, t.measure, NULL::bigint AS advisor_id, NULL::bigint AS technician_id, brand_id,
        NULL::varchar AS visit_type, count(*)::numeric AS value
    FROM known CROSS JOIN LATERAL (VALUES
        ('new', first_on >= %(first)s), ('active', last_on >= %(year)s),
        ('seen', months @> ARRAY[known.cohort]),
        ('away', months @> ARRAY[known.cohort] AND last_on < (known.cohort + interval '1 month')::date)
    ) t (measure, holds) WHERE t.holds GROUP BY t.measure, brand_id
"""
_BASE = f"""
    SELECT make_date((r.month - 1) / 12, (r.month - 1) %% 12 + 1, 1) AS on_day, 'base' AS measure,
        NULL::bigint AS advisor_id, NULL::bigint AS technician_id, r.brand_id, NULL::varchar AS visit_type,
        r.vehicles::numeric AS value
    FROM ({RETAINED}) r
"""  # noqa: S608  # constants
#: From the first month on that changed: a delivery is also the one before of the next.
_DELIVERED = """
    WITH months AS (
        SELECT DISTINCT vehicle_id, date_trunc('month', released_at AT TIME ZONE %(zone)s)::date AS month
        FROM reception_workorder
        WHERE branch_id = %(branch)s AND released_at < (%(end)s::timestamp AT TIME ZONE %(zone)s)
    ), chained AS (
        SELECT vehicle_id, month, lag(month) OVER (PARTITION BY vehicle_id ORDER BY month) AS before FROM months
    ), counted AS MATERIALIZED (
        SELECT c.month, c.before, m.brand_id, count(*)::int AS cars FROM chained c
        JOIN customers_vehicle v ON v.id = c.vehicle_id LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
        WHERE c.month >= %(first)s GROUP BY 1, 2, 3
    ), gone AS (
        DELETE FROM retention_deliveredcars d WHERE d.branch_id = %(branch)s AND d.month >= %(first)s
            AND (d.month, coalesce(d.before, d.month), coalesce(d.brand_id, 0))
                NOT IN (SELECT month, coalesce(before, month), coalesce(brand_id, 0) FROM counted)
        RETURNING 1
    ), put AS (
        INSERT INTO retention_deliveredcars AS d (branch_id, month, before, brand_id, cars)
        SELECT %(branch)s, month, before, brand_id, cars FROM counted
        ON CONFLICT (branch_id, month, before, brand_id)
            DO UPDATE SET cars = excluded.cars WHERE d.cars <> excluded.cars
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""
_CAR_ROWS, _BASE_ROWS = (
    _PUT.format(counted=counted, key=_KEY, old=_OLD_KEY).replace("<> ALL(%(kept)s)", "= ANY(%(kept)s)")
    for counted in (_CARS, _BASE)
)


@dataclass(frozen=True, slots=True)
class Proof:
    """How many day rows stand, and how many of them were not what the raw rows say; those are mended."""

    rows: int
    mended: int


@transaction.atomic
def write_figures(branch: Branch, today: date) -> int:
    """Count what is not counted yet up to yesterday; how many rows are new, changed or gone. Run again: 0."""
    _one_at_a_time(branch)
    begun = _first_day(branch)
    if begun is None:
        return 0
    yesterday, written = today - timedelta(days=1), written_until(branch)
    missing = begun if written is None else written + timedelta(days=1)
    since = max(begun, min(missing, today - timedelta(days=FRESH_DAYS)))
    days = {since + timedelta(days=n) for n in range((yesterday - since).days + 1)}
    days |= {day for day in _late_days(branch) if begun <= day <= yesterday}
    changed = sum(_write_days(branch, first, last) for first, last in _runs(days))
    changed += _snapshots(branch, missing, yesterday)
    return changed + _write_months(branch, days, yesterday)


@transaction.atomic
def prove(branch: Branch, since: date | None = None) -> Proof:
    """Compare every counted day, or those from `since` on, with the raw rows and mend what differs."""
    _one_at_a_time(branch)
    begun, written = _first_day(branch), written_until(branch)
    if begun is None or written is None:
        return Proof(0, 0)
    begun = max(begun, since) if since else begun
    days = {begun + timedelta(days=n) for n in range((written - begun).days + 1)}
    mended = sum(_write_days(branch, first, last) for first, last in _runs(days))
    mended += _write_months(branch, days, written)
    return Proof(Measured.objects.filter(branch=branch, grain=Grain.DAY).count(), mended)


def _one_at_a_time(branch: Branch) -> None:
    """Two sweeps of a branch would write the same rows; a row's lock would hold up whoever refers to the branch."""
    if not settings.LOCKS_OFF:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, branch.pk])


def _first_day(branch: Branch) -> date | None:
    first = WorkOrder.objects.filter(branch=branch).aggregate(at=Min("arrived_at"))["at"]
    return branch_day(branch, first) if first else None


def _late_days(branch: Branch) -> set[date]:
    """Days that were changed late, which are forgotten with that; each with its neighbours, for work over midnight."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM retention_latechange WHERE branch_id = %s RETURNING at", [branch.pk])
        days = {branch_day(branch, at) for (at,) in cursor.fetchall()}
    return {day + timedelta(days=n) for day in days for n in (-1, 0, 1)}


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """First and last of each unbroken run, at most `BLOCK` long."""
    first = last = None
    for day in sorted(days):
        if first is None or last is None or day > last + timedelta(days=1) or (day - first).days >= BLOCK:
            if first is not None and last is not None:
                yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last


def _put(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def _write_days(branch: Branch, first: date, last: date) -> int:
    begins, _next = day_bounds(branch, first)
    _begins, ends = day_bounds(branch, last)
    values = fact_values(branch) | {
        "from": begins, "to": ends, "first": first, "last": last, "grain": Grain.DAY, "kept": list(SNAPSHOTS),
    }  # fmt: skip
    return _put(_DAY_ROWS, values)


def _write_months(branch: Branch, days: set[date], until: date) -> int:
    """The months of these days; and the cars of all later ones too, since a visit counts for a year and longer."""
    months = {month_of(day) for day in days}
    changed = sum(_write_sums(branch, month) for month in sorted(months))
    month = min(months, default=add_months(until, 1))
    changed += _write_delivered(branch, month, until)
    changed += _write_base(branch, min(month, add_months(month_of(until), 1 - BASE_MONTHS)), until)
    while month <= until:
        changed += _write_cars(branch, month, until)
        month = add_months(month, 1)
    return changed


def _write_delivered(branch: Branch, first: date, until: date) -> int:
    """Different cars of these months, `DeliveredCars`; of all where nothing earlier was counted."""
    if not DeliveredCars.objects.filter(branch=branch, month__lt=first).exists():
        first = date.min
    values = {"branch": branch.pk, "zone": branch.zone, "first": first, "end": until + timedelta(days=1)}
    return _put(_DELIVERED, values)


def _write_base(branch: Branch, first: date, until: date) -> int:
    """The retained base of these months, also of those before the first order: imported visits may come late."""
    values = retained_values(branch, first, until + timedelta(days=1)) | {
        "grain": Grain.MONTH, "kept": ["base"], "first": first, "last": month_of(until),
    }  # fmt: skip
    return _put(_BASE_ROWS, values)


def _write_sums(branch: Branch, month: date) -> int:
    last = add_months(month, 1) - timedelta(days=1)
    values = {"branch": branch.pk, "grain": Grain.MONTH, "kept": list(OF_MONTHS), "first": month, "last": last}
    return _put(_MONTH_ROWS, values)


def _write_cars(branch: Branch, month: date, until: date) -> int:
    """The cars of a month as they stand at its end or on `until`."""
    following = add_months(month, 1)
    end = min(following, until + timedelta(days=1))
    months = int(rule(branch, "lapse.months", min(until, following)))
    values = {
        "branch": branch.pk, "grain": Grain.MONTH, "kept": [name for name in OF_MONTHS if name != "base"],
        "first": month, "last": month, "end": end,
        "zone": branch.zone, "months": months, "year": add_months(month, -11), "oldest": add_months(month, -36),
    }  # fmt: skip
    return _put(_CAR_ROWS, values)


def _snapshots(branch: Branch, first: date, last: date) -> int:
    """The house as it stands today, for each day that was not counted yet: bays, people, hours and the shelf's value.

    For days before this system counted, it is the house as it stands now.
    """
    if first > last:
        return 0
    workshop = Q(roles__contains=[Role.TECHNICIAN]) | Q(roles__contains=[Role.TEAM_LEADER])
    members = Membership.objects.filter(branch=branch, active=True)
    people, hands = members.count(), members.filter(workshop).count()
    bays = Bay.objects.filter(branch=branch, active=True).exclude(kind=BayKind.WASH).count()
    left = Batch.objects.filter(branch=branch, left__gt=0).values_list("left", Coalesce("unit_cost", Decimal(0)))
    stock = sum((quantity * cost for quantity, cost in left), Decimal(0))
    calendar = calendar_of(branch, first, last)
    shifts = _shift_hours(branch, first, last)
    rows = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        open_hours = hours(calendar.hours_of(day))
        found = {
            "days": Decimal(1), "people_days": Decimal(people), "technician_days": Decimal(hands if open_hours else 0),
            "stock_value": stock,
            "bay_days": Decimal(bays if open_hours else 0), "bay_open_hours": bays * open_hours,
            "shift_hours": shifts.get(day, hands * open_hours),
        }  # fmt: skip
        rows += [
            Measured(branch=branch, grain=Grain.DAY, on=day, measure=name, value=value) for name, value in found.items()
        ]
    return len(Measured.objects.bulk_create(rows, batch_size=2000))


def _shift_hours(branch: Branch, first: date, last: date) -> dict[date, Decimal]:
    """Hours that the roster plans for people who work on cars, by day; days without a roster are left out."""
    workshop = Q(membership__roles__contains=[Role.TECHNICIAN]) | Q(membership__roles__contains=[Role.TEAM_LEADER])
    found: dict[date, Decimal] = {}
    for row in Shift.objects.filter(workshop, membership__branch=branch, works_on__range=(first, last)):
        minutes = (row.ends.hour * 60 + row.ends.minute) - (row.begins.hour * 60 + row.begins.minute)
        found[row.works_on] = found.get(row.works_on, Decimal(0)) + Decimal(minutes) / 60
    return found
