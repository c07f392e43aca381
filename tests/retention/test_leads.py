"""Trade-in leads: taken down with what the last visit saw, frozen; contacted and closed by those who may."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import HealthList, HealthPoint
from dms.clock import branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import DamageMark, WalkAround
from retention.condition import in_words
from retention.models import TradeInLead
from retention.services import leads
from workshop.models import Finding, HealthCheck

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(signed):
    row = signed()
    walk = WalkAround.objects.get(order=row)
    DamageMark.objects.create(
        walk=walk, view="left", zone="left_front_door", x=10, y=10, kind="scratch", severity="light"
    )
    return row


def test_the_condition_is_frozen(actor, order):
    lead = leads.open_lead(
        actor=actor("service_advisor"), vehicle=order.vehicle, asked_price=Decimal(98_000), note="想换新能源"
    )
    DamageMark.objects.all().delete()
    lead.refresh_from_db()
    assert lead.condition["km"] == 48_912
    assert lead.condition["order"] == order.number
    assert lead.condition["damage"] == [{"zone": "left_front_door", "kind": "scratch", "severity": "light"}]
    assert (lead.customer, lead.state) == (order.owner, "open")
    with pytest.raises(Refused, match="open lead"):
        leads.open_lead(actor=actor("service_advisor"), vehicle=order.vehicle)


def inspect(order, km=48_950):
    """A finished sheet: brake pads measured amber, a tyre red by eye, oil measured in order, lights in order."""
    who, at = order.advisor, now()
    sheet = HealthList.objects.create(name="检测")
    health = HealthCheck.objects.create(order=order, health_list=sheet, km=km, begun_at=at, begun_by=who)
    rows = [("前刹车片", "Front pads", "amber", "4.50"), ("左前轮胎", "", "red", None), ("机油", "", "green", "30"),
            ("灯光", "", "green", None)]  # fmt: skip
    for place, (name, name_en, colour, value) in enumerate(rows):
        point = HealthPoint.objects.create(health_list=sheet, group="lights", name=name, position=place)
        limits = {"direction": "less", "green_limit": 5, "amber_limit": 3} if value else {}
        Finding.objects.create(
            health=health, point=point, group="lights", position=place, name=name, name_en=name_en, colour=colour,
            value=value, unit="mm", note="鼓包" if colour == "red" else "", seen_at=at, seen_by=who, **limits,
        )  # fmt: skip
    HealthCheck.objects.filter(pk=health.pk).update(finished_at=at, finished_by=who)
    return at


def test_the_last_inspection_goes_along_on_the_lead_and_in_its_export(actor, order, login, branch):
    on = branch_day(branch, inspect(order)).isoformat()
    lead = leads.open_lead(actor=actor("manager"), vehicle=order.vehicle)
    assert lead.condition["tested"] == {"on": on, "order": order.number, "km": 48_950}
    assert [(row["name"], row["colour"], row["value"]) for row in lead.condition["points"]] == [
        ("前刹车片", "amber", "4.5"), ("左前轮胎", "red", None), ("机油", "green", "30"),
    ]  # fmt: skip
    told = in_words(lead.condition)
    assert told["findings"] == ["Now: 左前轮胎 (鼓包)", "Soon: Front pads 4.5 mm"]
    assert told["measured"] == ["Front pads 4.5 mm", "机油 30 mm"]
    client = login("manager")
    type(client.membership.user).objects.update(language="en")
    assert "Now: 左前轮胎 (鼓包)" in client.get(reverse("retention:leads")).text
    answer = client.post(reverse("records:export", args=["leads"]), {"form": "csv"})
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert row["Inspected"] == f"{on} {order.number} at 48950 km"
    assert (row["Findings"], row["Measured"], row["Odometer (km)"]) == (
        "Now: 左前轮胎 (鼓包); Soon: Front pads 4.5 mm", "Front pads 4.5 mm; 机油 30 mm", "48912",
    )  # fmt: skip


def test_a_lead_from_before_has_no_inspection(actor, order, login):
    lead = leads.open_lead(actor=actor("manager"), vehicle=order.vehicle)
    assert (lead.condition["tested"], lead.condition["points"]) == (None, [])
    TradeInLead.objects.update(condition={"km": 1, "seen_on": None, "order": "", "damage": [], "declined": []})
    assert login("crm").get(reverse("retention:leads")).status_code == 200


def test_from_open_to_closed(actor, order):
    lead, crm = leads.open_lead(actor=actor("manager"), vehicle=order.vehicle), actor("crm")
    with pytest.raises(Forbidden):
        leads.contacted(actor=actor("service_advisor"), lead_id=lead.pk)
    leads.contacted(actor=crm, lead_id=lead.pk)
    with pytest.raises(Refused):
        leads.contacted(actor=crm, lead_id=lead.pk)
    with pytest.raises(Invalid):
        leads.close_lead(actor=crm, lead_id=lead.pk, result=" ")
    leads.close_lead(actor=crm, lead_id=lead.pk, result="已置换")
    lead.refresh_from_db()
    assert (lead.state, lead.result, lead.contacted_by, lead.closed_by) == ("closed", "已置换", crm.user, crm.user)
    with pytest.raises(Refused, match="closed already"):
        leads.close_lead(actor=crm, lead_id=lead.pk, result="x")
    assert leads.open_lead(actor=crm, vehicle=order.vehicle).pk != lead.pk


def test_the_pages(login, order, other_branch):
    advisor, crm = login("service_advisor"), login("crm")
    type(crm.membership.user).objects.update(language="en")
    url = reverse("retention:lead_new", args=[order.vehicle_id])
    assert url in advisor.get(reverse("customers:vehicle", args=[order.vehicle_id])).text
    assert "Hand it to sales" in advisor.get(url).text
    assert advisor.post(url, {"asked_price": "98000", "note": "想换新能源"}).status_code == 302
    assert advisor.post(url, {}).status_code == 422
    shown = crm.get(reverse("retention:leads")).text
    assert "想换新能源" in shown
    assert "98,000.00" in shown
    lead = TradeInLead.objects.get()
    act = reverse("retention:lead_act", args=[lead.pk])
    assert login("crm", other_branch).post(act, {"do": "contacted"}).status_code == 404
    assert crm.post(act, {"do": "contacted"}).status_code == 302
    assert crm.post(act, {"do": "close", "result": "已置换"}).status_code == 302
    assert "Closed of late" in crm.get(reverse("retention:leads")).text
    assert advisor.get(reverse("retention:leads")).status_code == 403


def test_the_list_takes_as_many_queries_for_three_as_for_one(login, signed, actor, asks):
    client, counts = login("manager"), []
    for _turn in range(3):
        leads.open_lead(actor=actor("manager"), vehicle=signed().vehicle)
        counts.append(asks(client, reverse("retention:leads")))
    assert counts[0] == counts[2]


def test_the_api(program, order):
    sales = program("crm")
    made = sales.post("trade-in-leads/", {"vehicle": order.vehicle_id, "asked_price": "98000.00"})
    assert made.status_code == 201
    assert made.json()["condition"]["km"] == 48_912
    (row,) = sales.get("trade-in-leads/").json()["items"]
    assert (row["id"], row["state"], row["asked_price"]) == (made.json()["id"], "open", "98000.00")
