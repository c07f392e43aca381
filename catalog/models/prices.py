"""Prices with the date from which they hold. A line copies its price, so a later one changes nothing written."""

from django.db import models

from accounts.models import Branch
from catalog.models.parts import Part
from dms.fields import MoneyField, RateField, Row, not_negative
from dms.history import tracked


@tracked()
class PartPrice(Row):
    """Price and cost of one unit of a part, in the branch's currency, from `valid_from` on."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="prices")
    price = MoneyField()
    cost = MoneyField(default=0)
    tax_rate = RateField()
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "part", "valid_from"], name="catalog_partprice_once"),
            *not_negative("price", "cost"),
            models.CheckConstraint(
                condition=models.Q(tax_rate__gte=0, tax_rate__lt=1), name="catalog_partprice_tax_rate_range"
            ),
        ]


@tracked()
class LabourRate(Row):
    """Price of one labour hour, in the branch's currency, from `valid_from` on."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    price = MoneyField()
    tax_rate = RateField()
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "valid_from"], name="catalog_labourrate_once"),
            *not_negative("price"),
            models.CheckConstraint(
                condition=models.Q(tax_rate__gte=0, tax_rate__lt=1), name="catalog_labourrate_tax_rate_range"
            ),
        ]
