"""Health records: complete before the slip, queued with it, sent once to a register that fails, hangs and repeats."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from customers.models import Vehicle
from delivery.models import ServiceRecord
from delivery.service_record import missing
from delivery.services.outgoing import LOST, MOST_TRIES
from delivery.services.service_records import (
    claim_next,
    deliver,
    give_up_claims,
    send_again,
    send_due,
)
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.tasks import send_records
from dms.clock import as_of, branch_day, local, now
from dms.errors import Forbidden, Refused
from reception.models import Line, Statement, WorkOrder

pytestmark = pytest.mark.django_db
VIN = "LSVUD60E3N2018842"


class Register:
    """A register on this machine: `answers` are (status, body) or "hang", the last one again and again."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Any] = [(200, {"message": "ok"})]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.got.append((self.headers["Idempotency-Key"], body))
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
        self.address = f"http://127.0.0.1:{self.server.server_port}/records"


@pytest.fixture
def register() -> Iterator[Register]:
    one = Register()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def order(order_at: Any, branch: Any) -> WorkOrder:
    """A car whose record is complete."""
    one: WorkOrder = order_at()
    Vehicle.objects.filter(pk=one.vehicle_id).update(vin=VIN)
    one.vehicle.refresh_from_db()
    return one


@pytest.fixture
def exported(set_rules: Any, register: Register, settings: Any) -> Register:
    """The export is on, and its register answers within a second."""
    settings.MESSAGE_TIMEOUT = 1
    set_rules(**{"health_record.export": True, "health_record.endpoint": register.address})
    return register


def issue(order: WorkOrder, actor: Any) -> ServiceRecord:
    settle_slip(actor=actor("cashier"), order_id=order.pk)
    return ServiceRecord.objects.get()


def test_without_the_export_nothing_is_asked_and_nothing_is_queued(order_at: Any, actor: Any) -> None:
    settle_slip(actor=actor("cashier"), order_id=order_at().pk)
    assert not ServiceRecord.objects.exists()


def test_the_thirteen_elements(order: WorkOrder, actor: Any, exported: Register, branch: Any) -> None:
    row = issue(order, actor)
    today = branch_day(branch).isoformat()
    assert row.content == {
        "company": "深圳一店汽车服务有限公司", "vin": VIN, "plate": order.vehicle.plate,
        "arrived_on": local(branch, order.arrived_at).date().isoformat(), "odometer_in": 1000, "settled_on": today,
        "slip": row.settlement.number, "fault": "响", "items": [{"name": "保养", "hours": "1.00"}], "parts": [],
    }  # fmt: skip


def test_each_missing_element_has_its_sentence(order_at: Any, branch: Any) -> None:
    bare = order_at(shares={})
    Statement.objects.filter(order=bare).delete()
    bare.odometer_in, bare.vehicle.plate, bare.branch.legal_name = None, "", ""
    part = Line(kind="part", name="机油滤清器", code="", quantity=1)
    assert missing(bare, [part]) == [
        "The branch has no legal name.", "The car has no VIN.", "The car has no plate.",
        "The fault is not described: no statement of the customer.", "No repair item is done.",
        "The odometer was not read at arrival.", "“机油滤清器” has no part number.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        ({}, False),
        ({"health_record.export": True}, True),
        ({"health_record.check": "refuse"}, True),
        ({"health_record.check": "warn"}, False),
        ({"health_record.export": True, "health_record.check": "warn"}, False),
    ],
)
def test_the_rule_says_whether_a_gap_stops_the_settlement(
    order_at: Any, actor: Any, set_rules: Any, login: Any, rules: dict[str, Any], refused: bool
) -> None:
    set_rules(**rules)
    order = order_at()
    page = login("cashier").get(reverse("delivery:settle", args=[order.pk]))
    assert bool(page.context["record_lacks"]) is (rules.get("health_record.check") == "warn")
    if refused:
        with pytest.raises(Refused) as told:
            settle_slip(actor=actor("cashier"), order_id=order.pk)
        assert told.value.sentence == "The health record is not complete: The car has no VIN."
    else:
        settle_slip(actor=actor("cashier"), order_id=order.pk)
    assert ServiceRecord.objects.count() == (0 if refused or "health_record.export" not in rules else 1)


def test_it_is_sent_once_with_its_key(order: WorkOrder, actor: Any, exported: Register) -> None:
    row = issue(order, actor)
    assert send_due(branch=order.branch) == 1
    send_records()
    row.refresh_from_db()
    assert (row.state, row.tries, row.answer) == ("sent", 1, "http 200 ok")
    assert [(key, body["kind"], body["vin"]) for key, body in exported.got] == [(str(row.key), "record", VIN)]


def test_a_register_that_fails_is_asked_later_and_at_last_by_a_person(
    order: WorkOrder, actor: Any, exported: Register
) -> None:
    exported.answers = [(500, {"message": "down"}), (429, {}), (503, {})]
    row, at = issue(order, actor), now()
    pauses = []
    for _try in range(MOST_TRIES):
        with as_of(at):
            assert send_due(branch=order.branch) == 1
            assert send_due(branch=order.branch) == 0
        row.refresh_from_db()
        pauses.append(int((row.not_before_at - at).total_seconds() // 60))
        at = row.not_before_at
    assert pauses[:4] == [1, 2, 4, 8]
    assert (row.state, row.tries, row.answer) == ("failed", MOST_TRIES, "http 503")
    exported.answers = [(200, {"message": "ok"})]
    with pytest.raises(Forbidden):
        send_again(actor=actor("cashier"), record_id=row.pk)
    send_again(actor=actor("manager"), record_id=row.pk)
    assert send_due(branch=order.branch) == 1
    assert {key for key, _body in exported.got} == {str(row.key)}
    with pytest.raises(Refused, match="there is nothing to send again"):
        send_again(actor=actor("manager"), record_id=row.pk)


@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [
        ((422, {"message": "bad VIN"}), "failed", "http 422 bad VIN"),
        ((409, {"message": "known"}), "sent", "http 409 known"),
        ("hang", "unknown", "TimeoutError"),
    ],
)
def test_what_comes_of_an_answer(
    order: WorkOrder, actor: Any, exported: Register, answer: Any, state: str, told: str
) -> None:
    exported.answers = [answer]
    row = issue(order, actor)
    send_due(branch=order.branch)
    row.refresh_from_db()
    assert (row.state, row.answer) == (state, told) or (state == "unknown" and row.state == "unknown")
    with as_of(now() + timedelta(days=1)):
        assert send_due(branch=order.branch) == 0, "no machine sends it again"


def test_nobody_listens(order: WorkOrder, actor: Any, exported: Register, set_rules: Any) -> None:
    set_rules(**{"health_record.endpoint": "http://127.0.0.1:1/"})
    row = issue(order, actor)
    send_due(branch=order.branch)
    row.refresh_from_db()
    assert (row.state, row.answer) == ("waiting", "unreachable ConnectionRefusedError")
    set_rules(**{"health_record.endpoint": ""})
    with as_of(row.not_before_at):
        send_due(branch=order.branch)
    row.refresh_from_db()
    assert (row.state, row.answer) == ("waiting", "no endpoint")


def test_what_a_dead_process_claimed_is_unknown(order: WorkOrder, actor: Any, exported: Register) -> None:
    issue(order, actor)
    row = claim_next(branch=order.branch)
    assert row is not None
    assert (give_up_claims(), claim_next(branch=order.branch)) == (0, None)
    with as_of(now() + LOST + timedelta(seconds=1)):
        assert give_up_claims() == 1
        send_again(actor=actor("manager"), record_id=row.pk)
    deliver(row=row)  # the dead one was only slow: it writes nothing over what stands now
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_reversal_before_it_was_sent_cancels_it(order: WorkOrder, actor: Any, exported: Register) -> None:
    row = issue(order, actor)
    reverse_slip(actor=actor("cashier"), order_id=order.pk, reason="wrong line")
    row.refresh_from_db()
    assert (row.state, ServiceRecord.objects.count()) == ("cancelled", 1)
    assert (send_due(branch=order.branch), exported.got) == (0, [])


def test_a_reversal_afterwards_withdraws_it_by_name(order: WorkOrder, actor: Any, exported: Register) -> None:
    row = issue(order, actor)
    send_due(branch=order.branch)
    negative = reverse_slip(actor=actor("cashier"), order_id=order.pk, reason="wrong line")
    assert send_due(branch=order.branch) == 1
    key, body = exported.got[-1]
    assert body == {
        "kind": "withdrawal", "key": key, "withdraws": str(row.key), "slip": row.settlement.number,
        "reversal": negative.number, "company": "深圳一店汽车服务有限公司", "vin": VIN, "reason": "wrong line",
    }  # fmt: skip
    settle_slip(actor=actor("cashier"), order_id=order.pk)
    assert send_due(branch=order.branch) == 1
    assert [body["kind"] for _key, body in exported.got] == ["record", "withdrawal", "record"]
    assert len({key for key, _body in exported.got}) == 3


def test_the_database_lets_it_be_sent_once(order: WorkOrder, actor: Any, exported: Register) -> None:
    row = issue(order, actor)
    send_due(branch=order.branch)
    for wrong in ({"state": "waiting", "sent_at": None}, {"state": "claimed", "sent_at": None}, {"sent_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ServiceRecord.objects.filter(pk=row.pk).update(**wrong)


def test_the_page_of_the_queue(order: WorkOrder, actor: Any, exported: Register, login: Any, asks: Any) -> None:
    exported.answers = [(422, {"message": "bad VIN"})]
    row = issue(order, actor)
    send_due(branch=order.branch)
    manager = login("manager")
    asks(manager, reverse("delivery:service_records"))
    assert "http 422 bad VIN" in manager.text
    assert manager.post(reverse("delivery:service_record_again", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.tries) == ("waiting", 0)
    assert login("cashier").get(reverse("delivery:service_records")).status_code == 403
    assert manager.post(reverse("delivery:service_record_again", args=[row.pk])).status_code == 409
