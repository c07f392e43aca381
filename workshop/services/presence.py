"""The attendance clock (考勤): who is at work since when; and corrections of both clocks by whoever may."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from workshop.models import Attendance, Clocking, Job
from workshop.policies import check_idle
from workshop.services import facts
from workshop.services.clocks import follow_clocks
from workshop.services.rows import job_row, membership_of, set_state
from workshop.states import JobState


@one_act
def come(*, actor: Actor) -> Attendance:
    """At work from now on; a second time changes nothing."""
    check_may(actor, "job.work")
    me = membership_of(actor)
    open_now = Attendance.objects.filter(membership=me, left_at__isnull=True).first()
    if open_now is not None:
        return open_now
    try:
        with transaction.atomic():
            return Attendance.objects.create(membership=me, came_at=now())
    except IntegrityError as error:
        raise Refused(_("You are at work already.")) from error


@one_act
def leave(*, actor: Actor) -> Attendance:
    """Gone from now on. Raises `Refused` while a job clock runs, or for somebody who never came."""
    check_may(actor, "job.work")
    me = membership_of(actor)
    check_idle(me)
    found = locked(Attendance.objects.filter(membership=me, left_at__isnull=True)).first()
    if found is None:
        raise Refused(_("You have not come yet."))
    found.left_at = now()
    found.save(update_fields=["left_at"])
    return found


def _checked(begins: datetime, ends: datetime | None, reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Write down why the clock is corrected."))
    if ends is not None and ends <= begins:
        raise Invalid(_("It cannot end before it begins."))
    if max(begins, ends or begins) > now():
        raise Invalid(_("A clock is corrected for what has been, not for what will be."))
    return reason.strip()[:300]


@one_act
def correct_presence(
    *, actor: Actor, attendance_id: int, begins: datetime, ends: datetime | None, reason: str
) -> Attendance:
    """When somebody really came and went. Raises `Invalid`, or `Refused` when it overlaps another stretch of theirs."""
    check_may(actor, "clock.correct")
    reason = _checked(begins, ends, reason)
    row = locked(Attendance.objects.filter(membership__branch=actor.branch)).get(pk=attendance_id)
    row.came_at, row.left_at = begins, ends
    row.correction, row.corrected_at, row.corrected_by = reason, now(), actor.user
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refused(_("This person was at work at that time already.")) from error
    return row


@one_act
def correct_clock(*, actor: Actor, clocking_id: int, begins: datetime, ends: datetime | None, reason: str) -> Clocking:
    """When a job was really worked on; a running clock that gets an end leaves its job paused.

    Raises `Invalid`, or `Refused` for a clock that ended and is to run again, and for a time at which this person
    worked on something else.
    """
    check_may(actor, "clock.correct")
    reason = _checked(begins, ends, reason)
    job_id = Clocking.objects.values_list("job_id", flat=True).get(pk=clocking_id, job__order__branch=actor.branch)
    job = job_row(actor, job_id)
    row = locked(Clocking.objects.filter(pk=clocking_id)).get()
    if ends is None and row.stopped_at is not None:
        raise Refused(_("A clock that was stopped is started by its technician."))
    others = Clocking.objects.filter(technician=row.technician_id, started_at__lt=ends or now()).exclude(pk=row.pk)
    if others.exclude(stopped_at__lte=begins).exists():
        raise Refused(_("This person worked on another job at that time."))
    was_running = row.stopped_at is None
    row.started_at, row.stopped_at = begins, ends
    row.correction, row.corrected_at, row.corrected_by = reason, now(), actor.user
    row.save()
    if was_running and ends is not None:
        _paused(actor, job)
    facts.write(actor.branch, [job.order_id])
    return row


def _paused(actor: Actor, job: Job) -> None:
    if job.state == JobState.RUNNING and not job.clockings.filter(stopped_at__isnull=True).exists():
        set_state(job, JobState.PAUSED)
    follow_clocks(actor, job)
