"""From the rows between into our tables, a block in one transaction that also moves `done_rows`.

A worker that is killed leaves whole blocks; whoever comes next goes on there. Run twice, a list changes nothing.
"""

import time
from collections import Counter
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from customers.import_states import ImportKind, ImportState, Outcome
from customers.imports import cars, past
from customers.imports.matching import Known, look, puzzle_of
from customers.imports.staging import BLOCK, forget_rows
from customers.models import ImportRow, ImportRun
from dms.clock import branch_day, now
from dms.fields import locked

#: A person entered one of the block's cars in the same moment: the block is written anew and finds it.
TRIES = 3
_MARK = """
    UPDATE customers_importrow r SET outcome = 'bad', problems = n.problems
    FROM unnest(%s::bigint[], %s::jsonb[]) AS n(id, problems) WHERE r.id = n.id
"""


def write(run_id: int, seconds: float) -> bool:
    """Write on for so long; whether there is more to do."""
    until = time.monotonic() + seconds
    while _block(run_id):
        if time.monotonic() > until:
            return True
    return False


def _block(run_id: int) -> bool:
    for turn in range(TRIES):
        try:
            return _written(run_id)
        except IntegrityError:
            if turn == TRIES - 1:
                raise
    return False


@transaction.atomic
def _written(run_id: int) -> bool:
    """One block; false when there is nothing left, or nothing to do for us."""
    run = locked(ImportRun.objects.select_related("branch")).filter(pk=run_id, state=ImportState.RUNNING).first()
    if run is None:
        return False
    waiting = ImportRow.objects.filter(run=run, number__gt=run.done_rows, outcome=Outcome.WAITING)
    rows = list(waiting.order_by("number").defer("raw")[:BLOCK])
    if not rows:
        _end(run)
        return False
    known = look(run.branch, run.kind, rows, hold=True)
    good = _without_puzzles(run, rows, known)
    into = past.write if run.kind == ImportKind.VISITS else cars.write
    made = into(run, good, known, branch_day(run.branch))
    _mark(rows)
    tally = Counter(row.outcome for row in rows)
    run.counts = dict(Counter(run.counts) + made + Counter(same=tally[Outcome.SAME]))
    run.bad_rows += tally[Outcome.BAD]
    run.done_rows, run.moved_at = rows[-1].number, now()
    run.save(update_fields=["counts", "bad_rows", "done_rows", "moved_at"])
    return True


def _without_puzzles(run: ImportRun, rows: Sequence[ImportRow], known: Known) -> list[ImportRow]:
    """The rows that can be written; the world may have changed since they were checked."""
    good = []
    for row in rows:
        code = puzzle_of(row, known, run.kind)
        if code:
            row.outcome = Outcome.BAD
            row.problems = [*row.problems, ["vin" if row.vin else "plate", code, row.vin or row.plate]]
        else:
            good.append(row)
    return good


def _mark(rows: Sequence[ImportRow]) -> None:
    """What could not come says why; what has come stands in our tables now, and goes."""
    from django.db.backends.postgresql.psycopg_any import Jsonb

    bad = [row for row in rows if row.outcome == Outcome.BAD]
    if bad:
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [[row.pk for row in bad], [Jsonb(row.problems) for row in bad]])
    block = ImportRow.objects.filter(run=rows[0].run_id, number__range=(rows[0].number, rows[-1].number))
    block.filter(outcome=Outcome.WAITING).delete()


def _end(run: ImportRun) -> None:
    same = ImportRow.objects.filter(run=run, outcome=Outcome.SAME).count()  # a car's second row in the file
    run.counts = {**run.counts, "same": run.counts.get("same", 0) + same}
    run.state, run.done_rows, run.ended_at, run.moved_at = ImportState.DONE, run.read_rows, now(), now()
    run.save()
    forget_rows(run)
    file = run.file
    transaction.on_commit(lambda: file.delete(save=False))
