"""The job clock: standard, sold and actual hours are three columns; these write the third."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Bay
from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from reception.services import plan
from reception.services.flow import move
from reception.services.statements import correct
from reception.states import State
from workshop.models import Clocking, Job, Slot
from workshop.policies import check_mine, check_startable
from workshop.selectors.bays import taken
from workshop.services import holds
from workshop.services.rows import job_row, membership_of, set_state
from workshop.states import WAITS, JobState, PauseReason


@one_act
def start(*, actor: Actor, job_id: int, bay: Bay | None = None) -> Clocking:
    """Start or resume a job, also beside somebody who shares it; the order's first start begins the work.

    `bay` is another one than the job was given. Raises `Refused` while another clock of this person runs, or one on
    another car in the bay.
    """
    check_may(actor, "job.work")
    me, job = membership_of(actor), job_row(actor, job_id)
    check_startable(job, me)
    if job.order.state not in (State.ASSIGNED, State.WORKING):
        raise Refused(_("The order is “%(state)s”; no clock can start now.") % {"state": State(job.order.state).label})
    _drive_in(actor, job, bay)
    try:
        with transaction.atomic():
            clocking = Clocking.objects.create(job=job, technician=me, started_at=now())
    except IntegrityError as error:
        if "clocking_technician_open_once" not in str(error):
            raise
        raise Refused(_("A clock of yours is running. Pause or finish it first."), "clock") from error
    Slot.objects.filter(job=job).delete()
    set_state(job, JobState.RUNNING)
    follow_clocks(actor, job)
    if job.order.state == State.ASSIGNED:
        move(order_id=job.order_id, action="start", actor=actor)
    return clocking


def _drive_in(actor: Actor, job: Job, bay: Bay | None) -> None:
    """The car stands in its bay, or in `bay` from now on, unless another car is under a clock there."""
    if bay is not None and bay.pk != job.bay_id:
        if job.state == JobState.RUNNING:
            raise Refused(_("Somebody works on this job in %(bay)s; the car stands there.") % {"bay": job.bay})
        job.bay = bay
        job.save(update_fields=["bay"])
        plan.plan_line(actor=actor, line_id=job.line_id, technician=job.technician, bay=bay)
    if job.bay_id is None:
        return
    # Two cars at once: the second waits here for the first. Plans may still point to the bay.
    here = locked(Bay.objects.filter(branch=actor.branch, pk=job.bay_id), referred=True).get()
    met = taken(here, job.order)
    if met is not None:
        raise Refused(str(met), "bay")


@one_act
def pause(*, actor: Actor, job_id: int, reason: str) -> Job:
    """Stop one's own clock for a while, with a reason; the job runs on under those of others.

    Paused for parts or for an answer, the job is on hold for it (`WAITS`) until they are there.
    """
    check_may(actor, "job.work")
    if reason not in PauseReason.values:
        raise Invalid(_("Choose why you pause."))
    job, me = job_row(actor, job_id), membership_of(actor)
    check_mine(job, me)
    running = job.clockings.filter(stopped_at__isnull=True, technician=me)
    if job.state != JobState.RUNNING or not running.update(stopped_at=now(), pause_reason=reason):
        raise Refused(_("The clock of this job does not run."))
    others = job.clockings.filter(stopped_at__isnull=True).exists()
    set_state(job, JobState.RUNNING if others else JobState.PAUSED)
    follow_clocks(actor, job)
    if reason in WAITS and not others:
        holds.wait_for(actor=actor, job=job, reason=WAITS[reason])
    return job


@one_act
def done(*, actor: Actor, job_id: int, correction: str = "", cause: str = "") -> Job:
    """The job is finished; `cause` and `correction` say what was behind the customer's statement and what was done."""
    check_may(actor, "job.work")
    job = job_row(actor, job_id)
    check_mine(job, membership_of(actor))
    if job.state not in (JobState.RUNNING, JobState.PAUSED):
        raise Refused(_("Start the clock of this job first."))
    job.clockings.filter(stopped_at__isnull=True).update(stopped_at=now(), pause_reason="")
    set_state(job, JobState.DONE)
    correct(actor=actor, line_id=job.line_id, correction=correction, cause=cause)
    plan.hours_left(actor=actor, line_id=job.line_id, hours=ZERO)
    return job


def follow_clocks(actor: Actor, job: Job) -> None:
    """What promises are computed from follows the clocks of a job, held by the caller: it is worked on, or not.

    Whoever's clock runs stands there as the one who does it: one person is in one place, and the plan knows of one.
    """
    first = job.clockings.filter(stopped_at__isnull=True).select_related("technician").order_by("id").first()
    plan.clock_stops(actor=actor, line_id=job.line_id)
    if job.shares.exists():
        who = first.technician if first else job.technician
        plan.plan_line(actor=actor, line_id=job.line_id, technician=who, bay=job.bay)
    if first is not None:
        plan.clock_runs(actor=actor, line_id=job.line_id)
