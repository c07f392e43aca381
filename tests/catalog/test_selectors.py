from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Branch
from accounts.policies import system
from catalog.models import LabourOperation, LabourRate, Part, PartPrice
from catalog.selectors import labour_rate, part_price, search_operations, search_parts
from catalog.services import stock
from catalog.states import GUARANTEE_TERMS, Guarantee, Term
from dms.clock import branch_day


@pytest.fixture
def branch(db: None) -> Branch:
    return Branch.objects.create(code="SZ1", name="深圳一店", legal_name="深圳一店有限公司")


@pytest.fixture
def part(branch: Branch) -> Part:
    part = Part.objects.create(code="OIL-5W30", name="机油 5W-30", name_en="Oil 5W-30", unit="升")
    for price, day in (("70.00", date(2025, 1, 1)), ("80.00", date(2026, 1, 1))):
        PartPrice.objects.create(branch=branch, part=part, price=price, cost="40.00", tax_rate="0.13", valid_from=day)
    return part


def test_the_price_of_the_day_holds(branch: Branch, part: Part) -> None:
    prices = [part_price(branch, part, day) for day in (date(2024, 12, 31), date(2025, 12, 31), date(2026, 1, 1))]
    assert [row and row.price for row in prices] == [None, Decimal("70.00"), Decimal("80.00")]


def test_the_rate_of_the_day_holds(branch: Branch) -> None:
    LabourRate.objects.create(branch=branch, price="240.00", tax_rate="0.06", valid_from=date(2026, 1, 1))
    rate = labour_rate(branch, date(2026, 1, 1))
    assert rate is not None
    assert rate.price == Decimal("240.00")
    assert labour_rate(branch, date(2025, 12, 31)) is None


def test_operations_carry_todays_price(branch: Branch) -> None:
    LabourOperation.objects.create(code="B100", name="更换刹车片", name_en="Brake pads", standard_hours="1.25")
    assert [row.price for row in search_operations(branch, "刹车")] == [None]
    LabourRate.objects.create(
        branch=branch, price="240.00", tax_rate="0.06", valid_from=branch_day(branch) - timedelta(days=1)
    )
    assert [row.price for row in search_operations(branch, "b10")] == [Decimal("300.00")]


@pytest.mark.parametrize("many", [1, 3])
def test_parts_come_with_stock_in_three_queries(branch, part, django_assert_num_queries, many) -> None:
    for i in range(many - 1):
        Part.objects.create(code=f"OIL-{i}", name="机油")
    stock.receive(actor=system(branch), part=part, quantity=8)
    stock.reserve(actor=system(branch), part=part, quantity=3)
    with django_assert_num_queries(3):
        rows = search_parts(branch, "机油")
    assert len(rows) == many
    assert [(r.on_hand, r.reserved, r.free) for r in rows if r.part == part] == [(8, 3, 5)]


def test_signs_of_like_are_letters_here(branch: Branch, part: Part) -> None:
    assert search_parts(branch, "%") == []
    assert search_parts(branch, "_") == []


def test_the_terms_of_the_regulation() -> None:
    assert {
        Guarantee.MINOR: Term(10, 2_000),
        Guarantee.LEVEL2: Term(30, 5_000),
        Guarantee.ASSEMBLY: Term(100, 20_000),
    } == GUARANTEE_TERMS
