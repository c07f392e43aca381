"""The plan of the day: made by the solver, read and edited by a supervisor, and taken as a whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from accounts.models import Bay, Branch
from accounts.policies import Actor, check_may
from accounts.states import BayKind
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from reception.models import WorkOrder
from reception.promise_plan import Plan, Work
from workshop.day_plan import best, chosen, first_come
from workshop.models import Job, Slot
from workshop.selectors.planning import Ahead, Aside, Proposal, Row, ahead, proposal
from workshop.services.dispatch import follow, give
from workshop.services.rows import job_row, shares_of
from workshop.solver import solve
from workshop.states import JobState

#: Seconds that the solver may take; all in all a plan is there in five.
SECONDS = 3.5


@dataclass(frozen=True, slots=True)
class Choice:
    """A row as the supervisor leaves it: a job, the version that was shown, and who does it.

    `bay` when one was chosen, `begins_at` when it is not to begin before. `out`: it is not dispatched by this plan.
    """

    job: int
    version: int
    technician: int
    bay: int | None = None
    begins_at: datetime | None = None
    out: bool = False


def make(*, actor: Actor, move: bool, seconds: float = SECONDS) -> Proposal:
    """A plan for every job that waits; with `move`, also for those dispatched and not begun. Nothing is written.

    Raises `Refused` when nothing waits or the planner is not installed.
    """
    check_may(actor, "workshop.dispatch")
    found = ahead(actor.branch, move=move)
    if not found.open:
        raise Refused(_("No job waits for a technician."))
    plan = best(found.day, found.arrived, partial(solve, seconds=seconds))
    return proposal(actor.branch, found, plan, first_come(found.day, found.arrived))


def again(*, actor: Actor, choices: Sequence[Choice]) -> Proposal:
    """The edited plan with its times and figures laid out anew. Raises `Refused` when a job has changed meanwhile."""
    check_may(actor, "workshop.dispatch")
    found = ahead(actor.branch, move=True)
    _check_bays(actor, choices)
    known, plan, first = _laid_out(found, choices)
    by_key, wanted = {job.pk: job for job in found.jobs.values()}, {choice.job: choice for choice in choices}
    shown = proposal(actor.branch, known, plan, first)
    rows = [
        replace(row, chosen_bay=wanted[row.job.pk].bay, chosen_at=wanted[row.job.pk].begins_at) for row in shown.rows
    ]
    out = [Aside(by_key[choice.job], choice.technician, wanted=True) for choice in choices if choice.out]
    lost = [Aside(job, wanted[job.pk].technician, wanted=False) for job in shown.left]
    return replace(shown, rows=rows, left=[], out=[*out, *lost])


def _check_bays(actor: Actor, choices: Sequence[Choice]) -> None:
    """The chosen bays are bays for work of this branch. One query where any was chosen."""
    wanted = {choice.bay for choice in choices if choice.bay is not None and not choice.out}
    known = Bay.objects.filter(pk__in=wanted, branch=actor.branch, active=True).exclude(kind=BayKind.WASH)
    if wanted and known.count() < len(wanted):
        raise Refused(_("A chosen bay is not one for work here. Choose another."), "bay")


def _laid_out(found: Ahead, choices: Sequence[Choice]) -> tuple[Ahead, Plan, Plan]:
    """The day in which only the chosen jobs are open, as chosen, and first come first served of the same jobs."""
    lines = {job.pk: line for line, job in found.jobs.items()}
    for choice in choices:
        line = lines.get(choice.job)
        if line is None or found.jobs[line].version != choice.version:
            raise Refused(_("Jobs were dispatched or begun meanwhile. Make the plan again."), "changed")
    chosen_ones = [choice for choice in choices if not choice.out]
    picked = {lines[choice.job]: (place, choice.technician) for place, choice in enumerate(chosen_ones)}
    known = Ahead(found.day, found.jobs, found.arrived, frozenset(picked))
    wishes = {lines[choice.job]: choice for choice in chosen_ones}
    day = replace(found.day, works=[_wished(work, wishes.get(work.line)) for work in found.day.works])
    for work in found.day.works:  # what is not the plan's stays with whoever has it, after what was planned
        job = found.jobs.get(work.line)
        hand = work.hand or (job.technician_id if job else None) or 0
        picked.setdefault(work.line, (len(picked), hand))
    return known, chosen(day, picked), first_come(found.day, found.arrived)


def _wished(work: Work, choice: Choice | None) -> Work:
    """The work in the bay that was chosen, not before the time that was chosen."""
    if choice is None:
        return work
    held = max(filter(None, (work.held_until, choice.begins_at)), default=None)
    return replace(work, place=choice.bay, held_until=held)


@one_act
def take(*, actor: Actor, choices: Sequence[Choice]) -> int:
    """Dispatch every job as chosen, each with its time and bay; how many. All of them or none.

    Raises `Refused` when a job has changed since the plan was shown, or somebody planned the same people or
    bays at the same moment.
    """
    check_may(actor, "workshop.dispatch")
    choices = [choice for choice in choices if not choice.out]
    if not choices:
        raise Refused(_("Every job was left out; there is nothing to dispatch."), "empty")
    _check_bays(actor, choices)
    locked(Branch.objects.filter(pk=actor.branch.pk)).get()  # one plan at a time
    _hold(actor, choices)
    found = ahead(actor.branch, move=True)
    known, plan, _first = _laid_out(found, choices)
    rows = proposal(actor.branch, known, plan, plan).rows
    if len(rows) < len(choices):
        raise Refused(_no_room(known, rows))
    for row in rows:
        job = job_row(actor, row.job.pk)
        # Who keeps the job keeps those who share it.
        give(actor, job, row.technician, row.bay, shares_of(job) if job.technician_id == row.technician.pk else ())
    for order in {row.job.order_id: row.job.order for row in rows}.values():
        follow(actor, WorkOrder.objects.get(pk=order.pk))
    _write_slots(actor, known, plan)
    return len(rows)


def _no_room(known: Ahead, rows: Sequence[Row]) -> str:
    """Which job found no time with its person and bay."""
    placed = {row.job.pk for row in rows}
    left = next(job for line, job in known.jobs.items() if line in known.open and job.pk not in placed)
    sentence = _("“%(job)s” finds no time with this person and bay. Choose others, leave it out, or add shifts.")
    return sentence % {"job": left.line.label}


def _hold(actor: Actor, choices: Sequence[Choice]) -> None:
    """Lock the orders of the jobs, in the order of their ids."""
    jobs = Job.objects.filter(pk__in=[choice.job for choice in choices], order__branch=actor.branch)
    list(locked(WorkOrder.objects.filter(pk__in=jobs.values("order")).order_by("pk")))


def _write_slots(actor: Actor, found: Ahead, plan: Plan) -> None:
    """Every dispatched job that nobody has begun gets its time from this plan; older times no longer hold."""
    Slot.objects.filter(job__order__branch=actor.branch).delete()
    at, given = now(), {job.line_id: job for job in Job.objects.filter(line__in=found.jobs, state=JobState.ASSIGNED)}
    slots = [
        Slot(
            job=given[row.work.line], technician_id=row.hand, bay_id=row.place, planned_at=at, planned_by=actor.user,
            during=DateTimeTZRange(row.begins_at, row.ends_at),
        )
        for row in plan.placed
        if row.work.line in given and given[row.work.line].technician_id == row.hand
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Slot.objects.bulk_create(slots)
    except IntegrityError as error:
        raise Refused(_("Somebody planned the same people or bays at this moment. Make the plan again.")) from error
