"""When customers pick their cars up: slots of a branch with so many places each."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Branch
from dms.fields import Row, person
from dms.history import tracked
from reception.models import WorkOrder

#: Most places that a slot can have; the rule `pickup.places` stays below it.
MOST_PLACES = 20
_SLOT = Func("starts_at", "ends_at", RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField())


class PickupDay(Row):
    """A day of a branch's slots. Who agrees one locks it first, so that the last place goes to one car."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "on"], name="pickupday_once")]


@tracked()
class Pickup(Row):
    """A slot agreed for a car; `place` counts the cars of one time. A moved one is cancelled and followed by another.

    `agreed_by` is empty where the customer chose it on the status page, `cancelled_by` likewise.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="pickups")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField()
    by_customer = models.BooleanField(default=False)
    agreed_at = models.DateTimeField()
    agreed_by = person()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = person()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="pickup_ends_after"),
            models.CheckConstraint(
                condition=Q(by_customer=True, agreed_by__isnull=True) | Q(by_customer=False, agreed_by__isnull=False),
                name="pickup_agreed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=MOST_PLACES), name="pickup_place_known"),
            models.UniqueConstraint(fields=["order"], condition=Q(cancelled_at__isnull=True), name="pickup_live_once"),
            ExclusionConstraint(
                name="pickup_place_once",
                expressions=[
                    ("branch", RangeOperators.EQUAL), ("place", RangeOperators.EQUAL), (_SLOT, RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["branch", "starts_at"], condition=Q(cancelled_at__isnull=True), name="pickup_by_time")
        ]
