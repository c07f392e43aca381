"""The palette answers "where is my car?" in its row."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.services import hand_over_ownership, register_customer, register_vehicle
from dms.clock import local
from reception.models import WorkOrder
from reception.services import contract

pytestmark = pytest.mark.django_db
FIND = reverse("portal:palette")


def rows(client, text: str) -> str:
    return client.post(FIND, {"q": text}, headers={"HX-Request": "true"}).text


def test_a_row_tells_stage_promise_and_advisor(login, signed) -> None:
    order = signed()
    text = rows(login("service_advisor"), order.vehicle.plate[-5:])
    assert reverse("reception:order", args=[order.pk]) in text
    for told in ("已委托", order.advisor.name, "承诺", 'class="chip ok"'):
        assert told in text, told


def test_a_car_that_is_not_here_leads_to_its_own_page(login, signed) -> None:
    order = signed()
    WorkOrder.objects.filter(pk=order.pk).update(
        state="cancelled", cancelled_at=order.arrived_at, cancelled_by=order.advisor
    )
    text = rows(login("service_advisor"), order.vehicle.plate[-5:])
    assert reverse("customers:vehicle", args=[order.vehicle_id]) in text
    assert "不在店" in text


def test_an_order_is_found_by_its_number(login, signed, other_branch) -> None:
    order, client = signed(), login("service_advisor")
    url = reverse("reception:order", args=[order.pk])
    for typed in (order.number, order.number.lower(), order.number[-5:], "ＷＴ-SZ01"):
        assert url in rows(client, typed), typed
    assert url not in rows(client, "WT-%")
    assert url not in rows(login("manager", at=other_branch), order.number)


def test_an_empty_look_up_shows_parked_drafts_and_the_last_cars(login, signed, actor) -> None:
    orders, client = [signed() for _order in range(6)], login("service_advisor")
    who = actor("service_advisor")
    car = register_vehicle(actor=who, plate="粤B9Z9Z9")
    hand_over_ownership(actor=who, vehicle=car, customer=register_customer(actor=who, name="周敏"))
    client.post(reverse("reception:arrive", args=[car.pk]))
    draft = WorkOrder.objects.get(vehicle=car)
    text = rows(client, "")
    parked, _heading, recent = text.partition("最近来店车辆")
    assert reverse("reception:check_in", args=[draft.pk]) in parked
    assert recent.count('class="plate') == 5
    assert reverse("reception:order", args=[orders[0].pk]) not in recent
    assert "粤B·9Z9Z9" not in rows(login("service_advisor"), "").partition("最近来店车辆")[0]


def test_the_gate_sees_no_car(login, signed) -> None:
    order = signed()
    assert "plate" not in rows(login("gate"), order.vehicle.plate)
    assert "plate" not in rows(login("gate"), "")


def test_a_link_does_not_search(login) -> None:
    assert login("service_advisor").get(FIND, {"q": "x"}).status_code == 405


def test_another_promise_is_shown(login, signed, actor) -> None:
    order, client = signed(), login("service_advisor")
    contract.promise(
        actor=actor("service_advisor"), order_id=order.pk, at=order.promised_at + timedelta(days=1), reason="缺件"
    )
    order.refresh_from_db()
    assert local(order.branch, order.promised_at).strftime("%m-%d %H:%M") in rows(client, order.number)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("text", "queries"), [("粤B", 5), ("WT-SZ01", 4), ("", 4)])
def test_queries_do_not_grow(login, signed, django_assert_num_queries, text: str, queries: int, count: int) -> None:
    for _order in range(count):
        signed()
    client = login("service_advisor")
    with django_assert_num_queries(queries):
        rows(client, text)
