"""Who should take a car that waits, in exact order and words."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from reception.promise_plan import Hand, Place, Work
from workshop.selectors.suggest import suggestions

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
OPEN = [(NINE + timedelta(days=n), NINE + timedelta(days=n, hours=9)) for n in range(9)]
BRAKES = 7
branch = SimpleNamespace(zone="UTC")


def at(hour: float) -> datetime:
    return NINE.replace(hour=0) + timedelta(hours=hour)


def hand(key: int, level: int = 0, windows: Any = None) -> Hand:
    return Hand(key, {BRAKES: level} if level else {}, windows or OPEN, NINE)


def shop(works: Any, hands: Any) -> Any:
    return SimpleNamespace(
        branch=branch, at=NINE, works=works, hands=hands, places=[Place(n, "general", NINE) for n in range(3)],
        open_at=OPEN, after_work=lambda _order: timedelta(minutes=30), skill_names={BRAKES: "brakes"},
    )  # fmt: skip


def work(order: int, hours: float, given: int | None = None, skill: int | None = BRAKES) -> Work:
    return Work(order, timedelta(hours=hours), (order,), skill, given, line=order)


def said(of: Any, due: dict[int, datetime | None]) -> list[tuple[int, str]]:
    from dms.clock import as_of

    with as_of(NINE):
        return [(row.hand, row.why) for row in suggestions(of, due)[1]]


def test_in_time_comes_before_skill_and_skill_before_soon() -> None:
    busy = [work(2, 3, given=3), work(3, 1, given=2)]
    found = said(shop([work(1, 1), *busy], [hand(1), hand(2, 2), hand(3, 3)]), {1: at(12)})
    assert found == [
        (2, "trained in brakes · begins today 10:00 · ready today 11:30 · 30 min to spare"),
        (1, "not trained in brakes · free now · ready today 10:30 · 1 h 30 min to spare"),
        (3, "master of brakes · begins today 12:00 · ready today 13:30 · 1 h 30 min late"),
    ]


def test_the_better_one_first_when_both_are_in_time() -> None:
    found = said(shop([work(1, 1)], [hand(1, 1), hand(2, 3)]), {1: at(17)})
    assert found == [
        (2, "master of brakes · free now · ready today 10:30 · 6 h 30 min to spare"),
        (1, "helps with brakes · free now · ready today 10:30 · 6 h 30 min to spare"),
    ]


def test_work_without_a_skill_and_without_a_promise_says_only_when() -> None:
    found = said(shop([work(1, 8.5, skill=None)], [hand(1)]), {1: None})
    assert found == [(1, "free now · ready today 18:00")]


def test_who_is_not_there_is_not_named() -> None:
    away = [(at(9), at(9.5))]
    assert said(shop([work(1, 1)], [hand(1, 3, away), hand(2)]), {1: None}) == [
        (2, "not trained in brakes · free now · ready today 10:30")
    ]


@pytest.mark.parametrize("count", [0, 9])
def test_three_at_most(count: int) -> None:
    assert len(said(shop([work(1, 1)], [hand(n) for n in range(count)]), {1: None})) == min(count, 3)


def test_the_shop_is_not_used_up() -> None:
    of = shop([work(1, 1), work(2, 1, given=1)], [hand(1)])
    assert said(of, {1: None}) == said(of, {1: None})
    assert of.hands[0].busy == []
