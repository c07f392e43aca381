"""The job clock."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.html import escape

from dms.clock import now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import PlannedWork
from reception.states import State
from workshop.models import Clocking
from workshop.services import clocks, holds
from workshop.states import JobState


def test_the_first_start_begins_the_work(working):
    job = working()
    assert (job.state, job.order.state) == (JobState.RUNNING, State.WORKING)


def test_one_running_clock_a_technician_and_the_grey_button_says_so(
    working, handed_over, actor, technician, hands, login
):
    from workshop.services import dispatch

    first, second, supervisor = working(), handed_over(), actor("supervisor")
    dispatch.accept(actor=supervisor, order_id=second.pk)
    dispatch.assign(actor=supervisor, order_id=second.pk, technician=technician)
    with pytest.raises(Refused) as refused:
        clocks.start(actor=hands, job_id=second.jobs.get().pk)
    assert refused.value.code == "clock"
    technician.user.language = "en"
    technician.user.save()
    client = login("technician")
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("workshop:me")).text
    assert page.count(f'aria-describedby="why-start" title="{escape(refused.value.sentence)}"') == 1
    assert reverse("workshop:start", args=[second.jobs.get().pk]) not in page
    with pytest.raises(IntegrityError), transaction.atomic():
        Clocking.objects.create(job=second.jobs.get(), technician=technician, started_at=now())
    clocks.pause(actor=hands, job_id=first.pk, reason="break")
    clocks.start(actor=hands, job_id=second.jobs.get().pk)


def test_another_technician_cannot_pause(working, actor):
    with pytest.raises(Forbidden):
        clocks.pause(actor=actor("technician"), job_id=working().pk, reason="break")


def test_a_pause_has_a_known_reason(working, hands):
    with pytest.raises(Invalid):
        clocks.pause(actor=hands, job_id=working().pk, reason="")


def test_a_line_that_answers_nobody_speaks_to_the_first_statement(working, hands):
    job = working()
    said = [job.order.statements.create(words=words) for words in ("squeaks", "smells")]
    job.line.statement = None
    job.line.save(update_fields=["statement"])
    clocks.done(actor=hands, job_id=job.pk, correction=" cleaned ")
    first = job.order.statements.order_by("id").first()
    assert (first.correction.splitlines()[-1], said[1].correction) == ("cleaned", "")


def test_done_keeps_the_correction_and_empties_the_plan(working, hands):
    job = clocks.done(actor=hands, job_id=working().pk, correction="更换刹车片并试车")
    assert job.state == JobState.DONE
    assert job.line.statement.__class__.objects.get(pk=job.line.statement_id).correction == "更换刹车片并试车"
    assert PlannedWork.objects.get(line=job.line).hours_left == 0
    assert not job.clockings.filter(stopped_at__isnull=True).exists()


def test_a_held_job_does_not_start(working, actor, hands):
    job = working()
    clocks.pause(actor=hands, job_id=job.pk, reason="parts")
    hold = holds.put(actor=hands, order_id=job.order_id, reason="parts", job_id=job.pk)
    with pytest.raises(Refused):
        clocks.start(actor=hands, job_id=job.pk)
    holds.end(actor=hands, hold_id=hold.pk)
    clocks.start(actor=hands, job_id=job.pk)
