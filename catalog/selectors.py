"""Reads of the catalogue. Everything with a price or a stock is asked for one branch."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from accounts.models import Branch
from catalog.models import LabourOperation, LabourRate, Part, PartPrice, Stock, VehicleModel
from dms.clock import branch_day
from dms.money import ZERO, quantise

MOST = 20


def part_price(branch: Branch, part: Part, on: date) -> PartPrice | None:
    """The price that holds on that date; None when none was set. One query."""
    return PartPrice.objects.filter(branch=branch, part=part, valid_from__lte=on).order_by("-valid_from").first()


def labour_rate(branch: Branch, on: date) -> LabourRate | None:
    """The hourly rate that holds on that date; None when none was set. One query."""
    return LabourRate.objects.filter(branch=branch, valid_from__lte=on).order_by("-valid_from").first()


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation with today's price for its standard hours (None: the branch has no rate)."""

    operation: LabourOperation
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part with the branch's stock and today's price (None: not set)."""

    part: Part
    on_hand: Decimal
    reserved: Decimal
    price: Decimal | None

    @property
    def free(self) -> Decimal:
        """On hand and not promised to an order."""
        return self.on_hand - self.reserved


def _matching(text: str) -> Q:
    return Q(code__istartswith=text) | Q(name__icontains=text) | Q(name_en__icontains=text)


def search_operations(branch: Branch, text: str, limit: int = MOST, after: str = "") -> list[OperationRow]:
    """Active operations by code or name, from the code `after` on; all, up to `limit`, for no text. Two queries."""
    rate = labour_rate(branch, branch_day(branch))
    found = LabourOperation.objects.filter(_matching(text.strip()), active=True, code__gt=after)
    found = found.select_related("skill").order_by("code")
    return [OperationRow(row, quantise(row.standard_hours * rate.price) if rate else None) for row in found[:limit]]


def search_parts(branch: Branch, text: str, limit: int = MOST, after: str = "") -> list[PartRow]:
    """Active parts by number or name from the code `after` on, with stock and price here. Three queries."""
    rows = Part.objects.filter(_matching(text.strip()), active=True, code__gt=after)
    parts = list(rows.order_by("code")[:limit])
    stocks = {row.part_id: row for row in Stock.objects.filter(branch=branch, part__in=parts)}
    prices = dict(
        PartPrice.objects.filter(branch=branch, part__in=parts, valid_from__lte=branch_day(branch))
        .order_by("part_id", "-valid_from")
        .distinct("part_id")
        .values_list("part_id", "price")
    )
    return [
        PartRow(
            part=part,
            on_hand=stocks[part.pk].on_hand if part.pk in stocks else ZERO,
            reserved=stocks[part.pk].reserved if part.pk in stocks else ZERO,
            price=prices.get(part.pk),
        )
        for part in parts
    ]


def models_after(after: int, limit: int) -> list[VehicleModel]:
    """Models of cars with their brands, by id from `after` on. One query."""
    return list(VehicleModel.objects.filter(pk__gt=after).select_related("brand").order_by("pk")[:limit])
