"""A claim to the manufacturer on its road: draft, submitted, accepted or rejected, paid. The one writer of its state.

Every act locks the order first, then the claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may, check_money
from delivery.claim_states import MAKER_ROAD, MakerState
from delivery.maker_selectors import frozen, lacking, makers_lines, share_of
from delivery.models import MakerClaim, Payment
from delivery.services.payment import paid_so_far, pay
from delivery.services.settlement import locked_order
from delivery.states import Method
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from reception.services.statements import correct
from records.exports import Table
from records.services.export import CSV, take_out
from records.services.numbers import take_number
from records.states import CounterKind

EDIT = "claim.edit"


@one_act
def open_claim(*, actor: Actor, order_id: int) -> MakerClaim:
    """A draft for an order; the one that runs is returned as it is, a rejected one is replaced by it.

    Raises `Refused` for an order of which the manufacturer pays nothing.
    """
    check_may(actor, EDIT)
    order = locked_order(actor, order_id)
    last = MakerClaim.objects.filter(order=order).order_by("-id").first()
    if last is not None and last.state != MakerState.REJECTED:
        return last
    if not makers_lines(order):
        raise Refused(_("The manufacturer pays nothing of this order that is done."))
    return MakerClaim.objects.create(
        order=order, number=take_number(branch=actor.branch, kind=CounterKind.MAKER_CLAIM), replaces=last,
        opened_at=now(), opened_by=actor.person, kept_at=last.kept_at if last else None,
        kept_by=last.kept_by if last else None,
    )  # fmt: skip


def _held(actor: Actor, claim_id: int) -> MakerClaim:
    """The claim of this branch, its order locked before it."""
    check_may(actor, EDIT)
    order_id = MakerClaim.objects.values_list("order_id", flat=True).get(pk=claim_id, order__branch=actor.branch)
    order = locked_order(actor, order_id)
    claim = locked(MakerClaim.objects.all()).get(pk=claim_id)
    claim.order = order
    return claim


def _move(claim: MakerClaim, action: str, actor: Actor, **columns: object) -> MakerClaim:
    """One edge of the table, with the proof that it writes."""
    transition = MAKER_ROAD[action]
    check_may(actor, transition.permission)
    if claim.state not in transition.sources:
        raise Refused(
            _("The claim is “%(state)s”; this is not possible from there.") % {"state": claim.get_state_display()}
        )
    claim.state = transition.target
    for stem in transition.proof:
        columns |= {f"{stem}_at": now(), f"{stem}_by": actor.person}
    for name, value in columns.items():
        setattr(claim, name, value)
    claim.version += 1
    claim.save()
    return claim


@one_act
def keep_parts(*, actor: Actor, claim_id: int) -> MakerClaim:
    """The old parts are bagged, labelled and kept until the maker has looked at them. Twice is once."""
    claim = _held(actor, claim_id)
    if claim.state != MakerState.DRAFT:
        raise Refused(_("The claim was submitted; nothing of it changes any more."))
    if claim.kept_at is None:
        claim.kept_at, claim.kept_by, claim.version = now(), actor.person, claim.version + 1
        claim.save(update_fields=["kept_at", "kept_by", "version"])
    return claim


@one_act
def explain(*, actor: Actor, claim_id: int, line_id: int, cause: str, correction: str) -> MakerClaim:
    """What was behind a claimed line and what was done, where the technician left it open; it is added to what stands.

    Raises `Refused` once it was submitted, `Invalid` for a line that is not claimed.
    """
    claim = _held(actor, claim_id)
    if claim.state != MakerState.DRAFT:
        raise Refused(_("The claim was submitted; nothing of it changes any more."))
    if line_id not in {line.pk for line in makers_lines(claim.order)}:
        raise Invalid(_("This line is not claimed."), "line_id")
    correct(actor=actor, line_id=line_id, cause=cause, correction=correction)
    return claim


@one_act
def submit(*, actor: Actor, claim_id: int) -> MakerClaim:
    """It went to the maker: lines, cause and correction are frozen, the amount is that of the maker's share.

    Raises `Refused` with everything that is lacking.
    """
    claim = _held(actor, claim_id)
    lines = makers_lines(claim.order)
    missing = lacking(claim, lines)
    if claim.state == MakerState.DRAFT and missing:
        raise Refused(" ".join(missing), "lacking")
    share = share_of(claim.order)
    amount = share.gross if share else ZERO
    content = frozen(claim, lines, branch_day(actor.branch))
    return _move(claim, "submit", actor, claimed_amount=amount, content=content)


@one_act
def accept(*, actor: Actor, claim_id: int, amount: Decimal | str | None = None, reference: str = "") -> MakerClaim:
    """The maker pays it, all or a part. Raises `Invalid` for more than was claimed."""
    claim = _held(actor, claim_id)
    value = claim.claimed_amount if amount in (None, "") else quantise(amount or "")
    if value is None or not ZERO < value <= (claim.claimed_amount or ZERO):
        if claim.state == MakerState.SUBMITTED:
            raise Invalid(_("Between 0 and what was claimed."), "amount")
        value = None
    return _move(claim, "accept", actor, accepted_amount=value, reference=reference.strip()[:40])


@one_act
def reject(*, actor: Actor, claim_id: int, reason: str, reference: str = "") -> MakerClaim:
    """The maker pays nothing, and says why. Raises `Invalid` without a reason."""
    claim = _held(actor, claim_id)
    if not reason.strip():
        raise Invalid(_("Write down why it was rejected."), "reason")
    return _move(claim, "reject", actor, reason=reason.strip()[:200], reference=reference.strip()[:40])


@one_act
def maker_paid(*, actor: Actor, claim_id: int, amount: Decimal | str, key: str) -> Payment:
    """The maker's money came by transfer: matched to its share of the slip; the claim is paid when all that was
    accepted is here. The same `key` again is the same payment.

    Raises `Refused` before the claim was accepted or without a slip, `Invalid` for more than was accepted.
    """
    check_money(actor, EDIT)
    claim = _held(actor, claim_id)
    known = Payment.objects.filter(key=key).first() if key else None
    share = share_of(claim.order)
    if share is None:
        raise Refused(_("No slip stands with a share of the manufacturer."))
    lent = replace(actor, permissions=actor.permissions | {"till.pay"})
    if known is not None:
        return pay(actor=lent, receivable_id=share.pk, method=Method.TRANSFER, amount=amount, key=key)
    if claim.state != MakerState.ACCEPTED:
        raise Refused(_("The claim is “%(state)s”; this is not possible from there.") % {
            "state": claim.get_state_display()
        })  # fmt: skip
    accepted, before = claim.accepted_amount or ZERO, paid_so_far(share)
    if before + quantise(amount) > accepted:
        raise Invalid(_("Only %(left)s of what was accepted is still to come.") % {"left": accepted - before}, "amount")
    paid = pay(actor=lent, receivable_id=share.pk, method=Method.TRANSFER, amount=amount, key=key)
    if paid_so_far(share) >= accepted:
        _move(claim, "pay", actor)
    return paid


def take_batch(*, actor: Actor) -> Table:
    """The lines of all drafts as a table for the maker's portal; it is kept who took it."""
    check_may(actor, EDIT)
    lent = replace(actor, permissions=actor.permissions | {"records.export"})
    return take_out(actor=lent, key="maker_claims", form=CSV)


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the maker's list: number of the claim, and either an amount or why it was rejected."""

    number: str
    amount: Decimal | None
    reason: str = ""


@one_act
def take_answers(*, actor: Actor, answers: Sequence[Answer]) -> int:
    """All of the maker's list or nothing of it; how many. Raises `Invalid` for a number that does not wait here."""
    check_may(actor, EDIT)
    waiting = MakerClaim.objects.filter(order__branch=actor.branch, state=MakerState.SUBMITTED)
    ids = dict(waiting.values_list("number", "pk"))
    for one in answers:
        if one.number not in ids:
            raise Invalid(_("No submitted claim has the number “%(number)s”.") % {"number": one.number[:40]}, "answers")
    # In the order of the claims, so that two lists never wait in a ring.
    for one in sorted(answers, key=lambda row: ids[row.number]):
        if one.amount is None:
            reject(actor=actor, claim_id=ids[one.number], reason=one.reason)
        else:
            accept(actor=actor, claim_id=ids[one.number], amount=one.amount)
    return len(answers)
