"""Time by stage, efficiency and first-pass rate: a day calculated by hand."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import OpeningHours
from dms.clock import as_of
from workshop.models import Clocking, Job, StageFact
from workshop.selectors.figures import figures
from workshop.services import checks, clocks, facts, holds, presence
from workshop.states import HoldReason

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR = 3600


def at(hour: float) -> datetime:
    return TUESDAY + timedelta(hours=hour)


def facts_of(order_id: int) -> list[tuple[str, int, int, int]]:
    """(stage, worked, held, waited) in hours, in order."""
    rows = StageFact.objects.filter(order=order_id).order_by("nth")
    return [(row.state, row.worked / HOUR, row.held / HOUR, row.waited / HOUR) for row in rows]


@pytest.fixture
def job(branch: Any, working: Callable[..., Any], hands: Any, actor: Callable[..., Any]) -> Job:
    """Work from 9 to 11 and on the next day from 9 to 12; a part was waited for from 10:30 to 16, closing is at 18."""
    for weekday in range(7):
        OpeningHours.objects.create(branch=branch, weekday=weekday, opens=time(8), closes=time(18))
    supervisor = actor("supervisor")
    with as_of(at(9)):
        job = working()
    with as_of(at(10.5)):
        held = holds.put(actor=supervisor, order_id=job.order_id, reason=HoldReason.TOOL)
    with as_of(at(11)):
        clocks.pause(actor=hands, job_id=job.pk, reason="break")
    with as_of(at(16)):
        holds.end(actor=supervisor, hold_id=held.pk)
    with as_of(at(33)):
        clocks.start(actor=hands, job_id=job.pk)
    with as_of(at(36)):
        clocks.done(actor=hands, job_id=job.pk)
    with as_of(at(36.5)):
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    return job


def test_a_day_and_a_night_by_hand(branch: Any, job: Job) -> None:
    assert facts.write_left(branch, TUESDAY.date()) == 7
    # Held from 11 to 16 while nobody worked; waited 16 to 18, 8 to 9 the next day, and half an hour for the self check.
    assert facts_of(job.order_id)[-1] == ("working", 5.0, 5.0, 3.5)
    assert [state for state, *_times in facts_of(job.order_id)] == [
        "arrived", "inspecting", "estimating", "authorised", "queued", "assigned", "working",
    ]  # fmt: skip
    assert facts.write_left(branch, TUESDAY.date()) == 0


def test_a_corrected_clock_writes_its_order_anew(branch: Any, job: Job, actor: Callable[..., Any]) -> None:
    facts.write_left(branch, TUESDAY.date())
    first = Clocking.objects.earliest("id")
    with as_of(at(37)):
        presence.correct_clock(
            actor=actor("supervisor"), clocking_id=first.pk, begins=at(9), ends=at(13), reason="forgot to stop"
        )
    assert facts_of(job.order_id)[-1] == ("working", 7.0, 3.0, 3.5)


def test_a_stage_that_was_left_twice_has_two_rows(branch: Any, job: Job, actor: Callable[..., Any], hands: Any) -> None:
    with as_of(at(37)):
        checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=False, cause="漏油")
    with as_of(at(38)):
        clocks.start(actor=hands, job_id=job.pk)
    with as_of(at(39)):
        clocks.done(actor=hands, job_id=job.pk)
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
        facts.write_left(branch, TUESDAY.date())
    assert facts_of(job.order_id)[-3:] == [
        ("working", 5.0, 5.0, 3.5), ("checking", 0.0, 0.0, 0.5), ("working", 1.0, 0.0, 1.0),
    ]  # fmt: skip


def test_a_clock_that_was_set_back_makes_no_stretch_shorter_than_nothing(branch: Any, working: Any, hands: Any) -> None:
    with as_of(at(9)):
        job = working()
    with as_of(at(8)), connection.cursor() as cursor:
        cursor.execute("UPDATE workshop_clocking SET started_at = %s", [at(7)])
        clocks.done(actor=hands, job_id=job.pk)
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    facts.write_left(branch, TUESDAY.date())
    assert facts_of(job.order_id)[-1] == ("working", 0.0, 0.0, 0.0)


def pass_all(job: Job, actor: Callable[..., Any]) -> None:
    for level, role in (("leader", "team_leader"), ("final", "inspector")):
        checks.record(actor=actor(role), order_id=job.order_id, level=level, passed=True)


def test_efficiency_and_first_pass_by_hand(branch: Any, job: Job, actor: Callable[..., Any]) -> None:
    with as_of(at(37)):
        pass_all(job, actor)
    found = figures(branch, TUESDAY.date(), TUESDAY.date() + timedelta(days=1))
    (person,) = found.technicians
    # 1.5 sold hours in 5 hours on the clock.
    assert (person.jobs, person.standard, person.sold, person.actual, person.efficiency, person.comebacks) == (
        1, Decimal("1.50"), Decimal("1.50"), timedelta(hours=5), 30, 0,
    )  # fmt: skip
    assert (found.passed, found.at_once, found.first_pass) == (1, 1, 100)
    before = figures(branch, TUESDAY.date(), TUESDAY.date())
    assert (before.technicians, before.passed, before.first_pass) == ([], 0, None)


def test_what_a_check_returned_did_not_pass_at_once(
    branch: Any, job: Job, hands: Any, actor: Callable[..., Any]
) -> None:
    with as_of(at(37)):
        checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=False, cause="漏油")
        clocks.start(actor=hands, job_id=job.pk)
    with as_of(at(38)):
        clocks.done(actor=hands, job_id=job.pk)
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
        pass_all(job, actor)
    found = figures(branch, TUESDAY.date(), TUESDAY.date() + timedelta(days=1))
    assert (found.passed, found.at_once, found.first_pass) == (1, 0, 0)
    assert [person.comebacks for person in found.technicians] == [1]


def test_the_page_says_it_and_opens_the_longest(
    branch: Any, job: Job, login: Callable[..., Any], asks: Callable[..., int]
) -> None:
    facts.write_left(branch, TUESDAY.date())
    url = reverse("workshop:figures")
    with as_of(at(40)):
        client = login("supervisor")
        asks(client, url)
        assert "作业中" in client.text
        one = asks(client, f"{url}?days=7&stage=working")
        assert job.order.number in client.text
        assert "作业 5 小时，挂起 5 小时" in client.text
    StageFact.objects.bulk_create(
        StageFact(
            order=job.order, nth=nth, state="working", began_at=at(9), ended_at=at(10), worked=1, held=2, waited=3
        )
        for nth in (8, 9)
    )
    with as_of(at(40)):
        assert asks(client, f"{url}?days=7&stage=working") == one


def test_who_may_not_correct_clocks_does_not_see_who_is_slow(login: Callable[..., Any]) -> None:
    assert login("technician").get(reverse("workshop:figures")).status_code == 403
