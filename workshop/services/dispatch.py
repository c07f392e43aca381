"""Accepting the car, and who works on it where (派工)."""

from collections.abc import Collection, Sequence
from typing import cast

from django.utils.translation import gettext as _

from accounts.models import Bay, Membership
from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from reception.models import WorkOrder
from reception.policies import check_open
from reception.services import plan
from reception.services.flow import move
from reception.states import LineKind, LineState, State
from workshop.models import Comeback, Dispatch, Inspection, Job, JobShare, Slot
from workshop.policies import finished, open_jobs
from workshop.services.rows import Shares, job_row, order_row, set_state
from workshop.states import JobState, Origin


@one_act
def accept(*, actor: Actor, order_id: int) -> WorkOrder:
    """The supervisor takes keys, order and walk-round sheet; each approved labour line becomes a job."""
    return move(order_id=order_id, action="accept", actor=actor)


def jobs_for(*, order: WorkOrder, actor: Actor) -> list[Job]:
    """Make the jobs that are missing for approved labour lines, and return those made. The caller holds the order."""
    lines = order.lines.filter(kind=LineKind.LABOUR, state=LineState.APPROVED, job__isnull=True).order_by("id")
    return [
        Job.objects.create(order=order, line=line, standard_hours=line.standard_hours, sold_hours=line.quantity)
        for line in lines
    ]


def unmake(*, order: WorkOrder) -> None:
    """The jobs of a car that goes back to reception, which nobody was given. The caller holds the order."""
    order.holds.filter(job__isnull=False).update(job=None)
    # A job that was dispatched once has a history; it waits for the next acceptance.
    order.jobs.filter(state=JobState.QUEUED, dispatches__isnull=True).delete()


@one_act
def assign(*, actor: Actor, order_id: int, technician: Membership, bay: Bay | None = None) -> WorkOrder:
    """Give every job that nobody has to a technician; a dispatched order goes over as a whole while nobody began."""
    check_may(actor, "workshop.dispatch")
    order = order_row(actor, order_id)
    for job in to_give(order):
        give(actor, job_row(actor, job.pk), technician, bay)
    return follow(actor, order)


def to_give(order: WorkOrder) -> list[Job]:
    """The jobs that a dispatch of the whole order, held by the caller, gives away. Raises `Refused` without any."""
    check_dispatchable(order)
    wanted = [JobState.QUEUED] if order.state == State.WORKING else [JobState.QUEUED, JobState.ASSIGNED]
    jobs = list(open_jobs(order).filter(state__in=wanted))
    if not jobs:
        raise Refused(_("Every job of this order has been dispatched."))
    return jobs


@one_act
def assign_job(*, actor: Actor, job_id: int, technician: Membership, bay: Bay | None = None) -> Job:
    """Give one job to a technician, also one that another left paused. Raises `Refused` while its clock runs."""
    check_may(actor, "workshop.dispatch")
    job = job_row(actor, job_id)
    check_dispatchable(job.order)
    give(actor, job, technician, bay)
    follow(actor, job.order)
    return job


def check_dispatchable(order: WorkOrder) -> None:
    """Jobs are given while the order waits, is dispatched or in work."""
    check_open(order)
    if order.state not in (State.QUEUED, State.ASSIGNED, State.WORKING):
        state = State(order.state).label
        raise Refused(_("The order is “%(state)s”; nothing can be dispatched now.") % {"state": state})


def give(actor: Actor, job: Job, technician: Membership, bay: Bay | None, shares: Shares = ()) -> None:
    """The job, held by the caller, is this person's, alone or with others; a time planned for it no longer holds."""
    for person in [technician, *(one for one, _percent in shares)]:
        if not person.active or not {"technician", "team_leader"} & set(person.roles):
            raise Invalid(_("Choose a technician."))
        if person.branch_id != actor.branch.pk:
            raise Invalid(_("This person does not work in this branch."))
    if job.state == JobState.RUNNING:
        raise Refused(_("The clock of this job runs; pause it first."))
    if job.state == JobState.DONE:
        raise Refused(_("This job is finished."))
    plan.plan_line(actor=actor, line_id=job.line_id, technician=technician, bay=bay)
    Slot.objects.filter(job=job).delete()
    write_shares(job, [(person.pk, percent) for person, percent in shares])
    job.technician, job.bay = technician, bay
    set_state(job, JobState.ASSIGNED, "technician", "bay")
    Dispatch.objects.create(job=job, technician=technician, bay=bay, dispatched_at=now(), dispatched_by=actor.user)


def write_shares(job: Job, shares: Sequence[tuple[int, int]]) -> None:
    """Replace the shares (membership, percent); the database refuses what is not a whole."""
    JobShare.objects.filter(job=job).delete()
    JobShare.objects.bulk_create(JobShare(job=job, technician_id=key, percent=percent) for key, percent in shares)


def follow(actor: Actor, order: WorkOrder) -> WorkOrder:
    """The order follows its jobs: all dispatched, it is dispatched."""
    if order.state == State.QUEUED and not open_jobs(order).filter(state=JobState.QUEUED).exists():
        return move(order_id=order.pk, action="assign", actor=actor)
    return order


@one_act
def take_back(*, actor: Actor, order_id: int) -> WorkOrder:
    """Undo the dispatch while nobody has begun; the jobs follow (`retract`)."""
    return move(order_id=order_id, action="take_back", actor=actor)


def retract(*, order: WorkOrder, actor: Actor) -> None:
    """Jobs of a dispatch that is taken back are nobody's again. The caller holds the order."""
    for job in open_jobs(order).filter(state=JobState.ASSIGNED):
        row = job_row(actor, job.pk)
        row.technician = row.bay = None
        write_shares(row, ())
        Slot.objects.filter(job=row).delete()
        set_state(row, JobState.QUEUED, "technician", "bay")
        plan.plan_line(actor=actor, line_id=row.line_id, technician=None, bay=None)


def rework(
    *,
    order: WorkOrder,
    actor: Actor,
    cause: str,
    origin: Origin,
    inspection: Inspection | None = None,
    jobs: Collection[Job] | None = None,
) -> None:
    """Finished jobs (all of them unless told) are dispatched again to whoever did them, each an internal comeback.

    The caller holds the order; `cause` stands on the job, and with its comeback.
    """
    for job in finished(order) if jobs is None else jobs:
        row = job_row(actor, job.pk)
        row.return_cause = cause[:300]
        set_state(row, JobState.ASSIGNED, "return_cause")
        plan.hours_left(actor=actor, line_id=row.line_id, hours=row.standard_hours)
        Comeback.objects.create(
            order=order, job=row, technician=cast(Membership, row.technician), origin=origin, inspection=inspection,
            cause=row.return_cause, returned_at=now(), returned_by=actor.user,
        )  # fmt: skip
