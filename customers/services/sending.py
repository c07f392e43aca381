"""Sending: claim, call, write down what came of it. Three steps, and only the middle one is not in the database.

The claim is committed before the provider is called. A crash after it leaves `claimed`, which becomes `unknown` after a
while: a person may send that again, no machine does.
"""

import logging
import traceback
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Branch
from customers.channels import Outgoing, Provider, Refusal, Unsure, named
from customers.message_kinds import kind_of
from customers.models import Message
from customers.policies import RULE_KEYS, next_opening, window_of
from customers.public_links import unsubscribe_url
from customers.services import breaker
from customers.services.judging import Go, Later, Never, Verdict, choose, judge, mergeable
from customers.services.texts import house_values, variables_of, wording_for, wordings, written
from customers.states import SPARING, URGENT, Channel, MessageState, NotSent
from customers.wording import parts_of
from dms.clock import now
from records.selectors import rules_now

log = logging.getLogger(__name__)
#: Seconds after which a task ends and asks for another, so that no branch keeps the worker.
BUDGET = 40.0
#: After so many definite refusals that were called temporary the channel counts as closed.
MOST_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
#: Names the lock of a branch's sender beside other advisory locks.
_LOCK = 0x6D657373
_BETWEEN = {"zh-hans": "、", "en": ", "}


def send_due(*, branch: Branch, seconds: float = BUDGET) -> bool:
    """Send what may be sent now, one after another; whether more may wait."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        found, claimed = claim_next(branch=branch)
        if claimed is not None:
            deliver(message=claimed)
        if not found:
            return False
    return True


@transaction.atomic(durable=True)
def claim_next(*, branch: Branch) -> tuple[bool, Message | None]:
    """Look at the next message: whether there was one, and the message if it is claimed now.

    Message and customer are locked and passed over when somebody else holds one of them: an opt-out that is being
    written is never overtaken. The branch's senders judge one after another, so caps and ceiling are exact.
    """
    at = now()
    if not settings.LOCKS_OFF:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, branch.pk])
    message = _next(branch, at)
    if message is None:
        return False, None
    rules = rules_now(branch, RULE_KEYS)
    return True, _carry_out(message, judge(message, rules, at), at)


def _next(branch: Branch, at: datetime) -> Message | None:
    """The next one: a code to an unproved address, what is about an order or a code, then reminders and offers."""
    rows = Message.objects.filter(branch=branch, state=MessageState.PLANNED, not_before_at__lte=at)
    rows = rows.select_related("branch").order_by("not_before_at", "id")
    # Two questions: the nullable side of an outer join cannot be locked. Asking for a column of the customer's makes it
    # an inner one.
    unproved = rows.filter(customer__isnull=True, message_class__in=URGENT)
    known = rows.filter(customer__created_at__isnull=False).select_related("customer")
    if not settings.LOCKS_OFF:
        unproved = unproved.select_for_update(of=("self",), skip_locked=True, no_key=True)
        known = known.select_for_update(of=("self", "customer"), skip_locked=True, no_key=True)
    urgent, sparing = known.filter(message_class__in=URGENT), known.filter(message_class__in=SPARING)
    return unproved.first() or urgent.first() or sparing.first()


def _carry_out(message: Message, verdict: Verdict, at: datetime) -> Message | None:
    match verdict:
        case Go():
            return _claim(message, verdict, at)
        case Later(at=later) if later <= message.expires_at:
            Message.objects.filter(pk=message.pk).update(not_before_at=later)
        case Later():
            _cancel([message.pk], NotSent.TOO_LATE)
        case Never(why=why):
            _cancel([message.pk], why)
    return None


def _cancel(ids: list[int], why: str, into: Message | None = None) -> None:
    rows = Message.objects.filter(pk__in=ids, state=MessageState.PLANNED)
    rows.update(state=MessageState.CANCELLED, not_sent=why, merged_into=into, ended_at=now())


def _claim(message: Message, way: Go, at: datetime) -> Message | None:
    """Freeze the words and take it. None when another was faster."""
    others = mergeable(message, at)
    language = way.wording.language
    context = _merged([message, *others], language)
    subject, body = written(way.wording, context, house_values(message.branch, language))
    values = {
        "state": MessageState.CLAIMED, "claimed_at": at, "attempts": message.attempts + 1, "context": context,
        "channel": way.provider.channel, "language": language, "address": way.address, "subject": subject,
        "body": body, "provider": way.provider.name, "provider_ref": None, "detail": "",
        "segments": _parts(way.provider.channel, way.wording.signature, body),
    }  # fmt: skip
    mine = Message.objects.filter(pk=message.pk)
    if not settings.LOCKS_OFF:
        mine = mine.filter(state=MessageState.PLANNED)
    if mine.update(**values) != 1:
        return None
    _cancel([other.pk for other in others], NotSent.MERGED, into=message)
    for name, value in values.items():
        setattr(message, name, value)
    return message


def _merged(messages: list[Message], language: str) -> dict[str, str]:
    """The values of all of them: what differs is listed."""
    between = _BETWEEN.get(language, ", ")
    names = dict.fromkeys(name for message in messages for name in message.context)
    return {
        name: between.join(dict.fromkeys(message.context[name] for message in messages if message.context.get(name)))
        for name in names
    }


def _parts(channel: str, signature: str, body: str) -> int:
    return parts_of(f"【{signature}】{body}" if signature else body).parts if channel == Channel.SMS else 1


def deliver(*, message: Message) -> None:
    """Call the provider of a message that this process has just claimed, and write down what came of it."""
    try:
        reference = _provider(message).send(_outgoing(message))
    except Refusal as refusal:
        _refused(message, refusal)
    except Unsure as unsure:
        breaker.failed(name=message.provider)
        _ended(message, MessageState.UNKNOWN, unsure.code)
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not lose the message
        # Whatever broke in between may have broken after the provider took it.
        # Not the error's own words: they may hold an address.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("message %s: %s in %s:%s", message.pk, type(error).__name__, place.filename, place.lineno)  # noqa: TRY400
        _ended(message, MessageState.UNKNOWN, type(error).__name__)
    else:
        breaker.worked(name=message.provider)
        _accepted(message, reference)


def _provider(message: Message) -> Provider:
    provider = named(message.provider)
    if provider is None:  # taken out of the configuration since the claim was judged
        raise Refusal("not configured", temporary=True)
    return provider


def _outgoing(message: Message) -> Outgoing:
    kind = kind_of(message.kind)
    known = wordings(message.branch, kind)
    wording = wording_for(known, str(message.channel), str(message.language))
    return Outgoing(
        key=message.key,
        address=message.address,
        language=str(message.language),
        subject=message.subject,
        body=message.body,
        variables=variables_of(wording, message.context) if wording else {},
        template_code=wording.template_code if wording else "",
        signature=wording.signature if wording else "",
        unsubscribe=unsubscribe_url(message.key) if message.message_class in SPARING else "",
        enclosure=kind.enclosed(message) if message.channel == Channel.EMAIL else None,
    )


def _accepted(message: Message, reference: str) -> None:
    """A receipt may have come before this answer: then only the reference is missing."""
    open_ones = Q(state__in=[MessageState.CLAIMED, MessageState.UNKNOWN])
    mine = Message.objects.filter(pk=message.pk, provider=message.provider)
    if not mine.filter(open_ones).update(state=MessageState.SENT, sent_at=now(), provider_ref=reference, detail=""):
        mine.update(sent_at=now(), provider_ref=reference)


def _ended(message: Message, state: str, detail: str) -> None:
    mine = Message.objects.filter(pk=message.pk, state=MessageState.CLAIMED)
    mine.update(state=state, detail=detail[:120], ended_at=now())


@transaction.atomic
def _refused(message: Message, refusal: Refusal) -> None:
    """Temporary: again after a pause. For good, or too often: by the next channel that can carry it, if any can."""
    if refusal.temporary:
        breaker.failed(name=message.provider)
        if message.attempts < MOST_TRIES and _pause(message, refusal):
            return
    message.tried = [*message.tried, str(message.channel)]
    if isinstance(choose(message, kind_of(message.kind), now()), Never):
        _ended(message, MessageState.REJECTED, refusal.code)
        return
    _again(message, now(), refusal.code, attempts=0)


def _pause(message: Message, refusal: Refusal) -> bool:
    """1, 2, 4 … minutes, within the window; False when that would be too late."""
    wait = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
    window = window_of(message.message_class, rules_now(message.branch, RULE_KEYS))
    later = next_opening(message.branch, window, now() + wait)
    return later <= message.expires_at and _again(message, later, refusal.code, attempts=message.attempts)


def _again(message: Message, at: datetime, detail: str, *, attempts: int) -> bool:
    """Back among the planned ones: the provider has nothing of it."""
    mine = Message.objects.filter(pk=message.pk, state=MessageState.CLAIMED)
    changed = mine.update(
        state=MessageState.PLANNED, not_before_at=min(at, message.expires_at), tried=message.tried, attempts=attempts,
        detail=detail[:120],
    )  # fmt: skip
    return changed == 1


def give_up_claims(*, after: timedelta | None = None) -> int:
    """Claims whose worker must be dead: nobody knows whether they were sent. How many."""
    age = after or timedelta(seconds=settings.MESSAGE_UNKNOWN_AFTER)
    stale = Message.objects.filter(state=MessageState.CLAIMED, claimed_at__lt=now() - age)
    return stale.update(state=MessageState.UNKNOWN, detail="crash", ended_at=now())


def expire(*, after: timedelta = timedelta(days=7)) -> int:
    """Sent a week ago and no receipt since: none will come. How many."""
    old = Message.objects.filter(state=MessageState.SENT, sent_at__lt=now() - after)
    return old.update(state=MessageState.EXPIRED, ended_at=now())
