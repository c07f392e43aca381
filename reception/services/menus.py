"""A menu becomes lines: each at the house's ordinary price, or in proportion at the menu's own."""

from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor
from catalog.menus import PricedItem, PricedMenu, menu_of
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.money import CENT, ZERO, quantise
from reception.models import Line, Statement, WorkOrder
from reception.services.judgement import judge_drafts
from reception.services.lines import labour_line, order_to_price, part_line, priced


@one_act
def add_menu(*, actor: Actor, order_id: int, code: str, statement: Statement | None = None) -> list[Line]:
    """Everything of the menu on the order, judged. Raises `Invalid` for an unknown one, `Refused` without a price."""
    order = order_to_price(actor, order_id)
    made = menu_lines(order, code, statement)
    judge_drafts(order)
    return made


def menu_lines(order: WorkOrder, code: str, statement: Statement | None = None) -> list[Line]:
    """`add_menu` for a caller that holds the order (`order_to_price`) and judges afterwards."""
    found = menu_of(order.branch, code)
    if found is None:
        raise Invalid(_("“%(code)s” is not in the catalogue.") % {"code": code[:40]})
    if not found.items:
        raise Refused(_("Nothing is in “%(menu)s” yet.") % {"menu": found.menu.label})
    made = [_line(order, item, statement) for item in found.items]
    _at_its_price(order, found, made)
    return made


def _line(order: WorkOrder, item: PricedItem, statement: Statement | None) -> Line:
    row, quantity = item.row, item.quantity
    if row.operation is not None:
        return labour_line(order, row.operation, hours=quantity, statement=statement)
    assert row.part is not None  # noqa: S101  # a check constraint: one of the two
    return part_line(order, row.part, quantity, statement=statement)


def _at_its_price(order: WorkOrder, found: PricedMenu, lines: list[Line]) -> None:
    """Spread the menu's price over its lines in proportion to what they cost singly.

    It is the house's price and no discount of the advisor's, so the prices of one hour and one piece carry it; the few
    cents that rounding up leaves are given off the dearest line.
    """
    if found.sum is None or found.price is None or found.price >= found.sum:
        return
    share = found.price / found.sum
    for line in lines:
        line.unit_price = (line.unit_price * share).quantize(CENT, ROUND_CEILING)
    rest = sum((quantise(line.quantity * line.unit_price) for line in lines), ZERO) - found.price
    dearest = max(lines, key=lambda line: line.quantity * line.unit_price)
    for line in lines:
        line.discount = rest if line is dearest and rest > 0 else Decimal(0)
        money = priced(order.branch, line.quantity, line.unit_price, line.discount, line.tax_rate)
        line.net, line.tax, line.gross = money.net, money.tax, money.gross
        line.save(update_fields=["unit_price", "discount", "net", "tax", "gross"])
