"""What providers report, written down. The same report again changes nothing."""

from collections.abc import Iterable

from django.db.models import Q

from customers.models import Customer, Message, ReceiptSeen
from customers.receipts import Receipt, Reply
from customers.services.consent import withdraw
from customers.states import Channel, MessageState
from dms.act import one_act
from dms.clock import now

#: From these a receipt leads on; a message that was delivered is never undelivered afterwards.
_OPEN = (MessageState.CLAIMED, MessageState.SENT, MessageState.UNKNOWN)


@one_act
def note(*, provider: str, reports: Iterable[Receipt | Reply]) -> int:
    """Write down receipts and opt-outs; how many were new."""
    new = 0
    for report in reports:
        _row, made = ReceiptSeen.objects.get_or_create(provider=provider, digest=report.digest)
        if not made:
            continue
        new += 1
        if isinstance(report, Receipt):
            _arrived(provider, report)
        elif report.stop:
            _stopped(report)
    return new


def _arrived(provider: str, receipt: Receipt) -> None:
    named = Q(provider_ref=receipt.reference) if receipt.reference else Q()
    mine = Q(key=receipt.key) if receipt.key else Q()
    if not named and not mine:
        return
    rows = Message.objects.filter(named | mine, provider=provider)
    if receipt.delivered:
        states = (*_OPEN, MessageState.EXPIRED)
        rows.filter(state__in=states).update(state=MessageState.DELIVERED, ended_at=now(), detail="")
    else:
        rows.filter(state__in=_OPEN).update(state=MessageState.UNDELIVERED, ended_at=now(), detail=receipt.code[:120])


def _stopped(reply: Reply) -> None:
    """Every customer of that number, at whatever branch: who writes STOP does not know our branches."""
    if reply.key is not None:
        message = Message.objects.select_related("customer").filter(key=reply.key).first()
        if message is not None and message.customer is not None:
            withdraw(customer=message.customer, purpose=None, channel=message.channel, source="complaint")
        return
    if not reply.phone:
        return
    for customer in Customer.objects.filter(phone=reply.phone).order_by("id"):
        withdraw(customer=customer, purpose=None, channel=Channel.SMS, source="STOP")
