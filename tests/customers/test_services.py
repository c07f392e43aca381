from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from accounts.models import Branch
from accounts.policies import Actor, system
from customers import services
from customers.models import Consent, Customer, OdometerReading, Ownership, Vehicle
from customers.selectors import may_reach
from customers.states import Channel, Purpose
from dms.clock import now
from dms.errors import Forbidden, Invalid, Stale


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def branch(db: None) -> Branch:
    return Branch.objects.create(code="SZ1", name="深圳一店", legal_name="深圳一店有限公司")


@pytest.fixture
def actor(branch: Branch) -> Actor:
    return system(branch)


@pytest.fixture
def customer(actor: Actor) -> Customer:
    return services.register_customer(actor=actor, name="曾小贤", phone="139 1234 5678")


@pytest.fixture
def vehicle(actor: Actor, customer: Customer) -> Vehicle:
    return services.register_vehicle(actor=actor, plate="粤b·72k19", vin="1m8gdm9axkp042788", owner=customer)


def test_a_customer_is_stored_ready_to_be_found(customer: Customer) -> None:
    stored = (customer.phone, customer.phone_tail, customer.pinyin, customer.pinyin_initials)
    assert stored == ("+8613912345678", "5678", "zengxiaoxian", "zxx")


def test_the_same_name_and_phone_is_the_same_customer(actor: Actor, customer: Customer) -> None:
    assert services.register_customer(actor=actor, name=" 曾小贤 ", phone="+8613912345678") == customer
    assert services.register_customer(actor=actor, name="曾小贤", phone="") != customer


def test_a_customer_needs_a_name_and_a_real_phone(actor: Actor) -> None:
    with pytest.raises(Invalid, match="name"):
        services.register_customer(actor=actor, name="  ")
    with pytest.raises(Invalid, match="digits"):
        services.register_customer(actor=actor, name="周敏", phone="1391234567")


def test_nobody_writes_without_the_permission(branch: Branch, customer: Customer, vehicle: Vehicle) -> None:
    nobody = Actor(_user(), branch, frozenset({"vehicle.view"}))
    with pytest.raises(Forbidden):
        services.register_customer(actor=nobody, name="周敏")
    with pytest.raises(Forbidden):
        services.change_customer(actor=nobody, customer=customer, version=1, name="周敏")
    with pytest.raises(Forbidden):
        services.register_vehicle(actor=nobody, plate="粤B11111")
    with pytest.raises(Forbidden):
        services.change_vehicle(actor=nobody, vehicle=vehicle, version=1, colour="red")


def _user():
    from accounts.models import User

    return User.objects.create(username="tech", name="技师")


def test_a_change_keeps_the_derived_columns_true(actor: Actor, customer: Customer) -> None:
    changed = services.change_customer(actor=actor, customer=customer, version=1, name="解晓东")
    assert (changed.version, changed.pinyin_initials, changed.phone_tail) == (2, "xxd", "5678")


def test_a_stale_save_shows_both_values(actor: Actor, customer: Customer) -> None:
    services.change_customer(actor=actor, customer=customer, version=1, note="theirs")
    with pytest.raises(Stale) as stale:
        services.change_customer(actor=actor, customer=customer, version=1, note="mine", name="曾小贤")
    assert stale.value.values == {"Note": ("theirs", "mine")}
    customer.refresh_from_db()
    assert customer.note == "theirs"


def test_a_car_is_stored_normalised(vehicle: Vehicle) -> None:
    assert (vehicle.plate, vehicle.plate_kind, vehicle.vin_tail) == ("粤B72K19", "blue", "042788")
    assert vehicle.incomplete


def test_a_car_is_known_once_in_a_branch(actor: Actor, vehicle: Vehicle) -> None:
    with pytest.raises(Invalid, match="known here already"):
        services.register_vehicle(actor=actor, plate="粤B 72K19")
    with pytest.raises(Invalid, match="known here already"):
        services.register_vehicle(actor=actor, vin="1M8GDM9AXKP042788")
    with pytest.raises(Invalid, match="plate or the VIN"):
        services.register_vehicle(actor=actor)
    other = Branch.objects.create(code="GZ1", name="广州一店", legal_name="广州一店有限公司")
    assert services.register_vehicle(actor=system(other), plate="粤B72K19").branch == other
    with pytest.raises(IntegrityError), transaction.atomic():
        Vehicle.objects.create(branch=actor.branch, plate="粤B72K19")


def test_two_cars_without_a_plate_are_two_cars(actor: Actor) -> None:
    services.register_vehicle(actor=actor, vin="1M8GDM9AXKP042788")
    services.register_vehicle(actor=actor, vin="11111111111111111")
    assert Vehicle.objects.filter(plate="").count() == 2


def test_a_stale_change_of_a_car_is_refused(actor: Actor, vehicle: Vehicle) -> None:
    services.change_vehicle(actor=actor, vehicle=vehicle, version=1, plate="粤BD12345")
    assert Vehicle.objects.get().plate_kind == "nev"
    with pytest.raises(Stale) as stale:
        services.change_vehicle(actor=actor, vehicle=vehicle, version=1, colour="white", plate_kind="large")
    assert stale.value.values == {
        "Colour": ("", "white"),
        "Kind of plate": ("New-energy plate", "Yellow plate"),
    }


def test_a_lower_reading_needs_a_reason_and_both_stay(actor: Actor, vehicle: Vehicle) -> None:
    services.record_reading(actor=actor, vehicle=vehicle, km=50_000)
    with pytest.raises(Invalid, match="50000 km, this one is lower"):
        services.record_reading(actor=actor, vehicle=vehicle, km=5_000)
    services.record_reading(actor=actor, vehicle=vehicle, km=5_000, reason="typing error before")
    vehicle.refresh_from_db()
    assert vehicle.last_odometer == 5_000
    assert list(OdometerReading.objects.order_by("id").values_list("km", flat=True)) == [50_000, 5_000]


def test_a_back_dated_reading_does_not_turn_the_odometer_back(actor: Actor, vehicle: Vehicle) -> None:
    services.record_reading(actor=actor, vehicle=vehicle, km=50_000)
    services.record_reading(actor=actor, vehicle=vehicle, km=40_000, read_at=now() - timedelta(days=90))
    vehicle.refresh_from_db()
    assert vehicle.last_odometer == 50_000


@pytest.mark.parametrize("km", [-1, 3_000_001])
def test_an_impossible_reading_is_refused(actor: Actor, vehicle: Vehicle, km: int) -> None:
    with pytest.raises(Invalid, match="3,000,000"):
        services.record_reading(actor=actor, vehicle=vehicle, km=km)


def test_a_reading_is_never_of_tomorrow(actor: Actor, vehicle: Vehicle) -> None:
    with pytest.raises(Invalid, match="future"):
        services.record_reading(actor=actor, vehicle=vehicle, km=1, read_at=now() + timedelta(days=1))


def test_the_owner_changes_on_a_day_and_the_history_stays(actor: Actor, vehicle: Vehicle, customer: Customer) -> None:
    buyer = services.register_customer(actor=actor, name="周敏", phone="13800138000")
    with pytest.raises(Invalid, match="since"):
        services.hand_over_ownership(actor=actor, vehicle=vehicle, customer=buyer, on=date(2001, 1, 1))
    services.hand_over_ownership(actor=actor, vehicle=vehicle, customer=buyer)
    services.hand_over_ownership(actor=actor, vehicle=vehicle, customer=buyer)
    rows = Ownership.objects.filter(vehicle=vehicle).order_by("id")
    assert [(row.customer, row.to_on is None) for row in rows] == [(customer, False), (buyer, True)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(vehicle=vehicle, customer=customer, from_on=date(2026, 1, 1))


def test_another_branchs_rows_are_not_written(vehicle: Vehicle, customer: Customer) -> None:
    other = system(Branch.objects.create(code="GZ1", name="广州一店", legal_name="广州一店有限公司"))
    with pytest.raises(Vehicle.DoesNotExist):
        services.record_reading(actor=other, vehicle=vehicle, km=1)
    with pytest.raises(Customer.DoesNotExist):
        services.change_customer(actor=other, customer=customer, version=1, name="x")


def test_the_latest_word_of_the_customer_holds(actor: Actor, customer: Customer) -> None:
    said = {"actor": actor, "customer": customer, "channel": "sms", "purpose": "marketing", "source": "front desk"}
    assert not may_reach(customer, Channel.SMS, Purpose.MARKETING)
    services.set_consent(**said, granted=True, wording="May we send you offers?")
    assert may_reach(customer, Channel.SMS, Purpose.MARKETING)
    assert not may_reach(customer, Channel.SMS, Purpose.SERVICE)
    services.set_consent(**said, granted=False, wording="")
    assert not may_reach(customer, Channel.SMS, Purpose.MARKETING)
    with pytest.raises(Invalid, match="wording"):
        services.set_consent(**said, granted=True, wording=" ")


def test_ledgers_are_append_only(actor: Actor, customer: Customer, vehicle: Vehicle) -> None:
    services.set_consent(
        actor=actor, customer=customer, channel="sms", purpose="care", granted=False, wording="", source="phone"
    )
    services.record_reading(actor=actor, vehicle=vehicle, km=1)
    for rows in (Consent.objects.all(), OdometerReading.objects.all()):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            rows.update(created_at=now())


def test_care_and_visits_are_kept(actor: Actor, vehicle: Vehicle) -> None:
    services.set_care(actor=actor, vehicle=vehicle, smoker=True)
    assert services.set_care(actor=actor, vehicle=vehicle, smoker=False, notes=" child seat ").notes == "child seat"
    services.note_visit(actor=actor, vehicle=vehicle, on=date(2026, 5, 1))
    services.note_visit(actor=actor, vehicle=vehicle, on=date(2026, 4, 1))
    vehicle.refresh_from_db()
    assert vehicle.last_visit_on == date(2026, 5, 1)
