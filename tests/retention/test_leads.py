"""Trade-in leads: taken down with what the last visit saw, frozen; contacted and closed by those who may."""

from decimal import Decimal

import pytest
from django.urls import reverse

from dms.errors import Forbidden, Invalid, Refused
from reception.models import DamageMark, WalkAround
from retention.models import TradeInLead
from retention.services import leads

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
