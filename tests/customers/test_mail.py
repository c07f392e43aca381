"""E-mail to a real SMTP server on this machine: taken, refused for now, refused for good, and a line that goes dead."""

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from customers.models import Message
from customers.public_links import unsubscribe_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten")]
DROP = "drop"


class Post:
    """What the server took, and what it says next: an answer, or `drop` after the letter came."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.say: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "rcpt" in self.say:
            return self.say.pop("rcpt")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        then = self.say.pop("data", "")
        if then and then != DROP:
            return then
        self.letters.append(message_from_bytes(envelope.content or b"", policy=policy.default))
        if then == DROP and server.transport is not None:
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 taken"


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A server on a free port, configured as the only provider of e-mail."""
    handler = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.MESSAGE_GATEWAYS, settings.MESSAGE_INBOX = ["mail:"], False
    settings.DEFAULT_FROM_EMAIL = "深圳一店 <care@dealer.example.test>"
    yield handler
    controller.stop()


def seen(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.detail


def test_a_letter_arrives_with_one_click_to_end_it(planned: Any, someone: Any, post: Post, send: Any) -> None:
    message = planned("reminder", someone("service:email", email="customer@example.test"))
    send()
    (letter,) = post.letters
    assert (seen(message), letter["To"]) == (("sent", ""), "customer@example.test")
    assert letter["Message-ID"] == f"<{message.key.hex}@dealer.example.test>" == message.provider_ref
    assert letter["List-Unsubscribe"].strip() == f"<{unsubscribe_url(message.key)}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (letter["Subject"], letter.get_content().strip()) == ("粤B12345", "粤B12345：保养。")


def test_a_letter_about_the_order_has_nothing_to_end(planned: Any, someone: Any, post: Post, send: Any) -> None:
    planned("transactional", someone(email="customer@example.test"))
    send()
    assert post.letters[0]["List-Unsubscribe"] is None


def test_a_line_break_in_a_value_becomes_no_header(
    planned: Any, someone: Any, post: Post, send: Any, kind: Any
) -> None:
    from customers.message_kinds import Text

    kind("transactional", texts={("email", "zh-hans"): Text("{words}", "{words}")})
    planned("transactional", someone(email="customer@example.test"), words="保养\r\nBcc: everybody@example.test")
    send()
    assert (post.letters[0]["Bcc"], post.letters[0]["Subject"]) == (None, "保养 Bcc: everybody@example.test")


@pytest.mark.parametrize(
    ("say", "end"),
    [
        ({"rcpt": "450 greylisted"}, ("planned", "smtp 450")),
        ({"rcpt": "550 no such user"}, ("rejected", "smtp 550")),
        ({"data": "451 try again"}, ("planned", "smtp 451")),
        ({"data": "552 too large"}, ("rejected", "smtp 552")),
        # The letter was there, and the answer never came: nobody knows, and nobody but a person sends it again.
        ({"data": DROP}, ("unknown", "SMTPServerDisconnected")),
    ],
)
def test_what_the_server_says(
    planned: Any, someone: Any, post: Post, send: Any, say: dict[str, str], end: tuple[str, str]
) -> None:
    message = planned("transactional", someone(email="customer@example.test"))
    post.say = say
    send()
    assert seen(message) == end


def test_no_server_is_tried_again(settings: Any, planned: Any, someone: Any, post: Post, send: Any, ten: Any) -> None:
    message = planned("transactional", someone(email="customer@example.test"))
    listening, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    send()
    assert seen(message) == ("planned", "ConnectionRefusedError")
    settings.EMAIL_PORT = listening
    ten.shift(61)
    send()
    assert (seen(message), len(post.letters)) == (("sent", ""), 1)
