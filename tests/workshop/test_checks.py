"""The three checks and the proof they leave."""

import pytest
from django.db import IntegrityError, transaction

from accounts.policies import Actor
from dms.clock import now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import WorkOrder
from reception.services.flow import move
from reception.states import LineState, State
from records.models import DatedRule
from workshop.services import checks, clocks, extra, holds, wash
from workshop.states import JobState


def _checked(job, hands, leader=None):
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    if leader:
        checks.record(actor=leader, order_id=job.order_id, level="leader", passed=True)
    return WorkOrder.objects.get(pk=job.order_id)


def test_self_leader_final_wash(working, hands, actor):
    job = working()
    assert _checked(job, hands, actor("team_leader")).state == State.CHECKING
    checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)
    order = WorkOrder.objects.get(pk=job.order_id)
    assert order.state == State.WASHING
    assert order.quality_at is not None
    assert set(order.lines.values_list("state", flat=True)) == {LineState.DONE}
    assert wash.washed(actor=hands, order_id=order.pk).state == State.READY


def test_no_wash_goes_to_ready(working, hands, actor):
    job = working(wash=False)
    _checked(job, hands, actor("team_leader"))
    checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)
    assert WorkOrder.objects.get(pk=job.order_id).state == State.READY


def test_the_self_check_waits_for_jobs_and_holds(working, hands):
    job = working()
    with pytest.raises(Refused):
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    clocks.done(actor=hands, job_id=job.pk)
    hold = holds.put(actor=hands, order_id=job.order_id, reason="parts")
    with pytest.raises(Refused):
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    holds.end(actor=hands, hold_id=hold.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)


def test_who_did_not_work_makes_no_self_check(working, hands, actor):
    job = working()
    clocks.done(actor=hands, job_id=job.pk)
    with pytest.raises(Forbidden):
        checks.record(actor=actor("technician"), order_id=job.order_id, level="self", passed=True)


def test_levels_in_their_turn(working, hands, actor):
    job = working()
    _checked(job, hands)
    with pytest.raises(Refused):
        checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)


def test_three_people_unless_the_rule_allows_two(working, hands, branch):
    job = working()
    _checked(job, hands)
    both = Actor(hands.user, branch, hands.permissions | {"check.leader"})
    with pytest.raises(Refused) as refused:
        checks.record(actor=both, order_id=job.order_id, level="leader", passed=True)
    assert refused.value.code == "people"
    DatedRule.objects.create(branch=branch, key="checks.people", value=2, valid_from="2020-01-01")
    checks.record(actor=both, order_id=job.order_id, level="leader", passed=True)


def test_a_failure_returns_the_job_with_its_cause(working, hands, actor):
    job = working()
    _checked(job, hands)
    with pytest.raises(Invalid):
        checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=False)
    checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=False, cause="扭矩未记录")
    job.refresh_from_db()
    assert (job.state, job.return_cause) == (JobState.ASSIGNED, "扭矩未记录")
    assert WorkOrder.objects.get(pk=job.order_id).state == State.WORKING
    clocks.start(actor=hands, job_id=job.pk)
    _checked(job, hands, actor("team_leader"))
    assert job.order.inspections.filter(round=2).count() == 2


def test_the_database_refuses_quality_without_an_inspection(working, actor):
    job = working()
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.filter(pk=job.order_id).update(quality_at=now(), quality_by=actor("inspector").user)


def test_a_returned_car_is_open_again(working, hands, actor):
    job = working(wash=False)
    _checked(job, hands, actor("team_leader"))
    checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)
    order = move(order_id=job.order_id, action="return_internal", actor=actor("service_advisor"))
    job.refresh_from_db()
    assert (order.state, order.quality_at, job.state) == (State.WORKING, None, JobState.ASSIGNED)
    assert set(order.lines.values_list("state", flat=True)) == {LineState.APPROVED}


def test_more_than_a_diagnosis_is_not_stopped(working, hands, actor):
    job = working()
    clocks.done(actor=hands, job_id=job.pk)
    with pytest.raises(Refused):
        extra.stop(actor=actor("service_advisor"), order_id=job.order_id)
