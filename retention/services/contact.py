"""What a customer does not want any more: the ledger says so, and the calls end."""

from accounts.policies import Actor
from customers.models import Customer
from customers.services import set_consent
from customers.states import Channel, Purpose
from dms.act import one_act
from retention.models import CallTask
from retention.services.calls import drop
from retention.states import CALL_PURPOSE, DroppedWhy


@one_act
def withdraw(
    *, actor: Actor, customer: Customer, purpose: Purpose, channel: Channel, wording: str, source: str
) -> None:
    """The customer objects to this channel for this purpose: a line of the ledger; open calls of that kind end.

    Raises `Forbidden` without `customer.edit`.
    """
    set_consent(
        actor=actor, customer=customer, channel=channel, purpose=purpose, granted=False, wording=wording, source=source
    )
    if channel == Channel.PHONE:
        kinds = [kind for kind, its in CALL_PURPOSE.items() if its == purpose]
        drop(CallTask.objects.filter(customer=customer, kind__in=kinds), DroppedWhy.DECLINED)
