"""A plan of the workshop with finite capacity: who does what, in which bay, from when to when. No database, no clock.

A serial list schedule: the works in the order of their rank, each put on the pair of hands and the bay that finish it
first (Kolisch 1996, "Serial and parallel resource-constrained project scheduling methods revisited"). A car is worked
on by one person at a time; work that reaches closing time goes on when the same person is back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

#: A stretch of time in which somebody works: (from, to).
Window = tuple[datetime, datetime]


@dataclass(slots=True)
class Hand:
    """A person who works on cars; `windows` are the stretches at work, in order; the plan moves `free_at` on.

    `skills` are levels by skill: 1 helper, 2 able, 3 master.
    """

    key: int
    skills: Mapping[int, int]
    windows: Sequence[Window]
    free_at: datetime


@dataclass(slots=True)
class Place:
    """A bay, and from when on it is free."""

    key: int
    kind: str
    free_at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """One labour line still to be done. `hand` when it is dispatched; `bay_kind` when only such a bay will do.

    `rank` is compared: the smaller comes first. `ready_at` is when its parts are there. `runs`: its clock is on.
    """

    order: int
    left: timedelta
    rank: tuple[Any, ...]
    skill: int | None = None
    hand: int | None = None
    bay_kind: str = ""
    ready_at: datetime | None = None
    line: int = 0
    runs: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A work with its place in the plan; `place` is its bay, None in a shop without bays."""

    work: Work
    hand: int
    begins_at: datetime
    ends_at: datetime
    place: int | None = None


@dataclass(slots=True)
class Plan:
    """What was placed, in the order of placing, and what nobody can do within the windows."""

    placed: list[Placed] = field(default_factory=list)
    left_over: list[Work] = field(default_factory=list)

    def finish(self, order: int) -> datetime | None:
        """When the last work on a car ends; None when a work of it found no place, or it has none."""
        if any(work.order == order for work in self.left_over):
            return None
        return max((row.ends_at for row in self.placed if row.work.order == order), default=None)


def run(windows: Sequence[Window], begin: datetime, left: timedelta) -> Window | None:
    """(begin, end) in UTC of `left` of work done inside the windows, not before `begin`; None when they are too short.

    In UTC because Python subtracts wall clocks, which are an hour out when the clocks change.
    """
    begun: datetime | None = None
    for opens, closes in ((opens.astimezone(UTC), closes.astimezone(UTC)) for opens, closes in windows):
        start = max(opens, begin.astimezone(UTC))
        if start >= closes:
            continue
        begun = begun or start
        if start + left <= closes:
            return begun, start + left
        left -= closes - start
    return None


def able(hands: Sequence[Hand], work: Work) -> list[Hand]:
    """Who may do it: the one it was given to; whoever has the skill; everybody when nobody is known to have it."""
    if work.hand is not None:
        given = [hand for hand in hands if hand.key == work.hand]
        if given:
            return given
    skilled = [hand for hand in hands if work.skill is None or work.skill in hand.skills]
    return skilled or list(hands)


def _bays(places: Sequence[Place], work: Work) -> list[Place]:
    """The bays that will do; those made for something else only when there is no other."""
    if work.bay_kind:
        made = [place for place in places if place.kind == work.bay_kind]
        if made:
            return made
    return list(places)


def _place(work: Work, hands: Sequence[Hand], places: Sequence[Place], earliest: datetime) -> Placed | None:
    bays = _bays(places, work)
    bay = min(bays, key=lambda place: place.free_at) if bays else None
    from_at = max(earliest, work.ready_at or earliest, bay.free_at if bay else earliest)
    tries = []
    for number, hand in enumerate(able(hands, work)):
        found = run(hand.windows, max(from_at, hand.free_at), work.left)
        if found:
            tries.append((found[1], found[0], number, hand))
    if not tries:
        return None
    ends, begins, _number, hand = min(tries, key=lambda row: row[:3])
    hand.free_at = ends
    if bay:
        bay.free_at = ends
    return Placed(work, hand.key, begins, ends, bay.key if bay else None)


def schedule(works: Iterable[Work], hands: Sequence[Hand], places: Sequence[Place], start: datetime) -> Plan:
    """The plan from `start` on. Moves `free_at` of hands and places; times are aware, the same zone for all or UTC."""
    plan, car_free = Plan(), dict[int, datetime]()
    for work in sorted(works, key=lambda row: row.rank):
        row = _place(work, hands, places, car_free.get(work.order, start))
        if row is None:
            plan.left_over.append(work)
            continue
        plan.placed.append(row)
        car_free[work.order] = row.ends_at
    return plan
