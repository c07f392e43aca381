"""What the house gives up of a share that is paid later. No money moves: drawer and payments stay as they are."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from delivery.models import Receivable, WriteOff
from delivery.services.payment import locked_share, still_owed
from delivery.states import LATER, ReceivableState, WriteOffKind
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.money import ZERO, quantise

#: Who gives up money of the house.
APPROVES = "discount.approve"


def may_be_written_off(share: Receivable) -> bool:
    """What stands among the open credit; a customer at the till pays, or the house takes the share over on the slip."""
    return share.state == ReceivableState.ON_ACCOUNT or (share.state == ReceivableState.OPEN and share.payer in LATER)


@one_act
def write_off(
    *, actor: Actor, receivable_id: int, kind: str, reason: str, key: str, amount: Decimal | str | None = None
) -> WriteOff:
    """Give up what is still owed of a share, or a part of it. The same `key` again is the same write-off.

    Raises `Invalid` for more than is owed or without a reason, `Refused` for a share that is not among the open credit.
    """
    check_money(actor, APPROVES)
    share = locked_share(actor, receivable_id)
    owed = still_owed(share)
    known = WriteOff.objects.filter(key=key).first()
    value = quantise(amount) if amount not in (None, "") else known.amount if known else owed
    if known is not None:
        if (known.receivable_id, known.kind, known.amount) != (share.pk, kind, value):
            raise Refused(_("This request was already used for something else."), "idempotency")
        return known
    _check(share, kind, reason, key)
    if not ZERO < value <= owed:
        raise Invalid(_("Between 0 and what is still owed: %(owed)s.") % {"owed": owed}, "amount")
    row = WriteOff.objects.create(
        receivable=share, kind=kind, amount=value, reason=reason.strip()[:200], key=key, written_at=now(),
        written_by=actor.person,
    )  # fmt: skip
    if value == owed:
        share.state = ReceivableState.WRITTEN_OFF
        share.save(update_fields=["state"])
    return row


def _check(share: Receivable, kind: str, reason: str, key: str) -> None:
    if not may_be_written_off(share):
        raise Refused(_("Only what stands among the open credit is written off."))
    if kind not in WriteOffKind.values or not key:
        raise Invalid(_("Choose why the rest is given up."), "kind")
    if not reason.strip():
        raise Invalid(_("Write down why the rest is given up."), "reason")


@one_act
def take_back(*, actor: Actor, write_off_id: int, reason: str) -> WriteOff:
    """The payer pays after all: a counter entry, and the share is owed again.

    Raises `Invalid` without a reason, `Refused` for what was taken back already.
    """
    check_money(actor, APPROVES)
    found = WriteOff.objects.get(pk=write_off_id, receivable__settlement__order__branch=actor.branch)
    share = locked_share(actor, found.receivable_id)
    if found.takes_back_id is not None or WriteOff.objects.filter(takes_back=found).exists():
        raise Refused(_("This write-off was taken back already."))
    if not reason.strip():
        raise Invalid(_("Write down why it is taken back."), "reason")
    if share.state == ReceivableState.WRITTEN_OFF:
        share.state = ReceivableState.ON_ACCOUNT if share.due_on else ReceivableState.OPEN
        share.save(update_fields=["state"])
    return _turned(actor, found, reason)


def _turned(actor: Actor, found: WriteOff, reason: str) -> WriteOff:
    return WriteOff.objects.create(
        receivable_id=found.receivable_id, kind=found.kind, amount=-found.amount, takes_back=found,
        reason=reason.strip()[:200], key=f"back:{found.pk}", written_at=now(), written_by=actor.person,
    )  # fmt: skip


def take_back_all(*, actor: Actor, receivable: Receivable, reason: str) -> None:
    """The slip is reversed, so nothing of it is owed and nothing given up; the caller has locked the order."""
    standing = WriteOff.objects.filter(receivable=receivable, takes_back=None, taken_back_by=None)
    for row in standing.order_by("id"):
        _turned(actor, row, reason)
