"""E-mail by the API of a service: a local one that speaks Postmark's protocol, refuses, hesitates and reports."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from customers.channels import providers
from customers.models import Consent, Message
from customers.public_links import unsubscribe_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten")]
TOKEN, SECRET = "a-token", "a-secret-of-the-house"  # of this test
TAKEN = {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "SubmittedAt": "2026-11-28T10:00:00Z"}

INACTIVE = (
    b'{"ErrorCode": 406, "Message": "You tried to send to recipient(s) that have been marked as inactive. '
    b"Found inactive addresses: customer@example.test. "
    b'Inactive recipients are ones that have generated a hard bounce."}'
)


class Service(ThreadingHTTPServer):
    """Takes letters at POST /email, and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.letters: list[dict[str, Any]] = []
        self.say: tuple[int, bytes | None] = (200, None)


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Postmark-Server-Token"] != TOKEN:
            self._answer(401, b'{"ErrorCode": 10, "Message": "Bad token"}')
            return
        status, body = self.server.say
        if status == 200:
            self.server.letters.append(letter)
        if status == 0:
            self.connection.close()
            return
        self._answer(status, json.dumps(TAKEN | {"To": letter["To"]}).encode() if body is None else body)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Not into the output of the tests."""


@pytest.fixture
def service() -> Iterator[Service]:
    """The service, listening."""
    with Service() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def configured(settings: Any, service: Service) -> Callable[..., None]:
    """`configured(token=TOKEN, port=None)`: the service is the only provider of e-mail."""

    def make(token: str = TOKEN, port: int | None = None) -> None:
        api = f"http://127.0.0.1:{port or service.server_port}"
        settings.MESSAGE_GATEWAYS = [f"esp://postmark/?server_token={token}&api_url={api}"]
        settings.MESSAGE_INBOX, settings.MESSAGE_RECEIPT_SECRET = False, SECRET
        settings.DEFAULT_FROM_EMAIL = "深圳一店 <care@dealer.example.test>"

    make()
    return make


def seen(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.detail


def test_a_letter_is_taken_with_our_key_and_one_click_to_end_it(
    planned: Any, someone: Any, service: Service, configured: Any, send: Any
) -> None:
    message = planned("reminder", someone("service:email", email="customer@example.test"))
    send()
    (letter,) = service.letters
    assert (seen(message), message.provider, message.provider_ref) == (("sent", ""), "esp", "b7bc2f4a")
    assert (letter["To"], letter["Subject"], letter["Metadata"]) == (
        "customer@example.test", "粤B12345", {"key": message.key.hex},
    )  # fmt: skip
    headers = {row["Name"]: row["Value"] for row in letter["Headers"]}
    assert headers["List-Unsubscribe"] == f"<{unsubscribe_url(message.key)}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("say", "end"),
    [
        ((422, INACTIVE), ("rejected", "AnymailRecipientsRefused")),
        ((422, b'{"ErrorCode": 300, "Message": "Something new"}'), ("rejected", "http 422")),
        ((429, b'{"ErrorCode": 429, "Message": "Slow down"}'), ("planned", "http 429")),
        ((503, b"busy"), ("planned", "http 503")),
        # The letter was there, and no answer that can be read came: nobody but a person sends it again.
        ((500, b"oops"), ("unknown", "http 500")),
        ((200, b"<html>"), ("unknown", "http 200")),
        ((0, None), ("unknown", "no answer")),
    ],
)
def test_what_the_service_says(
    planned: Any, someone: Any, service: Service, configured: Any, send: Any, say: Any, end: tuple[str, str]
) -> None:
    message = planned("transactional", someone(email="customer@example.test"))
    service.say = say
    send()
    assert seen(message) == end


def test_a_wrong_key_and_a_service_that_is_away_are_tried_again(
    planned: Any, someone: Any, service: Service, configured: Any, send: Any, ten: Any
) -> None:
    message = planned("transactional", someone(email="customer@example.test"))
    configured(token="another")
    send()
    assert seen(message) == ("planned", "http 401")
    configured(port=1)
    ten.shift(61)
    send()
    assert seen(message) == ("planned", "unreachable")
    configured()
    ten.shift(300)
    send()
    assert (seen(message), len(service.letters)) == (("sent", ""), 1)


def report(body: Any, secret: str = SECRET) -> int:
    url = reverse("customers:receipts", args=["esp"]) + f"?secret={secret}"
    text = body if isinstance(body, str) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post(url, text, content_type="application/json").status_code


def test_the_service_reports_what_arrived_and_what_came_back(
    planned: Any, someone: Any, service: Service, configured: Any, send: Any
) -> None:
    message = planned("reminder", someone("service:email", email="customer@example.test"))
    send()
    arrived = {"RecordType": "Delivery", "MessageID": "b7bc2f4a", "DeliveredAt": "2026-11-28T10:00:05Z"}
    assert (report(arrived, secret="guessed"), seen(message)) == (404, ("sent", ""))
    assert (report(arrived), seen(message)) == (200, ("delivered", ""))
    assert (report("no json"), report([1])) == (400, 400)


def test_a_bounce_by_our_key_and_a_complaint_that_ends_the_letters(
    planned: Any, someone: Any, service: Service, configured: Any, send: Any
) -> None:
    customer = someone("service:email", email="customer@example.test")
    message = planned("reminder", customer)
    send()
    back = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 7, "Email": "customer@example.test"}
    key = {"Metadata": {"key": message.key.hex}, "BouncedAt": "2026-11-28T10:00:05Z"}
    assert (report(back | key), seen(message)) == (200, ("undelivered", "bounced bounced"))
    complained = {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 8, "Email": "customer@example.test"}
    assert report(complained | key) == 200
    latest = Consent.objects.filter(customer=customer, channel="email", purpose="service").latest("at", "id")
    assert latest.granted is False


def test_a_service_that_nobody_speaks_is_told_at_once(settings: Any) -> None:
    settings.MESSAGE_GATEWAYS = ["esp://pigeon/?key=1"]
    with pytest.raises(ImproperlyConfigured, match="does not speak pigeon"):
        providers("email")
