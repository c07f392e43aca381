"""Every branch has its own night, and each night once, whatever the clocks and the beat do."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from dms.celery import app
from dms.clock import branch_day
from retention import tasks
from retention.models import Reminder, SweepRun
from retention.services import run_due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_sweeps")]

BOTH = {"reminders": 0, "lapse": 0}


@pytest.fixture
def eager() -> Iterator[None]:
    """What the worker would do is done at once, and what goes wrong there is seen here."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


def nights() -> list[date]:
    """The days, in their branches, whose turn was taken."""
    runs = SweepRun.objects.filter(sweep="lapse", slot_at__isnull=False).order_by("slot_at", "id")
    return [branch_day(run.branch, run.slot_at) for run in runs.select_related("branch")]


def test_not_before_two_in_the_branch(at: Any, branch: Any) -> None:
    with at(2026, 3, 1, 17, 59):  # 01:59 of the 2nd in Shenzhen
        assert run_due(branch=branch) == {}
    with at(2026, 3, 1, 18, 0):
        assert run_due(branch=branch) == BOTH
        assert run_due(branch=branch) == {}
    with at(2026, 3, 2, 15, 59):  # 23:59
        assert run_due(branch=branch) == {}
    with at(2026, 3, 2, 17, 0):  # 01:00 of the 3rd: its night has not come
        assert run_due(branch=branch) == {}
    with at(2026, 3, 2, 20, 7):
        assert run_due(branch=branch) == BOTH
    assert nights() == [date(2026, 3, 2), date(2026, 3, 3)]


def test_an_hour_that_comes_twice_makes_one_night(at: Any, other_branch: Any) -> None:
    with at(2026, 10, 25, 0, 7):  # 02:07 in summer time
        assert run_due(branch=other_branch) == BOTH
    with at(2026, 10, 25, 1, 7):  # 02:07 again
        assert run_due(branch=other_branch) == {}
    assert nights() == [date(2026, 10, 25)]


def test_an_hour_that_never_comes_makes_one_night(at: Any, other_branch: Any) -> None:
    with at(2026, 3, 29, 0, 7):  # 01:07
        assert run_due(branch=other_branch) == {}
    with at(2026, 3, 29, 1, 7):  # 03:07; there was no 02:07
        assert run_due(branch=other_branch) == BOTH
    assert nights() == [date(2026, 3, 29)]


def test_a_beat_that_was_down_is_made_up_for_once(at: Any, branch: Any, car: Any, minor: Any) -> None:
    with at(2026, 3, 1):
        car((95, 0), (0, 9_500))
    with at(2026, 3, 4, 9, 0):
        assert run_due(branch=branch) == {"reminders": 1, "lapse": 0}
        assert run_due(branch=branch) == {}
    assert nights() == [date(2026, 3, 4)]


def test_a_run_by_hand_does_not_take_the_nights_place(at: Any, branch: Any, sweep: Any) -> None:
    with at(2026, 3, 1, 19):
        sweep()
        assert run_due(branch=branch) == BOTH


def test_a_crash_leaves_no_half_night(at: Any, branch: Any) -> None:
    from records.models import DatedRule

    # A rule that is no number breaks the first sweep.
    broken = DatedRule.objects.create(branch=branch, key="reminder.lead_days", value="x", valid_from=date(2026, 1, 1))
    with at(2026, 3, 1, 19):
        with pytest.raises(ValueError, match="invalid literal"):
            run_due(branch=branch)
        failed = SweepRun.objects.get(sweep="reminders")
        assert (failed.error, failed.slot_at, failed.rows) == ("ValueError", None, 0)
        assert nights() == [date(2026, 3, 2)]  # the other sweep went on
        broken.delete()
        assert run_due(branch=branch) == {"reminders": 0}


def test_the_hourly_task_does_each_branch_in_its_own_night(
    at: Any, eager: None, branch: Any, other_branch: Any, car: Any, minor: Any
) -> None:
    with at(2026, 3, 1):
        car((95, 0), (0, 9_500))
    done = []
    with at(2026, 3, 1, 16, 7) as clock:
        for _hour in range(24):
            tasks.hourly.delay()
            done.append(SweepRun.objects.count())
            clock.shift(timedelta(hours=1))
    # Berlin makes up for its night of the 1st; then 02:07 in Shenzhen is 18:07 UTC, in Berlin 01:07 UTC.
    assert done == [2, 2, *[4] * 7, *[6] * 15]
    runs = SweepRun.objects.order_by("id").select_related("branch")
    assert [(run.branch.code, run.sweep, branch_day(run.branch, run.slot_at), run.rows) for run in runs] == [
        ("BER1", "reminders", date(2026, 3, 1), 0),
        ("BER1", "lapse", date(2026, 3, 1), 0),
        ("SZ01", "reminders", date(2026, 3, 2), 1),
        ("SZ01", "lapse", date(2026, 3, 2), 0),
        ("BER1", "reminders", date(2026, 3, 2), 0),
        ("BER1", "lapse", date(2026, 3, 2), 0),
    ]
    assert Reminder.objects.count() == 1


def test_the_schedule_names_the_task() -> None:
    assert app.conf.beat_schedule["sweeps"]["task"] == tasks.hourly.name
