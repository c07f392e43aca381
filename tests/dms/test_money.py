from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dms.errors import Invalid
from dms.money import capitals, line_money, quantise, share_out


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10.05", "壹拾元零伍分"),
        ("1286.00", "壹仟贰佰捌拾陆元整"),
        ("10000.00", "壹万元整"),
        ("100010.05", "壹拾万零壹拾元零伍分"),
        ("1002003.40", "壹佰万贰仟零叁元肆角整"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("-12.30", "负壹拾贰元叁角整"),
    ],
)
def test_capitals(amount: str, words: str) -> None:
    assert capitals(Decimal(amount)) == words


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "x", "1e12"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        quantise(text)


def test_tax_included_and_added() -> None:
    common = {"quantity": Decimal(2), "unit_price": Decimal("56.50"), "discount": Decimal(0)}
    common["tax_rate"] = Decimal("0.13")
    inside = line_money(**common, tax_included=True)
    assert (inside.net, inside.tax, inside.gross) == (Decimal("100.00"), Decimal("13.00"), Decimal("113.00"))
    added = line_money(**common, tax_included=False)
    assert (added.net, added.tax, added.gross) == (Decimal("113.00"), Decimal("14.69"), Decimal("127.69"))


def test_a_discount_above_the_price_is_refused() -> None:
    with pytest.raises(Invalid):
        line_money(
            quantity=Decimal(1), unit_price=Decimal(1), discount=Decimal(2), tax_rate=Decimal(0), tax_included=True
        )


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(lambda w: sum(w) > 0))
def test_shares_add_up_to_the_cent(cents: int, weights: list[int]) -> None:
    amount = Decimal(cents) / 100
    parts = share_out(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < Decimal("0.01")
