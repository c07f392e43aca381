"""A package is paid at the till once, and given up for what its rule says; every cent lies in the drawer's day."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.urls import reverse

from catalog.models import PackageItem, PackageTemplate
from customers.models import Vehicle
from customers.services import hand_over_ownership, register_customer, register_vehicle
from delivery.models import Deposit, DepositMove, Drawer
from delivery.services.deposit import take_deposit
from delivery.services.drawer import close_day, close_drawer
from delivery.services.packages import paid_for, pay_package, refund_package
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from reception.models import Package
from reception.services.packages import sell_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def car(branch: Any, actor: Any) -> Vehicle:
    who = actor("service_advisor")
    made = register_vehicle(actor=who, plate="粤B10001")
    hand_over_ownership(
        actor=who, vehicle=made, customer=register_customer(actor=who, name="王建国", phone="13800000000")
    )
    return made


@pytest.fixture
def sold(car: Vehicle, actor: Any) -> Package:
    """Three services for 600.00."""
    template = PackageTemplate.objects.create(name="一年保养", name_en="One year", price=600, tax_rate=Decimal("0.06"))
    PackageItem.objects.create(template=template, units=3)
    return sell_package(actor=actor("service_advisor"), vehicle=car, template=template)


def moves() -> list[tuple[str, str, Decimal]]:
    return list(DepositMove.objects.order_by("id").values_list("kind", "method", "amount"))


def test_it_is_paid_once_and_the_cash_lies_in_the_drawer(actor: Any, sold: Package) -> None:
    cashier = actor("cashier")
    for _twice in range(2):
        pay_package(actor=cashier, package_id=sold.pk, method="cash", key="k1")
    assert moves() == [("received", "cash", Decimal(600)), ("used", "deposit", Decimal(-600))]
    assert (paid_for(sold), Deposit.objects.get().left_amount) == (Decimal(600), Decimal(0))
    assert Drawer.objects.get().deposit_moves.aggregate(sum=Sum("amount"))["sum"] == Decimal(600)
    with pytest.raises(Refused, match="is paid"):
        pay_package(actor=cashier, package_id=sold.pk, method="scan", key="k2")
    with pytest.raises(Forbidden):
        pay_package(actor=actor("service_advisor"), package_id=sold.pk, method="cash", key="k3")


def test_what_was_paid_in_advance_pays_it_too(actor: Any, sold: Package, car: Vehicle) -> None:
    cashier, owner = actor("cashier"), car.ownerships.get().customer
    for number, amount in enumerate(("250.00", "400.00")):
        take_deposit(actor=cashier, customer_id=owner.pk, method="scan", amount=amount, key=f"d{number}")
    with pytest.raises(Invalid, match="Choose how it is paid"):
        pay_package(actor=cashier, package_id=sold.pk, method="shells", key="k")
    pay_package(actor=cashier, package_id=sold.pk, method="deposit", key="k")
    assert list(Deposit.objects.order_by("id").values_list("left_amount", flat=True)) == [0, 50]
    assert paid_for(sold) == Decimal(600)


def test_a_car_without_an_owner_and_too_little_in_advance(actor: Any, sold: Package, car: Vehicle) -> None:
    with pytest.raises(Refused, match="Only 0"):
        pay_package(actor=actor("cashier"), package_id=sold.pk, method="deposit", key="k")
    car.ownerships.update(to_on=branch_day(car.branch))
    with pytest.raises(Refused, match="no owner on record"):
        pay_package(actor=actor("cashier"), package_id=sold.pk, method="cash", key="k")
    assert not DepositMove.objects.exists()


def test_given_up_what_no_use_has_earned_goes_back_and_the_day_balances(actor: Any, sold: Package) -> None:
    """One of three units used: 400.00 of 600.00 go back in cash."""
    boss = actor("manager")
    pay_package(actor=boss, package_id=sold.pk, method="cash", key="k1")
    sold.units.update(used=1)
    Package.objects.update(released=Decimal("188.68"))
    for _twice in range(2):
        refund_package(actor=boss, package_id=sold.pk, reason="卖车", method="cash", key="k2")
    assert moves()[2:] == [("returned", "deposit", Decimal(400)), ("refunded", "cash", Decimal(-400))]
    assert (Deposit.objects.get().left_amount, paid_for(sold)) == (Decimal(0), Decimal(200))
    assert Drawer.objects.get().deposit_moves.aggregate(sum=Sum("amount"))["sum"] == Decimal(200)
    with pytest.raises(Refused, match="given up already"):
        pay_package(actor=boss, package_id=sold.pk, method="cash", key="k3")
    close_drawer(actor=boss, drawer_id=Drawer.objects.get().pk, counted="200.00")
    journal = close_day(actor=boss, day=branch_day(boss.branch)).content["journal"]
    assert sum(Decimal(row["debit"]) - Decimal(row["credit"]) for row in journal) == 0
    cash = [row for row in journal if row["account"] == "1001"]
    assert [(row["debit"], row["credit"]) for row in cash] == [("600.00", "0.00"), ("0.00", "400.00")]


def test_what_was_not_paid_here_ends_without_money(actor: Any, sold: Package) -> None:
    boss = actor("manager")
    with pytest.raises(Invalid, match="Write down why"):
        refund_package(actor=boss, package_id=sold.pk, reason="", method="cash", key="k")
    ended = refund_package(actor=boss, package_id=sold.pk, reason="卖车", method="cash", key="k")
    assert (ended.refund_gross, moves()) == (Decimal(0), [])


def _two_cashiers(race: Any, actor: Any, sold: Package) -> tuple[Any, Any]:
    one, other = actor("cashier"), actor("cashier")
    return race(
        lambda: pay_package(actor=one, package_id=sold.pk, method="cash", key="a").number,
        lambda: pay_package(actor=other, package_id=sold.pk, method="cash", key="b").number,
    )  # type: ignore[no-any-return]


@pytest.mark.django_db(transaction=True)
def test_two_cashiers_take_the_money_once(race: Any, actor: Any, sold: Package) -> None:
    assert _two_cashiers(race, actor, sold) == (sold.number, f"{sold.number} is paid.")
    assert paid_for(sold) == Decimal(600)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_take_it_twice(race: Any, actor: Any, sold: Package, settings: Any) -> None:
    settings.LOCKS_OFF = True
    _two_cashiers(race, actor, sold)
    assert paid_for(sold) == Decimal(1200), "the control: this is what the lock prevents"


def test_the_page_pays_and_ends_it_and_keeps_what_was_typed(login: Any, sold: Package, car: Vehicle) -> None:
    boss, page = login("manager"), reverse("delivery:package", args=[sold.pk])
    type(boss.membership.user).objects.update(language="en")
    assert "not paid here" in boss.get(reverse("customers:vehicle", args=[car.pk])).text
    wrong = boss.post(page, {"do": "pay", "p-key": "k", "p-method": ""})
    assert (wrong.status_code, DepositMove.objects.exists()) == (422, False)
    assert boss.post(page, {"do": "pay", "p-key": "k", "p-method": "scan"}).status_code == 302
    shown = boss.get(page).text
    assert "paid here" in shown
    assert "¥600.00 would go back now" in shown
    refused = boss.post(page, {"do": "give_up", "g-key": "g", "g-reason": "", "g-method": "scan"})
    assert refused.status_code == 422
    assert boss.post(page, {"do": "give_up", "g-key": "g", "g-reason": "卖车", "g-method": "scan"}).status_code == 302
    shown = boss.get(page).text
    assert ("given up" in shown, "卖车" in shown, "End the package" in shown) == (True, True, False)
    assert login("service_advisor").get(page).status_code == 403
