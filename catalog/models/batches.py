"""Goods as they came in: from whom, of which batch and origin, at what cost, and how much of them is left."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from catalog.models.parts import Part
from catalog.models.supply import ExpectedPart, Supplier
from catalog.states import Origin
from dms.fields import MoneyField, QuantityField, Row, not_negative, one_of, person
from dms.history import tracked


@tracked()
class Batch(Row):
    """Goods of a part that came in at once. What is left of a branch's batches is what lies on its shelf.

    Taken first in, first out (the lowest id). `unit_cost` is net for a unit; None: nobody knows it. Written by
    `services.batches` only, which the stock calls under its lock.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="batches")
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="batches")
    expected = models.ForeignKey(ExpectedPart, models.PROTECT, null=True, blank=True, related_name="batches")
    #: The maker's batch number, as it stands on the box.
    code = models.CharField(max_length=40, blank=True)
    origin = models.CharField(max_length=15, choices=Origin.choices)
    unit_cost = MoneyField(null=True, blank=True)
    quantity = QuantityField()
    left = QuantityField()
    by = person()

    class Meta:
        indexes = [
            models.Index(fields=["branch", "part", "id"], condition=Q(left__gt=0), name="catalog_batch_left"),
            models.Index(fields=["code"], condition=~Q(code=""), name="catalog_batch_code"),
        ]
        constraints = [
            one_of("origin", Origin),
            *not_negative("unit_cost", "quantity", "left"),
            models.CheckConstraint(condition=Q(left__lte=F("quantity")), name="catalog_batch_left_within"),
        ]

    def __str__(self) -> str:
        return self.code or f"#{self.pk}"
