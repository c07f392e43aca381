"""Orders and lines by the API: filters, masks, edits, approvals."""

from typing import Any

import pytest

from reception.models import Line, WorkOrder
from reception.services.lines import offer

pytestmark = pytest.mark.django_db
MONEY = ("unit_price", "discount", "net", "tax", "gross")


def test_filters(program: Any, signed: Any, actor: Any) -> None:
    from reception.services.flow import move

    first, second, bot = signed(), signed(), program("service_advisor")
    move(order_id=second.pk, action="cancel", actor=actor("manager"), note="x")

    def ids(query: str) -> list[int]:
        return [row["id"] for row in bot.get(f"work-orders/?{query}").json()["items"]]

    assert ids("") == [second.pk, first.pk]
    assert ids("open=true") == ids("state=authorised") == ids(f"advisor={first.advisor_id}") == [first.pk]
    assert ids("open=false") == ids(f"vehicle={second.vehicle_id}") == ids("state=cancelled") == [second.pk]
    page = bot.get("work-orders/?size=1").json()
    assert ids(f"after={page['next']}") == [first.pk]
    for wrong in ("state=flying", "open=maybe", "advisor=x", "vehicle=1.5"):
        assert bot.get(f"work-orders/?{wrong}").status_code == 422, wrong


def test_who_may_not_see_prices_sees_none(program: Any, signed: Any) -> None:
    order = signed()
    path = f"work-orders/{order.pk}/"
    seen, bare = program("cashier").get(path).json(), program("technician").get(path).json()
    assert (seen["authorised_amount"], seen["lines"][0]["gross"]) == ("240.00", "240.00")
    assert bare["authorised_amount"] is None
    assert {bare["lines"][0][name] for name in MONEY} == {None}
    assert "unit_cost" not in seen["lines"][0]
    phone = order.owner.phone[-11:]
    assert phone in seen["owner"]["phone"].replace(" ", "")
    assert phone[:7] not in str(bare)
    assert program("technician").get(f"{path}lines/").json()["items"] == bare["lines"]
    scoped = program("cashier", scopes=["order.view"]).get(path).json()
    assert scoped["lines"][0]["gross"] is None, "the scope does not let prices through"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_a_fixed_number_of_queries(
    program: Any, signed: Any, rows: int, django_assert_num_queries: Any
) -> None:
    for _row in range(rows):
        signed()
    bot = program("service_advisor")
    bot.get("me/")
    with django_assert_num_queries(2):
        assert len(bot.get("work-orders/").json()["items"]) == rows


@pytest.fixture
def draft(program: Any, signed: Any, found: Any) -> tuple[Any, str, Line]:
    """An advisor's program, the path of a signed order, and a draft of extra work in it."""
    order = signed()
    return program("service_advisor"), f"work-orders/{order.pk}/", found(order)


def test_a_draft_changes_only_as_it_was_read(draft: Any) -> None:
    bot, path, line = draft
    one = f"{path}lines/{line.pk}/"
    read = bot.get(one)
    assert bot.patch(one, {"quantity": "2"}).status_code == 428
    changed = bot.ask("PATCH", one, {"quantity": "2", "judgement": "internal"}, **{"If-Match": read["ETag"]})
    assert (changed.json()["gross"], changed.json()["payer"]) == ("480.00", "internal")
    stale = bot.ask("PATCH", one, {"quantity": "3"}, **{"If-Match": read["ETag"], "Accept-Language": "en"})
    assert (stale.status_code, stale.json()["values"]) == (412, {"Quantity": {"theirs": "2.00", "yours": "3.00"}})
    version = changed.json()["version"]
    assert bot.patch(one, {"discount": "24"}, version).json()["gross"] == "456.00"
    much = bot.patch(one, {"discount": "400"}, version + 1)
    assert (much.status_code, Line.objects.get(pk=line.pk).version) == (403, version + 1)
    assert bot.ask("DELETE", one).status_code == 428
    assert bot.ask("DELETE", one, **{"If-Match": '"1"'}).status_code == 412
    assert bot.ask("DELETE", one, **{"If-Match": f'"{version + 1}"'}).status_code == 204
    assert bot.get(one).status_code == 404


def test_no_field_sets_a_price_or_a_state(draft: Any) -> None:
    bot, path, line = draft
    forged = {"state": "approved", "gross": "1.00", "unit_price": "1.00", "approved_version": 1, "order": 1}
    answer = bot.patch(f"{path}lines/{line.pk}/", forged, line.version)
    row = Line.objects.get(pk=line.pk)
    assert (answer.status_code, row.state, str(row.gross), row.approved_version) == (200, "draft", "360.00", None)
    order = WorkOrder.objects.get()
    forged = {"state": "released", "authorised_amount": "1", "advisor": 1}
    assert bot.patch(path, forged, order.version).status_code == 409, "the signed paper holds what was agreed"
    assert WorkOrder.objects.values("state", "authorised_amount", "advisor").get() == {
        "state": order.state, "authorised_amount": order.authorised_amount, "advisor": order.advisor_id,
    }  # fmt: skip


def test_an_answer_names_the_price_that_was_shown(draft: Any, actor: Any) -> None:
    bot, path, line = draft
    offer(actor=actor("service_advisor"), order_id=line.order_id)
    said = {"signer": "王建国", "how": "phone", "approved": [{"line": line.pk, "price_version": 1}]}
    version = Line.objects.get(pk=line.pk).version
    assert bot.patch(f"{path}lines/{line.pk}/", {"quantity": "1"}, version).json()["price_version"] == 2
    old = bot.post(f"{path}answers/", said)
    assert (old.status_code, old.json()["title"]) == (409, "stale")
    assert bot.post(f"{path}answers/", said | {"how": "status_page"}).status_code == 422
    said["approved"][0]["price_version"] = 2
    assert bot.does(f"{path}answers/", said)["authorised_amount"] == "480.00"
    assert bot.post(f"{path}answers/", said).status_code == 409
    withdrawn = bot.does(f"{path}lines/{line.pk}/withdraw/")
    assert withdrawn["state"] == "withdrawn"


def test_a_line_of_another_order_is_not_here(program: Any, signed: Any) -> None:
    first, second, bot = signed(), signed(), program("service_advisor")
    line, said = second.lines.get(), second.statements.get()
    assert bot.get(f"work-orders/{first.pk}/lines/{line.pk}/").status_code == 404
    body = {"operation": "DIAG", "statement": said.pk}
    assert bot.post(f"work-orders/{first.pk}/lines/", body).status_code == 422
    for wrong in ({}, {"operation": "DIAG", "part": "P"}, {"operation": "NO"}, {"operation": "DIAG", "quantity": 0}):
        assert bot.post(f"work-orders/{first.pk}/lines/", wrong).status_code == 422, wrong


def test_a_car_arrives_once(program: Any, signed: Any, other_branch: Any) -> None:
    order = signed()
    again = program("service_advisor").post("work-orders/", {"vehicle": order.vehicle_id})
    assert (again.status_code, again.json()["title"]) == (409, "open")
    stranger = program("service_advisor", at=other_branch)
    assert stranger.post("work-orders/", {"vehicle": order.vehicle_id}).status_code == 422
    assert WorkOrder.objects.count() == 1
