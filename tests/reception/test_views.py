"""Check-in through its pages, without JavaScript."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Branch
from accounts.policies import Actor
from catalog.models import LabourOperation, LabourRate
from customers.models import Vehicle
from customers.services import hand_over_ownership, register_customer, register_vehicle
from dms.clock import local, now
from reception.models import WorkOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def vehicle(branch: Branch, actor) -> Vehicle:
    who: Actor = actor("service_advisor")
    car = register_vehicle(actor=who, plate="粤B72K19")
    hand_over_ownership(
        actor=who, vehicle=car, customer=register_customer(actor=who, name="王建国", phone="13800006621")
    )
    LabourRate.objects.create(
        branch=branch, price=Decimal("240.00"), tax_rate=Decimal("0.13"), valid_from=date(2020, 1, 1)
    )
    LabourOperation.objects.create(code="DIAG", name="诊断", kind="diagnosis", standard_hours=Decimal("0.5"))
    return car


def fields(branch: Branch, **more: str) -> dict[str, object]:
    promise = local(branch, now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    return {
        "odometer": "48912", "fuel": "2", "visit_type": "repair", "old_parts": "take", "wash": "yes",
        "pay_method": "scan",
        "words": "右前轮咯噔响\n要洗车", "things": ["key", "licence"], "promise": promise, "signer": "王建国",
        "marks-TOTAL_FORMS": "1", "marks-INITIAL_FORMS": "0", "marks-0-zone": "left_front_door",
        "marks-0-kind": "scratch",
        "marks-0-severity": "light", "marks-0-x": "30.5", "marks-0-y": "20",
    } | more  # fmt: skip


def test_a_known_car_goes_from_plate_to_signed_order(login, branch: Branch, vehicle: Vehicle) -> None:
    client: Client = login("service_advisor")
    assert "粤B·72K19" in client.post(reverse("reception:register"), {"q": "72k19"}).text
    answer = client.post(reverse("reception:arrive", args=[vehicle.pk]))
    order = WorkOrder.objects.get()
    page = reverse("reception:check_in", args=[order.pk])
    assert answer["Location"] == page
    assert client.post(page, fields(branch, do="add:DIAG")).status_code == 302
    assert client.post(page, fields(branch, do="sign")).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.authorised_amount, order.odometer_in) == ("authorised", Decimal("120.00"), 48_912)
    assert order.offered_to_workshop_by == client.membership.user
    assert [row.words for row in order.statements.order_by("id")] == ["右前轮咯噔响", "要洗车"]
    assert [row.kind for row in order.taken.order_by("id")] == ["key", "licence"]
    assert order.walk.marks.get().zone == "left_front_door"
    assert order.authorisations.get().signer == "王建国"
    assert [row.action for row in order.log.order_by("id")] == ["arrive", "inspect", "estimate", "authorise"]


def test_what_is_missing_is_said_and_the_rest_is_kept_on_the_page(login, branch: Branch, vehicle: Vehicle) -> None:
    client: Client = login("service_advisor")
    client.post(reverse("reception:arrive", args=[vehicle.pk]))
    order = WorkOrder.objects.get()
    answer = client.post(reverse("reception:check_in", args=[order.pk]), fields(branch, do="sign"))
    assert answer.status_code == 422
    assert "至少添加一个项目" in answer.text
    assert 'value="48912"' in answer.text
    order.refresh_from_db()
    assert order.state == "inspecting"


@pytest.mark.parametrize("value", ["-1", "NaN", "１e9", "3000001", "abc"])
def test_an_odd_odometer_is_refused_beside_its_field(login, branch: Branch, vehicle: Vehicle, value: str) -> None:
    client: Client = login("service_advisor")
    client.post(reverse("reception:arrive", args=[vehicle.pk]))
    order = WorkOrder.objects.get()
    answer = client.post(reverse("reception:check_in", args=[order.pk]), fields(branch, odometer=value, do="save"))
    assert answer.status_code == 422
    order.refresh_from_db()
    assert order.odometer_in is None


def test_pages_answer_and_other_branches_do_not_exist(login, actor, other_branch: Branch, vehicle: Vehicle) -> None:
    client: Client = login("service_advisor")
    client.post(reverse("reception:arrive", args=[vehicle.pk]))
    order = WorkOrder.objects.get()
    for name in ("today", "register", "orders"):
        assert client.get(reverse(f"reception:{name}")).status_code == 200
    assert client.get(reverse("reception:order", args=[order.pk])).status_code == 200
    stranger: Client = login("manager", at=other_branch)
    for url in (
        reverse("reception:order", args=[order.pk]),
        reverse("reception:check_in", args=[order.pk]),
        reverse("customers:vehicle", args=[vehicle.pk]),
    ):
        assert stranger.get(url).status_code == 404
    assert stranger.post(reverse("reception:step", args=[order.pk, "cancel"])).status_code == 404


@pytest.mark.parametrize("action", ["settle", "release", "accept", "washed"])
def test_a_skipped_step_by_page_is_a_sentence(login, vehicle: Vehicle, action: str) -> None:
    client: Client = login("service_advisor")
    client.post(reverse("reception:arrive", args=[vehicle.pk]))
    order = WorkOrder.objects.get()
    answer = login("manager").post(reverse("reception:step", args=[order.pk, action]))
    assert answer.status_code in (403, 409)
    order.refresh_from_db()
    assert order.state == "arrived"


@pytest.mark.parametrize("rows", [1, 3])
def test_todays_queries_do_not_grow(login, actor, branch, rows: int, django_assert_num_queries) -> None:
    who: Actor = actor("service_advisor")
    client: Client = login("service_advisor")
    for index in range(rows):
        car = register_vehicle(actor=who, plate=f"粤B1234{index}")
        owner = register_customer(actor=who, name=f"客户{index}", phone=f"1380000662{index}")
        hand_over_ownership(actor=who, vehicle=car, customer=owner)
        client.post(reverse("reception:arrive", args=[car.pk]))
    with django_assert_num_queries(9):  # two of them are the opening checklist, one is the stamp
        client.get(reverse("reception:today"))
