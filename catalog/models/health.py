"""The standard list of the multi-point inspection (多点检测): what is looked at on a car, and its limits."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.brands import Brand, VehicleModel
from catalog.models.operations import LabourOperation
from catalog.models.parts import Part
from catalog.states import Direction, Occasion, PointGroup
from dms.fields import Bilingual, Row, acted, one_of, person
from dms.history import tracked


@tracked()
class HealthList(Bilingual, Row):
    """A list for cars of a brand or a model, else for every car; from a mileage on; for every visit or one occasion.

    Of those that fit a car the narrowest holds (`catalog.health.list_for`).
    """

    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    model = models.ForeignKey(VehicleModel, models.PROTECT, null=True, blank=True, related_name="+")
    occasion = models.CharField(max_length=12, choices=Occasion.choices, default=Occasion.EVERY)
    from_km = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            one_of("occasion", Occasion),
            models.CheckConstraint(
                condition=Q(brand__isnull=True) | Q(model__isnull=True),
                name="catalog_healthlist_one_owner",
                violation_error_message=_("Choose a brand or a model, not both."),
            ),
            models.UniqueConstraint(
                fields=["brand", "model", "occasion", "from_km"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="catalog_healthlist_once",
                violation_error_message=_("There is such a list already. Change it, or end it first."),
            ),
            *acted("ended"),
        ]


def _measured() -> models.CheckConstraint:
    """A point is measured, with both limits on the right side of each other, or only looked at."""
    return models.CheckConstraint(
        condition=Q(unit="", direction__isnull=True, green_limit__isnull=True, amber_limit__isnull=True)
        | (
            ~Q(unit="")
            & Q(direction__isnull=False, green_limit__isnull=False, amber_limit__isnull=False)
            & (
                Q(direction=Direction.LESS, green_limit__gt=F("amber_limit"))
                | Q(direction=Direction.MORE, green_limit__lt=F("amber_limit"))
            )
        ),
        name="catalog_healthpoint_measured",
        violation_error_message=_(
            "A measured point has a unit, says what is worse, and its green limit lies on the better side of the amber "
            "one; a point that is only looked at has none of them."
        ),
    )


@tracked()
class HealthPoint(Bilingual, Row):
    """One thing that is looked at, or measured: green up to `green_limit`, amber up to `amber_limit`, beyond it red.

    A red or amber one proposes the operation and the part. An amber one that is not repaired is offered again when its
    wear says so, and where no earlier measurement tells, after `months`.
    """

    health_list = models.ForeignKey(HealthList, models.PROTECT, related_name="points")
    group = models.CharField(max_length=10, choices=PointGroup.choices)
    position = models.PositiveSmallIntegerField(default=0)
    unit = models.CharField(max_length=10, blank=True, default="")
    direction = models.CharField(max_length=4, choices=Direction.choices, null=True, blank=True)
    green_limit = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    amber_limit = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="+")
    months = models.PositiveSmallIntegerField(default=6)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            one_of("group", PointGroup),
            one_of("direction", Direction),
            _measured(),
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=60),
                name="catalog_healthpoint_months_range",
                violation_error_message=_("From 1 to 60 months, please."),
            ),
            models.UniqueConstraint(
                fields=["health_list", "name"],
                condition=Q(ended_at__isnull=True),
                name="catalog_healthpoint_once",
                violation_error_message=_("This point stands in the list already."),
            ),
            *acted("ended"),
        ]
