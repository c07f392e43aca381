"""Road tests: kilometres that can be, a gate pass of their own, and nothing that the customer's forecast would see."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.policies import Actor
from customers.models import OdometerReading
from dms.clock import as_of, now
from dms.errors import Invalid, Refused
from reception.models import GateLog, GatePass, WorkOrder
from reception.services.gate import issue_temporary, open_gate
from records.models import DatedRule, IssuedPaper
from workshop.models import RoadTest
from workshop.services import checks, clocks, dispatch, road_tests

pytestmark = pytest.mark.django_db
KM = 48_912


@pytest.fixture
def drive(working: Any, hands: Actor) -> RoadTest:
    """A drive under way."""
    return road_tests.go(actor=hands, order_id=working(wash=False).order_id, km=KM + 1)


def test_out_and_in_past_the_gate(drive: RoadTest, hands: Actor, actor: Any) -> None:
    guard = actor("gate")
    assert [open_gate(actor=guard, entered=drive.gate_pass.code).outcome for _scan in range(3)] == [
        "opened", "back", "used",
    ]  # fmt: skip
    ended = road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 9, result="无异响")
    assert (ended.distance, ended.result, ended.driver, ended.in_by) == (8, "无异响", hands.user, hands.user)
    gate_pass = GatePass.objects.get(pk=drive.gate_pass_id)
    assert (gate_pass.used_by, gate_pass.back_by) == (guard.user, guard.user)
    assert WorkOrder.objects.get(pk=drive.order_id).state == "working"
    assert list(GateLog.objects.order_by("id").values_list("outcome", flat=True)) == ["opened", "back", "used"]


def test_its_kilometres_are_no_reading_of_the_customers(drive: RoadTest, hands: Actor) -> None:
    before = list(OdometerReading.objects.values_list("km", flat=True))
    road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 20)
    assert list(OdometerReading.objects.values_list("km", flat=True)) == before == [KM]


def test_kilometres_that_cannot_be_need_a_reason(drive: RoadTest, hands: Actor, branch: Any) -> None:
    with pytest.raises(Invalid, match="less than"):
        road_tests.back(actor=hands, road_test_id=drive.pk, km=KM)
    with pytest.raises(Invalid, match="30 km more"):
        road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 60)
    DatedRule.objects.create(branch=branch, key="road_test.most_km", value=5, valid_from="2020-01-01")
    with pytest.raises(Invalid, match="5 km more"):
        road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 8)
    assert road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 60, result="高速试车").distance == 59
    for km in (KM + 59, KM + 66):
        with pytest.raises(Invalid, match=f"{KM + 60} km"):
            road_tests.go(actor=hands, order_id=drive.order_id, km=km)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoadTest.objects.update(km_in=KM)


def test_not_before_the_signature(hands: Actor, branch: Any) -> None:
    from customers.models import Customer, Ownership, Vehicle
    from dms.clock import branch_day
    from reception.services import arrival

    vehicle = Vehicle.objects.create(branch=branch, plate="粤B72K99")
    owner = Customer.objects.create(branch=branch, name="周敏")
    Ownership.objects.create(vehicle=vehicle, customer=owner, from_on=branch_day(branch))
    advisor = Actor(hands.user, branch, hands.permissions | {"order.receive"})
    order = arrival.arrive(actor=advisor, vehicle=vehicle)
    with pytest.raises(Refused, match="has not signed"):
        road_tests.go(actor=hands, order_id=order.pk, km=10)


def test_one_drive_at_a_time_and_no_move_without_the_car(drive: RoadTest, hands: Actor, actor: Any) -> None:
    with pytest.raises(Refused, match="is driving this car"):
        road_tests.go(actor=actor("inspector"), order_id=drive.order_id, km=KM + 1)
    job = drive.order.jobs.get()
    clocks.done(actor=hands, job_id=job.pk)
    with pytest.raises(Refused, match="is driving this car"):
        checks.record(actor=hands, order_id=drive.order_id, level="self", passed=True)
    road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 2)
    checks.record(actor=hands, order_id=drive.order_id, level="self", passed=True)
    with pytest.raises(Refused, match="ended already"):
        road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 3)


def test_no_other_pass_of_the_car_is_open(drive: RoadTest, hands: Actor) -> None:
    ask: dict[str, Any] = {"actor": hands, "order": drive.order, "kind": "road_test", "valid": timedelta(minutes=5)}
    with pytest.raises(Refused, match=drive.gate_pass.number):
        issue_temporary(**ask)
    with as_of(now() + timedelta(hours=2)):
        assert issue_temporary(**ask).number != drive.gate_pass.number
    drive.gate_pass.refresh_from_db()
    assert drive.gate_pass.revoked_at is not None


def test_a_pass_that_the_gate_did_not_see_is_closed_with_the_drive(drive: RoadTest, hands: Actor, actor: Any) -> None:
    road_tests.back(actor=hands, road_test_id=drive.pk, km=KM + 1)
    assert open_gate(actor=actor("gate"), entered=drive.gate_pass.code).outcome == "revoked"
    again = road_tests.go(actor=hands, order_id=drive.order_id, km=KM + 1)
    open_gate(actor=actor("gate"), entered=again.gate_pass.code)
    road_tests.back(actor=hands, road_test_id=again.pk, km=KM + 4)
    assert GatePass.objects.get(pk=again.gate_pass_id).back_by == hands.user


def test_the_pages_and_the_sheet(drive: RoadTest, hands: Actor, technician: Any, actor: Any, login: Any) -> None:
    from django.test import Client

    phone = Client()
    phone.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    page = phone.get(reverse("workshop:me")).text
    assert drive.gate_pass.code in page
    assert reverse("workshop:road_out", args=[drive.order_id]) not in page
    url = reverse("workshop:road_back", args=[drive.pk])
    assert phone.post(url, {"km": "x"}).status_code == 422
    assert phone.post(url, {"km": KM + 6, "result": "右前异响消除"}).status_code == 302
    assert f'value="{KM + 6}"' in phone.get(reverse("workshop:me")).text
    clocks.done(actor=hands, job_id=drive.order.jobs.get().pk)
    for who, level in ((hands, "self"), (actor("team_leader"), "leader"), (actor("inspector"), "final")):
        checks.record(actor=who, order_id=drive.order_id, level=level, passed=True)
    (row,) = IssuedPaper.objects.get(kind="inspection").content["road_tests"]
    assert (row["km_out"], row["km_in"], row["distance"], row["result"]) == (KM + 1, KM + 6, 5, "右前异响消除")
    card = login("service_advisor").get(reverse("reception:order", args=[drive.order_id])).text
    assert "右前异响消除" in card
    assert "(5 km)" in card


def test_the_inspector_drives_from_the_checks(working: Any, hands: Actor, login: Any) -> None:
    job = working()
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    client = login("inspector")
    assert reverse("workshop:road_out", args=[job.order_id]) in client.get(reverse("workshop:checks")).text
    assert client.post(reverse("workshop:road_out", args=[job.order_id]), {"km": KM}).status_code == 302
    page = client.get(reverse("workshop:checks")).text
    assert GatePass.objects.get().code in page
    assert reverse("workshop:road_back", args=[RoadTest.objects.get().pk]) in page


def test_the_api_drives_out_and_in(working: Any, login: Any) -> None:
    order_id, client = working().order_id, login("inspector")
    url = f"/api/v1/work-orders/{order_id}/road-tests/"
    made = client.post(url, {"km": KM}, "application/json", headers={"Idempotency-Key": "a"})
    assert made.status_code == 201, made.text
    end = f"/api/v1/road-tests/{made.json()['id']}/back/"
    wrong = client.post(end, {"km": KM + 400}, "application/json", headers={"Idempotency-Key": "b"})
    assert wrong.status_code == 422, wrong.text
    assert client.post(end, {"km": KM + 4}, "application/json", headers={"Idempotency-Key": "c"}).status_code == 200
    assert [row["km_in"] for row in client.get(url).json()["items"]] == [KM + 4]


def test_a_dispatch_is_not_taken_back_while_the_car_is_out(
    handed_over: Any, actor: Any, technician: Any, hands: Actor
) -> None:
    order, supervisor = handed_over(), actor("supervisor")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    with pytest.raises(Refused, match="not driven now"):
        road_tests.go(actor=hands, order_id=order.pk, km=KM)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)
    road_tests.go(actor=hands, order_id=order.pk, km=KM)
    with pytest.raises(Refused, match="is driving this car"):
        dispatch.take_back(actor=supervisor, order_id=order.pk)


def test_what_was_typed_stays_when_its_kilometres_are_refused(working: Any, technician: Any, client: Any) -> None:
    job = working()
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    out = reverse("workshop:road_out", args=[job.order_id])
    refused = client.post(out, {"km": KM + 500, "note": ""})
    assert (refused.status_code, f'value="{KM + 500}"' in refused.text) == (422, True)
    refused = client.post(out, {"km": "", "note": "客户要求长途试车"})
    assert (refused.status_code, 'value="客户要求长途试车"' in refused.text) == (422, True)
    assert client.post(out, {"km": KM, "note": ""}).status_code == 302
    back = reverse("workshop:road_back", args=[RoadTest.objects.get().pk])
    refused = client.post(back, {"km": KM - 5, "result": "右前异响消除"})
    assert (refused.status_code, f'value="{KM - 5}"' in refused.text, 'value="右前异响消除"' in refused.text) == (
        422, True, True,
    )  # fmt: skip
    assert client.post(back, {"km": KM + 5, "result": "右前异响消除"}).status_code == 302
