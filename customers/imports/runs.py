"""What people do with an import: give a file, choose its columns, run it, take it back."""

from __future__ import annotations  # Django's files are generic for the type checker only

import logging
from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePath
from uuid import uuid4

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.import_states import AT_WORK, ENDED, ImportKind, ImportState
from customers.imports import columns
from customers.imports.sources import shape_of
from customers.imports.staging import forget_rows, stage
from customers.imports.writing import write
from customers.models import ImportRow, ImportRun
from customers.services.forecast_sweep import forecast_branch
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from records.services import audit

log = logging.getLogger(__name__)
MOST_BYTES = 64 * 1024 * 1024
#: How long the worker stays with one import before messages and sweeps have their turn.
TURN = 20.0
#: A block takes a second or two; who has not moved for so long has no worker.
RESTS = timedelta(seconds=60)
PERMISSION = "records.import"


@one_act
def begin(*, actor: Actor, kind: str, file: File[bytes], name: str) -> ImportRun:
    """Keep an uploaded list and look at its columns. Raises `Forbidden`; `Invalid` for what is no table.

    The file is kept under a name of ours: what it was called is only shown.
    """
    check_may(actor, PERMISSION)
    if kind not in ImportKind.values:
        raise Invalid(_("There is no such list."), "kind")
    if not 0 < file.size <= MOST_BYTES:
        raise Invalid(_("A file has at most 64 MB, and something in it."), "file")
    shape = shape_of(file, lambda cells: columns.is_head(kind, cells))
    run = ImportRun(
        branch=actor.branch, kind=kind, file_name=PurePath(name.replace("\\", "/")).name[:120] or "list",
        encoding=shape.encoding, delimiter=shape.delimiter, head_row=shape.head_row, header=shape.header,
        sample=shape.sample, mapping=columns.guessed(kind, shape.header), made_at=now(), made_by=actor.person,
        moved_at=now(),
    )  # fmt: skip
    file.seek(0)
    run.file.save(uuid4().hex, file, save=False)
    run.save()
    return run


def _held(actor: Actor, run_id: int, *states: str) -> ImportRun:
    check_may(actor, PERMISSION)
    run = locked(ImportRun.objects.filter(branch=actor.branch)).get(pk=run_id)
    if run.state not in states:
        raise Refused(_("This import has gone on meanwhile. Look at the page again."), "state")
    return run


@one_act
def choose(*, actor: Actor, run_id: int, mapping: Sequence[str], fill_only: bool) -> ImportRun:
    """Say what each column is; the list is then checked. Raises `Invalid` for a field twice, or one that is needed."""
    run = _held(actor, run_id, ImportState.MAPPING)
    known = {field.key for field in columns.FIELDS[run.kind]}
    chosen = [key for key in mapping if key]
    if len(mapping) != len(run.header) or not set(chosen) <= known:
        raise Invalid(_("There is no such column."), "mapping")
    twice = next((key for key in chosen if chosen.count(key) > 1), "")
    if twice:
        label = columns.label_of(run.kind, twice)
        raise Invalid(_("“%(field)s” is chosen for two columns.") % {"field": label}, "mapping")
    for group in columns.missing(run.kind, mapping):
        labels = ", ".join(columns.label_of(run.kind, key) for key in group)
        raise Invalid(_("Choose a column for one of these: %(fields)s.") % {"fields": labels}, "mapping")
    run.mapping, run.fill_only = list(mapping), fill_only
    _move(run, ImportState.CHECKING)
    return run


@one_act
def choose_again(*, actor: Actor, run_id: int) -> ImportRun:
    """Back to the columns: what was checked is thrown away. Raises `Refused` once it runs."""
    run = _held(actor, run_id, ImportState.CHECKED)
    ImportRow.objects.filter(run=run).delete()
    run.read_rows, run.bad_rows, run.total_rows, run.counts = 0, 0, None, {}
    _move(run, ImportState.MAPPING)
    return run


@one_act
def start(*, actor: Actor, run_id: int) -> ImportRun:
    """Write the checked rows. Raises `Refused` for an import that is not checked, or holds nothing that can come."""
    run = _held(actor, run_id, ImportState.CHECKED)
    if not run.counts.get("good"):
        raise Refused(_("No row of this list can be imported. Mend the file, then choose it again."), "empty")
    run.started_at, run.started_by, run.counts = now(), actor.person, {}
    _move(run, ImportState.RUNNING)
    audit.write(run.branch, actor.user, "import.start", f"import:{run.pk}", {"rows": run.total_rows})
    return run


@one_act
def cancel(*, actor: Actor, run_id: int) -> ImportRun:
    """Take an import back; what a running one has written stays. The file and the rows between go."""
    run = _held(actor, run_id, *(state for state in ImportState if state not in ENDED))
    run.ended_at = now()
    _move(run, ImportState.CANCELLED)
    forget_rows(run)
    file = run.file
    transaction.on_commit(lambda: file.delete(save=False))
    return run


def _move(run: ImportRun, state: ImportState) -> None:
    run.state, run.moved_at = state, now()
    run.save()
    if state in AT_WORK:
        number = run.pk
        transaction.on_commit(lambda: nudge(number))


def nudge(run_id: int) -> None:
    """Tell the worker; without the broker the beat finds the row within two minutes."""
    from customers.import_tasks import carry_on

    try:
        carry_on.delay(run_id)
    except Exception:  # noqa: BLE001  # the row decides, the nudge only hurries
        log.warning("import %s waits for the beat", run_id)


def work(run_id: int, seconds: float = TURN) -> bool:
    """One turn of the worker; whether there is more to do. May run twice or late."""
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None or run.state not in AT_WORK:
        return False
    if run.state == ImportState.CHECKING:
        return stage(run_id, seconds)
    more = write(run_id, seconds)
    run.refresh_from_db()
    if run.state == ImportState.DONE:
        forecast_branch(run.branch, branch_day(run.branch))
    return more


def left_behind() -> list[int]:
    """Imports that should move and have not for a while: their worker has died, or the nudge was lost."""
    resting = ImportRun.objects.filter(state__in=AT_WORK, moved_at__lt=now() - RESTS)
    return list(resting.order_by("moved_at").values_list("pk", flat=True)[:20])
