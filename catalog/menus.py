"""Menus at a branch: what each costs today, and whether its parts are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from accounts.models import Branch
from catalog.models import Menu, MenuItem, PartPrice, Stock
from catalog.selectors import MOST, labour_rate
from dms.clock import branch_day
from dms.money import ZERO, quantise


@dataclass(frozen=True, slots=True)
class PricedItem:
    """An item with its quantity, today's price of one (None: not set) and how much of a part is free."""

    row: MenuItem
    quantity: Decimal
    unit_price: Decimal | None
    free: Decimal | None = None

    @property
    def amount(self) -> Decimal | None:
        """Before tax or with it, as the branch's prices are."""
        return None if self.unit_price is None else quantise(self.quantity * self.unit_price)

    @property
    def short(self) -> bool:
        """Whether a part of it is not there."""
        return self.free is not None and self.free < self.quantity


@dataclass(frozen=True, slots=True)
class PricedMenu:
    """A menu as it is sold here today."""

    menu: Menu
    items: list[PricedItem]

    @property
    def sum(self) -> Decimal | None:
        """Of its items; None while one has no price, or there is none."""
        amounts = [item.amount for item in self.items]
        if not amounts or None in amounts:
            return None
        return sum((amount for amount in amounts if amount is not None), ZERO)

    @property
    def price(self) -> Decimal | None:
        """What is charged: the menu's own price, and not more than the sum."""
        whole = self.sum
        return whole if whole is None or self.menu.price is None else min(self.menu.price, whole)

    @property
    def missing(self) -> list[PricedItem]:
        """Parts that are not there."""
        return [item for item in self.items if item.short]


def priced_menus(branch: Branch, menus: Sequence[Menu]) -> list[PricedMenu]:
    """These menus with today's prices and stock. Four queries, however many."""
    rows = MenuItem.objects.filter(menu__in=menus, ended_at__isnull=True).select_related("operation", "part")
    items = list(rows.order_by("operation_id", "id"))
    ids = {item.part_id for item in items if item.part_id is not None}
    today, rate = branch_day(branch), labour_rate(branch, branch_day(branch))
    stocks = {row.part_id: row.on_hand - row.reserved for row in Stock.objects.filter(branch=branch, part__in=ids)}
    known = PartPrice.objects.filter(branch=branch, part__in=ids, valid_from__lte=today)
    prices = dict(known.order_by("part_id", "-valid_from").distinct("part_id").values_list("part_id", "price"))
    hourly = rate.price if rate else None

    def priced(item: MenuItem) -> PricedItem:
        if item.operation is not None:
            return PricedItem(item, item.quantity or item.operation.standard_hours, hourly)
        free = stocks.get(item.part_id or 0, ZERO)
        return PricedItem(item, item.quantity or Decimal(1), prices.get(item.part_id or 0), free)

    return [PricedMenu(menu, [priced(item) for item in items if item.menu_id == menu.pk]) for menu in menus]


def search_menus(branch: Branch, text: str, limit: int = MOST, after: str = "") -> list[PricedMenu]:
    """Menus that hold, by number or name, from the number `after` on; those without an item are left out. Five queries.

    One query when none fits.
    """
    wanted = text.strip()
    fits = Q(code__istartswith=wanted) | Q(name__icontains=wanted) | Q(name_en__icontains=wanted)
    rows = Menu.objects.filter(fits, ended_at__isnull=True, code__gt=after, items__ended_at__isnull=True)
    found = list(rows.order_by("code").distinct()[:limit])
    return priced_menus(branch, found) if found else []


def menu_of(branch: Branch, code: str) -> PricedMenu | None:
    """The menu with this number that holds. At most five queries."""
    found = Menu.objects.filter(code=code, ended_at__isnull=True).first()
    return priced_menus(branch, [found])[0] if found else None
