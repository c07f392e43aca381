"""Cars that leave without an opened pass: let out by force, and those of the printed list, entered afterwards."""

from __future__ import annotations  # Django's files are generic for the type checker only

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from accounts.selectors import with_pin
from accounts.services.pins import prove_pin
from dms.act import one_act
from dms.clock import as_of, local, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import ForcedRelease, GatePass, WorkOrder
from reception.services.flow import move
from reception.services.gate import Attempt, keep_attempt, revoke_passes, sentence_for, used
from reception.states import TEMPORARY, GateOutcome, State
from records.services.photos import keep_photo
from records.states import PhotoKind

#: The move that ends an order whose car leaves; the others are not at their end.
ENDS = {State.SETTLED: "release", State.DECLINED: "leave", State.CANCELLED: "leave"}


def force_release(
    *, actor: Actor, order_id: int, by_id: int, pin: str, reason: str, photo: File[bytes] | None
) -> ForcedRelease:
    """Let a car out that no pass lets out: somebody who may (`gate.force`) shows it by their PIN, at the gate's device.

    A settled order ends; any other stays where it is, with its bill open. No transaction of its own until the PIN is
    right: a wrong one stays counted and is an attempt in the log. Raises `Invalid` for a wrong PIN, no reason or no
    photo, `Refused` for a person who may not, a car that is out, and as `prove_pin`.
    """
    check_may(actor, "gate.open")
    if len(reason.strip()) < 5:
        raise Invalid(_("Write down why the car is let out, in a few words."), "reason")
    if photo is None:
        raise Invalid(_("Take a photo of the car with its plate."), "photo")
    boss = with_pin(actor.branch, "gate.force").filter(pk=by_id).first()
    if boss is None:
        raise Refused(_("This person may not let a car out by force, or has no PIN."))
    try:
        prove_pin(user_id=boss.pk, pin=pin)
    except Refused as refused:
        keep_attempt(actor, None, GateOutcome.WRONG_PIN, f"{boss.name}: {refused.sentence}")
        raise
    return _forced(actor, replace(actor, user=boss), order_id, reason.strip()[:200], photo)


@one_act
def _forced(actor: Actor, boss: Actor, order_id: int, reason: str, photo: File[bytes]) -> ForcedRelease:
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle")).get(pk=order_id)
    check_here(order)
    kept = keep_photo(actor=actor, file=photo, kind=PhotoKind.DELIVERY, subject_key=f"forced:{order.pk}")
    row = ForcedRelease.objects.create(
        branch=actor.branch, order=order, order_state=order.state, reason=reason, photo=kept, guard=actor.person,
        forced_at=now(), forced_by=boss.person,
    )  # fmt: skip
    revoke_passes(actor=boss, order=order, reason=sentence_for(GateOutcome.FORCED))
    keep_attempt(actor, None, GateOutcome.FORCED, f"{order.vehicle} · {boss.person.name}: {reason}")
    _try_to_end(order, actor, reason)
    return row


def _try_to_end(order: WorkOrder, actor: Actor, reason: str) -> None:
    """A rule may keep the order open; the car is gone all the same, and who settles it finds that here."""
    if order.state not in ENDS:
        return
    with suppress(Refused), transaction.atomic():
        move(order_id=order.pk, action=ENDS[State(order.state)], actor=actor, note=reason)


def check_here(order: WorkOrder) -> None:
    """The car is still in the yard. Raises `Refused` with the time at which it left."""
    branch = order.branch
    if order.state in (State.RELEASED, State.LEFT):
        told = {"time": f"{local(branch, order.released_at or order.left_at):%m-%d %H:%M}"}
        raise Refused(_("This car was let out already, on %(time)s.") % told, "out")
    forced = ForcedRelease.objects.filter(order=order).first()
    if forced is not None:
        told = {"time": f"{local(branch, forced.forced_at):%m-%d %H:%M}"}
        raise Refused(_("This car was let out by force already, on %(time)s.") % told, "out")
    out = GatePass.objects.filter(order=order, kind__in=TEMPORARY, used_at__isnull=False, back_at__isnull=True).first()
    if out is not None:
        raise Refused(_("This car is out with gate pass %(number)s.") % {"number": out.number}, "out")


@one_act
def end_forced(*, actor: Actor, order_id: int) -> WorkOrder:
    """The order of a car that was let out by force ends, once it is settled or ended without work.

    Raises `Refused` for another car, while the order is open, and as the rules of the gate say.
    """
    check_may(actor, "gate.force")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    forced = ForcedRelease.objects.filter(order=order).first()
    if forced is None:
        raise Refused(_("This car was not let out by force."))
    if order.state not in ENDS:
        raise Refused(_("The order is “%(state)s”: settle it first.") % {"state": State(order.state).label})
    revoke_passes(actor=actor, order=order, reason=sentence_for(GateOutcome.FORCED))
    guard = replace(actor, permissions=actor.permissions | {"gate.open"})  # the gate is behind this car
    return move(order_id=order.pk, action=ENDS[State(order.state)], actor=guard, note=forced.reason)


@one_act
def enter_listed(*, actor: Actor, pass_id: int, left_at: datetime) -> Attempt:
    """A car that the guard let out by the printed list while the system was away, with the time at which it left.

    Out of the gate's log and of the order it can be told from a scan. Raises `Invalid` for a time that cannot be,
    `Refused` for a pass that was used, revoked, or had expired by then.
    """
    check_may(actor, "gate.open")
    found = GatePass.objects.filter(branch=actor.branch)
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(passes=pass_id)
    row = locked(found).get(pk=pass_id)
    row.order = order
    _check_listed(row, order, left_at)
    entered = local(actor.branch, now())
    note = _("By the printed list; entered %(time)s.") % {"time": f"{entered:%m-%d %H:%M}"}
    with as_of(left_at):
        outcome, sentence = used(row, actor, GateOutcome.LISTED, note)
    if outcome == GateOutcome.LISTED:
        row.listed_at, row.listed_by = now(), actor.user
        row.save(update_fields=["listed_at", "listed_by"])
    keep_attempt(actor, row, outcome, sentence)
    return Attempt(outcome, row, sentence)


def _check_listed(row: GatePass, order: WorkOrder, left_at: datetime) -> None:
    if row.used_at is not None:
        told = {"time": f"{local(order.branch, row.used_at):%m-%d %H:%M}"}
        raise Refused(_("This car was let out already, on %(time)s.") % told, "out")
    check_here(order)
    if row.revoked_at is not None:
        raise Refused(sentence_for(GateOutcome.REVOKED), "revoked")
    if left_at > now():
        raise Invalid(_("This time is still to come."), "left_at")
    if left_at < row.issued_at:
        told = {"time": f"{local(order.branch, row.issued_at):%m-%d %H:%M}"}
        raise Invalid(_("The gate pass was made later than that, on %(time)s.") % told, "left_at")
    if left_at > row.valid_until:
        raise Refused(sentence_for(GateOutcome.EXPIRED), "expired")
