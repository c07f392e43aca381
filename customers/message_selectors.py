"""Reads of messages. Everything that a page shows is asked for one branch."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from accounts.models import Branch
from customers.channels.inbox import INBOX
from customers.message_kinds import MessageKind, kind_of
from customers.models import Message, MessageText, Vehicle
from customers.states import MessageState
from dms.clock import now

PAGE = 30
#: Messages on the vehicle's page.
A_FEW = 6
#: What has not ended well yet.
OPEN_STATES = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.UNKNOWN, MessageState.REJECTED)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message and the words for its kind."""

    message: Message
    label: str


def label_of(kind: str) -> str:
    """A kind in words; its key when its app was taken out."""
    try:
        return str(kind_of(kind).label)
    except KeyError:
        return kind


def _rows(messages: list[Message]) -> list[MessageRow]:
    return [MessageRow(message, label_of(message.kind)) for message in messages]


def branches_waiting(at: datetime | None = None) -> list[int]:
    """Branches with something that may be sent now. One query."""
    rows = Message.objects.filter(state=MessageState.PLANNED, not_before_at__lte=at or now())
    return list(rows.order_by("branch").values_list("branch", flat=True).distinct())


def messages_page(
    branch: Branch, state: str, before: int | None = None, size: int = PAGE
) -> tuple[list[MessageRow], int | None]:
    """Messages in a state ('': in any), the newest first, and where the next page begins. One query."""
    rows = Message.objects.filter(branch=branch).select_related("customer", "vehicle", "resent_by").order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    return _rows(found[:size]), found[size - 1].pk if len(found) > size else None


def inbox_page(branch: Branch, before: int | None = None, size: int = PAGE) -> tuple[list[MessageRow], int | None]:
    """Messages that stayed on this machine, the newest first. One query."""
    rows = Message.objects.filter(branch=branch, provider__startswith=INBOX).select_related("customer", "vehicle")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    return _rows(found[:size]), found[size - 1].pk if len(found) > size else None


def counts(branch: Branch) -> dict[str, int]:
    """How many messages of the branch are in each state that somebody may do something about. One query.

    The others are too many to be counted for each look at the page.
    """
    rows = Message.objects.filter(branch=branch, state__in=OPEN_STATES).order_by().values_list("state")
    return {str(state): 0 for state in OPEN_STATES} | dict(rows.annotate(n=Count("id")))


def by_state() -> dict[str, float]:
    """For `/metrics`: all branches, without what has ended well long ago."""
    rows = Message.objects.filter(state__in=OPEN_STATES).order_by().values_list("state").annotate(n=Count("id"))
    return {state: float(n) for state, n in rows}


def messages_of(vehicle: Vehicle) -> list[MessageRow]:
    """The last messages about a car. One query."""
    return _rows(list(vehicle.messages.select_related("resent_by").order_by("-id")[:A_FEW]))


def message_of(branch: Branch, message_id: int) -> Message | None:
    """The message when it belongs to the branch."""
    return Message.objects.filter(branch=branch, pk=message_id).select_related("customer").first()


def by_key(key: uuid.UUID) -> Message | None:
    """The message of a public address."""
    return Message.objects.filter(key=key).select_related("customer", "branch").first()


def versions_of(branch: Branch, kind: str, channel: str, language: str) -> list[MessageText]:
    """What was written for a text, the newest first. One query."""
    rows = MessageText.objects.filter(branch=branch, kind=kind, channel=channel, language=language)
    return list(rows.select_related("written_by").order_by("-version")[:PAGE])


def kind_named(key: str) -> MessageKind | None:
    """The kind of an address; None for one that does not exist."""
    try:
        return kind_of(key)
    except KeyError:
        return None
