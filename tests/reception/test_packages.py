"""Packages: kept in the catalogue, sold to a car, free to the customer while they run."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from catalog.models import LabourOperation, PackageItem, PackageTemplate
from customers.models import Vehicle
from customers.services import hand_over_ownership, register_customer, register_vehicle
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from reception.models import Package, PackageUnits
from reception.packages import live, units_of
from reception.services.packages import sell_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def oil(db: None) -> LabourOperation:
    return LabourOperation.objects.create(
        code="M-OIL", name="更换机油", name_en="Oil change", kind="maintenance", standard_hours=1
    )


@pytest.fixture
def template(oil: LabourOperation) -> PackageTemplate:
    """Three oil changes in a year or 20,000 km, for 600.00."""
    made = PackageTemplate.objects.create(
        name="一年保养", name_en="One year", months=12, km=20_000, price=600, tax_rate=Decimal("0.06")
    )
    PackageItem.objects.create(template=made, operation=oil, units=3)
    return made


@pytest.fixture
def car(branch: Any, actor: Any) -> Vehicle:
    who = actor("service_advisor")
    made = register_vehicle(actor=who, plate="粤B10001")
    hand_over_ownership(
        actor=who, vehicle=made, customer=register_customer(actor=who, name="王建国", phone="13800000000")
    )
    Vehicle.objects.filter(pk=made.pk).update(last_odometer=10_000)
    made.refresh_from_db()
    return made


def test_a_sold_package_keeps_what_it_was_sold_with(actor: Any, car: Vehicle, template: PackageTemplate) -> None:
    sold = sell_package(actor=actor("service_advisor"), vehicle=car, template=template, sold_on=date(2026, 1, 31))
    PackageItem.objects.update(units=1)
    assert (sold.ends_on, sold.ends_km) == (date(2027, 1, 31), 30_000)
    assert (sold.net, sold.tax, sold.gross) == (Decimal("566.04"), Decimal("33.96"), Decimal("600.00"))
    assert sold.number.startswith("TC-SZ01-")
    assert sold.units.get().left == 3


def test_who_may_not_what_is_empty_dear_or_of_tomorrow(actor: Any, car: Vehicle, template: PackageTemplate) -> None:
    who = actor("service_advisor")
    with pytest.raises(Forbidden):
        sell_package(actor=actor("technician"), vehicle=car, template=template)
    with pytest.raises(Invalid, match="future"):
        sell_package(actor=who, vehicle=car, template=template, sold_on=branch_day(car.branch) + timedelta(days=1))
    with pytest.raises(Invalid, match="between 0"):
        sell_package(actor=who, vehicle=car, template=template, price="600.01")
    with pytest.raises(Refused, match="nothing is in it"):
        sell_package(actor=who, vehicle=car, template=PackageTemplate.objects.create(name="空", price=1, tax_rate=0))
    assert not Package.objects.exists()


@pytest.mark.parametrize(("days", "km", "offered"), [(365, 30_000, True), (366, 20_000, False), (10, 30_001, False)])
def test_what_has_run_out_is_not_offered(
    actor: Any, car: Vehicle, template: PackageTemplate, days: int, km: int, offered: bool
) -> None:
    sell_package(actor=actor("manager"), vehicle=car, template=template, sold_on=date(2025, 3, 1))
    assert bool(live(units_of(car), date(2025, 3, 1) + timedelta(days=days), km)) is offered


def test_what_ends_first_stands_first_and_what_is_used_up_not_at_all(
    actor: Any, car: Vehicle, template: PackageTemplate, oil: LabourOperation
) -> None:
    who, today = actor("manager"), branch_day(car.branch)
    life = PackageTemplate.objects.create(name="终身", price=1, tax_rate=0)
    PackageItem.objects.create(template=life, units=2)
    sold = [sell_package(actor=who, vehicle=car, template=one).pk for one in (life, template)]
    assert [row.package_id for row in live(units_of(car), today, None)] == sold[::-1]
    PackageUnits.objects.filter(package=sold[1]).update(used=3)
    assert [row.package_id for row in live(units_of(car), today, None)] == sold[:1]


def test_the_database_lets_nobody_use_more_than_was_sold(actor: Any, car: Vehicle, template: PackageTemplate) -> None:
    units = sell_package(actor=actor("manager"), vehicle=car, template=template).units
    for wrong in (4, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            units.update(used=wrong)


def test_from_the_catalogue_to_the_card_at_check_in(login: Any, actor: Any, car: Vehicle, oil: LabourOperation) -> None:
    from reception.services import arrival

    boss, desk = login("manager"), login("service_advisor")
    User.objects.update(language="en")
    fields = {
        "name": "三年保养", "name_en": "Three years", "price": "900", "tax_rate": "0.06", "months": "36", "km": "",
        "refund": "unused",
    }  # fmt: skip
    assert boss.post(reverse("catalog:packages"), fields).status_code == 302
    made = PackageTemplate.objects.get()
    items = reverse("catalog:package_items", args=[made.pk])
    assert "cannot be sold" in boss.get(items).text
    assert boss.post(items, {"operation": "M-OIL", "part": "", "units": "2"}).status_code == 302
    assert boss.post(items, {"operation": "M-OIL", "part": "", "units": "1"}).status_code == 422, "it stands there"
    assert "1 item" in boss.get(reverse("catalog:packages")).text
    sell = reverse("reception:package_sell", args=[car.pk])
    assert "Three years" in desk.get(sell).text
    answer = desk.post(sell, {"template": made.pk, "sold_on": branch_day(car.branch).isoformat(), "price": ""})
    assert answer.status_code == 302
    assert "2 of 2 left" in desk.get(reverse("customers:vehicle", args=[car.pk])).text
    order = arrival.arrive(actor=actor("service_advisor"), vehicle=car)
    shown = desk.get(reverse("reception:check_in", args=[order.pk])).text
    assert "Free to you" in shown
    assert 'value="add:M-OIL"' in shown
    boss.post(reverse("catalog:package_item_end", args=[made.items.get().pk]))
    assert "No package is offered" in desk.get(sell).text


def test_three_packages_ask_no_more_than_one(login: Any, actor: Any, asks: Any, car: Vehicle, template: Any) -> None:
    desk, page = login("service_advisor"), reverse("customers:vehicle", args=[car.pk])
    counts = []
    for more in (1, 2):
        for _ in range(more):
            sell_package(actor=actor("manager"), vehicle=car, template=template)
        counts.append(asks(desk, page))
    assert counts[0] == counts[1]
