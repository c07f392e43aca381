"""Holds: what a car waits for, and who takes care of it."""

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import WorkOrder
from reception.policies import check_open
from workshop.models import Hold
from workshop.selectors.stores import parts_of
from workshop.services.rows import order_row
from workshop.states import HoldReason


@one_act
def put(
    *, actor: Actor, order_id: int, reason: str, owner: User | None = None, note: str = "", job_id: int | None = None
) -> Hold:
    """Put an order, or one job of it, on hold; the same hold again is the one that is open. Owner: the advisor."""
    check_may(actor, "hold.set")
    if reason not in HoldReason.values:
        raise Invalid(_("Choose what the car waits for."))
    order = order_row(actor, order_id)
    check_open(order)
    job = order.jobs.filter(pk=job_id).first() if job_id else None
    if job_id and job is None:
        raise Invalid(_("This job belongs to another order."))
    responsible = owner or order.advisor
    if not Membership.objects.filter(user=responsible, branch=actor.branch).exists():
        raise Invalid(_("The owner of a hold must belong to this branch."))
    same = {"order": order, "job": job, "reason": reason, "owner": responsible, "note": note.strip()[:300]}
    known = Hold.objects.filter(**same, ended_at__isnull=True).first()
    return known or Hold.objects.create(**same, began_at=now(), began_by=actor.user)


@one_act
def end(*, actor: Actor, hold_id: int) -> Hold:
    """What was waited for is there. Raises `Refused` for a hold that ended before."""
    check_may(actor, "hold.set")
    hold = locked(Hold.objects.filter(order__branch=actor.branch)).get(pk=hold_id)
    if hold.ended_at is not None:
        raise Refused(_("This hold has already ended."))
    hold.ended_at, hold.ended_by = now(), actor.user
    hold.save(update_fields=["ended_at", "ended_by"])
    return hold


def end_parts(*, order: WorkOrder, actor: Actor) -> bool:
    """Nothing that the order asks for is missing any more: it no longer waits for parts. The caller holds the order.

    Whether a hold ended; no query but one where there is none.
    """
    waiting = order.holds.filter(reason=HoldReason.PARTS, ended_at__isnull=True)
    if not waiting.exists() or any(row.short > 0 for row in parts_of(order)):
        return False
    return waiting.update(ended_at=now(), ended_by=actor.user or F("began_by")) > 0


def end_approvals(*, order: WorkOrder, actor: Actor) -> None:
    """The customer has answered: the order no longer waits for approval. The caller holds the order."""
    waiting = order.holds.filter(reason=HoldReason.APPROVAL, ended_at__isnull=True)
    waiting.update(ended_at=now(), ended_by=actor.user or F("began_by"))
