"""Undo for ten seconds (撤销): an order is put back exactly as it was before an act on it, or not at all.

One mechanism for dispatch, holds and acceptance. What stood before is read under the order's lock and travels, signed,
in the address of the button; nothing is stored. What is undone is done again backwards: the log keeps both.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Forbidden, Refused
from reception.models import WorkOrder
from reception.services import plan
from reception.services.flow import move
from reception.states import State
from workshop.models import Hold, Job, Slot
from workshop.services.dispatch import write_shares
from workshop.services.rows import job_row, order_row, set_state

#: The button counts these down. Who points at it, reaches it by keyboard or has no scripts gets three times as long.
SECONDS = 10
MOST = timedelta(seconds=3 * SECONDS)
SALT = "workshop.undo"
#: The moves that lead back: (where the order is, where it was).
BACK = {
    (State.ASSIGNED, State.QUEUED): "take_back",
    (State.QUEUED, State.AUTHORISED): "give_back",
    (State.QUEUED, State.ASSIGNED): "assign",
}


class Seen(NamedTuple):
    """An order as the workshop sees it: its state, its jobs (with person, bay, planned time, shares) and open holds."""

    state: str
    version: int
    jobs: dict[str, list[Any]]
    versions: dict[str, int]
    holds: list[int]

    @property
    def digest(self) -> str:
        """Of all of it: what has another digest has changed."""
        return sha256(repr(self).encode()).hexdigest()[:20]


def _seen(order_id: int) -> Seen:
    state, version = WorkOrder.objects.values_list("state", "version").get(pk=order_id)
    jobs = list(_jobs_of(order_id))
    holds = Hold.objects.filter(order=order_id, ended_at__isnull=True).order_by("id").values_list("pk", flat=True)
    return Seen(
        str(state), version, {str(job.pk): _job(job) for job in jobs}, {str(job.pk): job.version for job in jobs},
        list(holds),
    )  # fmt: skip


def _jobs_of(order_id: int) -> QuerySet[Job]:
    return Job.objects.filter(order=order_id).select_related("slot").prefetch_related("shares").order_by("id")


def _job(job: Job) -> list[Any]:
    slot = getattr(job, "slot", None)
    planned = slot and [
        slot.technician_id, slot.bay_id, slot.during.lower.isoformat(), slot.during.upper.isoformat(),
        slot.planned_at.isoformat(), slot.planned_by_id,
    ]  # fmt: skip
    shares = sorted([row.technician_id, row.percent] for row in job.shares.all())
    return [str(job.state), job.technician_id, job.bay_id, planned, shares]


@one_act
def keep(*, actor: Actor, order_id: int, permission: str, act: Callable[[], object]) -> str:
    """Do `act`, which changes this order only; the key that undoes it. Empty when nothing changed."""
    order_row(actor, order_id)
    before = _seen(order_id)
    act()
    after = _seen(order_id)
    if after == before:
        return ""
    kept = {
        "user": actor.person.pk, "order": order_id, "may": permission, "at": now().timestamp(),
        "state": before.state, "now": after.digest,
        "jobs": {key: was for key, was in before.jobs.items() if after.jobs.get(key) != was},
        "held": [key for key in before.holds if key not in after.holds],
        "free": [key for key in after.holds if key not in before.holds],
    }  # fmt: skip
    return signing.dumps(kept, salt=SALT, compress=True)


@one_act
def back(*, actor: Actor, key: str) -> WorkOrder:
    """Put the order back as `keep` found it. Raises `Refused` when the time is over or anything changed since."""
    kept = _read(key)
    if kept["user"] != actor.person.pk:
        raise Forbidden(_("Only who did it can undo it."))
    check_may(actor, kept["may"])
    order = order_row(actor, kept["order"])
    here = _seen(order.pk)
    if here.digest != kept["now"]:
        raise Refused(_("Something has happened to this car since then; it stays as it is now."), "changed")
    way = BACK[State(here.state), State(kept["state"])] if here.state != kept["state"] else ""
    if way == "assign":  # its papers name who has the jobs
        _jobs_back(actor, order, here.jobs | kept["jobs"])
        move(order_id=order.pk, action=way, actor=actor)
    else:
        if way:
            move(order_id=order.pk, action=way, actor=actor)
        _jobs_back(actor, order, here.jobs | kept["jobs"])
    Hold.objects.filter(pk__in=kept["held"]).update(ended_at=None, ended_by=None)
    Hold.objects.filter(pk__in=kept["free"]).update(ended_at=now(), ended_by=actor.person)
    return order


def _read(key: str) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = signing.loads(key, salt=SALT)
    except signing.BadSignature as error:
        raise Refused(_("This cannot be undone.")) from error
    if now().timestamp() - kept["at"] > MOST.total_seconds():
        raise Refused(_("The time to undo it is over; change it on the board."), "late")
    return kept


def _jobs_back(actor: Actor, order: WorkOrder, wanted: dict[str, list[Any]]) -> None:
    """Every job that is still there is as `wanted` says; those that a move made or took are its own matter."""
    for job in _jobs_of(order.pk):
        if _job(job) != wanted[str(job.pk)]:
            _job_back(actor, job_row(actor, job.pk), *wanted[str(job.pk)])


def _job_back(
    actor: Actor, job: Job, state: str, technician: int | None, bay: int | None, planned: list[Any] | None,
    shares: list[tuple[int, int]],
) -> None:  # fmt: skip
    job.technician_id, job.bay_id = technician, bay
    set_state(job, state, "technician", "bay")
    plan.plan_line(actor=actor, line_id=job.line_id, technician=job.technician, bay=job.bay)
    write_shares(job, shares)
    Slot.objects.filter(job=job).delete()
    if planned is None:
        return
    person, place, begins, ends, at, by = planned
    try:
        with transaction.atomic():
            Slot.objects.create(
                job=job, technician_id=person, bay_id=place, planned_at=datetime.fromisoformat(at), planned_by_id=by,
                during=DateTimeTZRange(datetime.fromisoformat(begins), datetime.fromisoformat(ends)),
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_("The planned time has been given to another car; it stays as it is now."), "changed") from error
