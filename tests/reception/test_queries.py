"""The pages of reception take the same queries for one row and for three."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import LabourOperation
from reception.models import WorkOrder
from reception.services import arrival, draft, lines

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["", "?all=1"])
def test_the_orders(asks: Any, signed: Any, login: Any, query: str) -> None:
    client, counts = login("service_advisor"), []
    for more in (1, 2):
        for _order in range(more):
            signed()
        counts.append(asks(client, reverse("reception:orders") + query))
    assert client.text.count("WT-SZ01-") == 3
    assert counts == [3, 3]  # session, person with places, orders


def test_today_with_arrivals_own_cars_and_what_needs_me(asks: Any, signed: Any, login: Any, actor: Any) -> None:
    client, counts = login("service_advisor"), []
    for more in (1, 2):
        for _order in range(more):
            order = signed()
            WorkOrder.objects.update(advisor=client.membership.user)
            arrival.arrive(actor=actor("service_advisor"), vehicle=_another(order, actor))
        counts.append(asks(client, reverse("reception:today")))
    assert client.text.count('class="row"') >= 6
    # Two are the opening checklist, one is who is expected; two read the plan that says whether the promises hold.
    # One is what was found in free words, one the stamp by which the page knows that something changed.
    assert counts == [13, 13]


def _another(order: WorkOrder, actor: Any) -> Any:
    """A second car of the same owner."""
    from customers.services import register_vehicle

    return register_vehicle(actor=actor("service_advisor"), plate=f"粤C{order.pk:05d}", owner=order.owner)


def _draft(statements: int) -> draft.Draft:
    words = [f"症状{number}" for number in range(statements)]
    return draft.Draft("repair", "take", wash=True, waits=False, pay_method="scan", words=words)


def test_the_search_for_the_car_that_arrived(asks: Any, signed: Any, login: Any) -> None:
    client, counts = login("service_advisor"), []
    for more in (1, 2):
        for _order in range(more):
            signed()
        counts.append(asks(client, reverse("reception:register"), {"q": "粤B"}))
    assert client.text.count("王建国") == 3
    assert counts[0] == counts[1]


@pytest.mark.parametrize("query", ["", "?find=B"])
def test_check_in_with_its_lines_and_statements(asks: Any, signed: Any, login: Any, actor: Any, query: str) -> None:
    client, who, counts = login("service_advisor"), actor("service_advisor"), []
    order = arrival.arrive(actor=who, vehicle=_another(signed(), actor))
    for number in (1, 2, 3):
        operation = LabourOperation.objects.create(code=f"B-{number}", name=f"项目{number}", standard_hours=Decimal(1))
        draft.keep(actor=who, order_id=order.pk, draft=_draft(number))
        lines.add_labour(actor=who, order_id=order.pk, operation=operation)
        counts.append(asks(client, reverse("reception:check_in", args=[order.pk]) + query))
    assert client.text.count("项目") >= 3
    assert counts[0] == counts[2]
