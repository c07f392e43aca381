"""The parts counter and the suppliers: a shortage is asked for, ordered, and seen by those who wait."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import ExpectedPart, PartWait, Stock, Supplier
from dms.clock import branch_day
from workshop import selectors
from workshop.services import stores

pytestmark = pytest.mark.django_db


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
    login: Any, short: Any, branch: Any, actor: Any
) -> None:
    supplier = Supplier.objects.create(name="广州中心库")
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
    from catalog.services import purchasing
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
