"""The ledger of consents. An opt-out works at once: what is planned and rests on it is taken back in the same step."""

from accounts.models import User
from customers.models import Consent, Customer, Message
from customers.states import PURPOSE_OF, Channel, MessageState, NotSent, Purpose
from dms.act import one_act
from dms.clock import now
from dms.fields import locked


def allowed(customer_ids: set[int]) -> set[tuple[int, str, str]]:
    """(customer, channel, purpose) of which the latest line grants, with the words agreed to as proof. One query."""
    rows = Consent.objects.filter(customer_id__in=customer_ids).order_by("customer", "channel", "purpose", "-at", "-id")
    latest = rows.distinct("customer", "channel", "purpose").values_list(
        "customer_id", "channel", "purpose", "granted", "wording"
    )
    return {
        (who, channel, purpose)
        for who, channel, purpose, granted, wording in latest
        if granted and (wording or purpose != Purpose.MARKETING)
    }


@one_act
def withdraw(
    *, customer: Customer, purpose: str | None, source: str, channel: str | None = None, by: User | None = None
) -> int:
    """Write the withdrawal into the ledger, for one purpose and channel or for all, and take back what is planned.

    How many messages were taken back. The customer is locked: the sender passes over whoever is being changed, so
    nothing leaves after this is committed.
    """
    locked(Customer.objects.all()).get(pk=customer.pk)
    purposes = [purpose] if purpose else Purpose.values
    channels = [channel] if channel else Channel.values
    Consent.objects.bulk_create(
        Consent(customer=customer, channel=way, purpose=what, granted=False, wording="", source=source, at=now(), by=by)
        for what in purposes
        for way in channels
    )
    return take_back(customer)


@one_act
def grant(
    *, customer: Customer, purpose: str, channel: str, wording: str, source: str, by: User | None = None
) -> Consent:
    """Write a consent with the words that were agreed to."""
    locked(Customer.objects.all()).get(pk=customer.pk)
    return Consent.objects.create(
        customer=customer, channel=channel, purpose=purpose, granted=True, wording=wording.strip(),
        source=source.strip(), at=now(), by=by,
    )  # fmt: skip


def take_back(customer: Customer) -> int:
    """Cancel planned messages for which no channel is left; how many. The caller holds the customer."""
    left = {purpose for _who, _channel, purpose in allowed({customer.pk})}
    classes = [name for name, purpose in PURPOSE_OF.items() if purpose not in left]
    planned = Message.objects.filter(customer=customer, state=MessageState.PLANNED, message_class__in=classes)
    return planned.update(state=MessageState.CANCELLED, not_sent=NotSent.WITHDRAWN, ended_at=now())
