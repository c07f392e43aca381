"""What is known about a customer's and a car's wishes."""

from django.db import models

from accounts.models import Membership
from customers.models.people import Customer
from customers.models.vehicles import Vehicle
from customers.states import Channel, Purpose
from dms.fields import Row, one_of, person
from dms.workflow import append_only


class CareProfile(Row):
    """What to think of when this car comes: a smoker's needs its cabin filter more often."""

    vehicle = models.OneToOneField(Vehicle, models.PROTECT, related_name="care")
    smoker = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    #: Who shall work on it, if the customer has a wish.
    technician = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")


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
        triggers = [append_only(but=("customer",))]
