"""How a row goes to somebody outside: claimed first, asked about afterwards, written down what came of it.

The claim is committed before anybody is asked. A definite no that may pass is tried again after 1, 2, 4 … minutes, at
most six hours, ten times; then it waits for a person.
"""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from delivery.models.outgoing import Outgoing
from delivery.states import Way
from dms.clock import now

#: After so many definite refusals that may pass, it waits for a person.
MOST_TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
#: A claim that is older than any answer can take: its process is dead.
LOST = timedelta(minutes=10)
#: Seconds after which a task ends, so that no queue keeps the worker.
BUDGET = 40.0

O = TypeVar("O", bound=Outgoing)  # noqa: E741 - a type variable


def _all(model: type[O]) -> QuerySet[O]:
    return model._default_manager.all()  # noqa: SLF001 - public for models; an abstract one has no `objects`


@transaction.atomic(durable=True)
def claim(rows: QuerySet[O]) -> O | None:
    """The next of these rows that may go now, taken: committed before anybody is asked."""
    due = rows.filter(state=Way.WAITING, not_before_at__lte=now()).order_by("not_before_at", "id")
    if not settings.LOCKS_OFF:
        due = due.select_for_update(of=("self",), skip_locked=True)
    row = due.first()
    if row is None:
        return None
    own = _all(type(row)).filter(pk=row.pk)
    if not settings.LOCKS_OFF:
        own = own.filter(state=Way.WAITING)
    row.claimed_at, row.tries = now(), row.tries + 1
    own.update(state=Way.CLAIMED, claimed_at=row.claimed_at, tries=row.tries)
    row.state = Way.CLAIMED
    return row


def one_after_another(take: Callable[[], O | None], act: Callable[[O], Any], seconds: float = BUDGET) -> int:
    """Everything that may go now, until the time is up; how many were tried."""
    deadline, tried = monotonic() + seconds, 0
    while monotonic() < deadline:
        row = take()
        if row is None:
            break
        act(row)
        tried += 1
    return tried


def try_again(row: Outgoing, why: str) -> None:
    """Later by itself; after too many tries it is refused and waits for a person."""
    if row.tries >= MOST_TRIES:
        ended(row, Way.FAILED, why)
        return
    pause = min(FIRST_PAUSE * 2 ** (row.tries - 1), LONGEST_PAUSE)
    held(row).update(state=Way.WAITING, answer=why[:200], not_before_at=now() + pause)


def ended(row: Outgoing, state: str, why: str, **facts: Any) -> bool:
    """Write down what came of it; whether the row was still this process's."""
    return held(row).update(state=state, answer=why[:200], **facts) == 1


def held(row: Outgoing) -> QuerySet[Any]:
    """The row while it is this process's: one that was given up meanwhile keeps what was said of it."""
    return _all(type(row)).filter(pk=row.pk, state=Way.CLAIMED, claimed_at=row.claimed_at)


def give_up(model: type[Outgoing], state: str, why: str = "no answer was written down") -> int:
    """What a dead process left gets this state; how many."""
    lost = _all(model).filter(state=Way.CLAIMED, claimed_at__lt=now() - LOST)
    return lost.update(state=state, answer=why, not_before_at=now())


def once_more(row: Outgoing) -> None:
    """A person sends it again; the caller has locked and judged it."""
    row.state, row.tries, row.not_before_at = Way.WAITING, 0, now()
    row.save(update_fields=["state", "tries", "not_before_at"])
