"""Accepting and dispatching."""

import pytest

from accounts.models import Bay
from dms.errors import Forbidden, Invalid, Refused
from reception.models import PlannedWork
from reception.states import State
from workshop.models import Job
from workshop.services import dispatch
from workshop.states import JobState


def test_accept_makes_one_job_a_labour_line(handed_over, actor):
    supervisor, order = actor("supervisor"), handed_over()
    order = dispatch.accept(actor=supervisor, order_id=order.pk)
    assert order.state == State.QUEUED
    assert [(job.state, str(job.sold_hours)) for job in order.jobs.all()] == [(JobState.QUEUED, "1.50")]
    assert dispatch.jobs_for(order=order, actor=supervisor) == []


def test_only_a_supervisor_accepts(handed_over, actor):
    with pytest.raises(Forbidden):
        dispatch.accept(actor=actor("technician"), order_id=handed_over().pk)


def test_assign_writes_the_plan_and_moves_the_order(handed_over, actor, technician, branch):
    supervisor, order = actor("supervisor"), handed_over()
    bay = Bay.objects.create(branch=branch, name="1号工位")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    order = dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician, bay=bay)
    assert order.state == State.ASSIGNED
    plan = PlannedWork.objects.get(line__order=order)
    assert (plan.technician, plan.bay) == (technician, bay)


def test_take_back(handed_over, actor, technician):
    supervisor, order = actor("supervisor"), handed_over()
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)
    assert dispatch.take_back(actor=supervisor, order_id=order.pk).state == State.QUEUED
    job = Job.objects.get(order=order)
    assert (job.state, job.technician) == (JobState.QUEUED, None)


def test_a_started_order_is_not_taken_back(working, actor):
    with pytest.raises(Refused):
        dispatch.take_back(actor=actor("supervisor"), order_id=working().order_id)


def test_cashiers_are_not_dispatched_and_other_branches_neither(handed_over, actor, member, other_branch):
    supervisor, order = actor("supervisor"), handed_over()
    dispatch.accept(actor=supervisor, order_id=order.pk)
    for person in (member("cashier"), member("technician", other_branch)):
        with pytest.raises(Invalid):
            dispatch.assign(actor=supervisor, order_id=order.pk, technician=person)
