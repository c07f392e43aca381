"""The plan of the day by constraint programming: OR-Tools' CP-SAT, which is imported only when a plan is asked for.

An optional interval for each job and each person who can do it; a person, and a car, has one job at a time; bays are
counted. Time is opening time in minutes, in which a night takes none, so a job may go on the next morning.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from dms.errors import Refused
from reception.promise_plan import Hand, Placed, Plan, Window, Work, able
from workshop.day_plan import Choices, Day

#: A solver with more candidates than these a job only has more to search.
MOST_HANDS = 6
#: Minutes of lateness that one late car weighs beside its minutes: two cars a little late are worse than one.
LATE_CAR = 30
#: What somebody works on already goes on now, if it can.
RUNNING = 100
#: A minute late weighs this much beside a minute in which a car is ready sooner.
LATE = 20


#: Somebody who knows the car is worth so many minutes in which it is ready sooner; less than a minute late.
KNOWS = 15


#: Minutes from and to.
Span = tuple[int, int]


class _Axis:
    """Instants as minutes of opening time since the start of the plan."""

    def __init__(self, start: datetime, open_at: Sequence[Window]) -> None:
        begin = start.astimezone(UTC)
        spans = [(max(opens.astimezone(UTC), begin), closes.astimezone(UTC)) for opens, closes in open_at]
        self.spans = [(opens, closes) for opens, closes in spans if opens < closes]
        self.before = [0]
        for opens, closes in self.spans:
            self.before.append(self.before[-1] + _minutes(closes - opens))
        self.opens = [opens for opens, _closes in self.spans]

    def __call__(self, at: datetime) -> int:
        """Minutes; an instant at which the shop is closed counts as its next opening."""
        place = bisect_right(self.opens, at.astimezone(UTC)) - 1
        if place < 0:
            return 0
        opens, closes = self.spans[place]
        return self.before[place] + min(_minutes(at.astimezone(UTC) - opens), _minutes(closes - opens))

    @property
    def end(self) -> int:
        """All the opening time there is."""
        return self.before[-1]


def _minutes(span: timedelta) -> int:
    return max(int(span.total_seconds() // 60), 0)


def _fits(
    earliest: int, length: int, alone: Sequence[Sequence[Span]], counted: Sequence[tuple[Sequence[Span], int]]
) -> int:
    """The first minute from which so long nothing of `alone` is busy, and of each `counted` fewer than there are."""

    def clashes(spans: Sequence[Span], at: int) -> int:
        return sum(begin < at + length and at < end for begin, end in spans)

    every = [*alone, *(spans for spans, _most in counted)]
    tries = sorted({earliest, *(end for spans in every for _begin, end in spans if end > earliest)})
    return next(
        at for at in tries
        if not any(clashes(spans, at) for spans in alone) and all(clashes(spans, at) < most for spans, most in counted)
    )  # fmt: skip


def _length(work: Work) -> int:
    return max(_minutes(work.left), 1)


def _absences(axis: _Axis, hand: Hand, horizon: int) -> list[tuple[int, int]]:
    """Opening time in which the person is not there."""
    gaps, at = [], axis(hand.free_at)
    if at:
        gaps.append((0, at))
    for opens, closes in hand.windows:
        begin, end = axis(opens), axis(closes)
        if begin > at:
            gaps.append((at, begin))
        at = max(at, end)
    if at < horizon:
        gaps.append((at, horizon))
    return gaps


def _candidates(day: Day, work: Work, start: dict[int, Placed]) -> list[Hand]:
    """Who may do it: the most skilled first, and always the one whom the first plan chose."""
    found = able(day.hands, work)
    first = start[work.line].hand
    return sorted(found, key=lambda hand: (hand.key != first, -hand.skills.get(work.skill or 0, 0)))[:MOST_HANDS]


class _Model:
    """The constraint model of a day, started from a plan that holds."""

    def __init__(self, cp: Any, day: Day, start: Plan) -> None:
        self.day, self.axis = day, _Axis(day.start, day.open_at)
        self.model = cp.CpModel()
        self.start = {row.work.line: row for row in start.placed}
        self.works = [work for work in day.works if work.line in self.start]
        self.horizon = sum(map(_length, self.works)) + self.axis.end
        self.absent = {hand.key: _absences(self.axis, hand, self.horizon) for hand in day.hands}
        self.hints = self._hints()
        self.begins: dict[int, Any] = {}
        self.takes: dict[int, dict[int, Any]] = {}
        self.of_hand: dict[int, list[Any]] = defaultdict(list)
        self.of_car: dict[int, list[Any]] = defaultdict(list)
        self.of_bay: dict[str, list[Any]] = defaultdict(list)
        self.cost: list[Any] = []
        for work in self.works:
            self._add(work)
        self._one_at_a_time()
        self._bays()
        self._lateness()
        self.model.minimize(sum(self.cost))

    def _add(self, work: Work) -> None:
        """Start, end and the people who may take it."""
        model, length = self.model, _length(work)
        earliest = self._earliest(work)
        begin = model.new_int_var(earliest, max(self.horizon - length, earliest), "")
        self.begins[work.line] = begin
        self.of_car[work.order].append(model.new_fixed_size_interval_var(begin, length, ""))
        self.of_bay[work.bay_kind].append(model.new_fixed_size_interval_var(begin, length, ""))
        self.takes[work.line] = {}
        for hand in _candidates(self.day, work, self.start):
            takes = model.new_bool_var("")
            self.takes[work.line][hand.key] = takes
            self.of_hand[hand.key].append(model.new_optional_fixed_size_interval_var(begin, length, takes, ""))
            if self.day.knows.get(work.order) == hand.key:
                self.cost.append(-KNOWS * takes)
            model.add_hint(takes, hand.key == self.start[work.line].hand)
        model.add_exactly_one(self.takes[work.line].values())
        model.add_hint(begin, self.hints[work.line])
        self.cost.append(RUNNING * begin if work.runs else begin)

    def _earliest(self, work: Work) -> int:
        """Not before its parts are there and its hold has ended; what runs does not wait."""
        return max((self.axis(at) for at in (work.ready_at, work.held_until) if at and not work.runs), default=0)

    def _hints(self) -> dict[int, int]:
        """When each work of the first plan may begin in the model, in which an absence interrupts nothing.

        A solver that is given one solution that holds improves it; without one it may find none in three seconds.
        """
        hands = {key: list(away) for key, away in self.absent.items()}
        cars: dict[int, list[Span]] = defaultdict(list)
        bays: dict[str, list[Span]] = defaultdict(list)
        begins = {}
        for work in sorted(self.works, key=lambda work: (not work.runs, self.start[work.line].begins_at, work.line)):
            alone = (hands[self.start[work.line].hand], cars[work.order])
            counted = [(list(chain(*bays.values())), len(self.day.places))] if self.day.places else []
            if made := self._made(work.bay_kind):
                counted.append((bays[work.bay_kind], made))
            begins[work.line] = begin = _fits(self._earliest(work), _length(work), alone, counted)
            for spans in (*alone, bays[work.bay_kind]):
                spans.append((begin, begin + _length(work)))
        return begins

    def _made(self, kind: str) -> int:
        """How many bays are made for works of that kind; 0 when every bay will do."""
        return sum(place.kind == kind for place in self.day.places) if kind else 0

    def _one_at_a_time(self) -> None:
        for hand in self.day.hands:
            away = [
                self.model.new_fixed_size_interval_var(begin, end - begin, "") for begin, end in self.absent[hand.key]
            ]
            self.model.add_no_overlap([*self.of_hand[hand.key], *away])
        for intervals in self.of_car.values():
            if len(intervals) > 1:
                self.model.add_no_overlap(intervals)

    def _bays(self) -> None:
        """Bays are counted: those of a kind for the works that need it, all of them for everybody."""
        places = self.day.places
        if not places:
            return
        every = [interval for intervals in self.of_bay.values() for interval in intervals]
        self.model.add_cumulative(every, [1] * len(every), len(places))
        for kind, intervals in self.of_bay.items():
            if made := self._made(kind):
                self.model.add_cumulative(intervals, [1] * len(intervals), made)

    def _lateness(self) -> None:
        """Minutes past each promise, the night too for what is not ready today, and a weight for each late car."""
        works: dict[int, list[Work]] = defaultdict(list)
        for work in self.works:
            works[work.order].append(work)
        close = self.axis(self.day.close)
        mornings = (opens for opens, _closes in self.day.open_at if opens > self.day.close)
        night = _minutes(next(mornings, self.day.close) - self.day.close)
        for order, due in self.day.due.items():
            if order not in works:
                continue
            late = self.model.new_int_var(0, 4 * self.horizon, "")
            is_late = self.model.new_bool_var("")
            left = self.axis(due) - _minutes(self.day.after)
            for work in works[order]:
                self.model.add(late >= self.begins[work.line] + _length(work) - left)
            self.model.add(late <= 0).only_enforce_if(~is_late)
            self.cost += [LATE * late, LATE * LATE_CAR * is_late]
            if due <= self.day.close and night:
                tomorrow = self.model.new_bool_var("")
                for work in works[order]:
                    end = self.begins[work.line] + _length(work)
                    self.model.add(end <= close).only_enforce_if(~tomorrow)
                self.cost.append(LATE * night * tomorrow)


def solve(day: Day, start: Plan, *, seconds: float = 3.5, workers: int = 4) -> Choices | None:
    """Who does each line and in which order; None when nothing better was found in the time.

    Raises `Refused` on a machine without OR-Tools.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise Refused(
            _("The planner is not installed on this machine; dispatch by hand, or install the group plan.")
        ) from error
    model = _Model(cp_model, day, start)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = 1
    # Both look for structure that a workshop does not have, and may use up the time before the search begins.
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    if solver.solve(model.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    found: dict[int, tuple[int, int]] = {}
    begins = {work.line: solver.value(model.begins[work.line]) for work in model.works}
    for place, line in enumerate(sorted(begins, key=lambda line: (begins[line], line))):
        found[line] = (place, next(hand for hand, takes in model.takes[line].items() if solver.value(takes)))
    for work in day.works:  # nobody can do it, in any plan
        found.setdefault(work.line, (len(found), work.hand or 0))
    return found
