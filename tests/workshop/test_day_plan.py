"""The plan of the day in figures: the solver beside first come, first served, on days small enough to see."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from reception.promise_plan import Hand, Place, Work
from workshop.day_plan import Day, Figures, best, by_promise, chosen, figures, first_come
from workshop.solver import solve

MORNING = datetime(2026, 12, 1, 8, tzinfo=UTC)
OPEN = [(MORNING + timedelta(days=n), MORNING + timedelta(days=n, hours=10)) for n in range(21)]
BRAKES, ELECTRICS = 1, 2


def at(hour: float) -> datetime:
    return MORNING.replace(hour=0) + timedelta(hours=hour)


def hand(key: int, windows: Any = None, **levels: int) -> Hand:
    names = {"brakes": BRAKES, "electrics": ELECTRICS}
    return Hand(key, {names[name]: level for name, level in levels.items()}, windows or OPEN, MORNING)


def work(order: int, hours: float, **more: Any) -> Work:
    return Work(order, timedelta(hours=hours), (), line=more.pop("line", order), **more)


def day(works: Any, hands: Any, due: dict[int, float], bays: int = 9, after: int = 0) -> Day:
    places = [Place(100 + n, "general", MORNING) for n in range(bays)]
    promised = {order: at(hour) for order, hour in due.items()}
    return Day(MORNING, at(18), works, hands, places, OPEN, promised, timedelta(minutes=after))


def arrived(of: Day) -> dict[int, datetime]:
    return {row.order: MORNING - timedelta(minutes=100 - row.order) for row in of.works}


def costs(of: Day) -> tuple[Figures, Figures]:
    """First come first served, and the plan."""
    plan = best(of, arrived(of), solve)
    return figures(of, first_come(of, arrived(of))), figures(of, plan)


def test_a_short_job_with_an_early_promise_goes_before_a_long_one() -> None:
    of = day([work(1, 6), work(2, 1)], [hand(1)], {1: 18, 2: 9.5})
    assert costs(of) == (Figures(330, 1, 0, 0), Figures(0, 0, 0, 0))


def test_the_one_who_can_more_is_kept_for_what_only_they_can() -> None:
    # First come first served gives the brakes to the first who is free, who is the only electrician.
    works = [work(1, 4, skill=BRAKES), work(2, 4, skill=ELECTRICS)]
    of = day(works, [hand(1, brakes=2, electrics=3), hand(2, brakes=2)], {1: 12, 2: 12})
    plan = best(of, arrived(of), solve)
    assert {row.work.order: row.hand for row in plan.placed} == {1: 2, 2: 1}
    assert costs(of) == (Figures(240, 1, 0, 0), Figures(0, 0, 0, 0))


def test_overtime_is_work_of_today_that_does_not_fit_into_today() -> None:
    of = day([work(1, 6), work(2, 6)], [hand(1)], {1: 18, 2: 18})
    plan = first_come(of, arrived(of))
    # The second is begun at 14:00, four of its hours fit; it is ready the next morning at 10:00: 16 hours late.
    assert figures(of, plan) == Figures(16 * 60, 1, 120, 0)


def test_checks_and_wash_count_against_the_promise() -> None:
    of = day([work(1, 1)], [hand(1)], {1: 9}, after=40)
    assert figures(of, by_promise(of)) == Figures(40, 1, 0, 0)


def test_what_runs_stays_with_whoever_works_on_it() -> None:
    works = [work(1, 4, hand=1, runs=True), work(2, 1)]
    of = day(works, [hand(1)], {1: 18, 2: 9})
    plan = best(of, arrived(of), solve)
    assert [(row.work.order, row.begins_at) for row in plan.placed] == [(1, at(8)), (2, at(12))]


def test_one_bay_is_used_by_one_car() -> None:
    of = day([work(1, 2), work(2, 2)], [hand(1), hand(2)], {1: 10, 2: 12}, bays=1)
    plan = best(of, arrived(of), solve)
    assert [(row.work.order, row.begins_at, row.place) for row in plan.placed] == [(1, at(8), 100), (2, at(10), 100)]


def test_parts_are_waited_for_and_shifts_are_kept() -> None:
    late = [(at(13), at(18))]
    of = day([work(1, 1, ready_at=at(15)), work(2, 1)], [hand(1, late)], {1: 17, 2: 17})
    plan = best(of, arrived(of), solve)
    assert {row.work.order: row.begins_at for row in plan.placed} == {1: at(15), 2: at(13)}


def test_nobody_at_work_is_said_and_the_rest_is_planned() -> None:
    of = day([work(1, 1), work(2, 1, hand=1)], [hand(1, [(at(8), at(8.5))]), hand(2)], {1: 9})
    assert costs(of)[1] == Figures(0, 0, 0, 1)


def test_a_day_without_work_is_an_empty_plan() -> None:
    of = day([], [hand(1)], {})
    assert best(of, {}, solve).placed == []
    assert costs(of) == (Figures(0, 0, 0, 0), Figures(0, 0, 0, 0))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_plan_is_never_worse_and_keeps_every_rule(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    hands = [hand(n, brakes=2) if draw.random() < 0.5 else hand(n, brakes=1, electrics=3) for n in range(1, 5)]
    works = [
        work(1 + line // 2, draw.choice([0.5, 1, 2]), line=line + 1, skill=draw.choice([None, BRAKES, ELECTRICS]))
        for line in range(16)
    ]
    due = {order: draw.choice([9.5, 11, 14, 18]) for order in range(1, 9)}
    of = day(works, hands, due, bays=3)
    plan = best(of, arrived(of), lambda a_day, start: solve(a_day, start, seconds=1))
    assert figures(of, plan).cost <= figures(of, first_come(of, arrived(of))).cost
    assert sorted(row.work.line for row in plan.placed) == list(range(1, 17))
    for one in ("hand", "place"):
        at_once = sorted((getattr(row, one), row.begins_at, row.ends_at) for row in plan.placed)
        assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(at_once))
    for row in plan.placed:
        able = [one.key for one in hands if row.work.skill is None or row.work.skill in one.skills]
        assert row.hand in (able or [one.key for one in hands])


def test_the_solvers_choice_is_laid_out_by_the_same_schedule() -> None:
    of = day([work(1, 1), work(2, 1)], [hand(1), hand(2)], {})
    plan = chosen(of, {1: (1, 1), 2: (0, 1)})
    assert [(row.work.line, row.hand, row.begins_at) for row in plan.placed] == [(2, 1, at(8)), (1, 1, at(9))]
