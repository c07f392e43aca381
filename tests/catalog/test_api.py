"""Operations and parts by the API take the same queries for one row and for three."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.policies import system
from catalog.models import LabourOperation, LabourRate, Part, PartPrice
from catalog.services import stock
from dms.clock import branch_day

pytestmark = pytest.mark.django_db


def operation(number: int, branch: Any) -> None:
    LabourOperation.objects.create(code=f"B{number}", name="更换刹车片", standard_hours=1)


def part(number: int, branch: Any) -> None:
    row = Part.objects.create(code=f"P{number}", name="机油", unit="升")
    PartPrice.objects.create(branch=branch, part=row, price=70, cost=40, tax_rate="0.13", valid_from=branch_day(branch))
    stock.receive(actor=system(branch), part=row, quantity=8)


@pytest.mark.parametrize(("path", "make"), [("operations/", operation), ("parts/", part)])
def test_one_and_three_rows_ask_the_same_queries(program: Any, branch: Any, path: str, make: Any) -> None:
    LabourRate.objects.create(branch=branch, price=240, tax_rate="0.06", valid_from=branch_day(branch))
    bot, counts = program("service_advisor"), []
    bot.get(path)  # the token notes its first use of the day
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            make(number, branch)
        with CaptureQueriesContext(connection) as queries:
            rows = bot.get(path).json()["items"]
        counts.append(len(queries))
    assert (len(rows), counts[0]) == (3, counts[1])
