"""May this message be sent now, and how? Judged inside the claim, with message and customer held.

In this order: too late, relevance, window, channel (text, address, consent, provider), test mode, caps, one a person
and day, the branch's daily ceiling. Nothing is dropped for the hour or the ceiling: it moves to the next window.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from customers.channels import CARRIERS, providers
from customers.channels.base import Provider
from customers.identifiers import is_mobile
from customers.message_kinds import MessageKind, kind_of
from customers.models import Customer, Gateway, Message
from customers.policies import next_opening, opening_on, window_of
from customers.services.consent import allowed
from customers.services.texts import Wording, variables_of, wording_for, wordings
from customers.states import GONE_OUT, PURPOSE_OF, SPARING, Channel, MessageClass, MessageState, NotSent
from customers.wording import refused_value
from dms.clock import branch_day, day_bounds

#: Of one customer: at most one security code a minute and five an hour.
CODE_PAUSE, CODE_HOUR, CODES_AN_HOUR = timedelta(minutes=1), timedelta(hours=1), 5
#: When every provider of a channel is cut off, and nobody says until when.
A_WHILE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Go:
    """Send it by this provider, in these words."""

    provider: Provider
    wording: Wording
    address: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not before that instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Never:
    """Not at all, and why."""

    why: NotSent


Verdict = Go | Later | Never


def address_of(customer: Customer, channel: str) -> str:
    """Where the customer is reached on a channel; '' where nothing is known."""
    if channel == Channel.EMAIL:
        return customer.email
    if channel == Channel.WECHAT:
        return customer.wecom_id
    return customer.phone if is_mobile(customer.phone) else ""


def _address(message: Message, channel: str) -> str:
    """As `address_of`; of a message without a customer the address that stands on it, when it is one of the channel."""
    if message.customer is not None:
        return address_of(message.customer, channel)
    fits = {Channel.EMAIL: "@" in message.address, Channel.SMS: is_mobile(message.address)}
    return message.address if fits.get(Channel(channel)) else ""


def _same_person(message: Message) -> Q:
    """Messages to the same customer, or to the same address that nobody has proved."""
    if message.customer_id is not None:
        return Q(customer=message.customer_id)
    return Q(customer__isnull=True, address=message.address)


def judge(message: Message, rules: Mapping[str, Any], at: datetime) -> Verdict:
    """The verdict on one message that is held with its customer. At most seven queries and those of its kind."""
    try:
        kind = kind_of(message.kind)
    except KeyError:  # its app was taken out
        return Never(NotSent.MOOT)
    if at > message.expires_at:
        return Never(NotSent.TOO_LATE)
    moot = kind.relevant([message])
    if message.pk in moot:
        return Never(NotSent(moot[message.pk]))
    opening = next_opening(message.branch, window_of(message.message_class, rules), at)
    if opening > at:
        return Later(opening)
    way = choose(message, kind, at)
    if not isinstance(way, Go):
        return way
    return _test_mode(way, rules) or _capped(message, rules, at) or _rationed(message, rules, at) or way


def choose(message: Message, kind: MessageKind, at: datetime) -> Verdict:
    """The first channel that can carry it; else when one will, or why the preferred one cannot."""
    found: Verdict = Never(NotSent.NO_CHANNEL)
    known, granted = wordings(message.branch, kind), _granted(message)
    for channel in kind.channels:
        if channel in message.tried or channel not in CARRIERS:
            continue
        wording = wording_for(known, channel, message.spoken)
        one = _by(message, channel, wording, granted, at) if wording else Never(NotSent.NO_CHANNEL)
        if isinstance(one, Go):
            return one
        if isinstance(one, Later) or found == Never(NotSent.NO_CHANNEL):
            found = one
    return found


def _granted(message: Message) -> set[str] | None:
    """Channels on which the class is agreed to; None: the class asks for no consent."""
    purpose = PURPOSE_OF.get(message.message_class)
    if purpose is None:
        return None
    if message.customer_id is None:
        return set()
    return {channel for _who, channel, what in allowed({message.customer_id}) if what == purpose}


def _by(message: Message, channel: str, wording: Wording, granted: set[str] | None, at: datetime) -> Verdict:
    carriers = providers(channel)
    if not carriers:
        return Never(NotSent.NO_CHANNEL)
    if granted is not None and channel not in granted:
        return Never(NotSent.NO_CONSENT)
    address = _address(message, channel)
    if not address:
        return Never(NotSent.NO_ADDRESS)
    values = variables_of(wording, message.context).values()
    if channel == Channel.SMS and any(refused_value(value) for value in values):
        return Never(NotSent.BAD_VALUE)
    cut_off = _cut_off(carriers, at)
    for provider in carriers:
        if provider.name not in cut_off:
            return Go(provider, wording, address)
    return Later(min(cut_off.values(), default=at + A_WHILE))


def _cut_off(carriers: list[Provider], at: datetime) -> dict[str, datetime]:
    """Providers whose breaker is open, and until when."""
    names = [provider.name for provider in carriers]
    rows = Gateway.objects.filter(name__in=names, open_until_at__gt=at)
    return {row.name: row.open_until_at for row in rows if row.open_until_at is not None}


def _test_mode(way: Go, rules: Mapping[str, Any]) -> Verdict | None:
    if not rules["messages.test_mode"]:
        return None
    listed = {one.strip().lower() for one in str(rules["messages.test_allowed"]).split(",")}
    return None if way.address.lower() in listed else Never(NotSent.TEST_MODE)


def _sent(message: Message) -> QuerySet[Message]:
    """Of the same class, to whom it counts against, that may have reached somebody."""
    rows = Message.objects.filter(message_class=message.message_class, state__in=GONE_OUT)
    return rows.exclude(pk=message.pk)


def _capped(message: Message, rules: Mapping[str, Any], at: datetime) -> Verdict | None:
    """How many of a class one customer, order or due service gets (DOMAIN.md, Messages)."""
    match message.message_class:
        case MessageClass.SECURITY:
            return _codes(message, at)
        case MessageClass.MARKETING:
            since = at - timedelta(days=int(rules["messages.marketing_days"]))
            over = _sent(message).filter(_same_person(message), claimed_at__gt=since).exists()
        case MessageClass.TRANSACTIONAL:
            over = _sent(message).filter(about=message.about).count() >= rules["messages.order_most"]
        case MessageClass.REMINDER:
            over = _sent(message).filter(about=message.about).count() >= rules["messages.due_most"]
        case _:
            over = _sent(message).filter(about=message.about).exists()
    return Never(NotSent.CAP) if over else None


def _codes(message: Message, at: datetime) -> Verdict | None:
    rows = _sent(message).filter(_same_person(message), claimed_at__gt=at - CODE_HOUR)
    times = sorted(when for when in rows.values_list("claimed_at", flat=True) if when is not None)
    if len(times) >= CODES_AN_HOUR:
        return Later(times[-CODES_AN_HOUR] + CODE_HOUR)
    if times and times[-1] > at - CODE_PAUSE:
        return Later(times[-1] + CODE_PAUSE)
    return None


def _rationed(message: Message, rules: Mapping[str, Any], at: datetime) -> Verdict | None:
    """One non-transactional message a person and day; and the branch's ceiling, which a security code passes."""
    if message.message_class == MessageClass.SECURITY:
        return None
    first, following = day_bounds(message.branch, branch_day(message.branch, at))
    today = Message.objects.filter(claimed_at__gte=first, claimed_at__lt=following, state__in=GONE_OUT)
    had = _same_person(message) & Q(message_class__in=SPARING)
    full = today.filter(branch=message.branch_id).count() >= rules["messages.daily_most"]
    if full or (message.message_class in SPARING and today.filter(had).exclude(pk=message.pk).exists()):
        window = window_of(message.message_class, rules)
        tomorrow = branch_day(message.branch, following + timedelta(hours=1))
        return Later(opening_on(message.branch, window, tomorrow))
    return None


def mergeable(message: Message, at: datetime) -> list[Message]:
    """Other messages of this kind that wait for the same customer and are due today too: two cars of one owner.

    Held, and still relevant. Two queries and those of the kind.
    """
    if message.message_class not in SPARING:
        return []
    _first, following = day_bounds(message.branch, branch_day(message.branch, at))
    rows = Message.objects.filter(
        _same_person(message), kind=message.kind, state=MessageState.PLANNED, not_before_at__lt=following,
        expires_at__gte=at,
    ).exclude(pk=message.pk)  # fmt: skip
    found = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("id"))
    moot = kind_of(message.kind).relevant(found) if found else {}
    return [row for row in found if row.pk not in moot]
