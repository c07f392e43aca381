"""Findings in free words: reported by the workshop, priced or put aside by the advisor; none is forgotten."""

from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import LabourOperation, Part
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from reception.models import FoundWork, Line, Statement, WorkOrder
from reception.policies import check_signed
from reception.services.lines import free_line, labour_line, order_to_price, part_line
from reception.signals import lines_answered
from records.models import Photo
from records.services.photos import lend_photo

WORDS, REASON = 300, 200


class Needed(NamedTuple):
    """What a finding needs: an operation, a part (`quantity` of it), or work of no catalogue by `name` and `hours`."""

    operation: LabourOperation | None = None
    part: Part | None = None
    quantity: Decimal = Decimal(1)
    name: str = ""
    hours: Decimal | None = None


@one_act
def report(*, actor: Actor, order_id: int, words: str, statement: Statement | None = None) -> FoundWork:
    """Keep what was found; the same words of the same person, not yet answered, are one finding."""
    check_may(actor, "extra.report")
    said = words.strip()[:WORDS]
    if not said:
        raise Invalid(_("Write down what was found."))
    order = order_to_price(Actor(actor.user, actor.branch, actor.permissions | {"order.price"}), order_id)
    check_signed(order)
    known = FoundWork.objects.filter(order=order, words=said, found_by=actor.person, closed_at__isnull=True).first()
    return known or FoundWork.objects.create(
        order=order, statement=statement, words=said, found_at=now(), found_by=actor.person
    )


@one_act
def price(*, actor: Actor, found_id: int, needed: Needed, more: bool = False) -> list[Line]:
    """Drafts for what it needs, at today's prices, with its words and photos; `more`: others follow, it stays open."""
    check_may(actor, "extra.offer")
    found = _open(actor, found_id)
    told = {"statement": found.statement, "extra": True, "found_by": found.found_by, "finding": found.words}
    order, made = found.order, list[Line]()
    if needed.operation is not None:
        made.append(labour_line(order, needed.operation, **told))
    if needed.part is not None:
        made.append(part_line(order, needed.part, needed.quantity, **told))
    if needed.name.strip():
        if needed.hours is None:
            raise Invalid(_("Give the hours of this work."), "hours")
        made.append(free_line(order, needed.name.strip(), needed.hours, **told))
    if not made:
        raise Invalid(_("Choose an operation or a part, or write what is done and its hours."))
    for photo in Photo.objects.filter(subject_key=found.subject_key, branch=actor.branch):
        lend_photo(photo=photo, subject_key=made[0].subject_key)
    if not more:
        _close(actor, found, "")
    return made


@one_act
def put_aside(*, actor: Actor, found_id: int, reason: str) -> FoundWork:
    """Nothing is done about it, and why; what waited for an answer to it waits no more."""
    check_may(actor, "extra.offer")
    if not reason.strip():
        raise Invalid(_("Write down why nothing is done about it."), "reason")
    found = _open(actor, found_id)
    _close(actor, found, reason.strip()[:REASON])
    lines_answered.send(sender=WorkOrder, order=found.order, actor=actor)
    return found


def _open(actor: Actor, found_id: int) -> FoundWork:
    """The finding, its order locked before it. Raises `Refused` for one that was answered."""
    order_id = FoundWork.objects.values_list("order_id", flat=True).get(pk=found_id, order__branch=actor.branch)
    order = order_to_price(Actor(actor.user, actor.branch, actor.permissions | {"order.price"}), order_id)
    found = FoundWork.objects.select_related("statement", "found_by").get(pk=found_id)
    if found.closed_at is not None:
        raise Refused(_("Somebody has already answered this finding."), "stale")
    found.order = order
    return found


def _close(actor: Actor, found: FoundWork, reason: str) -> None:
    found.closed_at, found.closed_by, found.reason = now(), actor.person, reason
    found.save(update_fields=["closed_at", "closed_by", "reason"])
