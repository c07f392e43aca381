"""A plan of the workshop with finite capacity: who does what, in which bay, from when to when. No database, no clock.

A serial list schedule: the works in the order of their rank, each put on the pair of hands and the bay that finish it
first (Kolisch 1996, "Serial and parallel resource-constrained project scheduling methods revisited"). A car is worked
on by one person at a time; work that reaches closing time goes on when the same person is back. Work that waits for a
part or is held takes its people only from then on: what comes later in rank may fill the time until then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

#: A stretch of time in which somebody works: (from, to).
Window = tuple[datetime, datetime]


@dataclass(slots=True)
class Hand:
    """A person who works on cars from `free_at` on; `windows` are the stretches at work; the plan fills `busy`.

    `skills` are levels by skill: 1 helper, 2 able, 3 master.
    """

    key: int
    skills: Mapping[int, int]
    windows: Sequence[Window]
    free_at: datetime
    busy: list[Window] = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """A bay, and from when on it is there; the plan fills `busy`."""

    key: int
    kind: str
    free_at: datetime
    busy: list[Window] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Work:
    """One labour line still to be done. `hand` when it is dispatched; `bay_kind` when only such a bay will do.

    `rank` is compared: the smaller comes first. `ready_at` is when its parts are there, `held_until` when what holds it
    up is expected to end. `runs`: its clock is on. `place`: somebody chose this bay.
    """

    order: int
    left: timedelta
    rank: tuple[Any, ...]
    skill: int | None = None
    hand: int | None = None
    bay_kind: str = ""
    ready_at: datetime | None = None
    held_until: datetime | None = None
    line: int = 0
    runs: bool = False
    place: int | None = None


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
    """The bays that will do, the chosen one alone; those made for something else only when there is no other."""
    if work.place is not None:
        return [place for place in places if place.key == work.place]
    if work.bay_kind:
        made = [place for place in places if place.kind == work.bay_kind]
        if made:
            return made
    return list(places)


def _clash(busy: Iterable[Window], wanted: Window) -> bool:
    return any(begins < wanted[1] and wanted[0] < ends for begins, ends in busy)


def _gap(
    work: Work, hand: Hand, bays: Sequence[Place], car: Sequence[Window], from_at: datetime
) -> tuple[Window, Place | None] | None:
    """The first stretch in which these hands, the car and one of the bays are free; None when there is none.

    Something is free only at the beginning or where something else ends: no other instants are tried.
    """
    first = max(from_at, hand.free_at)
    ends = {end for busy in (hand.busy, car, *(bay.busy for bay in bays)) for _begin, end in busy if end > first}
    ends |= {bay.free_at for bay in bays if bay.free_at > first}
    for begin in (first, *sorted(ends)):
        found = run(hand.windows, begin, work.left)
        if found is None:
            return None
        if _clash(hand.busy, found) or _clash(car, found):
            continue
        bay = next((bay for bay in bays if bay.free_at <= found[0] and not _clash(bay.busy, found)), None)
        if bay is not None or (not bays and work.place is None):
            return found, bay
    return None


def _place(
    work: Work, hands: Sequence[Hand], places: Sequence[Place], car: list[Window], start: datetime
) -> Placed | None:
    bays = _bays(places, work)
    from_at = max(start, work.ready_at or start, work.held_until or start)
    tries = []
    for number, hand in enumerate(able(hands, work)):
        found = _gap(work, hand, bays, car, from_at)
        if found:
            tries.append((found[0][1], found[0][0], number, hand, found[1]))
    if not tries:
        return None
    ends, begins, _number, hand, bay = min(tries, key=lambda row: row[:3])
    for busy in (hand.busy, car, *([bay.busy] if bay else [])):
        busy.append((begins, ends))
    return Placed(work, hand.key, begins, ends, bay.key if bay else None)


def schedule(works: Iterable[Work], hands: Sequence[Hand], places: Sequence[Place], start: datetime) -> Plan:
    """The plan from `start` on. Fills `busy` of hands and places; times are aware, the same zone for all or UTC."""
    plan, cars = Plan(), defaultdict[int, list[Window]](list)
    for work in sorted(works, key=lambda row: row.rank):
        row = _place(work, hands, places, cars[work.order], start)
        if row is None:
            plan.left_over.append(work)
        else:
            plan.placed.append(row)
    return plan
