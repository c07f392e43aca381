"""A car that leaves for a while: out and in by one pass, never for good while it is out."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from dms.clock import as_of, now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import GatePass
from reception.policies import check_in_house
from reception.services.flow import move
from reception.services.gate import open_gate
from reception.services.outings import come_back, go_out

pytestmark = pytest.mark.django_db


def test_what_is_refused(signed: Any, actor: Any) -> None:
    order, advisor = signed(), actor("service_advisor")
    said = {"actor": advisor, "order_id": order.pk, "kind": "sublet", "note": "喷漆厂，老周"}
    with pytest.raises(Forbidden), transaction.atomic():
        go_out(**said | {"actor": actor("technician")})
    with pytest.raises(Invalid, match="where the car goes"), transaction.atomic():
        go_out(**said | {"note": " "})
    for kind in ("road_test", "settlement", "x"):
        with pytest.raises(Invalid, match="why the car goes out"), transaction.atomic():
            go_out(**said | {"kind": kind})
    made = go_out(**said)
    assert (go_out(**said), made.note, made.paper.number) == (made, "喷漆厂，老周", made.number)
    with pytest.raises(Refused, match="of this car is open"), transaction.atomic():
        go_out(**said | {"kind": "wash"})
    come_back(actor=advisor, pass_id=made.pk)
    other = signed()
    move(order_id=other.pk, action="cancel", actor=advisor)
    with pytest.raises(Refused, match="before the bill is settled"), transaction.atomic():
        go_out(**said | {"order_id": other.pk})
    with pytest.raises(IntegrityError), transaction.atomic():
        GatePass.objects.filter(pk=made.pk).update(back_at=now(), back_by=advisor.user)


@pytest.mark.parametrize("kind", ["wash", "sublet", "inspection"])
def test_out_and_in_by_one_pass_and_late_in_as_well(signed: Any, actor: Any, kind: str) -> None:
    order, guard = signed(), actor("gate")
    made = go_out(actor=actor("service_advisor"), order_id=order.pk, kind=kind, note="车管所，小李")
    assert open_gate(actor=guard, entered=made.code).outcome == "opened"
    order.refresh_from_db()
    assert order.state == "authorised", "the order goes on"
    with pytest.raises(Refused, match="The car is out with gate pass"):
        check_in_house(order)
    with as_of(now() + timedelta(days=3)):  # work outside may take longer than a pass is valid for
        assert open_gate(actor=guard, entered=made.token).outcome == "back"
        assert open_gate(actor=guard, entered=made.token).outcome == "used"
    check_in_house(order)


def test_the_desk_says_that_it_is_back_or_never_left(signed: Any, actor: Any) -> None:
    order, advisor, guard = signed(), actor("service_advisor"), actor("gate")
    first = go_out(actor=advisor, order_id=order.pk, kind="wash", note="街角洗车")
    assert come_back(actor=advisor, pass_id=first.pk).revoked_at is not None
    assert open_gate(actor=guard, entered=first.token).outcome == "revoked"
    second = go_out(actor=advisor, order_id=order.pk, kind="wash", note="街角洗车")
    open_gate(actor=guard, entered=second.code)
    assert come_back(actor=advisor, pass_id=second.pk).back_at is not None
    at = GatePass.objects.get(pk=second.pk).back_at
    assert come_back(actor=advisor, pass_id=second.pk).back_at == at, "twice is once"


def test_the_pages_without_a_script_and_the_api(signed: Any, login: Any, program: Any, other_branch: Any) -> None:
    order, desk = signed(), login("service_advisor")
    User.objects.update(language="en")
    page = reverse("delivery:outings")
    assert "No car is out" in desk.get(page).text
    refused = desk.post(page, {"order": order.pk, "kind": "sublet", "note": ""})
    assert refused.status_code == 422
    told = desk.post(page, {"order": order.pk, "kind": "sublet", "note": "paint shop, Zhou"}, follow=True).text
    assert all(words in told for words in ("paint shop, Zhou", "Work given outside", "It does not go"))
    again = desk.post(page, {"order": order.pk, "kind": "wash", "note": "x"})
    assert (again.status_code, "of this car is open" in again.text) == (409, True)
    made = GatePass.objects.get()
    assert login("technician").get(page).status_code == 403
    assert desk.post(reverse("delivery:outing_back", args=[made.pk]), follow=True).status_code == 200
    advisor, path = program("service_advisor"), f"work-orders/{order.pk}/outings/"
    said = {"kind": "inspection", "note": "vehicle office"}
    first, second = (advisor.post(path, said, key="o1") for _ in range(2))
    assert (first.status_code, first.content, first.json()["kind"]) == (201, second.content, "inspection")
    back = f"gate-passes/{first.json()['id']}/back/"
    assert program("service_advisor", at=other_branch).post(back, {}, key="b").status_code == 404
    assert advisor.post(back, {}, key="b").json()["revoked"] is True


def test_the_list_asks_the_same_for_one_and_three(asks: Any, signed: Any, login: Any, actor: Any) -> None:
    client, counts = login("service_advisor"), []
    for more in (1, 2):
        for _one in range(more):
            go_out(actor=actor("service_advisor"), order_id=signed().pk, kind="wash", note="x")
        counts.append(asks(client, reverse("delivery:outings")))
    assert counts[0] == counts[1]
