"""Declined work becomes a call before its day, once, and the call ends when the work is on its way again."""

from datetime import timedelta
from typing import Any

import pgtrigger
import pytest

from dms.clock import branch_day
from reception.models import Line
from retention.models import CallTask
from retention.scripts import script, why
from retention.services.call_sweeps import mend_calls, open_declined_calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def put_off(gone: Any) -> Any:
    """`put_off(days)`: a line of a visit that ended, declined until so many days from now."""

    def make(days: int) -> Line:
        order = gone(40)
        with pgtrigger.ignore():
            day = branch_day(order.branch) + timedelta(days=days)
            order.lines.update(state="declined", declined_reason="price", revive_on=day)
        return order.lines.get()

    return make


@pytest.mark.parametrize(("days", "made"), [(7, 1), (8, 0), (-10, 1), (-181, 0)])
def test_a_call_is_made_from_the_lead_days_on(put_off: Any, branch: Any, days: int, made: int) -> None:
    put_off(days)
    today = branch_day(branch)
    assert open_declined_calls(branch, today) == made
    assert open_declined_calls(branch, today) == 0, "once"
    assert CallTask.objects.filter(kind="declined").count() == made


def test_the_call_says_what_and_until_when(put_off: Any, branch: Any) -> None:
    line = put_off(3)
    open_declined_calls(branch, branch_day(branch))
    task = CallTask.objects.get()
    assert line.name in why(task)
    assert len(script(task, "李")) == 2


def test_it_ends_when_the_work_is_revived(put_off: Any, branch: Any, signed: Any) -> None:
    line, today = put_off(3), branch_day(branch)
    open_declined_calls(branch, today)
    assert mend_calls(branch, today) == 0
    other = signed().lines.get()
    Line.objects.filter(pk=other.pk).update(revived_from=line)
    assert mend_calls(branch, today) == 1
    assert CallTask.objects.get().dropped_why == "moot"
    assert open_declined_calls(branch, today) == 0
