"""What the maker answers for, and what some cars need more often."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.brands import Brand, VehicleModel
from catalog.models.operations import LabourOperation
from catalog.models.parts import Part
from catalog.states import CareKey, Category, TermKind
from dms.fields import Row, acted, one_of, person
from dms.history import tracked


@tracked()
class WarrantyTerm(Row):
    """A warranty of the maker: so many months or kilometres, whichever comes first.

    Without a brand for every brand, with a model for that model; with a category for what is of it, and then the
    general term does not reach it. The narrowest term holds: category before model before brand.
    """

    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="warranties")
    model = models.ForeignKey(VehicleModel, models.PROTECT, null=True, blank=True, related_name="warranties")
    kind = models.CharField(max_length=8, choices=TermKind.choices, default=TermKind.VEHICLE)
    category = models.CharField(max_length=10, choices=Category.choices, null=True, blank=True)
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    km = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(months__isnull=False, months__gt=0, km__isnull=True)
                | Q(months__isnull=True, km__isnull=False, km__gt=0)
                | Q(months__isnull=False, months__gt=0, km__isnull=False, km__gt=0),
                name="catalog_warrantyterm_limits",
                violation_error_message=_("A warranty has months, kilometres, or both."),
            ),
            models.CheckConstraint(
                condition=Q(brand__isnull=True) | Q(model__isnull=True),
                name="catalog_warrantyterm_one_owner",
                violation_error_message=_("Choose a brand or a model, not both."),
            ),
            models.UniqueConstraint(
                fields=["brand", "model", "kind", "category"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="catalog_warrantyterm_once",
                violation_error_message=_("There is such a term already. Change it, or end it first."),
            ),
            one_of("kind", TermKind),
            one_of("category", Category),
            *acted("ended"),
        ]


@tracked()
class CareRule(Row):
    """What a kind of car needs more often, and the sentence to tell its customer.

    `multiplier` is of the usual interval: 0.5 is twice as often. Without a usual interval here it is of a year.
    """

    profile = models.CharField(max_length=10, choices=CareKey.choices)
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="+")
    sentence = models.CharField(max_length=200)
    sentence_en = models.CharField(max_length=200, blank=True)
    multiplier = models.DecimalField(max_digits=3, decimal_places=2, default=1)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(operation__isnull=False) | Q(part__isnull=False),
                name="catalog_carerule_something",
                violation_error_message=_("Choose an operation or a part."),
            ),
            models.CheckConstraint(
                condition=Q(multiplier__gt=0, multiplier__lte=1),
                name="catalog_carerule_multiplier_range",
                violation_error_message=_("The share of the usual interval lies above 0 and up to 1."),
            ),
            one_of("profile", CareKey),
            *acted("ended"),
        ]

    @property
    def said(self) -> str:
        """The sentence in the active language."""
        return self.sentence_en if self.sentence_en and (get_language() or "").startswith("en") else self.sentence
