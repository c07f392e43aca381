"""The three checks (三检): technician, team leader, inspector. A failure returns the car with its cause."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import WorkOrder
from reception.services.flow import move
from reception.states import State
from workshop.models import CheckedItem, CheckItem, Clocking, Inspection, Job
from workshop.policies import check_jobs_done, check_people, finished, round_now
from workshop.selectors.checklist import items_in_use, of
from workshop.services.dispatch import rework
from workshop.services.rows import lent, membership_of, order_row
from workshop.states import CHECK_PERMISSION, Level, Origin

_ORDER: list[str] = list(Level.values)


@dataclass(frozen=True, slots=True)
class Found:
    """What a checker marked: items that are not in order, the jobs that go back, and the list that stood on the page.

    `seen` is None for who shows no list.
    """

    wrong: Collection[int] = ()
    jobs: Collection[int] = ()
    seen: Collection[int] | None = None


@one_act
def record(
    *, actor: Actor, order_id: int, level: str, passed: bool, cause: str = "", found: Found | None = None
) -> Inspection:
    """Record one check. Passed: the self check brings the car to the check, the final one to the wash or to ready.

    A pass keeps every item of the list as in order. Failed: the round ends, the jobs that were marked (or the only
    one) are open again, each an internal comeback, and the car is in work. Raises `Invalid` for a failure without a
    cause or without its job, `Refused` out of turn, for a list that changed meanwhile, or when too few different
    people would have checked.
    """
    if level not in Level.values:
        raise Invalid(_("There is no such check."))
    check_may(actor, CHECK_PERMISSION[level])
    order, found = order_row(actor, order_id), found or Found()
    _check_turn(order, level, actor)
    number, checks = round_now(order)
    if [check.level for check in checks] != _ORDER[: _ORDER.index(level)]:
        raise Refused(_("Not this check’s turn: first the technician, then the team leader, then the inspector."))
    items = _items(order, level, found)
    wrong = [item for item in items if item.pk in found.wrong]
    if passed:
        check_people(order, checks, actor)
        _check_nothing_wrong(wrong)
    said = _cause(wrong, cause)
    if not passed and not said:
        raise Invalid(_("Write down why the check failed."))
    back = [] if passed else _jobs(order, found)
    inspection = Inspection.objects.create(
        order=order, round=number, level=level, passed=passed, cause="" if passed else said,
        inspected_at=now(), inspected_by=actor.user,
    )  # fmt: skip
    _keep(inspection, items if passed else wrong)
    if passed:
        _go_on(order, level, actor)
    else:
        _return(order, actor, inspection, back)
    return inspection


def _check_turn(order: WorkOrder, level: str, actor: Actor) -> None:
    wanted = State.WORKING if level == Level.SELF else State.CHECKING
    if order.state != wanted:
        raise Refused(_("The order is “%(state)s”; this check is not due.") % {"state": State(order.state).label})
    if level == Level.SELF:
        check_jobs_done(order, actor)
        if not Clocking.objects.filter(job__order=order, technician=membership_of(actor)).exists():
            raise Forbidden(_("The self check is made by somebody who worked on the car."))


def _items(order: WorkOrder, level: str, found: Found) -> list[CheckItem]:
    """The list as it holds now, which must be the one that was looked at."""
    items = of(items_in_use(), order.repair_class, level)
    known = {item.pk for item in items}
    if not known.issuperset(found.wrong) or (found.seen is not None and known != set(found.seen)):
        raise Refused(_("The checklist has changed in the meantime. Look at it again."), "stale")
    return items


def _check_nothing_wrong(wrong: list[CheckItem]) -> None:
    if wrong:
        told = {"items": pgettext("between the items of a list", ", ").join(item.label for item in wrong)}
        raise Refused(_("Marked as not in order: %(items)s. Return the car, or take the mark away.") % told)


def _cause(wrong: list[CheckItem], cause: str) -> str:
    """What is not in order, then the words of the checker: it stands on the job, so the technician reads both."""
    names = pgettext("between the items of a list", ", ").join(item.label for item in wrong)
    said = _(": ").join(text for text in (names, cause.strip()) if text)
    return said[:300]


def _jobs(order: WorkOrder, found: Found) -> list[Job]:
    """The jobs that go back; of several the checker says which, so that nobody's good work counts as a comeback."""
    done = list(finished(order))
    if not found.jobs:
        if len(done) > 1:
            raise Invalid(_("Say which job goes back."))
        return done
    back = [job for job in done if job.pk in found.jobs]
    if len(back) != len(set(found.jobs)):
        raise Invalid(_("This job belongs to another order, or is not finished."))
    return back


def _keep(inspection: Inspection, items: list[CheckItem]) -> None:
    CheckedItem.objects.bulk_create(
        CheckedItem(
            inspection=inspection, item=item, place=item.place, name=item.name, name_en=item.name_en,
            in_order=inspection.passed,
        )
        for item in items
    )  # fmt: skip


def _go_on(order: WorkOrder, level: str, actor: Actor) -> None:
    if level == Level.SELF:
        move(order_id=order.pk, action="finish", actor=lent(actor, "job.work"))
    elif level == Level.FINAL:
        move(order_id=order.pk, action="pass_to_wash" if order.wash else "pass_unwashed", actor=actor)


def _return(order: WorkOrder, actor: Actor, inspection: Inspection, jobs: list[Job]) -> None:
    """A team leader may fail a car too; the move then borrows the inspector's permission."""
    if order.state == State.CHECKING:
        move(order_id=order.pk, action="fail", actor=lent(actor, "check.final"), note=inspection.cause)
    rework(
        order=order, actor=actor, cause=inspection.cause, origin=Origin(inspection.level), inspection=inspection,
        jobs=jobs,
    )  # fmt: skip
