"""The kinds of messages. The app that owns the event registers its kind at `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from customers.states import MessageClass

if TYPE_CHECKING:
    from customers.models import Message

#: Placeholders that the house fills in and that no provider gets as a variable: in an approved Chinese template they
#: are fixed words, so that no variable holds a link.
FIXED = ("shop", "shop_phone", "status_address", "booking_address", "free_address")
#: How long after its day a message still makes sense.
_LASTS: dict[str, timedelta] = {
    MessageClass.SECURITY: timedelta(minutes=10),
    MessageClass.TRANSACTIONAL: timedelta(days=3),
    MessageClass.REMINDER: timedelta(days=21),
    MessageClass.MARKETING: timedelta(days=14),
    MessageClass.CARE: timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Text:
    """Subject (e-mail only) and body with placeholders: `{plate}`."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an e-mail."""

    name: str
    mime: str
    content: bytes


def _nothing(_message: "Message") -> Enclosure | None:
    return None


def _all_relevant(_messages: "list[Message]") -> dict[int, str]:
    return {}


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A kind of message: its class, its variables with samples, its texts by (channel, language).

    A channel without a text cannot carry the kind. `relevant(messages)` names those that must not be sent any more,
    with a `NotSent` reason each, in a fixed number of queries; it is asked again at send time. `enclosed(message)` is
    the file that goes with it by e-mail.
    """

    key: str
    message_class: str
    label: str | Promise
    variables: dict[str, str]
    texts: dict[tuple[str, str], Text]
    relevant: "Callable[[list[Message]], dict[int, str]]" = _all_relevant
    lasts: timedelta | None = field(default=None)
    enclosed: "Callable[[Message], Enclosure | None]" = _nothing

    @property
    def class_label(self) -> str:
        """Its class in words."""
        return str(MessageClass(self.message_class).label)

    @property
    def valid_for(self) -> timedelta:
        """How long after its day the message still makes sense."""
        return self.lasts or _LASTS[self.message_class]

    @property
    def channels(self) -> list[str]:
        """Channels that can carry it, in the order in which they are tried."""
        return list(dict.fromkeys(channel for channel, _language in self.texts))


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> None:
    """Add a kind; registering a key again replaces it."""
    _kinds[kind.key] = kind


def kind_of(key: str) -> MessageKind:
    """The kind. Raises KeyError for one that nobody registered."""
    return _kinds[key]


def kinds() -> list[MessageKind]:
    """All of them, in the order of the road."""
    return list(_kinds.values())
