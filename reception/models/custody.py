"""The car as it was taken in: walk-round, damage, things."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from dms.fields import Row, Versioned, acted, one_of, person
from reception.models.orders import WorkOrder
from reception.states import Lamp, MarkKind, Severity, Thing
from records.models import Photo


class WalkAround(Versioned):
    """The walk-round (环车检查). Fuel in quarters (0–4), or charge in percent for an electric car."""

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="walk")
    fuel_quarters = models.PositiveSmallIntegerField(null=True, blank=True)
    charge_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    lamps = ArrayField(models.CharField(max_length=10, choices=Lamp.choices), default=list, blank=True)
    #: Lamps that are not on the list, and what else the instruments say.
    warning_lamps = models.CharField(max_length=120, blank=True)
    #: The customer's name under the check-in sheet, and the picture of the signature (PNG as a data URL).
    signer = models.CharField(max_length=60, blank=True)
    signature = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = person()
    walked_round_at = models.DateTimeField()
    walked_round_by = person(null=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(fuel_quarters__isnull=True) | Q(fuel_quarters__lte=4), name="walk_fuel"),
            models.CheckConstraint(
                condition=Q(charge_percent__isnull=True) | Q(charge_percent__lte=100), name="walk_charge"
            ),
            models.CheckConstraint(condition=Q(lamps__contained_by=sorted(Lamp.values)), name="walk_lamps_known"),
            models.CheckConstraint(condition=Q(signed_at__isnull=True) | ~Q(signer=""), name="walk_signed_by_somebody"),
            *acted("walked_round", "signed"),
        ]


class DamageMark(Row):
    """A damage, carried over from the last visit or new; `x`, `y` in percent of the outline drawing."""

    walk = models.ForeignKey(WalkAround, models.CASCADE, related_name="marks")
    view = models.CharField(max_length=10)
    zone = models.CharField(max_length=24)
    x = models.DecimalField(max_digits=4, decimal_places=1)
    y = models.DecimalField(max_digits=4, decimal_places=1)
    kind = models.CharField(max_length=10, choices=MarkKind.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.LIGHT)
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    photo = models.ForeignKey(Photo, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            one_of("kind", MarkKind),
            one_of("severity", Severity),
            models.CheckConstraint(condition=Q(x__gte=0, x__lt=100.05, y__gte=0, y__lt=100.05), name="mark_on_drawing"),
        ]


class TakenItem(Row):
    """A thing taken in with the car; delivery ticks each of them back."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="taken")
    kind = models.CharField(max_length=10, choices=Thing.choices)
    what = models.CharField(max_length=80, blank=True)
    taken_at = models.DateTimeField()
    taken_by = person(null=False)

    class Meta:
        constraints = [one_of("kind", Thing), *acted("taken")]
