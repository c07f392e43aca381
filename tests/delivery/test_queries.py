"""The pages of the hand-back take the same queries for one row and for three."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery.services.handover import give_back
from delivery.services.payment import settle_and_pay
from reception.models import TakenItem
from reception.services.flow import move
from reception.services.gate import open_gate

pytestmark = pytest.mark.django_db


def test_the_list_of_cars_to_hand_back(asks: Any, order_at: Any, signed: Any, login: Any, actor: Any) -> None:
    client, manager, counts = login("service_advisor"), actor("manager"), []
    for more in (1, 2):
        for _car in range(more):
            order_at("ready")
            move(order_id=signed().pk, action="cancel", actor=manager, note="doubled")
        counts.append(asks(client, reverse("delivery:handovers")))
    assert client.text.count('class="row"') == 6
    assert counts[0] == counts[1]


def test_the_till(asks: Any, order_at: Any, login: Any) -> None:
    client, counts = login("cashier"), []
    for more in (1, 2):
        for _car in range(more):
            order_at()
        counts.append(asks(client, reverse("delivery:till")))
    assert client.text.count('class="row"') == 3
    assert counts == [3, 3]


def test_a_hand_back_with_things_to_give_back(asks: Any, order_at: Any, login: Any, actor: Any) -> None:
    client, order, counts = login("service_advisor"), order_at(), []
    for kind in ("valuable", "licence", "handbook"):
        for back in (True, False):
            thing = TakenItem.objects.create(
                order=order, kind=kind, what=str(back), taken_at=order.arrived_at, taken_by=order.advisor
            )
            if back:
                give_back(actor=actor("service_advisor"), taken_id=thing.pk)
        counts.append(asks(client, reverse("delivery:handover", args=[order.pk])))
    assert counts[0] == counts[2]


def test_settling_with_one_payer_and_three(asks: Any, order_at: Any, login: Any) -> None:
    client = login("cashier")
    one = order_at(shares={"customer": "113.00"})
    three = order_at(shares={"customer": "113.00", "insurer": "500.00", "manufacturer": "20.00"})
    counts = [asks(client, reverse("delivery:settle", args=[order.pk])) for order in (one, three)]
    assert counts[0] == counts[1]


def test_what_paying_and_the_gate_ask_of_the_database(order_at: Any, actor: Any) -> None:
    order, counts = order_at(), {}
    with CaptureQueriesContext(connection) as queries:
        paid = settle_and_pay(
            actor=actor("cashier"), order_id=order.pk, method="cash", amount="113.00", key="k1", tendered="120"
        )
    counts["pay"] = len([row for row in queries if "SAVEPOINT" not in row["sql"]])
    with CaptureQueriesContext(connection) as queries:
        open_gate(actor=actor("gate"), entered=paid.gate_pass.token)
    counts["gate"] = len([row for row in queries if "SAVEPOINT" not in row["sql"]])
    # Three of them plan the message that the bill is settled, two read cause and correction for the slip, and one
    # reads the batches of its parts. Three look for the drawer, open it, and lock it: the day's first cash.
    # Two ask whether health records are checked and exported here.
    # One writes the tax of each share by rate.
    # One at the gate asks whether old parts are still to be signed for; two read the order and whether a car that went
    # out for a while is back.
    assert counts == {"pay": 49, "gate": 24}
