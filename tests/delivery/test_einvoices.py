"""E-invoices through a provider that hangs, refuses, takes its time and repeats; tax by rate of shares and days."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from delivery.models import EInvoice, Invoice, Receivable, ShareTax
from delivery.services.drawer import close_day
from delivery.services.einvoices import NEXT_LOOK, send_again, send_due
from delivery.services.invoices import record_number, red_letter, request_invoice, withdraw_invoice
from delivery.services.outgoing import FIRST_PAUSE, LOST, claim
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.services.shares import take_over
from delivery.tasks import send_invoices
from dms.clock import as_of, branch_day, now
from dms.errors import Refused
from dms.money import line_money
from reception.models import Line

pytestmark = pytest.mark.django_db


class Office:
    """A provider on this machine: `answers` are (status, body) or "hang", the last one again and again."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Any] = [issued("26440000000000000001")]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.got.append((self.headers["Idempotency-Key"], body))
                self.answer()

            def do_GET(self) -> None:
                outer.got.append((self.path, {}))
                self.answer()

            def answer(self) -> None:
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer == "hang":
                    sleep(2)
                    return
                text = json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()


def issued(number: str) -> tuple[int, dict[str, str]]:
    link = f"https://fapiao.example.com/{number}.pdf"
    return 200, {"status": "issued", "number": number, "issued_on": "2026-12-01", "pdf": link}


@pytest.fixture
def office(set_rules: Any, settings: Any) -> Iterator[Office]:
    one, settings.MESSAGE_TIMEOUT = Office(), 1
    address = f"http://127.0.0.1:{one.server.server_port}/api"
    set_rules(**{"einvoice.on": True, "einvoice.endpoint": address})
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def share(order_at: Any, actor: Any) -> Receivable:
    return settle_slip(actor=actor("cashier"), order_id=order_at().pk).receivables.get()


def asked(share: Receivable, actor: Any) -> Invoice:
    return request_invoice(actor=actor("cashier"), receivable_id=share.pk, kind="ordinary", title="Wang")


def test_it_is_issued_and_taken_back_in_red(office: Office, share: Receivable, actor: Any, login: Any) -> None:
    invoice = asked(share, actor)
    send_invoices()
    invoice.refresh_from_db()
    assert (invoice.state, invoice.number, invoice.issued_on.isoformat(), invoice.issued_by) == (
        "issued", "26440000000000000001", "2026-12-01", invoice.requested_by,
    )  # fmt: skip
    assert invoice.link in login("cashier").get(reverse("delivery:share", args=[share.pk])).text
    office.answers = [issued("26440000000000000002")]
    red = red_letter(actor=actor("cashier"), invoice_id=invoice.pk)
    send_invoices()
    red.refresh_from_db()
    assert (red.state, red.number) == ("issued", "26440000000000000002")
    (key, first), (other, second) = office.got
    assert (key, other) == (str(invoice.trip.key), str(red.trip.key))
    assert (first["gross"], first["lines"], first["red_letter_of"]) == (
        "113.00", [{"name": "汽车维修服务", "rate": "0.1300", "net": "100.00", "tax": "13.00"}], "",
    )  # fmt: skip
    assert (second["gross"], second["lines"][0]["tax"], second["red_letter_of"]) == (
        "-113.00",
        "-13.00",
        invoice.number,
    )


def test_without_a_provider_it_waits_for_a_hand(share: Receivable, actor: Any) -> None:
    invoice = asked(share, actor)
    send_invoices()
    assert EInvoice.objects.count() == 0
    assert record_number(actor=actor("cashier"), invoice_id=invoice.pk, number="26440001").state == "issued"


def test_what_the_provider_accepts_is_followed(office: Office, share: Receivable, actor: Any) -> None:
    office.answers = [(503, {"message": "busy"}), (202, {"status": "accepted"}), (202, {"status": "accepted"})]
    invoice = asked(share, actor)
    send_invoices()
    trip = EInvoice.objects.get()
    assert (trip.state, trip.answer) == ("waiting", "http 503 busy")
    with as_of(now() + FIRST_PAUSE):
        send_invoices()
    trip.refresh_from_db()
    assert trip.state == "accepted"
    for act in (withdraw_invoice, lambda **who: record_number(number="26440001", **who)):
        with pytest.raises(Refused, match="may have issued this invoice already"):
            act(actor=actor("cashier"), invoice_id=invoice.pk)
    later = trip.not_before_at
    with as_of(later):
        send_invoices()
    office.answers = [issued("26440000000000000003")]
    with as_of(later + NEXT_LOOK):
        send_invoices()
        send_invoices()
    invoice.refresh_from_db()
    assert (invoice.state, invoice.trip.state) == ("issued", "sent")
    assert office.got[-1][0] == f"/api/invoices/{trip.key}"


@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [
        ((422, {"message": "wrong tax number"}), "failed", "http 422 wrong tax number"),
        ((200, {"status": "refused", "message": "no quota"}), "failed", "http 200 no quota"),
        ("hang", "unknown", "TimeoutError"),
        ((200, {"status": "issued", "number": "<b>"}), "unknown", "http 200 without a day"),
    ],
)
def test_what_fails_waits_for_a_person(
    office: Office, share: Receivable, actor: Any, login: Any, answer: Any, state: str, told: str
) -> None:
    office.answers = [answer]
    invoice = asked(share, actor)
    send_invoices()
    with as_of(now() + timedelta(days=1)):
        send_invoices()
    trip = EInvoice.objects.get()
    assert (trip.state, trip.answer, len(office.got)) == (state, told, 1)
    till = login("cashier")
    assert told in till.get(reverse("delivery:invoices")).text
    if state == "unknown":
        with pytest.raises(Refused, match="may have issued this invoice already"):
            withdraw_invoice(actor=actor("cashier"), invoice_id=invoice.pk)
    office.answers = [issued("26440000000000000004")]
    assert till.post(reverse("delivery:invoice_again", args=[invoice.pk])).status_code == 302
    send_invoices()
    invoice.refresh_from_db()
    assert (invoice.state, len({key for key, _body in office.got})) == ("issued", 1)
    with pytest.raises(Refused, match="nothing to send again"):
        send_again(actor=actor("cashier"), invoice_id=invoice.pk)


def test_a_number_by_hand_ends_the_way(office: Office, share: Receivable, actor: Any) -> None:
    office.answers = ["hang"]
    invoice = asked(share, actor)
    send_invoices()
    record_number(actor=actor("cashier"), invoice_id=invoice.pk, number="26440005")
    assert (EInvoice.objects.get().state, send_due(branch=actor("cashier").branch)) == ("cancelled", 0)


def test_a_slip_that_is_reversed_meanwhile(office: Office, share: Receivable, actor: Any) -> None:
    cashier, invoice = actor("cashier"), asked(share, actor)
    office.answers = [issued("26440000000000000001"), issued("26440000000000000002")]
    assert claim(EInvoice.objects.all()) is not None
    reverse_slip(actor=cashier, order_id=share.settlement.order_id, reason="wrong line")
    invoice.refresh_from_db()
    assert invoice.state == "requested", "it may have a number already"
    with as_of(now() + LOST + timedelta(seconds=1)):
        send_invoices()
        assert EInvoice.objects.get().state == "unknown"
        send_again(actor=cashier, invoice_id=invoice.pk)
        send_invoices()
    invoice.refresh_from_db()
    red = Invoice.objects.get(reverses=invoice)
    assert (invoice.state, red.gross, red.trip.state) == ("reversed", Decimal("-113.00"), "sent")


def test_a_slip_that_is_reversed_before_ends_it(office: Office, share: Receivable, actor: Any) -> None:
    invoice = asked(share, actor)
    reverse_slip(actor=actor("cashier"), order_id=share.settlement.order_id, reason="wrong line")
    send_invoices()
    invoice.refresh_from_db()
    assert (invoice.state, invoice.trip.state, office.got) == ("cancelled", "cancelled", [])


@transaction.atomic
def add_a_rate(share: Receivable) -> None:
    ShareTax.objects.create(receivable=share, rate="0.09", net=1, tax=0)
    transaction.get_connection().check_constraints()


def test_tax_by_rate_of_shares_and_of_a_day(order_at: Any, actor: Any, branch: Any) -> None:
    order, cashier = order_at(limit="999"), actor("cashier")
    said, operation = order.statements.get(), order.lines.get().operation
    for rate, price in (("0.06", "106.00"), ("0", "50.00")):
        money = line_money(
            quantity=Decimal(1), unit_price=Decimal(price), discount=Decimal(0), tax_rate=Decimal(rate),
            tax_included=True,
        )  # fmt: skip
        with pgtrigger.ignore():
            Line.objects.create(
                order=order, statement=said, kind="labour", state="done", operation=operation, code="OP1", name="代办",
                unit="h", quantity=1, unit_price=price, tax_rate=rate, net=money.net, tax=money.tax, gross=money.gross,
                payer="customer", price_version=1, approved_version=1,
            )  # fmt: skip
    take_over(actor=actor("manager"), order_id=order.pk, payer="insurer", who="", line_id=None, percent="50")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    rates = {
        share.payer: [(str(row.rate), str(row.net), str(row.tax)) for row in share.taxes.order_by("-rate")]
        for share in slip.receivables.all()
    }
    half = [("0.1300", "50.00", "6.50"), ("0.0600", "50.00", "3.00"), ("0.0000", "25.00", "0.00")]
    assert rates == {"customer": half, "insurer": half}
    with pytest.raises(DatabaseError):
        add_a_rate(slip.receivables.earliest("id"))
    close = close_day(actor=cashier, day=branch_day(branch))
    assert close.content["taxes"] == [
        {"rate": "0.1300", "net": "100.00", "tax": "13.00", "gross": "113.00"},
        {"rate": "0.0600", "net": "100.00", "tax": "6.00", "gross": "106.00"},
        {"rate": "0.0000", "net": "50.00", "tax": "0.00", "gross": "50.00"},
    ]
    reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line")
    again = close_day(actor=cashier, day=branch_day(branch)).content
    assert {(row["net"], row["tax"]) for row in again["taxes"]} == {("0.00", "0.00")}
    assert len([row for row in again["journal"] if row["what"] == "tax"]) == 8
