"""What a list tells of the past: visits, readings of the odometer, the last day a car was here."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db import connection

from customers.import_states import Outcome
from customers.imports import copying
from customers.imports.matching import Known
from customers.models import ImportRow, ImportRun, OdometerReading, Vehicle
from customers.states import ReadingSource
from dms.clock import now

_VISITS = """
    INSERT INTO customers_pastvisit (vehicle_id, "on", number, km, work, amount, advisor, run_id)
    SELECT n.vehicle_id, n.on_day, n.number, n.km, n.work, n.amount, n.advisor, %s
    FROM jsonb_to_recordset(%s::jsonb) AS n(vehicle_id bigint, on_day date, number text, km int, work text,
        amount numeric, advisor text)
    ON CONFLICT (vehicle_id, "on", number, work) DO NOTHING
    RETURNING vehicle_id, "on", number, work
"""
_READ = ("vehicle_id", "km", "read_at", "source", "reason", "subject_key", "by_id")
_NEWEST = """
    UPDATE customers_vehicle v SET last_odometer = r.km
    FROM (
        SELECT DISTINCT ON (vehicle_id) vehicle_id, km FROM customers_odometerreading
        WHERE vehicle_id = ANY(%s) ORDER BY vehicle_id, read_at DESC, id DESC
    ) r
    WHERE v.id = r.vehicle_id AND v.last_odometer IS DISTINCT FROM r.km
"""
_SEEN = """
    UPDATE customers_vehicle v SET last_visit_on = n.day
    FROM unnest(%s::bigint[], %s::date[]) AS n(id, day)
    WHERE v.id = n.id AND (v.last_visit_on IS NULL OR v.last_visit_on < n.day)
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A car's odometer on a day, and the last day it was here; None where the list does not say."""

    vehicle: Vehicle
    km: int | None
    day: date
    visited: date | None


def write(run: ImportRun, rows: Sequence[ImportRow], known: Known, _today: date) -> Counter[str]:
    """Write visits of cars that are here, set the rows' outcome, and say how many were new."""
    told, values = [], []
    for row in rows:
        vehicle = known.car(row)
        if vehicle is None:  # `puzzle_of` has told of these
            continue
        day = date.fromisoformat(row.cleaned["on"])
        told.append(Told(vehicle, row.cleaned.get("km"), day, day))
        values.append(_visit(row, vehicle))
    made = _insert(run, values)
    for row, value in zip(rows, values, strict=True):
        key = (value["vehicle_id"], date.fromisoformat(str(value["on_day"])), value["number"], value["work"])
        row.outcome = Outcome.MADE if key in made else Outcome.SAME
        made.discard(key)  # the same visit a second time in one block is the same
    readings = odometers(run, told, set())
    seen_last(told)
    return Counter(made_visits=sum(row.outcome == Outcome.MADE for row in rows), readings=readings)


def _visit(row: ImportRow, vehicle: Vehicle) -> dict[str, object]:
    told = row.cleaned
    return {
        "vehicle_id": vehicle.pk, "on_day": told["on"], "number": told.get("number", ""), "km": told.get("km"),
        "work": told.get("work", ""), "amount": told.get("amount"), "advisor": told.get("advisor", ""),
    }  # fmt: skip


def _insert(run: ImportRun, values: list[dict[str, object]]) -> set[tuple[object, ...]]:
    from django.db.backends.postgresql.psycopg_any import Jsonb

    with connection.cursor() as cursor:
        cursor.execute(_VISITS, [run.pk, Jsonb(values)])
        return set(cursor.fetchall())


def begin_with(told: Sequence[Told]) -> None:
    """What cars that are not written yet begin with: the newest reading and the last visit.

    As `odometers` and `seen_last` would tell afterwards, without writing each row a second and a third time.
    """
    newest: dict[int, date] = {}
    for one in told:
        car = one.vehicle
        if one.km is not None and one.day >= newest.get(id(car), one.day):
            newest[id(car)], car.last_odometer = one.day, one.km
        if one.visited is not None:
            car.last_visit_on = max(car.last_visit_on or one.visited, one.visited)


def odometers(run: ImportRun, told: Sequence[Told], new: AbstractSet[int]) -> int:
    """Readings that are not here yet, at noon of their day in the branch; how many. The newest goes onto the car.

    `new` are cars that came in this act, with their newest reading on them.
    """
    zone, until = ZoneInfo(run.branch.zone), now()
    wanted: dict[tuple[int, int, date], Told] = {
        (one.vehicle.pk, one.km, one.day): one for one in told if one.km is not None
    }
    if not wanted:
        return 0
    cars = sorted({key[0] for key in wanted} - new)
    here = OdometerReading.objects.filter(vehicle__in=cars).values_list("vehicle_id", "km", "read_at")
    for car, km, at in here:
        wanted.pop((car, km, at.astimezone(zone).date()), None)
    of_whom = ReadingSource.IMPORT.value, "", f"import:{run.pk}", run.started_by_id
    copying.copy("customers_odometerreading", _READ, (
        (car, km, min(datetime.combine(day, time(12), zone).astimezone(UTC), until), *of_whom)
        for car, km, day in wanted
    ))  # fmt: skip
    if cars:
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST, [cars])
    return len(wanted)


def seen_last(told: Sequence[Told]) -> None:
    """The last visit of each car; an earlier one changes nothing."""
    days: dict[int, date] = {}
    for one in told:
        if one.visited is not None:
            days[one.vehicle.pk] = max(days.get(one.vehicle.pk, one.visited), one.visited)
    if days:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, [list(days), list(days.values())])
