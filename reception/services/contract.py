"""The promise, the signature, the answer to extra work, and the way to the workshop."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import PartDemand
from catalog.services import stock
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import total
from reception.models import Authorisation, Line, PlannedWork, PromiseChange, WorkOrder
from reception.policies import check_open, check_signed, check_unsettled
from reception.services.declines import Decline, put_off
from reception.services.flow import move
from reception.services.lines import offer, withdraw_replaced
from reception.services.options import check_one_each, choose, expire_others
from reception.services.papers import issue_work_order, lists_at_hand, order_to_print, work_order_paper
from reception.services.sheets import check_in_paper
from reception.signals import lines_answered
from reception.states import AuthorisedHow, LineKind, LineState, Payer, State

#: No car stands in the shop for longer; beyond it the year was mistyped.
FARTHEST = timedelta(days=366)


@one_act
def promise(*, actor: Actor, order_id: int, at: datetime, reason: str = "") -> WorkOrder:
    """Promise a finish time. The first one is kept for good; a later one needs a reason.

    Raises `Invalid` for a time that has passed or lies years ahead, and for a change without a reason.
    """
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_open(order)
    if order.promised_at == at:
        return order
    if at <= now():
        raise Invalid(_("Promise a time that has not passed."))
    if at > now() + FARTHEST:
        raise Invalid(_("Promise a time within the next twelve months; look at the year."))
    first = order.first_promised_at is None
    if not first and order.state not in (State.ARRIVED, State.INSPECTING, State.ESTIMATING) and not reason.strip():
        raise Invalid(_("Write down why the promise changes."))
    PromiseChange.objects.create(
        order=order, promised_at=at, reason=reason.strip() or ("" if first else _("Before the signature")), first=first,
        changed_by=actor.user,
    )  # fmt: skip
    order.first_promised_at = order.first_promised_at or at
    order.promised_at = at
    order.version += 1
    order.save(update_fields=["first_promised_at", "promised_at", "version"])
    return order


@one_act
def sign(
    *,
    actor: Actor,
    order_id: int,
    signer: str,
    signature: str = "",
    how: str = AuthorisedHow.SCREEN,
    chosen: Mapping[int, str] | None = None,
) -> WorkOrder:
    """The customer signs: walks the order through `estimate` to `authorised`; offered lines become approved.

    Of alternatives the letter in `chosen` (group → letter) is approved, the others expire.

    The time chosen on the check-in page becomes the promise. The content that was shown is kept with its SHA-256; its
    customer share is the limit from now on; check-in sheet, key tag and repair order are issued as papers.
    """
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    if not signer.strip():
        raise Invalid(_("Write down who signs."))
    if signature and not signature.startswith("data:image/png;base64,"):
        raise Invalid(_("This is not a signature."))
    if order.promised_at is None and order.promise_draft_at is not None:
        promise(actor=actor, order_id=order.pk, at=order.promise_draft_at)
    offer(actor=actor, order_id=order.pk)
    rows = choose(order, offered_lines(order), chosen or {})
    if order.state == State.INSPECTING:
        move(order_id=order.pk, action="estimate", actor=actor)
    approve(order, rows, actor)
    order = move(order_id=order.pk, action="authorise", actor=actor)
    authorise(order, actor, how, signer.strip(), signature)
    order = lists_at_hand(order_to_print(actor, order.pk, "kit_by"))
    check_in_paper(order, actor=actor)
    work_order_paper(order, actor=actor)
    return order


@one_act
def hand_to_workshop(*, actor: Actor, order_id: int) -> WorkOrder:
    """The advisor hands keys, order and walk-round sheet over; the supervisor accepts with `accept`."""
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    if order.state != State.AUTHORISED:
        raise Refused(_("Only a signed order goes to the workshop."))
    if order.offered_to_workshop_at is None:
        order.offered_to_workshop_at, order.offered_to_workshop_by = now(), actor.user
        order.version += 1
        order.save(update_fields=["offered_to_workshop_at", "offered_to_workshop_by", "version"])
    return order


@one_act
def answer_extra(
    *,
    actor: Actor,
    order_id: int,
    approved: Sequence[tuple[int, int]],
    declined: Sequence[int],
    signer: str,
    how: str,
    shown: Mapping[int, int] | None = None,
    why: Mapping[int, Decline] | None = None,
) -> WorkOrder:
    """The customer's answer to offered lines: (line, price version shown) approved, lines declined.

    `why` says of declined lines why, and when they are offered again. `shown` names the price version of declined lines
    too, for a customer who answers alone. What is approved on a signed order is a new repair order on paper; when the
    customer answered without a person of the house (the actor is the system and `recorded_by` stays empty), the order's
    advisor issues it, since a paper needs a name under it.
    Raises `Refused` when a line was priced anew or answered since it was shown; then nothing of the answer is written.
    """
    check_may(actor, "extra.offer")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_unsettled(order)
    if approved:
        check_signed(order)
    if not signer.strip():
        raise Invalid(_("Write down who agreed or declined."))
    lines = {line.pk: line for line in offered_lines(order)}
    check_shown(lines, approved, declined, shown or {})
    approve(order, [lines[line_id] for line_id, _version in approved], actor)
    for line_id in declined:
        told = replace((why or {}).get(line_id, Decline()), who=signer.strip(), how=how)
        put_off(lines[line_id], told, order)
    if approved:
        authorise(order, actor, how, signer.strip(), "")
        if order.authorised_at is not None:
            issue_work_order(order, actor=_issuer(order, actor))
    lines_answered.send(sender=WorkOrder, order=order, actor=actor)
    return order


def check_shown(
    lines: Mapping[int, Line], approved: Sequence[tuple[int, int]], declined: Sequence[int], shown: Mapping[int, int]
) -> None:
    """Each answered line still stands as it was shown, and is answered once."""
    answered = [*approved, *((line_id, shown.get(line_id)) for line_id in declined)]
    if not answered or len({line_id for line_id, _version in answered}) != len(answered):
        raise Invalid(_("Choose one answer for each item."))
    for line_id, version in answered:
        line = lines.get(line_id)
        if line is None or version not in (None, line.price_version):
            raise Refused(_("The offer has changed since it was shown. Look at it again."), "stale")


def _issuer(order: WorkOrder, actor: Actor) -> Actor:
    return actor if actor.user is not None else Actor(order.advisor, actor.branch, actor.permissions)


def offered_lines(order: WorkOrder) -> list[Line]:
    """What the customer was shown and has not answered, locked, in the order of the lines; operation and part at hand.

    One query. The caller holds the order.
    """
    rows = locked(order.lines.filter(state=LineState.OFFERED)).select_related("operation", "part", "replaces")
    return list(rows.order_by("id"))


def approve(order: WorkOrder, rows: Sequence[Line], actor: Actor) -> None:
    """Offered lines become approved at the price shown: labour is planned, parts are reserved. The caller judged.

    `rows` are of `offered_lines`. One query for all of them, and what the stock asks for each part.
    """
    plans, demands = [], []
    chosen = check_one_each(rows)
    order.lines.filter(pk__in=[line.pk for line in rows]).update(
        state=LineState.APPROVED, approved_version=F("price_version"), version=F("version") + 1
    )
    for line in rows:
        if line.kind == LineKind.LABOUR:
            skill = line.operation.skill_id if line.operation else None
            plans.append(PlannedWork(line=line, skill_id=skill, hours_left=line.standard_hours))
        elif line.part is not None:
            got = stock.reserve_free(actor=actor, part=line.part, quantity=line.quantity, subject_key=order.subject_key)
            demands.append(
                PartDemand(
                    branch=actor.branch, part=line.part, quantity=line.quantity, short=line.quantity - got,
                    subject_key=line.subject_key, by=actor.user,
                )
            )  # fmt: skip
    expire_others(order, chosen)
    withdraw_replaced(rows, actor=actor)
    PartDemand.objects.bulk_create(demands, ignore_conflicts=True)  # the first time that it was asked for counts
    PlannedWork.objects.bulk_create(plans, ignore_conflicts=True)  # agreed to again: the plan stands


def authorise(order: WorkOrder, actor: Actor | None, how: str, signer: str, signature: str) -> Authorisation:
    """Keep what was agreed to, with its hash; the customer's share is the limit from now on. None: nobody of ours."""
    rows = list(order.lines.filter(state__in=[LineState.APPROVED, LineState.DONE]).order_by("id"))
    shown, amount = _shown(rows), customer_total(rows)
    WorkOrder.objects.filter(pk=order.pk).update(authorised_amount=amount)
    order.authorised_amount = amount
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Authorisation.objects.create(
        order=order, how=how, signer=signer, signature=signature, amount=amount, shown=shown,
        content_hash=hashlib.sha256(text.encode()).hexdigest(), agreed_at=now(),
        recorded_by=actor.user if actor else None,
    )  # fmt: skip


def customer_total(lines: Sequence[Line]) -> Decimal:
    """The customer's gross share of what was approved; the authorised amount limits it."""
    return total(line.share_of(Payer.CUSTOMER) for line in lines)


def _shown(lines: Sequence[Line]) -> list[dict[str, str | int]]:
    """The approved lines as the customer saw them; amounts as text with two decimals."""
    return [
        {
            "line": line.pk,
            "version": line.price_version,
            "name": line.name,
            "quantity": str(Decimal(line.quantity)),
            "payer": line.payer,
            "gross": str(line.gross),
            **({"own": str(line.own_gross)} if line.own_gross else {}),
        }
        for line in lines
    ]
