"""Issuing and printing papers."""

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.policies import Actor
from dms.clock import now
from records.models import IssuedPaper, PaperPrint
from records.states import PaperKind


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
    """Freeze a paper. `content` holds only JSON types; amounts are strings with two decimals."""
    return IssuedPaper.objects.create(
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


#: As many clerks may print one paper at the same moment.
TRIES = 5


@transaction.atomic
def record_print(*, actor: Actor, paper: IssuedPaper) -> int:
    """Number of the copy that is printed now: 1 is the original, 2 the first reprint.

    The application may not update (so not lock) an append-only row: the unique key decides between two at once.
    """
    for attempt in range(1, TRIES + 1):
        copy = (PaperPrint.objects.filter(paper=paper).aggregate(last=Max("copy"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                PaperPrint.objects.create(paper=paper, copy=copy, printed_at=now(), printed_by=actor.person)
            return int(copy)
        except IntegrityError:
            if attempt == TRIES:
                raise
    raise AssertionError("not reached")
