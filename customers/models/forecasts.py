"""When a car's services fall due, and what the forecasts of a branch rest on."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from catalog.models import MaintenanceRule
from customers.models.vehicles import Vehicle
from customers.states import Basis
from dms.fields import QuantityField, Row, not_negative, one_of


class DueForecast(Row):
    """When a rule falls due for a car. `cycle` counts the services: it is the key that makes a reminder once only.

    `base_on` and `base_km` are what the intervals are counted from; `closed_at` is set when that service is done here.
    `pace_low` to `pace_high` is the band in which the car's kilometres a day may well lie, `due_early_on` to
    `due_late_on` what follows from its ends; they are empty on forecasts from before there were bands.
    """

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="forecasts")
    rule = models.ForeignKey(MaintenanceRule, models.PROTECT, related_name="+")
    cycle = models.PositiveIntegerField(default=1)
    base_on = models.DateField()
    base_km = models.PositiveIntegerField()
    due_on = models.DateField()
    due_km = models.PositiveIntegerField(null=True, blank=True)
    predicted_km = models.PositiveIntegerField()
    km_per_day = QuantityField()
    pace_low = QuantityField(null=True, blank=True)
    pace_high = QuantityField(null=True, blank=True)
    due_early_on = models.DateField(null=True, blank=True)
    due_late_on = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_on"], condition=Q(closed_at__isnull=True), name="customers_forecast_open")]
        constraints = [
            models.UniqueConstraint(fields=["vehicle", "rule", "cycle"], name="customers_dueforecast_once"),
            models.UniqueConstraint(
                fields=["vehicle", "rule"],
                condition=Q(closed_at__isnull=True),
                name="customers_dueforecast_one_open",
            ),
            one_of("basis", Basis),
            *not_negative("km_per_day"),
            models.CheckConstraint(
                condition=Q(pace_low__isnull=True, pace_high__isnull=True)
                | Q(pace_low__lte=F("km_per_day"), pace_high__gte=F("km_per_day")),
                name="customers_dueforecast_pace_in_band",
            ),
            models.CheckConstraint(
                condition=Q(due_early_on__isnull=True, due_late_on__isnull=True)
                | Q(due_early_on__lte=F("due_on"), due_late_on__gte=F("due_on")),
                name="customers_dueforecast_due_in_band",
            ),
        ]


class GroupPace(Row):
    """Kilometres a day of a group of cars of a branch: of a model, of a brand, or of all. For cars without their own.

    Made by the night's sweep of the forecasts from `cars` cars that have a pace of their own. A car's forecast and the
    sweep read the same row, so both say the same. `pace_low` and `pace_high`: a tenth of the cars lies beyond each.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    basis = models.CharField(max_length=10, choices=Basis.choices)
    subject_id = models.BigIntegerField(help_text="Of the model or of the brand; 0: all cars of the branch")
    km_per_day = QuantityField()
    pace_low = QuantityField()
    pace_high = QuantityField()
    cars = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "basis", "subject_id"], name="customers_grouppace_once"),
            models.CheckConstraint(
                condition=Q(pace_low__lte=F("km_per_day"), pace_high__gte=F("km_per_day")),
                name="customers_grouppace_in_band",
            ),
            one_of("basis", Basis),
            *not_negative("km_per_day", "pace_low", "pace_high"),
        ]


class ForecastMark(Row):
    """How far the sweep of a branch's forecasts has looked: readings and cars up to these ids, the rules' digest.

    The `next_` ids were the newest at the first sweep of the day `noted_on`; the mark moves there on a later day, so
    that a row whose id was given out before that sweep and which was committed after it is not passed over.
    """

    branch = models.OneToOneField(Branch, models.PROTECT, related_name="+")
    reading_id = models.BigIntegerField(default=0)
    vehicle_id = models.BigIntegerField(default=0)
    next_reading_id = models.BigIntegerField(default=0)
    next_vehicle_id = models.BigIntegerField(default=0)
    noted_on = models.DateField(null=True, blank=True)
    rules = models.CharField(max_length=32, blank=True)
    averaged_on = models.DateField(null=True, blank=True)
