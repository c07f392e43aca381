"""Files to print: asked for in the transaction that needs them, drawn by the worker, kept."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import Branch
from accounts.policies import Actor
from dms.act import one_act
from records.kinds import IMPACT, KINDS
from records.models import IssuedPaper, PaperFile
from records.pieces import Piece, name_of
from records.selectors import copies_printed, paper_rules, sheet_of
from records.states import FileState, FileTrouble, PaperKind

log = logging.getLogger(__name__)
#: The sheet of the printer's test page, and the beginning of its file's name.
TEST = "test"
#: A file that a worker began so long ago was left by one that died; after so many the file is to blame.
ABANDONED, MOST_TRIES = timedelta(minutes=2), 3
#: Priorities of Celery's Redis transport, which counts downwards.
FIRST, LAST = 0, 9


def want_original(paper: IssuedPaper) -> PaperFile:
    """The file of a paper that was just issued, on the sheet that the branch prints. Nobody can have asked for it."""
    rules = paper_rules(paper.branch)
    piece = Piece(paper.pk, sheet_of(paper, rules))
    x, y = _offset(rules) if piece.sheet == IMPACT else (0, 0)
    row = PaperFile.objects.create(
        branch=paper.branch, paper=paper, name=piece.name, x=x, y=y, asked_at=timezone.now()
    )  # fmt: skip
    transaction.on_commit(nudge, robust=True)
    return row


def want(branch: Branch, pieces: list[Piece], rules: dict[str, Any] | None = None) -> PaperFile:
    """The file of these pieces, asked for once; asked for again when the printer was adjusted since."""
    held = paper_rules(branch) if rules is None else rules
    offset = _offset(held) if any(piece.sheet == IMPACT for piece in pieces) else (0, 0)
    return _wanted(branch, name_of(pieces), pieces[0].paper_id, offset)


def want_test_page(branch: Branch) -> PaperFile:
    """The test page of the branch's continuous paper, with the offset of today."""
    return _wanted(branch, test_name(branch), None, _offset(paper_rules(branch)))


def test_name(branch: Branch) -> str:
    """The name of the branch's test page."""
    return f"{TEST}-{branch.pk}"


def _offset(rules: dict[str, Any]) -> tuple[int, int]:
    return rules["paper.impact.x"], rules["paper.impact.y"]


def _wanted(branch: Branch, name: str, paper_id: int | None, offset: tuple[int, int]) -> PaperFile:
    # The machine's clock: somebody waits from now on, whenever the paper is said to be issued.
    fresh = PaperFile(branch=branch, paper_id=paper_id, name=name, x=offset[0], y=offset[1], asked_at=timezone.now())
    PaperFile.objects.bulk_create([fresh], ignore_conflicts=True)
    row = PaperFile.objects.defer("pdf").get(name=name)
    if (row.x, row.y) != offset:
        PaperFile.objects.filter(pk=row.pk).update(
            x=offset[0], y=offset[1], state=FileState.WAITING, trouble="", pdf=None, tries=0, asked_at=timezone.now()
        )
        row = PaperFile.objects.defer("pdf").get(pk=row.pk)
    if row.state == FileState.WAITING:
        transaction.on_commit(partial(hurry, row), robust=True)
    return row


def hurry(file: PaperFile) -> None:
    """Somebody waits for this file now: it is drawn before those that are only made ready."""
    nudge(file.pk, FIRST)


def nudge(file_id: int | None = None, priority: int = LAST) -> None:
    """Wake the worker. A lost nudge costs half a minute: the sweep finds what waits."""
    from records.tasks import render_waiting

    try:
        render_waiting.apply_async((file_id,), retry=False, expires=60, priority=priority)
    except OperationalError as error:
        log.warning("the worker was not woken: %s", type(error).__name__)


@one_act
def print_papers(*, actor: Actor, papers: list[IssuedPaper], sheet: str = "") -> PaperFile:
    """Count the copies of each paper and ask for one file with all of them: at first as many as the branch wants, later
    one. `sheet` for another sheet than the branch's.

    A paper of which the branch wants none with others is left out, unless it is the only one.
    """
    from records.services.papers import record_prints

    rules, before = paper_rules(actor.branch), copies_printed(papers)
    pieces = []
    for paper in papers:
        wanted = rules[f"paper.copies.{paper.kind}"] if not before[paper.pk] else 1
        if wanted == 0 and len(papers) > 1:
            continue
        first, last = record_prints(actor=actor, paper=paper, copies=max(wanted, 1))
        size = sheet if sheet in KINDS[PaperKind(paper.kind)].sheets else sheet_of(paper, rules)
        pieces.append(Piece(paper.pk, size, first, last))
    if not pieces:  # the branch wants none of them by itself: then it is asked for now
        return print_papers(actor=actor, papers=papers[:1], sheet=sheet)
    return want(actor.branch, pieces, rules)


def take(file: PaperFile) -> bool:
    """Claim a waiting file for this worker; false when another was faster."""
    rows = PaperFile.objects.filter(pk=file.pk, state=FileState.WAITING)
    return rows.update(state=FileState.MAKING, began_at=timezone.now(), tries=F("tries") + 1) == 1


def keep(file: PaperFile, pdf: bytes) -> None:
    """The file is made. One whose offset was changed meanwhile is drawn again."""
    same = PaperFile.objects.filter(pk=file.pk, state=FileState.MAKING, x=file.x, y=file.y)
    same.update(state=FileState.MADE, pdf=pdf)


def give_up(file: PaperFile, trouble: str) -> None:
    """The file is not made; whoever opens it gets the printable page and reads why."""
    mine = PaperFile.objects.filter(pk=file.pk, state=FileState.MAKING)
    mine.update(state=FileState.FAILED, trouble=trouble)


def without_library() -> int:
    """Nothing can be drawn on this machine: say so of everything that waits; of how much."""
    waiting = PaperFile.objects.filter(state=FileState.WAITING)
    return waiting.update(state=FileState.FAILED, trouble=FileTrouble.LIBRARY)


def recover(after: timedelta = ABANDONED) -> None:
    """What a dead worker left, and what waited for the library, waits again."""
    left = PaperFile.objects.filter(state=FileState.MAKING, began_at__lt=timezone.now() - after)
    left.filter(tries__gte=MOST_TRIES).update(state=FileState.FAILED, trouble=FileTrouble.BROKEN)
    left.filter(tries__lt=MOST_TRIES).update(state=FileState.WAITING)
    PaperFile.objects.filter(state=FileState.FAILED, trouble=FileTrouble.LIBRARY).update(
        state=FileState.WAITING, trouble=""
    )
