"""Vehicles, who they belong to, and what their odometers said."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Reverse

from accounts.models import Branch
from catalog.models import VehicleModel
from customers.models.people import Customer
from customers.states import OwnershipKind, PlateKind, ReadingSource
from dms.fields import QuantityField, Row, Versioned, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only


@tracked(but=("last_visit_on", "last_odometer", "km_per_day", "next_due_on", "next_due_km"))
class Vehicle(Versioned):
    """A car at one branch. Plate and VIN are stored normalised; either may be missing while `incomplete`.

    The columns from `last_visit_on` on are maintained by the services and never typed. `km_per_day` is set only when it
    comes from the car's own readings, so that averages are not made of averages.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    plate = models.CharField(max_length=20, blank=True)
    plate_kind = models.CharField(max_length=5, choices=PlateKind.choices, default=PlateKind.BLUE)
    vin = models.CharField(max_length=20, blank=True)
    vin_tail = models.CharField(max_length=6, blank=True, editable=False)
    model = models.ForeignKey(VehicleModel, models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    colour = models.CharField(max_length=30, blank=True)
    incomplete = models.BooleanField(default=False)
    warranty_start_on = models.DateField(null=True, blank=True)
    #: It was another row of this one, and is hidden; whoever asks for it gets that one (`services.merging`).
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_ones")

    last_visit_on = models.DateField(null=True, blank=True)
    last_odometer = models.PositiveIntegerField(null=True, blank=True)
    km_per_day = QuantityField(null=True, blank=True)
    next_due_on = models.DateField(null=True, blank=True)
    next_due_km = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            GinIndex(OpClass("plate", name="gin_trgm_ops"), name="customers_plate_trgm"),
            # Two characters make no trigram; the end of the plate is what people type.
            models.Index("branch", OpClass(Reverse("plate"), name="text_pattern_ops"), name="customers_plate_end"),
            models.Index(fields=["branch", "vin_tail"], name="customers_vin_tail"),
            models.Index(fields=["branch", "next_due_on"], name="customers_next_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "plate"], condition=~models.Q(plate=""), name="customers_vehicle_plate_once"
            ),
            models.UniqueConstraint(
                fields=["branch", "vin"], condition=~models.Q(vin=""), name="customers_vehicle_vin_once"
            ),
            one_of("plate_kind", PlateKind),
            *not_negative("km_per_day"),
        ]

    def __str__(self) -> str:
        return self.plate or self.vin or f"#{self.pk}"


class Ownership(Row):
    """A customer and a car, from a date to a date; `to_on` empty: still."""

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="ownerships")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="ownerships")
    kind = models.CharField(max_length=10, choices=OwnershipKind.choices, default=OwnershipKind.OWNER)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle"],
                condition=models.Q(to_on__isnull=True, kind=OwnershipKind.OWNER),
                name="customers_ownership_one_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="customers_ownership_order",
            ),
            one_of("kind", OwnershipKind),
        ]


class OdometerReading(Row):
    """What the odometer said, in km. Never changed: a lower one comes beside the earlier one, with a reason."""

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="readings")
    km = models.PositiveIntegerField()
    read_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=ReadingSource.choices, default=ReadingSource.RECEPTION)
    reason = models.CharField(max_length=200, blank=True)
    subject_key = models.CharField(max_length=60, blank=True)
    by = person()

    class Meta:
        indexes = [models.Index(fields=["vehicle", "-read_at"], name="customers_reading_latest")]
        constraints = [
            one_of("source", ReadingSource),
            models.CheckConstraint(condition=models.Q(km__lte=3_000_000), name="customers_odometerreading_km_max"),
        ]
        triggers = [append_only(but=("vehicle",))]
