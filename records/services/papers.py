"""Issuing papers, and counting the copies that are printed."""

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.policies import Actor
from dms.act import one_act
from dms.clock import now
from records.kinds import KINDS
from records.models import IssuedPaper, PaperPrint
from records.services.files import want_original
from records.services.numbers import take_number
from records.states import PaperKind

#: Of a paper's content: when it was issued. The same paper at another minute is the same paper.
ISSUED = "issued_at"


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 (hex) over the content in canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def issue(
    *,
    actor: Actor,
    kind: PaperKind,
    number: str,
    subject_key: str,
    language: str,
    content: dict[str, Any],
    replaces: IssuedPaper | None = None,
) -> IssuedPaper:
    """Freeze a paper, and ask the worker for its file. `content` holds only JSON types; amounts are strings with two
    decimals.
    """
    paper = IssuedPaper.objects.create(
        branch=actor.branch,
        kind=kind,
        number=number,
        subject_key=subject_key,
        language=language,
        content=content,
        content_hash=content_hash(content),
        issued_at=now(),
        issued_by=actor.person,
        replaces=replaces,
    )
    want_original(paper)
    return paper


def last_of(branch_id: int, kind: PaperKind, subject_key: str) -> IssuedPaper | None:
    """The newest paper of a kind about a subject."""
    rows = IssuedPaper.objects.filter(branch_id=branch_id, kind=kind, subject_key=subject_key)
    return rows.order_by("-id").first()


def issue_version(
    *,
    actor: Actor,
    kind: PaperKind,
    subject_key: str,
    language: str,
    content: dict[str, Any],
    number: str = "",
    versions: bool = False,
) -> IssuedPaper:
    """The paper as things stand now: the same content again is the same paper, another one replaces the last.

    Its number is `number`, else the last one's, else the next of the kind's counter; with `versions` the second has the
    first's number and "-2" behind it. The caller holds the subject's lock.
    """
    last = last_of(actor.branch.pk, kind, subject_key)
    if last is not None:
        same = content | {ISSUED: last.content.get(ISSUED, "")}
        if content_hash(same) == last.content_hash and last.language == language:
            return last
    if not number and last is not None:
        number = _next_version(last) if versions else last.number
    return issue(
        actor=actor, kind=kind, number=number or take_number(branch=actor.branch, kind=KINDS[kind].counter),
        subject_key=subject_key, language=language, content=content, replaces=last,
    )  # fmt: skip


def _next_version(last: IssuedPaper) -> str:
    """GJ-SZ01-202611-00012 is followed by GJ-SZ01-202611-00012-2."""
    parts = last.number.split("-")
    version = int(parts[4]) if len(parts) > 4 else 1
    return "-".join([*parts[:4], str(version + 1)])


#: As many clerks may print one paper at the same moment.
TRIES = 5


@one_act
def record_prints(*, actor: Actor, paper: IssuedPaper, copies: int) -> tuple[int, int]:
    """First and last number of the copies that are printed now: 1 is the original. All of one act bear its instant.

    The application may not update (so not lock) an append-only row: the unique key decides between two at once.
    """
    at = now()
    for attempt in range(1, TRIES + 1):
        first = (PaperPrint.objects.filter(paper=paper).aggregate(last=Max("copy"))["last"] or 0) + 1
        numbers = range(first, first + copies)
        try:
            with transaction.atomic():
                PaperPrint.objects.bulk_create(
                    PaperPrint(paper=paper, copy=number, printed_at=at, printed_by=actor.person) for number in numbers
                )
            return first, numbers[-1]
        except IntegrityError:
            if attempt == TRIES:
                raise
    raise AssertionError("not reached")
