"""The inspection's lists: which one is for a car, how limits are judged, what a house begins with, and the pages."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.services.branches import Opening, open_branch
from catalog.health import list_for, points_of
from catalog.models import Brand, HealthList, HealthPoint, LabourOperation, VehicleModel
from catalog.services.health import POINTS, make_first, offer
from catalog.states import within

pytestmark = pytest.mark.django_db
POINT = {"name": "前制动片", "group": "brakes", "position": "10", "months": "6"}
MEASURED = POINT | {"unit": "mm", "direction": "less", "green_limit": "6", "amber_limit": "3"}


def test_the_narrowest_list_is_taken() -> None:
    vw = Brand.objects.create(name="大众")
    tiguan, golf = (VehicleModel.objects.create(brand=vw, name=name) for name in ("途观", "高尔夫"))
    assert list_for(tiguan, "maintenance", 1) is None
    every, brand, far, model, service = (
        HealthList.objects.create(name=name, **of)
        for name, of in (
            ("所有", {}), ("大众", {"brand": vw}), ("六万", {"brand": vw, "from_km": 60_000}),
            ("途观", {"model": tiguan}), ("保养", {"brand": vw, "occasion": "maintenance"}),
        )
    )  # fmt: skip
    assert list_for(None, "repair", None) == every
    assert list_for(golf, "repair", 59_999) == brand
    assert list_for(golf, "repair", 60_000) == far
    assert list_for(golf, "maintenance", 80_000) == service
    assert list_for(tiguan, "maintenance", 80_000) == model


@pytest.mark.parametrize(
    ("value", "direction", "good"),
    [("6", "less", True), ("5.99", "less", False), ("6", "more", True), ("6.1", "more", False)],
)  # fmt: skip
def test_a_limit_itself_is_still_good(value: str, direction: str, good: bool) -> None:
    assert within(Decimal(value), Decimal(6), direction) is good


def test_a_house_begins_with_the_usual_list_and_keeps_its_own() -> None:
    opening = Opening("HZ01", "杭州店", "", "杭州店有限公司", "Asia/Shanghai", "CNY", "included", "浙A", 2)
    open_branch(opening=opening, username="boss", name="王经理", password="a good password 7")
    found = HealthList.objects.get()
    assert [point.name for point in points_of(found)] == [point.name for point in POINTS]
    found.points.all().delete()
    assert make_first() is None, "what a manager took out does not come back"


def test_the_usual_points_propose_the_operations_of_the_house_now_and_later() -> None:
    for code, name in (("A1", "更换前刹车片"), ("A2", "更换前刹车片及传感器"), ("A3", "钣金")):
        LabourOperation.objects.create(code=code, name=name, standard_hours=1)
    make_first()
    assert dict(HealthPoint.objects.filter(operation__isnull=False).values_list("name", "operation__code")) == {
        "前制动片厚度": "A1"
    }
    battery = LabourOperation.objects.create(code="A4", name="更换蓄电池", standard_hours=1)
    assert (offer(battery), offer(LabourOperation.objects.get(code="A2"))) == (1, 0)
    assert HealthPoint.objects.get(operation=battery).name == "蓄电池健康度"


def test_a_manager_keeps_lists_and_points(login: Any) -> None:
    client, lists = login("manager"), reverse("catalog:health_lists")
    assert client.post(reverse("catalog:health_first")).status_code == 302
    assert client.post(lists, {"name": "电动", "occasion": "every", "from_km": "0"}).status_code == 422, "one stands"
    assert client.post(lists, {"name": "首检", "occasion": "pdi", "from_km": "0"}).status_code == 302
    own = HealthList.objects.get(name="首检")
    points = reverse("catalog:health_points", args=[own.pk])
    LabourOperation.objects.create(code="R2001", name="更换前制动片", standard_hours=1)
    assert client.post(points, MEASURED | {"amber_limit": "7"}).status_code == 422, "amber better than green"
    assert client.post(points, MEASURED | {"direction": ""}).status_code == 422
    assert client.post(points, MEASURED | {"operation": "R2001"}).status_code == 302
    row = own.points.get()
    one = reverse("catalog:health_point", args=[row.pk])
    assert 'value="R2001"' in client.get(one).text
    assert client.post(one, POINT | {"do": "save", "months": "61"}).status_code == 422
    assert client.post(one, POINT | {"do": "save", "name_en": "Front pads", "unit": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.unit, row.direction, row.operation, row.name_en) == ("", None, None, "Front pads")
    assert client.post(one, {"do": "end"}).status_code == 302
    assert points_of(own) == []
    assert client.post(reverse("catalog:health_list", args=[own.pk]), {"do": "end"}).status_code == 302
    assert client.post(points, POINT).status_code == 404, "nothing is added to a list that has ended"


def test_the_database_keeps_limits_on_their_sides() -> None:
    own = HealthList.objects.create(name="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthPoint.objects.create(
            health_list=own, name="x", group="brakes", unit="%", direction="more", green_limit=3, amber_limit=2
        )


def test_pages_take_the_same_queries_for_one_row_and_three(asks: Any, login: Any) -> None:
    client, counts, lists = login("manager"), [], reverse("catalog:health_lists")
    own = HealthList.objects.create(name="0")
    points = reverse("catalog:health_points", args=[own.pk])
    for number in range(3):
        HealthList.objects.create(name="n", brand=Brand.objects.create(name=f"B{number}"))
        HealthPoint.objects.create(health_list=own, name=f"{number}", group="brakes")
        counts.append((asks(client, lists), asks(client, points)))
    assert counts[0] == counts[2]
