"""Two that were one: everything follows, the undo puts exactly that back, and what looks alike is proposed."""

from datetime import date

import pytest
from django.urls import reverse

from customers import selectors, services
from customers.duplicates import pairs
from customers.models import (
    Consent,
    Customer,
    DueForecast,
    MergeRun,
    Message,
    OdometerReading,
    Ownership,
    PastVisit,
    Vehicle,
)
from customers.services import merging
from dms.errors import Forbidden, Invalid, Refused
from dms.management.commands.grant_roles import append_only_models, movable_columns

pytestmark = pytest.mark.django_db
#: What changes with every act, or is worked out anew.
PASSING = {"version", "created_at"}


def snapshot():
    """Every row of customers that a merge may touch."""
    found = {}
    for model in (Customer, Vehicle, Ownership, Consent, OdometerReading, PastVisit, Message, DueForecast):
        names = [field.attname for field in model._meta.concrete_fields if field.name not in PASSING]
        found[model.__name__] = list(model.objects.order_by("pk").values(*names))
    return found


@pytest.fixture
def boss(actor):
    return actor("manager")


@pytest.fixture
def car(boss):
    def make(plate, name="王建国", phone="13912345678", **values):
        owner = services.register_customer(actor=boss, name=name, phone=phone)
        vehicle = services.register_vehicle(actor=boss, plate=plate, owner=owner, **values)
        services.set_consent(
            actor=boss, customer=owner, channel="sms", purpose="service", granted=True, wording="好", source="店"
        )
        return vehicle

    return make


def owner(vehicle):
    return selectors.owner_of(vehicle)


def test_a_customer_with_everything_and_back(boss, car):
    kept, lost = owner(car("粤B72K19", km=1000)), owner(car("粤B72K20", name="王建囯", phone="", km=2000))
    Customer.objects.filter(pk=lost.pk).update(email="w@example.com", note="老客户")
    before = snapshot()
    run = merging.merge(actor=boss, what="customer", kept_id=kept.pk, lost_id=lost.pk)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.email, kept.note, kept.phone, kept.version) == ("w@example.com", "老客户", "+8613912345678", 2)
    assert lost.merged_into == kept
    assert set(Ownership.objects.values_list("customer", flat=True)) == {kept.pk}
    assert set(Consent.objects.values_list("customer", flat=True)) == {kept.pk}
    assert sorted(table for table, _key, _name, _old in run.moved) == ["customers.Consent", "customers.Ownership"]
    assert run.left == []
    merging.undo(actor=boss, merge_id=run.pk)
    assert snapshot() == before
    with pytest.raises(Refused, match="undone already"):
        merging.undo(actor=boss, merge_id=run.pk)


def test_a_car_with_everything_and_back(boss, car, branch):
    kept = car("粤B72K19", km=1000, vin="")
    lost = car("粤B72KI9", name="李娜", phone="13800138000", km=2000, vin="LSVAM4187C2184841", year=2021)
    PastVisit.objects.create(vehicle=lost, on=date(2023, 3, 5), work="更换机油")
    Vehicle.objects.filter(pk=lost.pk).update(last_visit_on=date(2025, 3, 5))
    before = snapshot()
    run = merging.merge(actor=boss, what="vehicle", kept_id=kept.pk, lost_id=lost.pk)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.plate, kept.vin, kept.vin_tail, kept.year) == ("粤B72K19", "LSVAM4187C2184841", "184841", 2021)
    assert (kept.last_odometer, kept.last_visit_on) == (2000, date(2025, 3, 5))
    assert (lost.plate, lost.vin, lost.last_visit_on) == ("粤B72KI9", "", None)
    assert kept.readings.count() == 2
    assert kept.past_visits.count() == 1
    assert owner(kept).name == "王建国"  # the kept car's own owner stays
    assert [row[0] for row in run.left] == ["customers.Ownership"]
    merging.undo(actor=boss, merge_id=run.pk)
    assert snapshot() == before


def test_the_undo_leaves_what_was_done_since(boss, car):
    kept, lost = owner(car("粤B72K19")), owner(car("粤B72K20", name="王建囯", phone=""))
    Customer.objects.filter(pk=lost.pk).update(email="w@example.com")
    run = merging.merge(actor=boss, what="customer", kept_id=kept.pk, lost_id=lost.pk)
    services.change_customer(actor=boss, customer=kept, version=2, email="new@example.com")
    third = services.register_vehicle(actor=boss, plate="粤B00001", owner=kept)
    merging.undo(actor=boss, merge_id=run.pk)
    kept.refresh_from_db()
    assert kept.email == "new@example.com"
    assert owner(third) == kept


def test_a_merged_one_is_hidden_and_leads_to_the_kept_one(boss, car, branch, login):
    kept, lost = car("粤B72K19"), car("粤B72KI9")
    merging.merge(actor=boss, what="vehicle", kept_id=kept.pk, lost_id=lost.pk)
    assert [row.vehicle.pk for row in selectors.find(branch, "72KI9")] == [kept.pk]
    assert [row.vehicle.pk for row in selectors.vehicles_page(branch).rows] == [kept.pk]
    assert selectors.vehicle_of(lost.pk, branch) == kept
    client = login("service_advisor")
    assert client.get(reverse("customers:vehicle", args=[lost.pk]))["Location"] == reverse(
        "customers:vehicle", args=[kept.pk]
    )
    people = owner(kept), services.register_customer(actor=boss, name="王建囯", phone="13912345678")
    merging.merge(actor=boss, what="customer", kept_id=people[0].pk, lost_id=people[1].pk)
    assert selectors.find_customers(branch, "王建囯") == [people[0]]
    assert services.register_customer(actor=boss, name="王建囯", phone="13912345678") == people[0]
    assert list(selectors.customers_after(branch, None, 9)) == [people[0]]


def test_what_cannot_be_merged(boss, car, actor, other_branch):
    first, second, third = car("粤B72K19"), car("粤B72K20"), car("粤B72K21")
    with pytest.raises(Forbidden):
        merging.merge(actor=actor("service_advisor"), what="vehicle", kept_id=first.pk, lost_id=second.pk)
    with pytest.raises(Invalid):
        merging.merge(actor=boss, what="vehicle", kept_id=first.pk, lost_id=first.pk)
    with pytest.raises(Invalid):
        merging.merge(actor=actor("manager", other_branch), what="vehicle", kept_id=first.pk, lost_id=second.pk)
    once = merging.merge(actor=boss, what="vehicle", kept_id=first.pk, lost_id=second.pk)
    with pytest.raises(Refused, match="merged meanwhile"):
        merging.merge(actor=boss, what="vehicle", kept_id=third.pk, lost_id=second.pk)
    merging.merge(actor=boss, what="vehicle", kept_id=third.pk, lost_id=first.pk)
    with pytest.raises(Refused, match="Undo that merge first"):
        merging.undo(actor=boss, merge_id=once.pk)


def test_what_looks_alike(boss, car, branch):
    first = car("粤B72K19", vin="LSVAM4187C2184841")
    car("粤A72K19", name="王建国", phone="13900000001")  # the same name and the same end of the plate
    car("粤B10000", name="李娜", phone="13912345678")  # the same number
    car("粤BO1234", name="赵六", phone="13900000002", vin="LSVAM4187C2184B4O")
    car("粤B01234", name="孙七", phone="13900000003")
    car("粤B99999", name="周八", phone="13900000004", vin="LSVAM4187C2184B40")
    found = sorted((pair.what, str(pair.first.row), str(pair.second.row)) for pair in pairs(branch))
    assert found == [
        ("customer", "王建国", "李娜"),
        ("customer", "王建国", "王建国"),
        ("vehicle", "粤BO1234", "粤B01234"),
        ("vehicle", "粤BO1234", "粤B99999"),
    ]
    merging.say_apart(actor=boss, what="customer", ids=[pairs(branch)[0].first.row.pk, pairs(branch)[0].second.row.pk])
    assert len(pairs(branch)) == 3
    assert first.merged_into is None


def test_everything_that_hangs_can_follow_whether_it_has_a_way_back_or_not():
    closed = set(append_only_models())
    for what in merging.MODELS:
        for model, name in merging.hanging(what):
            assert model not in closed or name in movable_columns(model), (model, name)
    orders = {name for model, name in merging.hanging("customer") if model.__name__ == "WorkOrder"}
    assert {"owner_id", "bringer_id", "payer_id", "contact_id"} <= orders


def test_the_database_lets_a_reading_change_its_car_alone(car):
    from django.db import DatabaseError, transaction

    one, other = car("粤B72K19", km=1), car("粤B72K20")
    assert OdometerReading.objects.filter(vehicle=one).update(vehicle=other) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        OdometerReading.objects.filter(vehicle=other).update(km=2)


def test_the_pages(login, car):
    client = login("crm")
    type(client.membership.user).objects.update(language="en")
    first, second = car("粤BO1234"), car("粤B01234")
    shown = client.get(reverse("customers:duplicates")).text
    assert "the plates differ only in O and 0" in shown
    url = reverse("customers:compare", args=["vehicle", first.pk, second.pk])
    shown = client.get(url).text
    assert "Keep the first" in shown
    assert "Records that belong to it" in shown
    assert "differs" in shown
    assert client.post(url, {"keep": str(second.pk)}).status_code == 302
    run = MergeRun.objects.get()
    assert (run.kept, run.lost) == (second.pk, first.pk)
    assert client.get(url).status_code == 404
    assert "粤BO1234 → 粤B01234" in client.get(reverse("customers:duplicates")).text
    assert client.post(reverse("customers:merge_undo", args=[run.pk])).status_code == 302
    assert client.post(reverse("customers:apart", args=["vehicle", first.pk, second.pk])).status_code == 302
    assert "Nothing looks alike" in client.get(reverse("customers:duplicates")).text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(login, car, asks, rows):
    client = login("manager")
    for number in range(rows):
        car(f"粤BO{number}234", name=f"甲{number}", phone="")
        car(f"粤B0{number}234", name=f"乙{number}", phone="")
    assert asks(client, reverse("customers:duplicates")) <= 12


def test_the_night_forgets_a_merged_car(boss, car, branch):
    kept, lost = car("粤B72K19"), car("粤B72KI9")
    merging.merge(actor=boss, what="vehicle", kept_id=kept.pk, lost_id=lost.pk)
    services.forecast_branch(branch, date(2026, 3, 2))
    assert not DueForecast.objects.filter(vehicle=lost, closed_at__isnull=True).exists()
