"""Reads of the catalogue. Everything with a price or a stock is asked for one branch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Min, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Branch
from catalog.models import (
    Batch,
    CareRule,
    ExpectedPart,
    HealthList,
    Insurer,
    LabourOperation,
    LabourRate,
    Menu,
    PackageItem,
    PackageTemplate,
    Part,
    PartPrice,
    PartSubstitute,
    Stock,
    StockMove,
    Supplier,
    VehicleModel,
    WarrantyTerm,
)
from catalog.states import ON_ITS_WAY, Guarantee, MoveKind, Term
from dms.clock import branch_day
from dms.errors import Invalid
from dms.money import ZERO, quantise
from records.selectors import RuleBook, rule_book

MOST = 20


@dataclass(frozen=True, slots=True)
class GuaranteeBook:
    """What the house promised for a repair on a day."""

    book: RuleBook

    def on(self, guarantee: Guarantee, day: date) -> Term:
        """Days and km for that class of repair."""
        return Term(
            days=int(self.book.on(f"guarantee.{guarantee}.days", day)),
            km=int(self.book.on(f"guarantee.{guarantee}.km", day)),
        )

    def terms(self, day: date) -> dict[Guarantee, Term]:
        """What the branch promises for repairs that end on that day."""
        return {one: self.on(one, day) for one in Guarantee}


#: The dated rules that hold the guarantees.
GUARANTEE_KEYS = [f"guarantee.{one}.{what}" for one in Guarantee.values for what in ("days", "km")]


def guarantee_book(branch: Branch) -> GuaranteeBook:
    """The branch's guarantees through time. One query."""
    return GuaranteeBook(rule_book(branch, GUARANTEE_KEYS))


def guarantee_terms(branch: Branch) -> dict[Guarantee, Term]:
    """What the branch promises for a repair that ends today. One query."""
    return guarantee_book(branch).terms(branch_day(branch))


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


def coming(branch: Branch) -> QuerySet[ExpectedPart]:
    """Deliveries on their way whose day has not passed."""
    return ExpectedPart.objects.filter(branch=branch, state__in=ON_ITS_WAY, expected_on__gte=branch_day(branch))


def expected_on(part_ids: Iterable[int], branch: Branch) -> dict[int, date]:
    """Part → the day of its next delivery, from today on. One query.

    A part is missing here when nothing is on its way, or when what is on its way is overdue: nobody knows its day.
    """
    wanted = coming(branch).filter(part__in=list(part_ids))
    return dict(wanted.values_list("part_id").annotate(first=Min("expected_on")))


#: Rows of a list that are shown; what ended longer ago is left to the database.
MOST_KEPT = 200


def rows_kept(model: type[Model], branch: Branch, row_id: int | None = None) -> list[Any]:
    """Rows of a list that is kept by hand, those that hold before those that ended; or the one row. One query."""
    found = _kept(model, branch)
    return list(found[:MOST_KEPT] if row_id is None else found.filter(pk=row_id))


def _kept(model: type[Model], branch: Branch) -> QuerySet[Any]:
    last = F("ended_at").desc(nulls_first=True)
    if model is ExpectedPart:
        # What was ordered stands with its order; here are the deliveries that somebody only heard of.
        noted = ExpectedPart.objects.filter(branch=branch, order__isnull=True, expected_on__isnull=False)
        rows: QuerySet[Any] = noted.select_related("part")
        return rows.order_by(last, F("received_at").desc(nulls_first=True), "expected_on", "id")
    if model is Supplier:
        return Supplier.objects.order_by(last, "name", "id")
    if model is Insurer:
        return Insurer.objects.order_by(last, "name", "id")
    if model is PartSubstitute:
        rows = PartSubstitute.objects.select_related("part", "substitute")
        return rows.order_by(last, "part__code", "id")
    if model is HealthList:
        lists = HealthList.objects.select_related("brand", "model__brand")
        standing = Count("points", filter=Q(points__ended_at__isnull=True))
        narrow = (F("brand").asc(nulls_first=True), F("model").asc(nulls_first=True))
        return lists.annotate(standing=standing).order_by(last, *narrow, "from_km", "id")
    if model is PackageTemplate:
        standing = Count("items", filter=Q(items__ended_at__isnull=True))
        return PackageTemplate.objects.annotate(standing=standing).order_by(last, "name", "id")
    if model is Menu:
        standing = Count("items", filter=Q(items__ended_at__isnull=True))
        return Menu.objects.annotate(standing=standing).order_by(last, "code", "id")
    if model is WarrantyTerm:
        rows = WarrantyTerm.objects.select_related("brand", "model__brand")
        return rows.order_by(last, "kind", F("brand").asc(nulls_first=True), F("model").asc(nulls_first=True), "id")
    return CareRule.objects.select_related("operation", "part").order_by(last, "profile", "id")


def promised_to(branch: Branch, part_ids: Iterable[int], keys: Iterable[str]) -> dict[tuple[int, str], Decimal]:
    """(part, subject's key) → what is still promised to it, as `services.stock.reserved_for` counts. One query."""
    moves = StockMove.objects.filter(branch=branch, part__in=list(part_ids), subject_key__in=list(keys)).order_by("id")
    left: dict[tuple[int, str], Decimal] = {}
    for part, key, kind, quantity in moves.values_list("part_id", "subject_key", "kind", "quantity"):
        if kind == MoveKind.RESERVE:
            left[part, key] = left.get((part, key), ZERO) + quantity
        elif kind in (MoveKind.UNRESERVE, MoveKind.ISSUE):
            left[part, key] = max(ZERO, left.get((part, key), ZERO) - quantity)
    return left


def last_goods(branch: Branch, part_ids: Iterable[int]) -> dict[int, tuple[Decimal | None, str]]:
    """Part → what a unit cost the last time (else as its price says; None: unknown), and its bin. One query."""
    ids = list(part_ids)
    costs = Batch.objects.filter(branch=branch, part=OuterRef("pk"), unit_cost__isnull=False).order_by("-id")
    planned = PartPrice.objects.filter(branch=branch, part=OuterRef("pk"), valid_from__lte=branch_day(branch))
    places = Stock.objects.filter(branch=branch, part=OuterRef("pk")).values("place")
    rows = Part.objects.filter(pk__in=ids).annotate(
        last=Coalesce(
            Subquery(costs.values("unit_cost")[:1]), Subquery(planned.order_by("-valid_from").values("cost")[:1])
        ),
        bin=Subquery(places[:1]),
    )
    return {pk: (cost, place or "") for pk, cost, place in rows.values_list("pk", "last", "bin")}


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin and how many parts have it; '' for parts without one."""

    place: str
    parts: int


def bins(branch: Branch) -> list[Bin]:
    """The bins of a branch, in order. One query."""
    rows = Stock.objects.filter(branch=branch, part__active=True).values("place").annotate(parts=Count("id"))
    return [Bin(row["place"], row["parts"]) for row in rows.order_by("place")]


#: Rows of a count sheet.
MOST_COUNTED = 100


def shelf_of(branch: Branch, place: str) -> list[Stock]:
    """What is kept in the bins that begin so, by bin and number. One query."""
    rows = Stock.objects.filter(branch=branch, part__active=True)
    rows = rows.filter(place__istartswith=place) if place else rows.filter(place="")
    return list(rows.select_related("part").order_by("place", "part__code")[:MOST_COUNTED])


def counts_of(branch: Branch, limit: int = 30) -> list[StockMove]:
    """The last counts that found a difference. One query."""
    rows = StockMove.objects.filter(branch=branch, kind=MoveKind.COUNT).exclude(quantity=0)
    return list(rows.select_related("part", "by").order_by("-created_at", "-id")[:limit])


def packages_offered() -> QuerySet[PackageTemplate]:
    """What can be sold: packages that have not ended and hold something."""
    filled = PackageItem.objects.filter(template=OuterRef("pk"), ended_at__isnull=True)
    return PackageTemplate.objects.filter(Exists(filled), ended_at__isnull=True).order_by("name", "id")


def packages_named(names: Sequence[str]) -> list[PackageTemplate]:
    """Those of what can be sold, by their name in either language; one query. Raises `Invalid` for any other name."""
    if not names:
        return []
    known = {name.lower(): one for one in packages_offered() for name in (one.name_en, one.name) if name}
    for name in names:
        if name.strip().lower() not in known:
            raise Invalid(_("No package “%(name)s” is offered.") % {"name": name}, "packages")
    return [known[name.strip().lower()] for name in names]
