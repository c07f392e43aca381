"""Appointments by the API: the day, booking once for a key, moving, cancelling, refusals."""

from typing import Any

import pytest

from reception.models import Appointment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eve")]
NEW = {"plate": "粤B00001", "phone": "13900000001", "kind": "maintenance", "starts_at": "2026-11-24T09:00:00+08:00"}


@pytest.fixture
def desk(shop: Any, advisors: Any, program: Any) -> Any:
    return program("crm")


def test_a_car_is_booked_once_moved_and_cancelled(desk: Any) -> None:
    answers = [desk.post("appointments/", NEW, key="k1").json() for _time in range(2)]
    assert answers[0] == answers[1]
    assert Appointment.objects.count() == 1
    one = f"appointments/{answers[0]['id']}/"
    assert (answers[0]["state"], answers[0]["phone"], answers[0]["hours"]) == ("booked", "+8613900000001", "1.00")
    assert [row["id"] for row in desk.get("appointments/?on=2026-11-24").json()["items"]] == [answers[0]["id"]]
    assert desk.get("appointments/").json()["items"] == []
    moved = desk.does(f"{one}move/", {"starts_at": "2026-11-25T10:00:00+08:00"})
    assert (moved["on"], moved["version"]) == ("2026-11-25", 2)
    assert desk.does(f"{one}cancel/", {"note": "没空"})["state"] == "cancelled"
    assert desk.post(f"{one}cancel/").status_code == 409
    assert desk.get(one).json()["state"] == "cancelled"


def test_a_full_day_is_409_and_the_waiting_list_is_open(desk: Any) -> None:
    desk.does("appointments/", {**NEW, "plate": "粤B00002", "hours": "17"}, 201)
    answer = desk.post("appointments/", {**NEW, "starts_at": "2026-11-24T10:00:00+08:00"})
    assert (answer.status_code, answer.json()["title"]) == (409, "full")
    waits = {name: value for name, value in NEW.items() if name != "starts_at"} | {"on": "2026-11-24"}
    assert desk.does("appointments/", waits, 201)["state"] == "waiting"


@pytest.mark.parametrize("wrong", [{"kind": "pdi"}, {"plate": ""}, {"starts_at": "soon"}, {"starts_at": None}])
def test_what_cannot_be_used_is_422(desk: Any, wrong: dict[str, Any]) -> None:
    assert desk.post("appointments/", {**NEW, **wrong}).status_code == 422
    assert desk.get("appointments/?on=2026-13-01").status_code == 422


def test_others_may_not_and_another_branch_does_not_know_it(desk: Any, program: Any, other_branch: Any) -> None:
    made = desk.does("appointments/", NEW, 201)
    assert program("technician").get("appointments/").status_code == 403
    there = program("crm", at=other_branch)
    assert there.get(f"appointments/{made['id']}/").status_code == 404
    assert there.post(f"appointments/{made['id']}/cancel/").status_code == 404
