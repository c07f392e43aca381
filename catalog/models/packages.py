"""Service packages (套餐) as they are offered: what is in them, how long they run, what they cost."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.operations import LabourOperation
from catalog.models.parts import Part
from catalog.states import PackageRefund
from dms.fields import Bilingual, MoneyField, RateField, Row, acted, not_negative, one_of, person
from dms.history import tracked


@tracked()
class PackageTemplate(Bilingual, Row):
    """A package that is sold. It runs `months` and `km` from the sale, whichever ends first; without both for life.

    `price` is in the terms of the branch that sells it, as every price: with the tax, or with the tax on top.
    """

    months = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    km = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3_000_000)]
    )
    price = MoneyField()
    tax_rate = RateField()
    refund = models.CharField(max_length=8, choices=PackageRefund.choices, default=PackageRefund.UNUSED)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(months__isnull=True) | Q(months__gt=0)) & (Q(km__isnull=True) | Q(km__gt=0)),
                name="catalog_packagetemplate_window",
                violation_error_message=_("A package runs for at least one month or kilometre; empty is for life."),
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lt=1),
                name="catalog_packagetemplate_tax_rate",
                violation_error_message=_("The tax is a fraction: 0.13 is 13 %."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(ended_at__isnull=True),
                name="catalog_packagetemplate_once",
                violation_error_message=_("There is such a package already. Change it, or end it first."),
            ),
            one_of("refund", PackageRefund),
            *not_negative("price"),
            *acted("ended"),
        ]


@tracked()
class PackageItem(Row):
    """So many units of an operation or a part; with neither, of any maintenance service. Sold packages keep a copy.

    A unit is one line of that work; of a part one piece or litre, as the part is counted.
    """

    template = models.ForeignKey(PackageTemplate, models.PROTECT, related_name="items")
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="+")
    units = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(999)])
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(operation__isnull=True) | Q(part__isnull=True),
                name="catalog_packageitem_one_thing",
                violation_error_message=_("Choose an operation or a part, not both."),
            ),
            models.CheckConstraint(condition=Q(units__gte=1, units__lte=999), name="catalog_packageitem_units_range"),
            models.UniqueConstraint(
                fields=["template", "operation", "part"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="catalog_packageitem_once",
                violation_error_message=_("This stands in the package already."),
            ),
            *acted("ended"),
        ]

    @property
    def label(self) -> str:
        """What it is, in the active language."""
        sold = self.operation or self.part
        return sold.label if sold is not None else str(_("Maintenance service"))
