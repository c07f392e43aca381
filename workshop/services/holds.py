"""Holds: what a car waits for, and who takes care of it."""

from typing import cast

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.policies import Actor, check_may
from accounts.roles import Role
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import WorkOrder
from reception.policies import check_open
from records.selectors import rule
from workshop.models import Hold, Job
from workshop.selectors.stores import parts_of
from workshop.services.rows import lent, order_row
from workshop.states import HoldReason


@one_act
def put(
    *, actor: Actor, order_id: int, reason: str, owner: User | None = None, note: str = "", job_id: int | None = None
) -> Hold:
    """Put an order, or one job of it, on hold. Owner: who is chosen, else whom the rule names for the reason.

    The same reason and note again are the hold that is open, and so is one that has no note yet; a chosen owner takes
    it over.
    """
    check_may(actor, "hold.set")
    if reason not in HoldReason.values:
        raise Invalid(_("Choose what the car waits for."))
    order = order_row(actor, order_id)
    check_open(order)
    job = order.jobs.filter(pk=job_id).first() if job_id else None
    if job_id and job is None:
        raise Invalid(_("This job belongs to another order."))
    if owner is not None and not Membership.objects.filter(user=owner, branch=actor.branch, active=True).exists():
        raise Invalid(_("The owner of a hold must belong to this branch."), "owner")
    said = note.strip()[:300]
    same = Hold.objects.filter(order=order, job=job, reason=reason, ended_at__isnull=True, note__in={said, ""})
    known = same.order_by("-note", "id").first()
    if known is None:
        return Hold.objects.create(
            order=order, job=job, reason=reason, note=said, owner=owner or owner_for(order, reason), began_at=now(),
            began_by=actor.user,
        )  # fmt: skip
    if known.note != said or owner not in (None, known.owner):
        known.note, known.owner = said or known.note, owner or known.owner
        known.save(update_fields=["note", "owner"])
    return known


def owner_for(order: WorkOrder, reason: str) -> User:
    """Whom the rule names: the car's advisor, or of a role who has the fewest holds; without anybody the advisor."""
    role = str(rule(order.branch, f"hold.{reason}_owner", branch_day(order.branch)))
    if role == Role.SERVICE_ADVISOR:
        return cast(User, order.advisor)
    theirs = Hold.objects.filter(owner=OuterRef("user"), order__branch=order.branch, ended_at__isnull=True)
    count = theirs.order_by().values("owner").annotate(n=Count("pk")).values("n")
    people = Membership.objects.filter(branch=order.branch, active=True, roles__contains=[role]).select_related("user")
    first = people.annotate(n=Coalesce(Subquery(count), 0)).order_by("n", "id").first()
    return cast(User, first.user if first is not None else order.advisor)


def wait_for(*, actor: Actor, job: Job, reason: str) -> None:
    """A clock was paused for this: the job, held by the caller, waits, unless the car is on hold for it already."""
    open_now = Hold.objects.filter(order=job.order_id, reason=reason, ended_at__isnull=True)
    if not open_now.filter(Q(job__isnull=True) | Q(job=job)).exists():
        put(actor=lent(actor, "hold.set"), order_id=job.order_id, reason=reason, job_id=job.pk)


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
