"""What holds a car up, as far as its promise asks: until when that probably lasts.

The holds themselves are the workshop's, which comes after reception: it registers the question.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import Branch
from records.holding import HOLDS

#: The reason of a hold that ends with a part's arrival.
PARTS = "parts"
#: (branch, instant) → the holds that were open then, each with `order_id`, `line_id` (None: all of the car's work).
Question = Callable[[Branch, datetime], QuerySet[Any]]
_asked: list[Question] = []
#: The rules that say how long a hold usually lasts.
RULE_KEYS = [f"hold.{reason}_hours" for reason in HOLDS]


def register(question: Question) -> None:
    """Called from `AppConfig.ready()` by the app that keeps the holds."""
    _asked[:] = [question]


def held_at(branch: Branch, at: datetime) -> list[QuerySet[Any]]:
    """The question to ask together with others (`gather`); none while no app keeps holds."""
    return [question(branch, at) for question in _asked]


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is waited for, by one line or (None) by the whole car, and when it is expected to end."""

    line: int | None
    label: str
    until: datetime


def expected_end(began_at: datetime, limit: timedelta, at: datetime) -> datetime:
    """The end of the limit; a hold that has outlived it is given the same time once more, as often as it takes."""
    periods = max((at - began_at) // limit + 1, 1)
    return began_at + limit * periods


def held_of(
    rows: Iterable[Any], rules: Mapping[str, Any], parts_at: Mapping[int, datetime], at: datetime
) -> dict[int, list[Held]]:
    """By order, what it waits for. A hold for parts ends when the order's missing parts are there."""
    found: dict[int, list[Held]] = defaultdict(list)
    for row in rows:
        until = expected_end(row.began_at, timedelta(hours=int(rules[f"hold.{row.reason}_hours"])), at)
        if row.reason == PARTS:
            until = parts_at.get(row.order_id, until)
        found[row.order_id].append(Held(row.line_id, row.get_reason_display(), until))
    return dict(found)


def until(held: Sequence[Held], line: int) -> datetime | None:
    """When a line can go on: the last of what holds it or its car up; None when nothing does."""
    return max((row.until for row in held if row.line in (None, line)), default=None)
