"""Customers and vehicles by the API: lists, look-up, edits against a version, who sees what."""

from typing import Any

import pytest

from customers.models import Customer, Vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(program: Any) -> dict[str, Any]:
    """A customer with a car."""
    advisor = program("service_advisor")
    customer = advisor.does("customers/", {"name": "王建国", "phone": "13800001234", "email": "w@example.com"}, 201)
    car = advisor.does("vehicles/", {"plate": "粤b·12345", "owner": customer["id"], "km": 1000}, 201)
    return {"advisor": advisor, "customer": customer, "car": car}


def test_who_may_not_see_customers_sees_the_end_of_the_phone(program: Any, known: Any) -> None:
    path = f"customers/{known['customer']['id']}/"
    seen, masked = known["advisor"].get(path).json(), program("technician").get(path).json()
    assert (seen["phone"].replace(" ", "")[-11:], seen["email"]) == ("13800001234", "w@example.com")
    assert (masked["phone"].endswith("1234"), "1380000" in masked["phone"], masked["email"]) == (True, False, None)
    found = program("technician").does("vehicles/search/", {"q": "12345"})["items"][0]
    assert (found["vehicle"]["plate"], "1380000" in found["owner"]["phone"]) == ("粤B12345", False)


def test_an_edit_needs_the_version_that_was_read(known: Any) -> None:
    advisor, path = known["advisor"], f"customers/{known['customer']['id']}/"
    read = advisor.get(path)
    assert read["ETag"] == f'"{read.json()["version"]}"'
    missing = advisor.patch(path, {"note": "a"})
    assert (missing.status_code, missing.json()["title"]) == (428, "if_match_required")
    first = advisor.ask("PATCH", path, {"name": "王大"}, **{"If-Match": read["ETag"]})
    assert (first.status_code, first["ETag"]) == (200, '"2"')
    second = advisor.ask("PATCH", path, {"name": "王二"}, **{"If-Match": read["ETag"], "Accept-Language": "en"})
    assert (second.status_code, second["Content-Type"]) == (412, "application/problem+json")
    assert (second.json()["title"], second.json()["values"]) == ("stale", {"Name": {"theirs": "王大", "yours": "王二"}})
    assert Customer.objects.get().name == "王大"
    for tag in ('"1", "2"', "*"):
        assert advisor.ask("PATCH", path, {"note": tag}, **{"If-Match": tag}).status_code == 200 or tag != "*"
    for tag in ('W/"2"', "nonsense", '"99999999999999"', ","):
        assert advisor.ask("PATCH", path, {"note": "z"}, **{"If-Match": tag}).status_code == 412


def test_a_car_is_changed_and_its_owner_named(known: Any) -> None:
    advisor, car = known["advisor"], known["car"]
    path = f"vehicles/{car['id']}/"
    version = advisor.get(path).json()["version"]
    assert advisor.patch(path, {"colour": "白"}, version).json()["colour"] == "白"
    assert advisor.patch(path, {"colour": "黑"}, version).status_code == 412
    other = advisor.does("customers/", {"name": "李四"}, 201)
    assert advisor.does(f"{path}owner/", {"customer": other["id"]})["owner"]["name"] == "李四"
    lower = advisor.post(f"{path}readings/", {"km": 10})
    assert (lower.status_code, lower.json()["title"]) == (422, "odometer_lower")
    assert advisor.does(f"{path}readings/", {"km": 10, "reason": "换表"}, 201)["km"] == 10
    assert [row["km"] for row in advisor.get(f"{path}readings/").json()["items"]] == [10, 1000]
    assert advisor.get(f"{path}forecasts/").json() == {"items": [], "next": None}


def test_no_branch_and_no_derived_column_can_be_posted(known: Any, other_branch: Any) -> None:
    forged = {"name": "x", "branch": other_branch.pk, "phone_tail": "9999", "version": 7, "id": 1}
    made = Customer.objects.get(pk=known["advisor"].does("customers/", forged, 201)["id"])
    assert (made.branch.code, made.phone_tail, made.version) == ("SZ01", "", 1)
    forged = {"plate": "粤B99999", "branch": other_branch.pk, "last_odometer": 5, "last_visit_on": "2020-01-01"}
    car = Vehicle.objects.get(pk=known["advisor"].does("vehicles/", forged, 201)["id"])
    assert (car.branch.code, car.last_odometer, car.last_visit_on) == ("SZ01", None, None)


def test_another_branchs_owner_is_unknown_here(program: Any, known: Any, other_branch: Any) -> None:
    stranger = program("service_advisor", at=other_branch)
    assert stranger.post("vehicles/", {"plate": "B-X 1", "owner": known["customer"]["id"]}).status_code == 422
    for path in (f"customers/{known['customer']['id']}/", f"vehicles/{known['car']['id']}/"):
        assert stranger.get(path).status_code == 404
        assert stranger.patch(path, {}, 1).status_code == 404
    assert stranger.get("customers/").json()["items"] == []
    assert stranger.does("customers/search/", {"q": "王建国"})["items"] == []


@pytest.mark.parametrize("what", ["customers", "vehicles"])
def test_pages_meet_without_a_gap_or_a_double(program: Any, what: str) -> None:
    advisor = program("service_advisor")
    bodies = [{"name": f"c{n}", "plate": f"粤B0000{n}"} for n in range(7)]
    made = [advisor.does(f"{what}/", body, 201)["id"] for body in bodies]
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = advisor.get(f"{what}/?size=3{cursor and f'&after={cursor}'}").json()
        seen += [row["vehicle"]["id"] if what == "vehicles" else row["id"] for row in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert (seen, pages) == (made[::-1], 3)
    for wrong in ("after=x", "after=-1", "after=" + "9" * 30, "size=0", "size=101", "size=x"):
        assert advisor.get(f"{what}/?{wrong}").status_code == 422, wrong


@pytest.mark.parametrize("what", ["customers/", "vehicles/"])
def test_lists_ask_as_often_for_three_rows_as_for_one(program: Any, what: str, django_assert_num_queries: Any) -> None:
    advisor = program("service_advisor")
    advisor.get("me/")
    for rows in (1, 3):
        while Vehicle.objects.count() < rows:
            owner = advisor.does("customers/", {"name": f"c{Vehicle.objects.count()}"}, 201)
            advisor.does("vehicles/", {"plate": f"粤B1000{Vehicle.objects.count()}", "owner": owner["id"]}, 201)
        with django_assert_num_queries(2 if what == "customers/" else 3):  # the token and the rows, with their owners
            assert len(advisor.get(what).json()["items"]) == rows


def test_the_ledger_of_consents(program: Any, known: Any) -> None:
    path = f"customers/{known['customer']['id']}/consents/"
    said = {"channel": "sms", "purpose": "service", "granted": True, "source": "电话"}
    assert known["advisor"].post(path, said).status_code == 422, "no wording"
    known["advisor"].does(path, said | {"wording": "同意接收保养提醒"}, 201)
    assert [row["granted"] for row in known["advisor"].get(path).json()["items"]] == [True]
    assert program("technician").get(path).status_code == 403


def test_a_repeated_post_is_one_customer(known: Any) -> None:
    body = {"name": "无电话"}
    first = known["advisor"].post("customers/", body, key="same")
    again = known["advisor"].post("customers/", body, key="same")
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert Customer.objects.filter(name="无电话").count() == 1
