import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Branch, Membership, User
from accounts.policies import system
from catalog.models import Brand, VehicleModel
from customers import services
from customers.models import CareProfile, Consent, Customer, OdometerReading, Vehicle
from dms.clock import branch_day


@pytest.fixture
def branch(db: None) -> Branch:
    return Branch.objects.create(code="SZ1", name="深圳一店", legal_name="深圳一店有限公司")


def signed_in(branch: Branch, role: str) -> Client:
    user = User.objects.create_user(role, name=role, language="en")
    Membership.objects.create(user=user, branch=branch, roles=[role])
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def advisor(branch: Branch) -> Client:
    return signed_in(branch, "service_advisor")


@pytest.fixture
def vehicle(branch: Branch) -> Vehicle:
    actor = system(branch)
    owner = services.register_customer(actor=actor, name="周敏", phone="13912345678")
    return services.register_vehicle(actor=actor, plate="粤B72K19", owner=owner, km=48_912)


NEW = {
    "plate": "粤BD12345", "vin": "1M8GDM9A0KP042788", "kind": "person", "name": "周敏", "phone": "13912345678",
    "language": "zh-hans", "km": "120",
}  # fmt: skip


def url(name: str, *args: int) -> str:
    return reverse(f"customers:{name}", args=args)


def test_a_car_and_its_owner_are_entered_in_one_form(advisor: Client) -> None:
    VehicleModel.objects.create(brand=Brand.objects.create(name="大众"), name="途观")
    assert "大众 途观" in advisor.get(url("new")).content.decode()
    answer = advisor.post(url("new"), NEW, follow=True)
    vehicle = Vehicle.objects.get()
    assert answer.redirect_chain[0][0] == url("vehicle", vehicle.pk)
    assert (vehicle.plate_kind, vehicle.last_odometer) == ("nev", 120)
    assert "check digit" in answer.content.decode()


def test_a_refused_car_leaves_no_owner_behind(advisor: Client, vehicle: Vehicle) -> None:
    answer = advisor.post(url("new"), {**NEW, "plate": "粤B72K19", "name": "李雷"})
    assert answer.status_code == 422
    assert "known here already" in answer.content.decode()
    assert not Customer.objects.filter(name="李雷").exists()


@pytest.mark.parametrize(("role", "shown"), [("service_advisor", "13912345678"), ("technician", "*** 5678")])
def test_the_phone_is_for_those_who_may_see_customers(branch, vehicle, role: str, shown: str) -> None:
    client = signed_in(branch, role)
    for answer in (client.get(url("vehicles")), client.get(url("vehicle", vehicle.pk))):
        text = answer.content.decode()
        assert shown in text
        assert ("13912345678" in text) == (role == "service_advisor")


def test_the_search_finds_and_says_when_it_does_not(advisor: Client, vehicle: Vehicle) -> None:
    assert "粤B·72K19" in advisor.post(url("vehicles"), {"q": "k19"}).content.decode()
    assert "Nothing found" in advisor.post(url("vehicles"), {"q": "zzz"}).content.decode()
    assert advisor.get(url("vehicles"), {"after": "no number"}).status_code == 200


def test_another_branchs_rows_do_not_exist(vehicle: Vehicle) -> None:
    other = Branch.objects.create(code="GZ1", name="广州一店", legal_name="广州一店有限公司")
    client = signed_in(other, "manager")
    owner = vehicle.ownerships.get().customer_id
    for name in ("vehicle", "edit_vehicle", "add_reading", "edit_care"):
        assert client.get(url(name, vehicle.pk)).status_code == 404
    for name in ("edit_customer", "add_consent"):
        assert client.get(url(name, owner)).status_code == 404


def test_who_may_not_edit_is_told_who_may(branch: Branch, vehicle: Vehicle) -> None:
    client = signed_in(branch, "technician")
    for name in ("edit_vehicle", "add_reading", "edit_care"):
        assert client.get(url(name, vehicle.pk)).status_code == 403
    assert client.get(url("new")).status_code == 403


def test_a_lower_reading_asks_for_its_reason(advisor: Client, vehicle: Vehicle) -> None:
    answer = advisor.post(url("add_reading", vehicle.pk), {"km": "4891"})
    assert answer.status_code == 422
    assert "this one is lower" in answer.content.decode()
    assert advisor.post(url("add_reading", vehicle.pk), {"km": "4891", "reason": "typing error"}).status_code == 302
    assert OdometerReading.objects.count() == 2


def test_a_stale_save_shows_both_and_the_next_one_is_meant(advisor: Client, vehicle: Vehicle) -> None:
    owner = vehicle.ownerships.get().customer
    services.change_customer(actor=system(vehicle.branch), customer=owner, version=1, note="theirs")
    mine = {
        "kind": "person",
        "name": "周敏",
        "phone": "13912345678",
        "language": "zh-hans",
        "note": "mine",
        "version": 1,
    }
    answer = advisor.post(url("edit_customer", owner.pk), mine)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "theirs" in text
    assert 'name="version" value="2"' in text
    assert advisor.post(url("edit_customer", owner.pk), {**mine, "version": 2}).status_code == 302


def test_vehicle_care_and_consent_are_edited(advisor: Client, vehicle: Vehicle) -> None:
    for name in ("edit_vehicle", "edit_care"):
        assert advisor.get(url(name, vehicle.pk)).status_code == 200
    changed = {"plate": "粤B72K19", "colour": "white", "version": 1}
    assert advisor.post(url("edit_vehicle", vehicle.pk), changed).status_code == 302
    assert advisor.post(url("edit_care", vehicle.pk), {"smoker": "on"}).status_code == 302
    said = {"channel": "sms", "purpose": "service", "granted": "yes", "wording": "May we?", "source": "desk"}
    assert advisor.post(url("add_consent", vehicle.ownerships.get().customer_id), said).status_code == 302
    vehicle.refresh_from_db()
    assert (vehicle.colour, CareProfile.objects.get().smoker, Consent.objects.get().granted) == ("white", True, True)
    page = advisor.get(url("vehicle", vehicle.pk)).content.decode()
    assert "cabin filter" in page
    assert "Agrees" in page


def test_a_new_owner_agrees_at_the_desk_and_the_ledger_keeps_the_words(advisor: Client) -> None:
    """Four ways for two purposes: no e-mail is known, so three; offers were not asked for."""
    assert advisor.post(reverse("customers:new"), NEW | {"agrees_service": "on"}).status_code == 302
    rows = Consent.objects.order_by("channel", "purpose")
    assert [(row.channel, row.purpose, row.granted) for row in rows] == [
        (way, what, True) for way in ("phone", "sms", "wechat") for what in ("care", "service")
    ]
    assert rows.get(channel="sms", purpose="service").wording == "同意在爱车保养到期时提醒我。"
    page = advisor.get(reverse("customers:vehicle", args=[Vehicle.objects.get().pk])).text
    assert "Agrees: Offers" in page
    assert "Agrees: Service reminders" not in page
    agree = reverse("customers:agree", args=[Customer.objects.get().pk])
    assert advisor.post(agree, {"purpose": "marketing"}).status_code == 302
    assert Consent.objects.filter(purpose="marketing", granted=True).count() == 3
    advisor.post(agree, {"purpose": "marketing"})
    assert Consent.objects.count() == 9, "once"
    assert advisor.post(agree, {"purpose": "nonsense"}).status_code == 422
    assert advisor.get(agree).status_code == 405


def test_a_car_gets_another_owner_from_a_day_on(advisor: Client, vehicle: Vehicle) -> None:
    """A known customer of that name and number is that one; the former owner's time ends."""
    services.register_customer(actor=system(vehicle.branch), name="李娜", phone="13800138000")
    page = reverse("customers:new_owner", args=[vehicle.pk])
    assert advisor.get(page).status_code == 200
    sent = {"kind": "person", "name": "李娜", "phone": "13800138000", "language": "en", "on": "2020-01-01"}
    refused = advisor.post(page, sent)
    assert (refused.status_code, "has had the car since" in refused.text) == (422, True)
    today = branch_day(vehicle.branch)
    assert advisor.post(page, sent | {"on": today.isoformat(), "agrees_offers": "on"}).status_code == 302
    owners = vehicle.ownerships.order_by("id")
    assert [(row.customer.name, row.to_on) for row in owners] == [("周敏", today), ("李娜", None)]
    assert Customer.objects.count() == 2
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"marketing"}
    assert "李娜" in advisor.get(reverse("customers:vehicle", args=[vehicle.pk])).text
