"""The three checks (三检): technician, team leader, inspector. A failure returns the car with its cause."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import WorkOrder
from reception.services.flow import move
from reception.states import State
from workshop.models import Clocking, Inspection
from workshop.policies import check_jobs_done, check_people, round_now
from workshop.services.dispatch import rework
from workshop.services.rows import lent, membership_of, order_row
from workshop.states import CHECK_PERMISSION, Level

_ORDER: list[str] = list(Level.values)


@one_act
def record(
    *, actor: Actor, order_id: int, level: str, passed: bool, cause: str = "", job_id: int | None = None
) -> Inspection:
    """Record one check. Passed: the self check brings the car to the check, the final one to the wash or to ready.

    Failed: the round ends, the finished jobs (or `job_id`) are open again and the car is in work. Raises `Invalid`
    for a failure without a cause, `Refused` out of turn or when too few different people would have checked.
    """
    if level not in Level.values:
        raise Invalid(_("There is no such check."))
    check_may(actor, CHECK_PERMISSION[level])
    if not passed and not cause.strip():
        raise Invalid(_("Write down why the check failed."))
    order = order_row(actor, order_id)
    _check_turn(order, level, actor)
    number, checks = round_now(order)
    if [check.level for check in checks] != _ORDER[: _ORDER.index(level)]:
        raise Refused(_("Not this check’s turn: first the technician, then the team leader, then the inspector."))
    if passed:
        check_people(order, checks, actor)
    inspection = Inspection.objects.create(
        order=order, round=number, level=level, passed=passed, cause="" if passed else cause.strip()[:300],
        inspected_at=now(), inspected_by=actor.user,
    )  # fmt: skip
    if passed:
        _go_on(order, level, actor)
    else:
        _return(order, actor, inspection.cause, job_id)
    return inspection


def _check_turn(order: WorkOrder, level: str, actor: Actor) -> None:
    wanted = State.WORKING if level == Level.SELF else State.CHECKING
    if order.state != wanted:
        raise Refused(_("The order is “%(state)s”; this check is not due.") % {"state": State(order.state).label})
    if level == Level.SELF:
        check_jobs_done(order, actor)
        if not Clocking.objects.filter(job__order=order, technician=membership_of(actor)).exists():
            raise Forbidden(_("The self check is made by somebody who worked on the car."))


def _go_on(order: WorkOrder, level: str, actor: Actor) -> None:
    if level == Level.SELF:
        move(order_id=order.pk, action="finish", actor=lent(actor, "job.work"))
    elif level == Level.FINAL:
        move(order_id=order.pk, action="pass_to_wash" if order.wash else "pass_unwashed", actor=actor)


def _return(order: WorkOrder, actor: Actor, cause: str, job_id: int | None) -> None:
    """A team leader may fail a car too; the move then borrows the inspector's permission."""
    if order.state == State.CHECKING:
        move(order_id=order.pk, action="fail", actor=lent(actor, "check.final"), note=cause)
    if job_id and not order.jobs.filter(pk=job_id).exists():
        raise Invalid(_("This job belongs to another order."))
    rework(order=order, actor=actor, cause=cause, job_id=job_id)
