"""The night's look at the forecasts of a branch: only cars of which something is new, in blocks of one act.

What is new stands behind the branch's `ForecastMark`: readings and cars with higher ids, other rules, other averages. A
visit forecasts its own car at once; the sweep is for what came by the thousand (an import), for changed intervals and
for the averages, which move slowly and are taken once a week (each night while the branch is young).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Branch
from customers.models import ForecastMark, Vehicle
from customers.services import forecast_rule
from customers.services.forecast import forecast_cars
from dms.fields import locked

#: Cars in one statement. Their readings lie all over the table: of few cars each page would be read again and again.
BLOCK = 100_000
#: For sorting and joining the readings of one block.
WORK_MEM = "128MB"
#: From so many cars on the planner may not loop over the forecasts for each car. It counts them by statistics, and
#: those that autovacuum takes while a first sweep still writes say that there are none: minutes became hours.
MANY = 1_000
#: Averages are taken anew after so many days; with fewer cars than this behind them each night.
AVERAGED_DAYS, FEW_CARS = 7, 1_000

_EVERY = "SELECT id FROM customers_vehicle WHERE branch_id = %(branch)s AND id > %(after)s AND merged_into_id IS NULL"
_NEW = """
    SELECT id FROM customers_vehicle
    WHERE branch_id = %(branch)s AND id > %(after)s AND merged_into_id IS NULL AND id IN (
        SELECT vehicle_id FROM customers_odometerreading WHERE id > %(reading)s
        UNION SELECT id FROM customers_vehicle WHERE id > %(vehicle)s
    )
"""
#: Cars that lean on an average which says something else by now.
_LEANING = """
    SELECT DISTINCT f.vehicle_id AS id FROM customers_dueforecast f
    JOIN customers_vehicle v ON v.id = f.vehicle_id
    WHERE v.branch_id = %(branch)s AND v.id > %(after)s AND f.closed_at IS NULL AND f.basis <> 'own'
"""
#: A change of any interval or of a model's brand is another digest.
_RULES = """
    SELECT md5(concat_ws('|', %(version)s::text,
        (SELECT string_agg(ROW(id, brand_id, model_id, interval_km, interval_months)::text, ';' ORDER BY id)
            FROM catalog_maintenancerule),
        (SELECT string_agg(ROW(id, brand_id)::text, ';' ORDER BY id) FROM catalog_vehiclemodel)))
"""
_AVERAGES = f"""
    WITH told AS (
        SELECT CASE WHEN GROUPING(v.model_id) = 0 THEN 'model' WHEN GROUPING(m.brand_id) = 0 THEN 'brand'
                ELSE 'branch' END AS basis,
            CASE WHEN GROUPING(v.model_id) = 0 THEN v.model_id WHEN GROUPING(m.brand_id) = 0 THEN m.brand_id ELSE 0 END
                AS subject_id,
            round(avg(v.km_per_day), 2) AS pace, count(*) AS cars,
            percentile_cont(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY v.km_per_day::double precision) AS band
        FROM customers_vehicle v LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
        WHERE v.branch_id = %(branch)s AND v.km_per_day IS NOT NULL
        GROUP BY GROUPING SETS ((v.model_id), (m.brand_id), ()) HAVING count(*) > 0
    )
    INSERT INTO customers_grouppace AS g (branch_id, basis, subject_id, km_per_day, pace_low, pace_high, cars)
    SELECT %(branch)s, basis, subject_id, pace,
        round(least(band[1]::numeric, pace * {1 - forecast_rule.WIDTH_OF_ONE}), 2),
        round(greatest(band[2]::numeric, pace * {1 + forecast_rule.WIDTH_OF_ONE}), 2), cars
    FROM told WHERE subject_id IS NOT NULL
    ON CONFLICT (branch_id, basis, subject_id) DO UPDATE
        SET km_per_day = excluded.km_per_day, pace_low = excluded.pace_low, pace_high = excluded.pace_high,
            cars = excluded.cars
        WHERE (g.km_per_day, g.pace_low, g.pace_high)
            IS DISTINCT FROM (excluded.km_per_day, excluded.pace_low, excluded.pace_high)
    RETURNING 1
"""  # noqa: S608  # constants


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _blocks(cars: str, values: dict[str, Any]) -> Iterator[list[int]]:
    """Ids that `cars` names, in order, a block at a time: no list of a whole branch is ever held."""
    after = 0
    while found := _rows(f"{cars} ORDER BY 1 LIMIT {BLOCK}", values | {"after": after}):
        yield [row[0] for row in found]
        after = found[-1][0]


def _block(branch: Branch, cars: list[int]) -> int:
    """Lock, compute, write what has changed. NO KEY UPDATE waits for a visit that changes the car, not for arrivals."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEM}'")
        if not settings.LOCKS_OFF:
            cursor.execute("SELECT 1 FROM customers_vehicle WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [cars])
        if len(cars) >= MANY:
            cursor.execute("SET LOCAL enable_nestloop = off")
        made = forecast_cars(branch, cars)[0]
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return made


def average(branch: Branch) -> int:
    """The averages of model, brand and branch from the cars that have a pace of their own; how many have changed."""
    return len(_rows(_AVERAGES, {"branch": branch.pk}))


def _newest() -> tuple[int, int]:
    found = _rows("SELECT (SELECT max(id) FROM customers_odometerreading), (SELECT max(id) FROM customers_vehicle)", {})
    return found[0][0] or 0, found[0][1] or 0


def _averages_are_old(branch: Branch, mark: ForecastMark, today: date) -> bool:
    if mark.averaged_on is None or mark.averaged_on + timedelta(days=AVERAGED_DAYS) <= today:
        return True
    return Vehicle.objects.filter(branch=branch, km_per_day__isnull=False)[:FEW_CARS].count() < FEW_CARS


def _move(mark: ForecastMark, today: date, newest: tuple[int, int]) -> None:
    """To what was newest a day ago: a row that was given its id then and was committed late is not passed over."""
    if mark.noted_on is None:
        mark.reading_id, mark.vehicle_id = newest
    elif mark.noted_on < today:
        mark.reading_id, mark.vehicle_id = mark.next_reading_id, mark.next_vehicle_id
    if mark.noted_on != today:
        mark.next_reading_id, mark.next_vehicle_id = newest
        mark.noted_on = today


@transaction.atomic
def forecast_branch(branch: Branch, today: date) -> int:
    """Forecast the cars of which something is new, `today` in the branch; how many forecasts are new or changed.

    The branch's mark is locked: a second sweep waits, and then finds nothing to do.
    """
    ForecastMark.objects.get_or_create(branch=branch)
    mark = locked(ForecastMark.objects.all()).get(branch=branch)
    rules, newest = _rows(_RULES, {"version": forecast_rule.VERSION})[0][0], _newest()
    values = {"branch": branch.pk, "vehicle": mark.vehicle_id, "reading": mark.reading_id}
    made = sum(_block(branch, cars) for cars in _blocks(_EVERY if mark.rules != rules else _NEW, values))
    if _averages_are_old(branch, mark, today):
        if average(branch):
            made += sum(_block(branch, cars) for cars in _blocks(_LEANING, values))
        mark.averaged_on = today
    mark.rules = rules
    _move(mark, today, newest)
    mark.save()
    return made
