"""What is known about a customer's wishes and a car's next service."""

from django.db import models

from catalog.models import MaintenanceRule
from customers.models.people import Customer
from customers.models.vehicles import Vehicle
from customers.states import Basis, Channel, Purpose
from dms.fields import QuantityField, Row, not_negative, one_of, person
from dms.workflow import append_only


class CareProfile(Row):
    """What to think of when this car comes: a smoker's needs its cabin filter more often."""

    vehicle = models.OneToOneField(Vehicle, models.PROTECT, related_name="care")
    smoker = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    advice = models.TextField(blank=True)


class Consent(Row):
    """One line of the ledger of consents; the latest of a customer, channel and purpose holds. Never changed.

    `wording` is the text that was shown or read out, as the proof of an express consent asks.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    granted = models.BooleanField()
    wording = models.TextField()
    source = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = person()

    class Meta:
        indexes = [models.Index(fields=["customer", "channel", "purpose", "-at"], name="customers_consent_latest")]
        constraints = [one_of("channel", Channel), one_of("purpose", Purpose)]
        triggers = [append_only()]


class DueForecast(Row):
    """When a rule falls due for a car. `cycle` counts the services: it is the key that makes a reminder once only.

    `base_on` and `base_km` are what the intervals are counted from; `closed_at` is set when that service is done here.
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
    basis = models.CharField(max_length=10, choices=Basis.choices)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_on"], condition=models.Q(closed_at__isnull=True), name="customers_forecast_open")
        ]
        constraints = [
            models.UniqueConstraint(fields=["vehicle", "rule", "cycle"], name="customers_dueforecast_once"),
            models.UniqueConstraint(
                fields=["vehicle", "rule"],
                condition=models.Q(closed_at__isnull=True),
                name="customers_dueforecast_one_open",
            ),
            one_of("basis", Basis),
            *not_negative("km_per_day"),
        ]
