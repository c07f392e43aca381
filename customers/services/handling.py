"""What people do with messages: send one again, close it, take it back; and the customer's one click."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.message_kinds import kind_of
from customers.models import Message
from customers.services.consent import withdraw
from customers.states import PURPOSE_OF, RESENDABLE, MessageState, NotSent
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked


def _held(actor: Actor, message_id: int) -> Message:
    check_may(actor, "message.resend")
    return locked(Message.objects.filter(branch=actor.branch)).get(pk=message_id)


@one_act
def resend(*, actor: Actor, message_id: int) -> Message:
    """Plan a message once more, by a person's decision: it is judged like a new one, and may arrive twice.

    Raises `Forbidden`, or `Refused` for one of which it is known that it went out, or that never left.
    """
    message = _held(actor, message_id)
    if message.state not in RESENDABLE:
        raise Refused(_("Only a message that was refused, or of which nobody knows, is sent again."), "state")
    message.state, message.tried, message.attempts = MessageState.PLANNED, [], 0
    message.not_before_at, message.expires_at = now(), now() + kind_of(message.kind).valid_for
    message.resent_at, message.resent_by, message.ended_at = now(), actor.person, None
    message.save()
    return message


@one_act
def close(*, actor: Actor, message_id: int) -> Message:
    """A planned message is taken back; one of which nobody knows is closed without news.

    Raises `Forbidden`, or `Refused` in any other state.
    """
    message = _held(actor, message_id)
    if message.state == MessageState.PLANNED:
        message.state, message.not_sent = MessageState.CANCELLED, NotSent.PERSON
    elif message.state == MessageState.UNKNOWN:
        message.state = MessageState.EXPIRED
    else:
        raise Refused(_("There is nothing left to decide about this message."), "state")
    message.ended_at = now()
    message.save()
    return message


def unsubscribe(*, message: Message) -> None:
    """The customer ends messages of this class on this channel, by the link in one of them. Twice is once."""
    purpose = PURPOSE_OF.get(message.message_class)
    if purpose is None or message.channel is None or message.customer is None:
        return
    lines = message.customer.consents.filter(channel=message.channel, purpose=purpose)
    last = lines.order_by("-at", "-id").first()
    if last is None or last.granted:
        withdraw(customer=message.customer, purpose=purpose, channel=message.channel, source="link")
