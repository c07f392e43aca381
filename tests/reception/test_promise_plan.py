"""The plan of the workshop: times to the minute, from hands, bays and windows written out here."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from reception.promise_plan import Hand, Place, Window, Work, run, schedule

DAY = datetime(2026, 11, 30, tzinfo=UTC)
ALIGNMENT, ELECTRIC = 1, 2


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    return DAY + timedelta(days=day, hours=hour, minutes=minute)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


WEEK: list[Window] = [(at(8, day=day), at(18, day=day)) for day in range(3)]


def hand(key: int, *skills: int, windows: list[Window] | None = None) -> Hand:
    return Hand(key, dict.fromkeys(skills, 2), WEEK if windows is None else windows, at(9))


def test_work_goes_on_in_the_morning_after_closing() -> None:
    assert run(WEEK, at(17), hours(2)) == (at(17), at(9, day=1))


def test_work_that_would_begin_after_closing_begins_at_opening() -> None:
    assert run(WEEK, at(18), hours(1)) == (at(8, day=1), at(9, day=1))


def test_windows_that_do_not_suffice_say_so() -> None:
    assert run(WEEK, at(9), hours(30)) is None


def test_one_pair_of_hands_does_one_thing_after_the_other() -> None:
    plan = schedule([Work(1, hours(2), (1,)), Work(2, hours(1), (2,))], [hand(1)], [], at(9))
    assert [(row.work.order, row.begins_at, row.ends_at) for row in plan.placed] == [
        (1, at(9), at(11)),
        (2, at(11), at(12)),
    ]


def test_two_people_do_two_cars_at_once_but_one_bay_holds_one() -> None:
    works = [Work(1, hours(2), (1,)), Work(2, hours(1), (2,))]
    assert schedule(works, [hand(1), hand(2)], [], at(9)).finish(2) == at(10)
    assert schedule(works, [hand(1), hand(2)], [Place(1, "lift", at(9))], at(9)).finish(2) == at(12)


def test_the_works_of_one_car_follow_each_other_whoever_does_them() -> None:
    works = [Work(1, hours(1), (1, 1), ALIGNMENT), Work(1, hours(1), (1, 2), ELECTRIC)]
    plan = schedule(works, [hand(1, ALIGNMENT), hand(2, ELECTRIC)], [], at(9))
    assert [(row.hand, row.begins_at) for row in plan.placed] == [(1, at(9)), (2, at(10))]


def test_only_who_can_do_it_does_it_and_the_rank_decides_who_waits() -> None:
    works = [Work(7, hours(1), (2,), ALIGNMENT), Work(8, hours(3), (1,), ALIGNMENT)]
    plan = schedule(works, [hand(1, ALIGNMENT), hand(2, ELECTRIC)], [], at(9))
    assert (plan.finish(8), plan.finish(7)) == (at(12), at(13))


def test_dispatched_work_waits_for_its_technician() -> None:
    works = [Work(1, hours(4), (1,), hand=2), Work(2, hours(1), (2,), hand=2)]
    assert schedule(works, [hand(1), hand(2)], [], at(9)).finish(2) == at(14)


def test_a_skill_that_nobody_has_is_done_by_anybody() -> None:
    assert schedule([Work(1, hours(1), (1,), ELECTRIC)], [hand(1, ALIGNMENT)], [], at(9)).finish(1) == at(10)


def test_parts_that_come_at_two_begin_at_two() -> None:
    plan = schedule([Work(1, hours(1), (1,), ready_at=at(14))], [hand(1)], [], at(9))
    assert plan.placed[0].begins_at == at(14)


def test_alignment_waits_for_its_bay_and_other_work_does_not() -> None:
    places = [Place(1, "lift", at(9)), Place(2, "alignment", at(9))]
    works = [Work(1, hours(2), (1,), bay_kind="alignment"), Work(2, hours(1), (2,), bay_kind="alignment")]
    assert schedule(works, [hand(1), hand(2)], places, at(9)).finish(2) == at(12)


def test_who_is_never_there_finishes_nothing() -> None:
    plan = schedule([Work(1, hours(1), (1,))], [hand(1, windows=[])], [], at(9))
    assert (plan.finish(1), [work.order for work in plan.left_over]) == (None, [1])


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # on 25 October 2026 at three it is two again
    night = [(datetime(2026, 10, 25, 0, tzinfo=berlin), datetime(2026, 10, 25, 6, tzinfo=berlin))]
    found = run(night, night[0][0], hours(4))
    assert found is not None
    assert found[1] == datetime(2026, 10, 25, 3, tzinfo=berlin)


def test_what_is_held_goes_on_when_its_hold_ends_and_others_fill_the_time() -> None:
    works = [Work(1, hours(2), (1,), held_until=at(14)), Work(2, hours(4), (2,)), Work(3, hours(2), (3,))]
    plan = schedule(works, [hand(1)], [], at(9))
    # The second fits before the first; the third no more, so it comes after it.
    assert [(row.work.order, row.begins_at, row.ends_at) for row in plan.placed] == [
        (1, at(14), at(16)),
        (2, at(9), at(13)),
        (3, at(16), at(18)),
    ]


def test_a_held_job_does_not_hold_up_the_other_jobs_of_its_car() -> None:
    works = [Work(1, hours(1), (1, 1), held_until=at(15)), Work(1, hours(2), (1, 2))]
    plan = schedule(works, [hand(1)], [], at(9))
    assert [row.begins_at for row in plan.placed] == [at(15), at(9)]
    assert plan.finish(1) == at(16)


def test_of_part_and_hold_the_later_one_counts_and_the_bay_is_free_until_then() -> None:
    works = [Work(1, hours(1), (1,), ready_at=at(11), held_until=at(10)), Work(2, hours(2), (2,))]
    plan = schedule(works, [hand(1), hand(2)], [Place(1, "lift", at(9))], at(9))
    assert [(row.work.order, row.begins_at) for row in plan.placed] == [(1, at(11)), (2, at(9))]
