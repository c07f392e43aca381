"""Packages: kept in the catalogue, sold to a car, free to the customer while they run."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from catalog.models import LabourOperation, LabourRate, PackageItem, PackageTemplate
from customers.models import Vehicle
from customers.services import hand_over_ownership, register_customer, register_vehicle
from customers.services.new_cars import take_over
from dms.clock import branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from reception.judging import Item, Prepaid, prepaid_for
from reception.models import Package, PackageUnits, PackageUse
from reception.package_report import GROUPS, Totals, packages_page, totals_of
from reception.packages import live, units_of
from reception.services import arrival, draft, lines
from reception.services.packages import give_up, sell_package

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


def test_the_branchs_packages_by_group_with_what_is_earned_owed_and_lost(
    login: Any, actor: Any, car: Vehicle, template: PackageTemplate, other_branch: Any
) -> None:
    """Five packages for 566.04 without tax: one runs whole, one ends soon, one has its last unit, one has ended with
    a unit used, one is used up. 1 of 3 units earns 188.68."""
    who, today = actor("service_advisor"), branch_day(car.branch)
    whole, soon, last, over, used = (sell_package(actor=who, vehicle=car, template=template) for _ in range(5))
    net = Decimal("566.04")
    Package.objects.filter(pk=soon.pk).update(ends_on=today + timedelta(30))
    for one, taken, earned in ((last, 2, "377.36"), (over, 1, "188.68"), (used, 3, "566.04")):
        one.units.update(used=taken)
        Package.objects.filter(pk=one.pk).update(released=Decimal(earned))
    Package.objects.filter(pk=over.pk).update(sold_on=today - timedelta(400), ends_on=today - timedelta(1))
    found = {key: [row.pk for row in packages_page(car.branch, key, None)[0]] for key in GROUPS}
    assert found == {
        "running": [last.pk, soon.pk, whole.pk], "ending": [soon.pk], "last": [last.pk], "ended": [over.pk],
        "used": [used.pk], "given_up": [],
    }  # fmt: skip
    totals = totals_of(car.branch)
    assert (totals.packages, totals.units, totals.used, totals.used_percent) == (5, 15, 6, 40)
    assert (totals.price, totals.earned) == (5 * net, Decimal("1132.08"))
    assert (totals.deferred, totals.forfeited) == (2 * net + Decimal("188.68"), Decimal("377.36"))
    assert totals_of(other_branch) == Totals(0, 0, 0, Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    till = login("cashier")
    User.objects.update(language="en")
    shown = till.get(reverse("reception:packages"), {"group": "ended"}).text
    assert over.number in shown
    assert whole.number not in shown
    assert "40 %" in shown
    assert "1 unit" not in shown
    assert "2 units left" in shown
    assert till.get(reverse("reception:packages"), {"group": "nonsense"}).text.count("TC-SZ01-") == 3
    assert login("technician").get(reverse("reception:packages")).status_code == 403


@pytest.mark.parametrize(("rule", "used", "net", "gross"), [
    ("unused", 0, "566.04", "600.00"), ("unused", 1, "377.36", "400.00"), ("unused", 3, "0", "0"),
    ("whole", 0, "566.04", "600.00"), ("whole", 1, "0", "0"), ("none", 0, "0", "0"),
])  # fmt: skip
def test_what_goes_back_follows_the_rule_of_the_template(
    actor: Any, car: Vehicle, template: PackageTemplate, rule: str, used: int, net: str, gross: str
) -> None:
    """A third of 566.04 is 188.68 a unit."""
    who = actor("service_advisor")
    PackageTemplate.objects.update(refund=rule)
    sold = sell_package(actor=who, vehicle=car, template=template)
    sold.units.update(used=used)
    Package.objects.update(released=used * Decimal("188.68"))
    ended = give_up(actor=who, package_id=sold.pk, reason="卖车")
    assert (ended.refund_net, ended.refund_gross, ended.given_up_by) == (Decimal(net), Decimal(gross), who.user)
    assert live(units_of(car), branch_day(car.branch), None) == []
    totals = totals_of(car.branch)
    assert (totals.refunded, totals.deferred) == (Decimal(net), Decimal(0))
    assert totals.forfeited == Decimal("566.04") - used * Decimal("188.68") - Decimal(net)
    with pytest.raises(Refused, match="given up already"):
        give_up(actor=who, package_id=sold.pk, reason="卖车")


def test_a_package_is_given_up_with_a_reason_and_used_no_more(
    actor: Any, car: Vehicle, template: PackageTemplate, other_branch: Any, signed: Any
) -> None:
    who = actor("service_advisor")
    sold = sell_package(actor=who, vehicle=car, template=template)
    with pytest.raises(Invalid, match="Write down why"):
        give_up(actor=who, package_id=sold.pk, reason=" ")
    with pytest.raises(Package.DoesNotExist):
        give_up(actor=actor("manager", at=other_branch), package_id=sold.pk, reason="卖车")
    give_up(actor=who, package_id=sold.pk, reason="卖车")
    line = signed().lines.first()
    with pytest.raises(IntegrityError, match="were given up"), transaction.atomic():
        PackageUse.objects.create(
            units=sold.units.get(), line=line, slip="JS-1", quantity=1, value=1, taken_at=now(), taken_by=who.user
        )


def test_the_list_of_packages_asks_no_more_for_three_and_goes_on_by_pages(
    login: Any, actor: Any, asks: Any, car: Vehicle, template: PackageTemplate
) -> None:
    till, counts = login("cashier"), []
    for more in (1, 2):
        for _ in range(more):
            sell_package(actor=actor("manager"), vehicle=car, template=template)
        counts.append(asks(till, reverse("reception:packages")))
    assert counts[0] == counts[1]
    first, following = packages_page(car.branch, "running", None, size=2)
    rest, end = packages_page(car.branch, "running", following, size=2)
    assert ([len(first), len(rest), end], first[0].pk > first[1].pk > rest[0].pk) == ([2, 1, None], True)


def test_a_program_sells_one_for_a_key_and_lists_them(
    program: Any, car: Vehicle, template: PackageTemplate, other_branch: Any
) -> None:
    desk, body = program("service_advisor"), {"vehicle": car.pk, "package": "one YEAR", "price": "500"}
    answers = [desk.post("packages/", body, key="p1").json() for _time in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["gross"], answers[0]["units"]) == (
        "500.00", [{"code": "M-OIL", "label": "更换机油", "sold": 3, "used": 0, "left": 3}],
    )  # fmt: skip
    assert [row["number"] for row in desk.get("packages/").json()["items"]] == [Package.objects.get().number]
    assert desk.get("packages/?group=used").json()["items"] == []
    assert desk.get("packages/?group=x").status_code == 422
    assert desk.post("packages/", body | {"package": "两年"}).json()["detail"] == "没有名为“两年”的在售套餐。"
    assert desk.post("packages/", body | {"price": "600.01"}).status_code == 422
    assert program("cashier").post("packages/", body).status_code == 403
    assert program("service_advisor", at=other_branch).post("packages/", body).status_code == 422
    assert Package.objects.count() == 1


def test_what_sales_sold_with_a_new_car_is_its_own_on_the_day_of_the_hand_over(
    actor: Any, branch: Any, template: PackageTemplate
) -> None:
    """Whoever takes cars over need not be allowed to sell packages."""
    who, day = actor("crm"), branch_day(branch) - timedelta(3)
    taken = {"owner": {"name": "王建国", "phone": "13912345678"}, "car": {"vin": "LSVAM4187C2184841"}}
    made = take_over(actor=who, handed_over_on=day, packages=[template, template], **taken)
    assert [(row.vehicle, row.sold_on, row.gross, row.sold_by) for row in Package.objects.all()] == [
        (made.vehicle, day, Decimal("600.00"), who.user)
    ] * 2
    template.items.update(ended_at=now(), ended_by=who.user)
    with pytest.raises(Refused, match="nothing is in it"):
        take_over(actor=who, packages=[template], owner=taken["owner"], car={"vin": "LSVAM4187C2184842"})
    assert Vehicle.objects.count() == 1, "all or nothing"


def test_a_line_that_a_package_holds_is_proposed_for_it_and_the_next_one_is_not(
    actor: Any, car: Vehicle, template: PackageTemplate, oil: LabourOperation, branch: Any
) -> None:
    LabourRate.objects.create(branch=branch, valid_from=date(2020, 1, 1), price=240, tax_rate=Decimal("0.13"))
    who = actor("service_advisor")
    sold = sell_package(actor=who, vehicle=car, template=template)
    sold.units.update(used=2)
    order = arrival.arrive(actor=who, vehicle=car)
    for _ in range(2):
        draft.add(actor=who, order_id=order.pk, what="M-OIL")
    first, second = order.lines.order_by("id")
    assert (first.payer, first.coverage) == ("package", "package")
    assert first.reason == f"Package {sold.number} covers it: 1 left, until {sold.ends_on}."
    assert second.payer == "customer"
    with pytest.raises(Refused, match="No package of this car covers"):
        lines.adjust(
            actor=who, line_id=second.pk, quantity=second.quantity, payer="package", coverage="package",
            statement=None, reason="",
        )  # fmt: skip
    with pytest.raises(Invalid, match="not paid as proposed"):
        lines.adjust(
            actor=who, line_id=first.pk, quantity=first.quantity, payer="customer", coverage="none", statement=None,
            reason="",
        )  # fmt: skip
    lines.offer(actor=who, order_id=order.pk)
    assert [line.payer for line in order.lines.order_by("id")] == ["package", "customer"]


def test_a_part_takes_a_unit_a_piece_and_any_service_is_any_maintenance(oil: LabourOperation) -> None:
    any_service, part = Prepaid(1, "TC-1", None, None, 1), Prepaid(2, "TC-2", None, 5, 4)
    assert any_service.covers(Item(oil.pk, None, "general", "maintenance"))
    assert not any_service.covers(Item(oil.pk, None, "general", "repair"))
    assert not any_service.covers(Item(None, 5, "general"))
    assert prepaid_for(Item(None, 5, "general", units=4), [any_service, part]) == part
    assert prepaid_for(Item(None, 5, "general", units=5), [any_service, part]) is None
