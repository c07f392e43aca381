"""The parts counter and the suppliers: a shortage is asked for, ordered, and seen by those who wait."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import Batch, ExpectedPart, PartWait, Stock, StockMove, Supplier
from catalog.services import goods_in, purchasing, stock
from catalog.services.batches import Goods
from dms.clock import branch_day
from dms.errors import Refused
from workshop import selectors
from workshop.services import parts, stores

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier(db: None) -> Supplier:
    return Supplier.objects.create(name="广州中心库")


@pytest.fixture
def short(working: Any, pads: Any) -> Any:
    """A line of two sets with one on the shelf."""
    job = working(issued=False)
    Stock.objects.filter(part=pads).update(on_hand=1, reserved=1)
    return job.order.lines.get(kind="part")


def test_a_shortage_becomes_a_request_and_holds_the_car(login: Any, short: Any, branch: Any) -> None:
    clerk, url = login("parts_clerk"), reverse("workshop:request_part", args=[short.pk])
    assert url in clerk.get(reverse("workshop:parts")).text
    assert [clerk.post(url).status_code for _time in range(2)] == [302, 409]
    item = ExpectedPart.objects.get()
    assert (item.state, item.quantity, PartWait.objects.get().subject_key) == ("requested", 1, f"line:{short.pk}")
    hold = short.order.holds.get()
    assert (hold.reason, hold.owner) == ("parts", clerk.membership.user)
    (row,) = selectors.parts_queue(branch)
    assert (row.can, row.short, row.unasked, row.comes_on) == (1, 1, 0, None)
    assert url not in clerk.get(reverse("workshop:parts")).text


def test_requests_are_ordered_on_a_page_and_taken_out_as_a_table(
    login: Any, short: Any, branch: Any, actor: Any, supplier: Any
) -> None:
    item = stores.request(actor=actor("parts_clerk"), line_id=short.pk)
    clerk, day = login("parts_clerk"), branch_day(branch) + timedelta(days=1)
    shown = clerk.get(reverse("workshop:purchases")).text
    assert short.order.number in shown
    sent = {"supplier": supplier.pk, "expected_on": day.isoformat(), "note": ""}
    assert clerk.post(reverse("workshop:place"), sent).status_code == 422, "nothing ticked"
    assert clerk.post(reverse("workshop:place"), sent | {"item_ids": [item.pk]}).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.expected_on) == ("ordered", day)
    table = clerk.get(reverse("workshop:supplier_order_csv", args=[item.order_id])).content.decode("utf-8-sig")
    assert f"{item.order.number},P-1,刹车片,1.00,套,{day}" in table
    page = reverse("workshop:supplier_order", args=[item.order_id])
    assert short.order.number in login("manager").get(page).text
    later = {"expected_on": (day + timedelta(days=1)).isoformat()}
    assert clerk.post(reverse("workshop:move_order", args=[item.order_id]), later).status_code == 302
    (row,) = selectors.parts_queue(branch)
    assert row.comes_on == day + timedelta(days=1)
    assert clerk.post(reverse("workshop:call_off", args=[item.pk])).status_code == 302
    (row,) = selectors.parts_queue(branch)
    assert (row.unasked, row.waits) == (Decimal(1), [])


def test_the_orders_page_takes_the_same_queries_for_one_and_three(
    asks: Any, login: Any, working: Any, actor: Any, hands: Any
) -> None:
    from catalog.models import Part
    from workshop.services import clocks

    clerk, supplier, counts = actor("parts_clerk"), Supplier.objects.create(name="库"), []
    client = login("parts_clerk")
    for number in range(3):
        job = working(issued=False)
        clocks.pause(actor=hands, job_id=job.pk, reason="parts")
        Stock.objects.update(on_hand=0, reserved=0)
        item = stores.request(actor=clerk, line_id=job.order.lines.get(kind="part").pk)
        purchasing.place(actor=clerk, supplier=supplier, item_ids=[item.pk], expected_on=branch_day(clerk.branch))
        stores_part = Part.objects.create(code=f"X{number}", name="件")
        purchasing.ask(actor=clerk, part=stores_part, quantity=Decimal(1))
        counts.append(asks(client, reverse("workshop:purchases")))
    assert client.text.count("粤B·72K") == 3
    assert counts[0] == counts[2]


def ordered(actor: Any, line: Any, supplier: Any, days: int = 1) -> ExpectedPart:
    """What the line is short of, ordered from a supplier."""
    clerk = actor("parts_clerk")
    item = stores.request(actor=clerk, line_id=line.pk)
    day = branch_day(clerk.branch) + timedelta(days=days)
    purchasing.place(actor=clerk, supplier=supplier, item_ids=[item.pk], expected_on=day)
    item.refresh_from_db()
    return item


def test_goods_in_are_reserved_for_who_waited_and_end_the_hold(
    login: Any, short: Any, actor: Any, pads: Any, supplier: Any
) -> None:
    item, clerk = ordered(actor, short, supplier), login("parts_clerk")
    page, url = (reverse(f"workshop:{name}", args=[item.order_id]) for name in ("supplier_order", "goods_in"))
    form = {f"{item.pk}-{name}": value for name, value in {
        "quantity": "2", "unit_cost": "310.50", "code": "B-77", "origin": "brand", "place": "A-01",
    }.items()}  # fmt: skip
    assert 'value="300.00"' in clerk.get(page).text, "the price list's cost is proposed"
    much = clerk.post(url, form | {"key": "a"})
    assert much.status_code == 409
    assert "still to come" in much.text or "尚未到货" in much.text
    sent = form | {f"{item.pk}-quantity": "1", "key": "b"}
    assert [clerk.post(url, sent).status_code for _time in range(2)] == [302, 302]
    item.refresh_from_db()
    stock_row, batch = Stock.objects.get(part=pads), Batch.objects.get(code="B-77")
    assert (item.state, stock_row.on_hand, stock_row.reserved, stock_row.place) == ("in", 2, 2, "A-01")
    assert (batch.supplier, batch.unit_cost, batch.origin, batch.left) == (supplier, Decimal("310.50"), "brand", 1)
    assert short.order.holds.get().ended_at is not None
    shown = login("manager").get(reverse("workshop:find_order"), {"q": item.order.number})
    assert shown.headers["Location"] == page


def test_the_earliest_promise_is_served_first_and_the_other_waits_on(
    actor: Any, handed_over: Any, pads: Any, supplier: Any, branch: Any
) -> None:
    from workshop.services import dispatch

    Stock.objects.filter(part=pads).update(on_hand=0)
    late, soon = (dispatch.accept(actor=actor("supervisor"), order_id=handed_over().pk) for _car in range(2))
    type(late).objects.filter(pk=late.pk).update(promised_at=soon.promised_at + timedelta(hours=2))
    item = ordered(actor, late.lines.get(kind="part"), supplier)
    stores.request(actor=actor("parts_clerk"), line_id=soon.lines.get(kind="part").pk)
    goods_in.receive(actor=actor("parts_clerk"), arrived=[goods_in.Arrived(item.pk, Decimal(1))])
    item.refresh_from_db()
    assert item.state == "partly"
    goods_in.receive(actor=actor("parts_clerk"), arrived=[goods_in.Arrived(item.pk, Decimal(1))])
    kept = {row.line.order_id: (row.kept, row.short) for row in selectors.parts_queue(branch)}
    assert kept == {soon.pk: (2, 0), late.pk: (0, 2)}
    assert [order.holds.get().ended_at is None for order in (soon, late)] == [False, True]
    with pytest.raises(Refused, match="is “In” already"):
        goods_in.receive(actor=actor("parts_clerk"), arrived=[goods_in.Arrived(item.pk, Decimal(1))])


def test_issues_take_the_oldest_batch_and_returns_go_back_to_theirs(working: Any, actor: Any, pads: Any) -> None:
    clerk, line = actor("parts_clerk"), working(issued=False).order.lines.get(kind="part")
    Stock.objects.filter(part=pads).update(on_hand=0, reserved=0)
    old = stock.receive(actor=clerk, part=pads, quantity=1, goods=Goods(code="OLD"))
    stock.receive(actor=clerk, part=pads, quantity=3, goods=Goods(code="NEW", origin="reconditioned"))
    assert old.on_hand_after == 1
    issued = parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(2))
    took = issued.batches.order_by("batch_id").values_list("batch__code", "quantity")
    assert list(took) == [("OLD", 1), ("NEW", 1)]
    assert [row.batch.code for row in selectors.origins_of([line])[line.pk]] == ["OLD", "NEW"]
    parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(1))
    assert dict(Batch.objects.values_list("code", "left")) == {"OLD": 0, "NEW": 3}
    assert [row.batch.code for row in selectors.origins_of([line])[line.pk]] == ["OLD"]
    (batch,) = selectors.batches(clerk.branch, "old")
    assert [one.issue.line.order_id for one in batch.issued.all()] == [line.order_id]
    stock.count(actor=clerk, part=pads, found=1)
    stock.count(actor=clerk, part=pads, found=2)
    assert sum(Batch.objects.values_list("left", flat=True)) == Stock.objects.get(part=pads).on_hand == 2


def test_batches_take_the_same_queries_for_one_and_three(asks: Any, login: Any, actor: Any, pads: Any) -> None:
    client, counts = login("manager"), []
    for number in range(3):
        stock.receive(actor=actor("parts_clerk"), part=pads, quantity=1, goods=Goods(code=f"B{number}"))
        counts.append(asks(client, reverse("workshop:batches")))
    assert client.text.count("<td data-label") >= 3
    assert counts[0] == counts[2]


def scanned(client: Any, code: str, key: str, **more: str) -> int:
    return client.post(reverse("workshop:scan"), {"code": code, "key": key, **more}).status_code


def test_one_scan_issues_a_line_and_one_takes_it_back(login: Any, working: Any, pads: Any) -> None:
    line, clerk = working(issued=False).order.lines.get(kind="part"), login("parts_clerk")
    assert 'name="code"' in clerk.get(reverse("workshop:parts")).text
    assert [scanned(clerk, f"L{line.pk}", "a") for _time in range(2)] == [302, 302]
    issued = line.issues.get()
    assert (issued.quantity, Stock.objects.get(part=pads).on_hand) == (2, 3)
    assert scanned(clerk, "p-1", "b") == 409, "all of it is out"
    assert scanned(clerk, "P-1", "c", back="1", quantity="0.5") == 302
    assert scanned(clerk, f"L{line.pk}", "d", back="1") == 302
    issued.refresh_from_db()
    assert (issued.returned, Stock.objects.get(part=pads).on_hand) == (2, 5)
    assert scanned(clerk, "P-1", "e", back="1") == 422
    assert scanned(clerk, "nothing", "f") == 422


def test_a_part_that_many_want_goes_to_the_earliest_promise(actor: Any, handed_over: Any, pads: Any) -> None:
    from workshop.services import dispatch, scanning

    late, soon = (dispatch.accept(actor=actor("supervisor"), order_id=handed_over().pk) for _car in range(2))
    type(late).objects.filter(pk=late.pk).update(promised_at=soon.promised_at + timedelta(hours=2))
    moved = scanning.issue(actor=actor("parts_clerk"), code="P-1")
    assert (moved.issue.line.order_id, moved.quantity) == (soon.pk, 2)


@pytest.mark.parametrize(
    ("price", "origin", "same"), [(480, "original", True), (480, "brand", False), (300, "original", False)]
)
def test_a_substitute_is_fitted_or_the_customer_is_asked(
    actor: Any, short: Any, pads: Any, price: int, origin: str, same: bool
) -> None:
    from catalog.models import Part, PartPrice, PartSubstitute
    from workshop.services import scanning

    clerk = actor("parts_clerk")
    other = Part.objects.create(code="S-1", name="马勒刹车片", unit="套", origin=origin)
    held = PartPrice.objects.get(part=pads)
    PartPrice.objects.create(
        branch=held.branch, part=other, price=price, cost=200, tax_rate=held.tax_rate, valid_from=held.valid_from
    )
    PartSubstitute.objects.create(part=pads, substitute=other)
    stock.receive(actor=clerk, part=other, quantity=4)
    (row,) = selectors.parts_queue(clerk.branch)
    assert [(one.part, one.same) for one in row.instead] == [(other, same)]
    made = scanning.instead(actor=clerk, line_id=short.pk, code="S-1")
    reserved = Stock.objects.get(part=other).reserved, Stock.objects.get(part=pads).reserved
    if same:
        assert (made.pk, made.part, made.state, reserved) == (short.pk, other, "approved", (2, 0))
    else:
        assert (made.part, made.state, made.extra, reserved) == (other, "draft", True, (0, 1))
        assert short.order.holds.get().reason == "approval"


@pytest.mark.parametrize("fetched", [False, True], ids=["missing", "fetched meanwhile"])
def test_what_stands_in_withdraws_the_line_that_it_replaces(actor: Any, short: Any, pads: Any, fetched: bool) -> None:
    from catalog.models import Part, PartPrice, PartSubstitute
    from reception.services import contract, lines
    from workshop.services import parts, scanning

    clerk, advisor = actor("parts_clerk"), actor("service_advisor")
    dearer, held = Part.objects.create(code="S-1", name="原厂刹车片", unit="套"), PartPrice.objects.get(part=pads)
    PartPrice.objects.create(
        branch=held.branch, part=dearer, price=900, cost=500, tax_rate=held.tax_rate, valid_from=held.valid_from
    )
    PartSubstitute.objects.create(part=pads, substitute=dearer)
    stock.receive(actor=clerk, part=dearer, quantity=4)
    made = scanning.instead(actor=clerk, line_id=short.pk, code="S-1")
    assert made.replaces == short
    order, before = short.order, short.order.authorised_amount
    lines.offer(actor=advisor, order_id=order.pk)
    if fetched:
        stock.receive(actor=clerk, part=pads, quantity=4)
        parts.issue(actor=clerk, line_id=short.pk, quantity=short.quantity)
    contract.answer_extra(
        actor=advisor, order_id=order.pk, approved=[(made.pk, 1)], declined=[], signer="周敏", how="phone"
    )
    short.refresh_from_db()
    order.refresh_from_db()
    assert short.state == ("approved" if fetched else "withdrawn")
    assert order.authorised_amount == before + made.gross - (0 if fetched else short.gross)
    shown = [row["line"] for row in order.authorisations.latest("id").shown]
    assert (short.pk in shown, made.pk in shown) == (fetched, True)
    assert Stock.objects.get(part=pads).reserved == 0


def test_the_shelf_is_counted_blind_with_a_reason_for_much(login: Any, handed_over: Any, pads: Any) -> None:
    handed_over()
    Stock.objects.filter(part=pads).update(place="A-01")
    clerk, url = login("parts_clerk"), reverse("workshop:count") + "?bin=A-01"
    sheet = clerk.get(url).text
    assert f"{pads.pk}-found" in sheet
    assert ">5<" not in sheet, "what is expected does not stand there"

    def counted(found: str, reason: str = "") -> int:
        return clerk.post(url, {f"{pads.pk}-found": found, f"{pads.pk}-reason": reason}).status_code

    assert counted("1", "盘亏") == 422, "two are reserved"
    assert counted("3") == 422, "600.00 without a reason"
    assert Stock.objects.get(part=pads).on_hand == 5
    assert [counted("3", "包装破损报废"), counted("3"), counted("")] == [302, 302, 302]
    moves = StockMove.objects.filter(kind="count").order_by("id")
    assert [(move.quantity, move.reason, move.by) for move in moves] == [
        (-2, "包装破损报废", clerk.membership.user), (0, "", clerk.membership.user)
    ]  # fmt: skip


def test_a_program_asks_orders_and_receives(program: Any, pads: Any, supplier: Any, branch: Any) -> None:
    clerk = program("parts_clerk")
    item = clerk.does("part-requests/", {"part": "P-1", "quantity": "4"}, 201)
    assert (item["state"], item["quantity"]) == ("requested", "4.00")
    order = clerk.does(
        "supplier-orders/",
        {"supplier": supplier.pk, "items": [item["id"]], "expected_on": str(branch_day(branch)), "note": ""}, 201,
    )  # fmt: skip
    url, came = (
        f"supplier-orders/{order['id']}/goods-in/",
        {"item": item["id"], "quantity": "3", "batch": "B-1", "bin": ""},
    )
    (batch,) = clerk.does(url, {"items": [came]}, 201)["items"]
    assert (batch["code"], batch["left"], batch["part"]) == ("B-1", "3.00", "P-1")
    assert clerk.post(url, {"items": [came]}).status_code == 409, "one is to come"
    (shown,) = program("manager").get("supplier-orders/").json()["items"]
    assert (shown["number"], shown["items"][0]["state"]) == (order["number"], "partly")


def test_a_whole_number_stands_in_the_form_as_it_is_written(login: Any, actor: Any, pads: Any, supplier: Any) -> None:
    clerk = actor("parts_clerk")
    item = purchasing.ask(actor=clerk, part=pads, quantity=Decimal(20))
    day = branch_day(clerk.branch)
    order = purchasing.place(actor=clerk, supplier=supplier, item_ids=[item.pk], expected_on=day)
    page = login("parts_clerk").get(reverse("workshop:supplier_order", args=[order.pk])).text
    assert 'value="20"' in page
    assert reverse("workshop:count") in page, "the tabs of whoever counts"
