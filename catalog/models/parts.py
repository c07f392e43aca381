"""Parts, and the stock of each branch with its ledger."""

from django.db import models

from accounts.models import Branch
from catalog.states import Category, MoveKind, Origin, unit_label
from dms.fields import Bilingual, QuantityField, Row, not_negative, one_of, person
from dms.workflow import append_only


class Part(Bilingual, Row):
    """A part by its number. `unit` is what a quantity counts: 件, 升, 套."""

    code = models.CharField(max_length=40, unique=True)
    unit = models.CharField(max_length=10, default="件")
    origin = models.CharField(max_length=15, choices=Origin.choices, default=Origin.ORIGINAL)
    brand_name = models.CharField(max_length=60, blank=True)
    category = models.CharField(
        max_length=10, choices=Category.choices, default=Category.GENERAL, db_default=Category.GENERAL
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [one_of("origin", Origin), one_of("category", Category)]

    @property
    def unit_label(self) -> str:
        """The unit in the active language."""
        return unit_label(self.unit)


class Stock(Row):
    """What a branch has of a part, and how much of that is promised to orders. Written by `services.stock` only."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="stocks")
    on_hand = QuantityField(default=0)
    reserved = QuantityField(default=0)
    #: Where it lies (库位), as it stands on the shelf and on labels.
    place = models.CharField(max_length=20, blank=True, default="", db_default="")
    #: Below the one it is ordered, up to the other; both or none.
    minimum = QuantityField(null=True, blank=True)
    maximum = QuantityField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "part"], name="catalog_stock_once"),
            models.CheckConstraint(
                condition=models.Q(reserved__lte=models.F("on_hand")), name="catalog_stock_reserved_within"
            ),
            models.CheckConstraint(
                condition=models.Q(minimum__isnull=True, maximum__isnull=True)
                | models.Q(minimum__gte=0, maximum__gte=models.F("minimum"), maximum__lt=10**8),
                name="catalog_stock_levels",
            ),
            *not_negative("on_hand", "reserved"),
        ]


class StockMove(Row):
    """A line of the stock ledger, never changed. `subject_key` names what it was for, as `order:12`.

    `quantity` is what moved, never negative, except for a count: there it is the difference found.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=10, choices=MoveKind.choices)
    quantity = QuantityField()
    on_hand_after = QuantityField()
    reserved_after = QuantityField()
    subject_key = models.CharField(max_length=60, blank=True)
    #: Why a count differs so much.
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    by = person()

    class Meta:
        indexes = [
            models.Index(fields=["branch", "part", "-created_at"], name="catalog_move_by_part"),
            models.Index(fields=["subject_key"], name="catalog_move_by_subject"),
        ]
        constraints = [
            one_of("kind", MoveKind),
            models.CheckConstraint(
                condition=models.Q(kind=MoveKind.COUNT) | models.Q(quantity__gt=0),
                name="catalog_stockmove_quantity_min",
            ),
            models.CheckConstraint(
                condition=models.Q(reserved_after__lte=models.F("on_hand_after")),
                name="catalog_stockmove_reserved_within",
            ),
            *not_negative("on_hand_after", "reserved_after"),
        ]
        triggers = [append_only()]
