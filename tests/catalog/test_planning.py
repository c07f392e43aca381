"""What the stock should be: proposals from demand, ABC, dead stock, and the requests that fill it up."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from catalog import planning
from catalog.models import Batch, ExpectedPart, Part, Stock, StockMove
from catalog.services import levels, stock
from catalog.services.batches import Goods
from dms.clock import now
from dms.errors import Invalid

pytestmark = pytest.mark.django_db


def used(actor: Any, code: str, weeks: list[int], cost: int = 10, left: int = 0) -> Part:
    """A part of which so much was issued in each of the last weeks, the newest last."""
    part = Part.objects.create(code=code, name="件")
    stock.receive(actor=actor, part=part, quantity=sum(weeks) + left or 1, goods=Goods(unit_cost=Decimal(cost)))
    StockMove.objects.bulk_create(
        StockMove(
            branch=actor.branch, part=part, kind="issue", quantity=quantity, on_hand_after=0, reserved_after=0,
            created_at=now() - timedelta(weeks=len(weeks) - place, hours=-1),
        )
        for place, quantity in enumerate(weeks) if quantity
    )  # fmt: skip
    Stock.objects.filter(part=part).update(on_hand=left)
    Batch.objects.filter(part=part).update(left=left)
    return part


@pytest.mark.parametrize(
    ("weeks", "lead_days", "least", "most"),
    [
        # the same every week: no safety stock. 4 a week · 2 weeks = 8, and 4 weeks more
        ([4] * 26, 10, 8, 24),
        # 0 and 8 in turns: σ = 4.08; 4·1 + 1.645·4.08·1 = 10.7 → 11; 10.7 + 16 = 26.7 → 27
        ([0, 8] * 13, 5, 11, 27),
        ([0] * 26, 5, 0, 0),
    ],
)
def test_the_proposal_is_the_order_point(weeks: list[int], lead_days: int, least: int, most: int) -> None:
    sums = Decimal(sum(weeks)), Decimal(sum(one * one for one in weeks))
    assert planning.proposal(*sums, lead_days, 0.95, 4) == (least, most)


def test_proposals_are_taken_over_and_filled_up_once(actor: Any) -> None:
    clerk = actor("parts_clerk")
    part = used(clerk, "A", [5] * 26, left=1)
    (row,) = planning.levels(clerk.branch)
    assert (row.weekly, row.below, row.minimum) == (Decimal(5), True, None)
    assert levels.take_over(actor=clerk, part_ids=[part.pk]) == 1
    assert levels.take_over(actor=clerk, part_ids=[part.pk]) == 0
    (row,) = planning.levels(clerk.branch)
    assert (row.minimum, row.maximum) == (row.proposed_minimum, row.proposed_maximum)
    levels.fill_up(actor=clerk, part_ids=[part.pk])
    assert ExpectedPart.objects.get().quantity == row.proposed_maximum - 1
    with pytest.raises(Invalid):
        levels.fill_up(actor=clerk, part_ids=[part.pk])


def test_abc_by_the_value_of_a_year(actor: Any) -> None:
    clerk = actor("parts_clerk")
    used(clerk, "DEAR", [8], cost=1000)
    used(clerk, "MID", [16], cost=100)
    used(clerk, "CHEAP", [40], cost=10)
    rows = planning.abc(clerk.branch)
    assert [(row.part.code, row.group, row.value) for row in rows] == [
        ("DEAR", "A", 8000), ("MID", "B", 1600), ("CHEAP", "C", 400)
    ]  # fmt: skip


def test_dead_stock_is_old_and_not_asked_for(actor: Any) -> None:
    clerk = actor("parts_clerk")
    young, old, alive = (used(clerk, code, weeks, left=3) for code, weeks in (("Y", []), ("O", []), ("L", [2])))
    Batch.objects.filter(part__in=[old, alive]).update(created_at=now() - timedelta(days=400))
    assert [(row.part, row.on_hand, row.value) for row in planning.dead(clerk.branch, 12)] == [(old, 3, 30)]
    assert young.code not in {row.part.code for row in planning.dead(clerk.branch, 12)}


@pytest.mark.parametrize("listing", ["levels", "abc", "dead"])
def test_lists_take_the_same_queries_for_one_row_and_three(asks: Any, login: Any, actor: Any, listing: str) -> None:
    client, clerk, counts = login("manager"), actor("parts_clerk"), []
    for number in range(3):
        weeks = [] if listing == "dead" else [2]
        used(clerk, f"P-{number}", weeks, left=1)
        Batch.objects.update(created_at=now() - timedelta(days=400))
        counts.append(asks(client, reverse("workshop:stock_list", args=[listing])))
    assert client.text.count("P-") >= 3
    assert counts[0] == counts[2]
    table = client.get(reverse("workshop:stock_csv", args=[listing])).content.decode("utf-8-sig")
    assert len(table.splitlines()) == 4
