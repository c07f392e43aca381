"""What is reached without signing in: a booking proved by a code, a calendar behind a secret address."""

from django.db import models
from django.db.models import Q

from accounts.models import Branch, Membership
from customers.models import Customer
from dms.fields import Row, person
from dms.workflow import append_only
from reception.models.appointments import Appointment
from reception.models.orders import WorkOrder


class OnlineBooking(Row):
    """Somebody asks at the public page to book, or to see a booking; the code sent to the number proves it is theirs.

    `key` stands in the address of whoever asked. Of the code only a keyed hash is kept, and wrong ones are counted.
    `wanted` is what is booked when the code is right: plate, kind, at, words. Proved, the key opens the appointment.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    key = models.CharField(max_length=43, unique=True, editable=False)
    phone = models.CharField(max_length=16)
    #: As typed. Nobody is a customer before the code has come back.
    name = models.CharField(max_length=120, blank=True, default="", db_default="")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    code_hash = models.CharField(max_length=64, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    wanted = models.JSONField(default=dict)
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="online")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("asked_at")), name="onlinebooking_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(proved_at__isnull=True) | Q(appointment__isnull=False), name="onlinebooking_proved_has_one"
            ),
        ]
        indexes = [models.Index(fields=["branch", "phone", "asked_at"], name="onlinebooking_of_phone")]


class Greeting(Row):
    """Somebody went to the customer who had arrived; the minutes until then are what a customer remembers."""

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="greeting")
    greeted_at = models.DateTimeField()
    greeted_by = person(null=False)

    class Meta:
        triggers = [append_only()]


class CalendarFeed(Row):
    """The secret address of an advisor's calendar; a new one makes the former void. Only its hash is kept."""

    membership = models.OneToOneField(Membership, models.PROTECT, related_name="calendar_feed")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    renewed_at = models.DateTimeField()
