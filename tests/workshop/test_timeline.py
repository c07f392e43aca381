"""The order's own timeline: every move and act of the workshop once, minutes by stage, in one query."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.policies import Actor
from dms.clock import as_of, now
from reception.models import OrderLog, WorkOrder
from reception.selectors import order_of
from workshop.models import Job
from workshop.selectors.timeline import timeline
from workshop.services import checks, clocks, dispatch, holds, parts, road_tests, wash
from workshop.services.shares import share

pytestmark = pytest.mark.django_db


@pytest.fixture
def washed(handed_over: Any, actor: Any, technician: Any, hands: Actor) -> WorkOrder:
    """A car that went through everything, ten minutes a step."""
    begins, steps = now(), iter(range(10, 990, 10))
    order, supervisor, leader, inspector = handed_over(), actor("supervisor"), actor("team_leader"), actor("inspector")

    def then(act: Any, **said: Any) -> Any:
        with as_of(begins + timedelta(minutes=next(steps))):
            return act(**said)

    pads, key = order.lines.get(kind="part"), {"order_id": order.pk}
    then(dispatch.accept, actor=supervisor, **key)
    then(dispatch.assign, actor=supervisor, technician=technician, **key)
    job = Job.objects.get(order=order)
    then(parts.issue, actor=actor("parts_clerk"), line_id=pads.pk, quantity=Decimal(2))
    then(clocks.start, actor=hands, job_id=job.pk)
    hold = then(holds.put, actor=hands, reason="tool", note="四轮定位仪", **key)
    then(clocks.pause, actor=hands, job_id=job.pk, reason="break")
    then(holds.end, actor=hands, hold_id=hold.pk)
    for fails in (True, False):
        then(clocks.start, actor=hands, job_id=job.pk)
        then(clocks.done, actor=hands, job_id=job.pk)
        then(checks.record, actor=hands, level="self", passed=True, **key)
        then(checks.record, actor=leader, level="leader", passed=not fails, cause="漏油" if fails else "", **key)
    drive = then(road_tests.go, actor=inspector, km=48_912, **key)
    then(road_tests.back, actor=inspector, road_test_id=drive.pk, km=48_920)
    then(checks.record, actor=inspector, level="final", passed=True, **key)
    then(wash.washed, actor=hands, done=["outside", "kit"], **key)
    return WorkOrder.objects.get(pk=order.pk)


def test_every_act_of_the_workshop_stands_in_it_once(washed: WorkOrder) -> None:
    told = [(entry.kind, entry.verb) for entry in timeline(washed).entries]
    begins = told.index(("move", "Accept the car"))
    assert told[begins:] == [
        ("move", "Accept the car"), ("move", "Dispatch"), ("dispatch", "Dispatched"), ("part", "Parts issued"),
        ("move", "Start work"), ("clock", "Clock started"), ("hold", "On hold"), ("clock", "Clock paused"),
        ("hold", "Hold ended"),
        ("clock", "Clock started"), ("clock", "Job finished"), ("move", "Work done, to the check"),
        ("check", "Self check"), ("check", "Team leader's check"),
        ("clock", "Clock started"), ("clock", "Job finished"), ("move", "Work done, to the check"),
        ("check", "Self check"), ("check", "Team leader's check"),
        ("road", "Road test, out"), ("road", "Road test, back"), ("move", "Passed, to the wash"),
        ("check", "Final inspection"), ("wash", "Washed"),
    ]  # fmt: skip
    notes = {(entry.verb, entry.what): entry.note for entry in timeline(washed).entries}
    assert notes["Team leader's check", "failed"] == "漏油"
    assert "Inside" in notes["Washed", "Outside · Protective kit removed"]
    assert OrderLog.objects.filter(order=washed).count() == 12


def test_the_stages_add_up_to_the_whole_time(washed: WorkOrder) -> None:
    log = list(washed.log.order_by("id"))
    stages = {stage.label: stage for stage in timeline(washed).stages}
    assert (stages["Dispatch"].minutes, stages["Check"].minutes) == (30, 10 + 50)
    assert stages["Work"].minutes == 60 + 30 + 0
    assert (stages["Settle"].state, stages["Delivered"].since) == ("now", None)
    whole = (log[-1].moved_at - log[0].moved_at).total_seconds() // 60
    assert abs(sum(stage.minutes for stage in stages.values() if stage.state == "past") - whole) <= 3


def test_it_takes_one_query_beside_the_orders_log(washed: WorkOrder, handed_over: Any) -> None:
    counts = []
    for row in (handed_over(), washed):
        order = order_of(row.pk, row.branch)
        with CaptureQueriesContext(connection) as asked:
            timeline(order)  # type: ignore[arg-type]  # both exist
        counts.append(len(asked))
    assert counts == [1, 1]


def test_it_stands_on_the_orders_page(washed: WorkOrder, login: Any) -> None:
    page = login("service_advisor").get(reverse("reception:order", args=[washed.pk])).text
    assert 'class="spine times"' in page
    assert "漏油" in page
    assert "四轮定位仪" in page


def test_a_shared_job_names_everybody_and_an_earlier_dispatch_its_one(
    handed_over: Any, actor: Any, member: Any
) -> None:
    order, boss = handed_over(), actor("supervisor")
    one, other = member("technician"), member("technician")
    dispatch.accept(actor=boss, order_id=order.pk)
    dispatch.assign(actor=boss, order_id=order.pk, technician=one)
    share(actor=boss, job_id=order.jobs.get().pk, shares=[(one, 60), (other, 40)])
    told = [entry.what for entry in timeline(order_of(order.pk, order.branch)).entries if entry.kind == "dispatch"]
    name = order.jobs.get().line.label
    assert told == [f"{name} → {one.user.name}", f"{name} → {one.user.name} 60 %, {other.user.name} 40 %"]
