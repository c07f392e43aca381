"""Fifty who want one of twenty at once: twenty get it, nothing goes below zero; with the negative control."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Batch, Part, Stock, StockMove
from catalog.services import stock
from dms.errors import Refused

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

#: Acts, and how many of them run at the same moment: each holds a connection, of which the database has a hundred.
ACTS, AT_ONCE, THERE = 50, 40, 20


@pytest.fixture
def fifty(actor: Any) -> Any:
    """`fifty()`: (part, how many of fifty issues of one piece came through) with twenty on the shelf in two batches."""

    def run() -> tuple[Part, int]:
        clerk, part, start = actor("parts_clerk"), Part.objects.create(code="P", name="件"), Barrier(AT_ONCE)
        for _batch in range(2):
            stock.receive(actor=clerk, part=part, quantity=THERE // 2)

        def issue(number: int) -> bool:
            try:
                connection.ensure_connection()
                if number < AT_ONCE:
                    start.wait(30)
                stock.issue(actor=clerk, part=part, quantity=1, from_reserved=False, subject_key=f"order:{number}")
            except Refused:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return part, sum(pool.map(issue, range(ACTS)))

    return run


def test_of_fifty_at_once_twenty_get_one(fifty: Any) -> None:
    part, got = fifty()
    assert (got, Stock.objects.get(part=part).on_hand) == (THERE, 0)
    assert sum(Batch.objects.values_list("left", flat=True)) == 0
    after = StockMove.objects.filter(kind="issue").order_by("id").values_list("on_hand_after", flat=True)
    assert list(after) == [Decimal(left) for left in range(THERE - 1, -1, -1)], "one after the other"


def test_without_locks_more_go_out_than_were_there_and_the_constraint_still_refuses(fifty: Any, settings: Any) -> None:
    settings.LOCKS_OFF = True
    part, got = fifty()
    left = Stock.objects.get(part=part).on_hand
    assert got + left > THERE, "somebody's issue was overwritten"
    for wrong in ({"on_hand": -1}, {"on_hand": 1, "reserved": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Stock.objects.filter(part=part).update(**wrong)
