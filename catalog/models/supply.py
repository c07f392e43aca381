"""What comes, what may stand in for what, and what was missing."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from catalog.models.parts import Part
from dms.fields import QuantityField, Row, acted, person
from dms.history import tracked
from dms.workflow import append_only


@tracked()
class ExpectedPart(Row):
    """A delivery on its way to a branch, until it is received into the stock or called off."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="expected")
    quantity = QuantityField()
    expected_on = models.DateField()
    note = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = person()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        indexes = [
            models.Index(
                fields=["branch", "part", "expected_on"],
                condition=Q(received_at__isnull=True, ended_at__isnull=True),
                name="catalog_expected_open",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lt=10**8),
                name="catalog_expectedpart_quantity_min",
                violation_error_message=_("Give a quantity above zero, with at most two decimals."),
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | Q(ended_at__isnull=True), name="catalog_expectedpart_one_end"
            ),
            *acted("received", "ended"),
        ]


@tracked()
class PartSubstitute(Row):
    """`substitute` may be fitted where `part` is missing; the other way round is a row of its own."""

    part = models.ForeignKey(Part, models.PROTECT, related_name="substitutes")
    substitute = models.ForeignKey(Part, models.PROTECT, related_name="+")
    note = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "substitute"],
                condition=Q(ended_at__isnull=True),
                name="catalog_partsubstitute_once",
                violation_error_message=_("This substitute stands in the list already."),
            ),
            models.CheckConstraint(
                condition=~Q(part=F("substitute")),
                name="catalog_partsubstitute_another",
                violation_error_message=_("A part does not stand in for itself."),
            ),
            *acted("ended"),
        ]


class PartDemand(Row):
    """A part was asked for and `short` of the `quantity` were missing: the miss of the fill rate. Never changed.

    `subject_key` names what asked, as `line:12`: it counts once.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="demands")
    quantity = QuantityField()
    short = QuantityField()
    subject_key = models.CharField(max_length=60)
    by = person()

    class Meta:
        indexes = [models.Index(fields=["branch", "-created_at"], name="catalog_demand_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["subject_key", "part"], name="catalog_partdemand_once"),
            models.CheckConstraint(
                condition=Q(short__gte=0, short__lte=F("quantity"), quantity__lt=10**8),
                name="catalog_partdemand_short_within",
            ),
        ]
        triggers = [append_only()]
