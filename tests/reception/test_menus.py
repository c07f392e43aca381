"""A menu: work with its parts in one click, at the sum of its items or at a price of its own."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.menus import menu_of, search_menus
from catalog.models import LabourOperation, LabourRate, Menu, MenuItem, Part, PartPrice, Stock
from customers.services import register_customer, register_vehicle
from dms.clock import branch_day
from dms.errors import Invalid, Refused
from reception.models import Line, WorkOrder
from reception.services.menus import add_menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def menu(branch: Any) -> Menu:
    """0.6 h and 0.4 h at 240, a filter at 68, four litres of oil at 92: 676 singly, 598 together."""
    since = branch_day(branch) - timedelta(days=9)
    LabourRate.objects.create(branch=branch, price=Decimal(240), tax_rate=Decimal("0.13"), valid_from=since)
    menu = Menu.objects.create(code="TC-1", name="小保养套餐", name_en="Oil service", price=Decimal(598))
    for code, hours in (("M1", "0.6"), ("M2", "0.4")):
        work = LabourOperation.objects.create(code=code, name=code, kind="maintenance", standard_hours=Decimal(hours))
        MenuItem.objects.create(menu=menu, operation=work)
    for code, price, number, there in (("FILTER", 68, None, 1), ("OIL", 92, 4, 3)):
        part = Part.objects.create(code=code, name=code)
        PartPrice.objects.create(branch=branch, part=part, price=price, tax_rate=Decimal("0.13"), valid_from=since)
        Stock.objects.create(branch=branch, part=part, on_hand=Decimal(there))
        MenuItem.objects.create(menu=menu, part=part, quantity=number)
    return menu


@pytest.fixture
def order(branch: Any, login: Any, actor: Any) -> WorkOrder:
    who = actor("service_advisor")
    car = register_vehicle(actor=who, plate="粤B72K19", owner=register_customer(actor=who, name="王建国"))
    login("service_advisor").post(reverse("reception:arrive", args=[car.pk]))
    return WorkOrder.objects.get(vehicle=car)


def test_its_price_is_spread_over_the_lines_to_the_cent(menu: Menu, order: WorkOrder, actor: Any) -> None:
    add_menu(actor=actor("service_advisor"), order_id=order.pk, code="TC-1")
    rows = order.lines.order_by("id").values_list("code", "quantity", "unit_price", "discount", "gross")
    assert list(rows) == [
        ("M1", Decimal("0.60"), Decimal("212.31"), Decimal(0), Decimal("127.39")),
        ("M2", Decimal("0.40"), Decimal("212.31"), Decimal(0), Decimal("84.92")),
        ("FILTER", Decimal(1), Decimal("60.16"), Decimal(0), Decimal("60.16")),
        ("OIL", Decimal(4), Decimal("81.39"), Decimal("0.03"), Decimal("325.53")),
    ]
    assert sum(line.gross for line in order.lines.all()) == 598
    assert all(line.net + line.tax == line.gross for line in order.lines.all())


@pytest.mark.parametrize("price", [None, Decimal(700)])
def test_without_a_price_or_with_a_dearer_one_the_sum_holds(
    menu: Menu, order: WorkOrder, actor: Any, price: Decimal | None
) -> None:
    Menu.objects.filter(pk=menu.pk).update(price=price)
    made = add_menu(actor=actor("service_advisor"), order_id=order.pk, code="TC-1")
    assert [line.unit_price for line in made] == [240, 240, 68, 92]
    assert sum(line.gross for line in made) == 676


def test_what_cannot_be_added_adds_nothing(menu: Menu, order: WorkOrder, actor: Any) -> None:
    who = actor("service_advisor")
    PartPrice.objects.filter(part__code="OIL").delete()
    with pytest.raises(Refused, match="“OIL” has no price in this branch yet"):
        add_menu(actor=who, order_id=order.pk, code="TC-1")
    with pytest.raises(Invalid, match="not in the catalogue"):
        add_menu(actor=who, order_id=order.pk, code="TC-9")
    Menu.objects.create(code="TC-2", name="空")
    with pytest.raises(Refused, match="Nothing is in “空” yet"):
        add_menu(actor=who, order_id=order.pk, code="TC-2")
    assert Line.objects.count() == 0


def test_found_with_price_and_what_is_missing_in_as_many_queries_as_one(
    menu: Menu, branch: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        (row,) = search_menus(branch, "oil SERV")
    assert (row.sum, row.price, [item.row.part.code for item in row.missing]) == (676, 598, ["OIL"])  # type: ignore[union-attr]
    for number in range(3):
        other = Menu.objects.create(code=f"TC-2{number}", name=f"小保养套餐{number}")
        MenuItem.objects.create(menu=other, part=Part.objects.get(code="OIL"))
    with django_assert_num_queries(5):
        assert len(search_menus(branch, "小保养")) == 4
    MenuItem.objects.all().update(ended_at=branch.created_at, ended_by=_somebody())
    assert search_menus(branch, "小保养") == []
    found = menu_of(branch, "TC-1")
    assert found is not None
    assert (found.items, found.price) == ([], None)


def _somebody() -> Any:
    from accounts.models import User

    return User.objects.create_user("x", "a good password", name="x")


def test_one_click_at_check_in_from_the_search_and_from_the_palette(menu: Menu, order: WorkOrder) -> None:
    client = Client()
    client.force_login(order.advisor, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("reception:check_in", args=[order.pk])
    button = 'value="add:menu:TC-1"'
    found = client.post(
        reverse("reception:find_work", args=[order.pk]), {"find": "小保养"}, headers={"HX-Request": "true"}
    ).text
    assert button in found
    assert "598" in found
    palette = reverse("portal:palette")
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    assert button in client.post(palette, {"q": "小保"}, headers=headers).text
    assert button not in client.post(palette, {"q": "小保"}, headers={"HX-Request": "true"}).text
    fields = {"marks-TOTAL_FORMS": "0", "marks-INITIAL_FORMS": "0", "visit_type": "maintenance", "old_parts": "take",
              "wash": "yes", "pay_method": "cash", "words": "保养"}  # fmt: skip
    assert client.post(page, {**fields, "do": "add:menu:TC-1"}).status_code == 302
    assert order.lines.count() == 4
    assert set(order.lines.values_list("statement__words", flat=True)) == {"保养"}


def test_kept_in_the_catalogue_item_by_item(menu: Menu, login: Any) -> None:
    client = login("admin")
    answer = client.post(reverse("catalog:menus"), {"code": "TC-3", "name": "制动液", "price": ""})
    made = Menu.objects.get(code="TC-3")
    assert (answer.status_code, made.price) == (302, None)
    items = reverse("catalog:menu_items", args=[made.pk])
    assert client.post(items, {"operation": "M1", "part": "OIL"}).status_code == 422
    assert client.post(items, {"operation": "M1", "quantity": "0.9"}).status_code == 302
    assert client.post(items, {"operation": "M1"}).status_code == 422  # stands there already
    row = made.items.get()
    assert "216.00" in client.get(items).text
    assert client.post(reverse("catalog:menu_item_end", args=[row.pk])).status_code == 302
    assert made.items.filter(ended_at__isnull=True).count() == 0
    assert client.post(reverse("catalog:menus"), {"code": "TC-3", "name": "again"}).status_code == 422
    assert login("service_advisor").get(reverse("catalog:menus")).status_code == 403


def test_by_the_api(menu: Menu, order: WorkOrder, program: Any) -> None:
    robot = program("service_advisor")
    (row,) = robot.get("menus/?q=TC").json()["items"]
    assert (row["code"], row["price"], row["sum"]) == ("TC-1", "598.00", "676.00")
    assert row["items"][3] == {
        "operation": None, "part": "OIL", "quantity": "4.00", "unit_price": "92.00", "free": "3.00",
    }  # fmt: skip
    made = robot.does(f"work-orders/{order.pk}/menus/", {"menu": "TC-1"}, 201)
    assert [line["code"] for line in made] == ["M1", "M2", "FILTER", "OIL"]
