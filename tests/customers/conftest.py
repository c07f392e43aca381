"""Customers with addresses and consents, a kind of message of each class, and providers that do as they are told."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import time_machine

from customers import message_kinds
from customers.channels.base import Outgoing
from customers.message_kinds import MessageKind, Text

_numbers = count(1)
#: Ten in the morning in Shenzhen: inside every window.
TEN = datetime(2026, 3, 2, 2, tzinfo=UTC)
WORDS = {
    ("sms", "zh-hans"): Text("", "{plate}：{words}。{status_address}"),
    ("sms", "en"): Text("", "{plate}: {words}. {status_address}"),
    ("email", "zh-hans"): Text("{plate}", "{plate}：{words}。"),
    ("email", "en"): Text("{plate}", "{plate}: {words}."),
}


@pytest.fixture
def ten() -> Iterator[Any]:
    """It is ten in the morning in Shenzhen; `ten.move_to(…)`, `ten.shift(seconds)`."""
    with time_machine.travel(TEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def kind() -> Iterator[Callable[..., MessageKind]]:
    """`kind(message_class, **values)`: registered as `test_<class>` until the end of the test."""
    made = []

    def make(message_class: str, **values: Any) -> MessageKind:
        variables = {"plate": "粤B12345", "words": "保养"}
        known = {"key": f"test_{message_class}", "label": message_class, "variables": variables, "texts": WORDS}
        row = MessageKind(message_class=message_class, **(known | values))
        message_kinds.register(row)
        made.append(row.key)
        return row

    yield make
    for key in made:
        message_kinds._kinds.pop(key, None)  # nothing but a test takes a kind away


@pytest.fixture
def someone(branch: Any) -> Callable[..., Any]:
    """`someone(*consents, email="", at=branch)`: a customer; a consent is `service:sms`."""
    from accounts.policies import system
    from customers.services import register_customer
    from customers.services.consent import grant

    def make(*consents: str, email: str = "", at: Any = None, language: str = "zh-hans") -> Any:
        number = next(_numbers)
        row = register_customer(
            actor=system(at or branch), name=f"客户{number}", phone=f"+86137{number:08}", email=email, language=language
        )
        for one in consents:
            purpose, _colon, channel = one.partition(":")
            grant(customer=row, purpose=purpose, channel=channel, wording="同意接收", source="desk")
        return row

    return make


@pytest.fixture
def planned(kind: Any, someone: Any) -> Callable[..., Any]:
    """`planned(message_class, customer=None, subject_key=…)`: a message of that class."""
    from customers.models import Message
    from customers.services.outbox import plan

    def make(message_class: str, customer: Any = None, subject_key: str = "", words: str = "保养", **more: Any) -> Any:
        key = f"test_{message_class}"
        if key not in message_kinds._kinds:  # asked, not changed
            kind(message_class)
        who = customer or someone("service:sms", "marketing:sms", "care:sms")
        subject_key = subject_key or f"thing:{next(_numbers)}"
        context = {"plate": "粤B12345", "words": words}
        assert plan(branch=who.branch, kind=key, customer=who, subject_key=subject_key, context=context, **more)
        return Message.objects.get(kind=key, subject_key=subject_key)

    return make


@dataclass
class Scripted:
    """A provider that raises what it is told to, in turn, and keeps what it took."""

    channel: str = "sms"
    name: str = "scripted"
    script: list[Exception | None] = field(default_factory=list)
    took: list[Outgoing] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def send(self, outgoing: Outgoing) -> str:
        self.before()
        then = self.script.pop(0) if self.script else None
        if then is not None:
            raise then
        self.took.append(outgoing)
        return f"ref-{uuid.uuid4().hex}"


@pytest.fixture
def providers(monkeypatch: Any) -> Callable[..., list[Scripted]]:
    """`providers("sms", "email")`: scripted ones, in that order."""
    import customers.channels as channels

    def make(*names: str) -> list[Scripted]:
        made = [Scripted(channel, f"{channel}-{number}") for number, channel in enumerate(names)]
        monkeypatch.setattr(channels, "_all", lambda: tuple(made))
        return made

    return make


@pytest.fixture
def english(login: Callable[..., Any]) -> Callable[..., Any]:
    """`english(role)`: signed in as somebody who reads English."""

    def make(role: str) -> Any:
        client = login(role)
        type(client.membership.user).objects.filter(pk=client.membership.user_id).update(language="en")
        return client

    return make


@pytest.fixture
def sms(providers: Any) -> Scripted:
    """The only provider: text messages."""
    return providers("sms")[0]


@pytest.fixture
def send(branch: Any) -> Callable[..., None]:
    """`send(at=branch)`: everything that may be sent now."""
    from customers.services.sending import send_due

    def run(at: Any = None) -> None:
        assert send_due(branch=at or branch) is False

    return run
