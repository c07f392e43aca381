"""From the file into the rows between: read, clean, keep. Nothing of ours is written yet.

Each block is one transaction that also moves `read_rows`, so a worker that was killed goes on where the last block
ended, and two workers never keep a row twice.
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connection, transaction

from accounts.models import Branch
from catalog.models import VehicleModel
from catalog.selectors import packages_offered
from customers.identifiers import region_of
from customers.import_states import ImportKind, ImportState, Outcome
from customers.imports.checks import Checked, House, by_field, checked
from customers.imports.matching import look, puzzles
from customers.imports.problems import BAD
from customers.imports.sources import Row, rows_of, skipped
from customers.models import ImportRow, ImportRun
from dms.clock import branch_day, now
from dms.errors import Invalid
from dms.fields import locked

log = logging.getLogger(__name__)
BLOCK = 2_000
_COLUMNS = "run_id, number, line, name, phone, plate, vin, cleaned, problems, raw, outcome"
#: A car that stands in two rows: the same values are one car, others are a question that only a person answers.
_TWICE = """
    UPDATE customers_importrow r SET outcome = CASE WHEN f.same THEN 'same' ELSE 'bad' END,
        problems = CASE WHEN f.same THEN r.problems ELSE r.problems || jsonb_build_array(
            jsonb_build_array('{name}', 'twice', r.{name})) END
    FROM (
        SELECT id, first_value(id) OVER w <> id AS later,
            (name, phone, plate, vin, cleaned) = (first_value(name) OVER w, first_value(phone) OVER w,
                first_value(plate) OVER w, first_value(vin) OVER w, first_value(cleaned) OVER w) AS same
        FROM customers_importrow WHERE run_id = %s AND {name} <> '' AND outcome = 'waiting'
        WINDOW w AS (PARTITION BY {name} ORDER BY number)
    ) f
    WHERE f.id = r.id AND f.later
"""
#: What a run would make: customers by name and phone, cars by plate or VIN.
_FORESEEN = """
    WITH good AS (SELECT * FROM customers_importrow WHERE run_id = %(run)s AND outcome = 'waiting'),
    people AS (SELECT DISTINCT name, phone FROM good WHERE name <> ''),
    cars AS (SELECT * FROM good WHERE plate <> '' OR vin <> '')
    SELECT (SELECT count(*) FROM good),
        (SELECT count(*) FROM people),
        (SELECT count(*) FROM people p WHERE NOT EXISTS (
            SELECT FROM customers_customer c
            WHERE c.branch_id = %(branch)s AND c.phone_tail = right(p.phone, 4)
                AND c.phone = p.phone AND c.name = p.name
        )),
        (SELECT count(*) FROM cars),
        (SELECT count(*) FROM cars r WHERE NOT EXISTS (
            SELECT FROM customers_vehicle v WHERE v.branch_id = %(branch)s AND v.plate = r.plate AND r.plate <> ''
        ) AND NOT EXISTS (
            SELECT FROM customers_vehicle v WHERE v.branch_id = %(branch)s AND v.vin = r.vin AND r.vin <> ''
        ))
"""
_BAD = "SELECT count(*) FROM customers_importrow WHERE run_id = %s AND outcome = 'bad'"


def house_of(branch: Branch) -> House:
    """What the checks must know of a branch. Two queries."""
    models: dict[tuple[str, str], int] = {}
    for row in VehicleModel.objects.select_related("brand").order_by("-pk"):
        for brand in {row.brand.name, row.brand.name_en} - {""}:
            for name in {row.name, row.name_en} - {""}:
                models[brand.lower(), name.lower()] = row.pk
    packages = {name.lower(): one.pk for one in packages_offered() for name in {one.name, one.name_en} - {""}}
    return House(region_of(branch.currency), branch_day(branch), models, packages=packages)


def stage(run_id: int, seconds: float) -> bool:
    """Read on for so long; whether there is more to do. A file that cannot be read to its end fails the run."""
    run = ImportRun.objects.select_related("branch").filter(pk=run_id, state=ImportState.CHECKING).first()
    if run is None:
        return False
    house, until = house_of(run.branch), time.monotonic() + seconds
    try:
        with run.file.open("rb") as file:
            rows = rows_of(file, run.encoding, run.delimiter)
            for block in blocks(skipped(rows, run.head_row + 1 + run.read_rows)):
                if not _keep(run, block, house):
                    return False
                if time.monotonic() > until:
                    return True
    except (Invalid, OSError) as error:
        log.warning("import %s cannot be read on after row %s: %s", run.pk, run.read_rows, type(error).__name__)
        _fail(run)
        return False
    return not _foresee(run)


def blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in blocks."""
    walked = iter(rows)
    while block := list(islice(walked, BLOCK)):
        yield block


def _fail(run: ImportRun) -> None:
    at_work = ImportRun.objects.filter(pk=run.pk, state=ImportState.CHECKING)
    at_work.update(state=ImportState.FAILED, trouble="file", ended_at=now())


@transaction.atomic
def _keep(run: ImportRun, block: list[Row], house: House) -> bool:
    """Clean a block and keep it; false when somebody else read on, or took the import back."""
    row = locked(ImportRun.objects.all()).get(pk=run.pk)
    if row.state != ImportState.CHECKING or row.read_rows != run.read_rows:
        return False
    cleaned = [checked(run.kind, by_field(run.mapping, cells), house) for _line, cells in block]
    known = look(run.branch, run.kind, cleaned)
    for one in cleaned:
        if not one.bad:
            puzzles(one, known, run.kind)
    _copy(run, block, cleaned)
    run.read_rows += len(block)
    bad = row.bad_rows + sum(one.bad for one in cleaned)
    ImportRun.objects.filter(pk=run.pk).update(read_rows=run.read_rows, bad_rows=bad, moved_at=now())
    return True


def _copy(run: ImportRun, block: list[Row], cleaned: list[Checked]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_importrow ({_COLUMNS}) FROM STDIN") as copy:
        for place, ((line, cells), one) in enumerate(zip(block, cleaned, strict=True), run.read_rows + 1):
            copy.write_row((
                run.pk, place, line, one.name, one.phone, one.plate, one.vin, _json(one.cleaned), _json(one.problems),
                _json(cells), Outcome.BAD if one.bad else Outcome.WAITING,
            ))  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@transaction.atomic
def _foresee(run: ImportRun) -> bool:
    """The whole file is read: cars that stand in it twice, and what a run would make."""
    row = locked(ImportRun.objects.all()).get(pk=run.pk)
    if row.state != ImportState.CHECKING:
        return True
    with connection.cursor() as cursor:
        if run.kind != ImportKind.VISITS:
            for name in ("plate", "vin"):
                cursor.execute(_TWICE.format(name=name), [run.pk])
        cursor.execute(_FORESEEN, {"run": run.pk, "branch": run.branch_id})
        good, people, new_people, cars, new_cars = cursor.fetchone()
        cursor.execute(_BAD, [run.pk])
        row.bad_rows = cursor.fetchone()[0]
    row.counts = {"good": good, "people": people, "new_people": new_people, "cars": cars, "new_cars": new_cars}
    row.state, row.total_rows, row.moved_at = ImportState.CHECKED, row.read_rows, now()
    row.save()
    return True


def forget_rows(run: ImportRun) -> None:
    """Of what was not imported everything is kept, of the rest nothing: it stands in our tables now."""
    ImportRow.objects.filter(run=run).exclude(outcome=Outcome.BAD).delete()


def is_bad(problems: list[list[str]]) -> bool:
    """Whether one of a row's problems keeps it out."""
    return any(code in BAD for _field, code, _shown in problems)
