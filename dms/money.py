"""Money: one type (Decimal), one rounding (half up to the cent), one place.

Prices may include the tax (mainland China) or have it added; `LineMoney` holds net + tax = gross either way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext as _

from dms.errors import Invalid

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
#: Above this a number is a typing error, and numeric(12, 2) ends soon after.
LIMIT = Decimal("999999999.99")


def quantise(amount: Decimal | int | str) -> Decimal:
    """`amount` to two decimals, half up. Raises `Invalid` for NaN, infinities and what is no number."""
    try:
        value = Decimal(amount)
        if not value.is_finite() or abs(value) > LIMIT:
            raise Invalid(_("This is not an amount of money."))
        # `+ ZERO` turns -0.00 into 0.00.
        return value.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO
    except InvalidOperation as error:
        raise Invalid(_("This is not an amount of money.")) from error


@dataclass(frozen=True, slots=True)
class LineMoney:
    """net + tax = gross, each in the branch's currency with two decimals."""

    net: Decimal
    tax: Decimal
    gross: Decimal


def line_money(
    *, quantity: Decimal, unit_price: Decimal, discount: Decimal, tax_rate: Decimal, tax_included: bool
) -> LineMoney:
    """Amounts of a line. `tax_rate` is a fraction (0.13); `discount` is an amount in the terms of `unit_price`.

    The tax is computed from the rounded amount, so that the slip can be checked with a pocket calculator.
    """
    amount = quantise(quantity * unit_price) - quantise(discount)
    if amount < 0:
        raise Invalid(_("The discount is larger than the price."))
    if tax_included:
        tax = quantise(amount * tax_rate / (1 + tax_rate))
        return LineMoney(net=amount - tax, tax=tax, gross=amount)
    tax = quantise(amount * tax_rate)
    return LineMoney(net=amount, tax=tax, gross=amount + tax)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Sum as money; 0.00 for nothing."""
    return sum(amounts, ZERO)


def share_out(amount: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """`amount` in parts proportional to `weights`, to the cent, adding up exactly (largest remainder)."""
    cents = int(amount / CENT)
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise Invalid(_("The shares must be positive and add up."))
    exact = [cents * weight for weight in weights]
    parts = [value // whole for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(exact[i] % whole), i))
    for i in by_remainder[: cents - sum(parts)]:
        parts[i] += 1
    return [quantise(Decimal(part) * CENT) for part in parts]


DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ["", "拾", "佰", "仟"]
GROUPS = ["", "万", "亿"]


def _capital_group(number: int) -> str:
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = True
            continue
        if gap and text:
            text += "零"
        text, gap = text + DIGITS[digit] + PLACES[place], False
    return text


def _capital_yuan(yuan: int) -> str:
    text, gap = "", False
    for index in (2, 1, 0):
        group = yuan // 10_000**index % 10_000
        if group == 0:
            gap = True
            continue
        if text and (gap or group < 1000):
            text += "零"
        text, gap = text + _capital_group(group) + GROUPS[index], False
    return text


def capitals(amount: Decimal) -> str:
    """Amount in Chinese capitals (人民币大写), as the Rules for Payment and Settlement (支付结算办法, annex 1) ask.

    1286.00 → 壹仟贰佰捌拾陆元整; 0.05 → 伍分; negative amounts begin with 负.
    """
    value = quantise(amount)
    sign, value = ("负", -value) if value < 0 else ("", value)
    yuan, rest = divmod(int(value / CENT), 100)
    jiao, fen = divmod(rest, 10)
    text = _capital_yuan(yuan) + "元" if yuan else ""
    if rest == 0:
        return sign + (text or "零元") + "整"
    if jiao:
        # 支付结算办法: a zero is written when yuan ends in 0 and jiao follows (壹仟零柒元, 拾元零伍角).
        text += ("零" if yuan and yuan % 10 == 0 else "") + DIGITS[jiao] + "角"
    elif yuan:
        text += "零"
    return sign + text + (DIGITS[fen] + "分" if fen else "整")
