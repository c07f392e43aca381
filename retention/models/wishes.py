"""Wishes for an appointment, until the desk has made one."""

from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer, Vehicle
from dms.fields import Row, acted, one_of, person
from dms.workflow import edge_guard, first_state_guard
from retention.states import WISH_EDGES, DayPart, WishSource, WishState


class AppointmentWish(Row):
    """A customer would like to come: the day, the part of it and why, in their words. One waits for each car."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="wishes")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="wishes")
    source = models.CharField(max_length=5, choices=WishSource.choices)
    wished_on = models.DateField()
    part = models.CharField(max_length=9, choices=DayPart.choices, default=DayPart.ANY)
    words = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=WishState.choices, default=WishState.OPEN)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = person()
    handled_note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["branch", "wished_on", "id"], condition=Q(state=WishState.OPEN), name="wish_open_by_day"
            ),
            models.Index(fields=["vehicle", "-asked_at"], name="wish_of_vehicle"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["vehicle"], condition=Q(state=WishState.OPEN), name="wish_one_open"),
            one_of("source", WishSource),
            one_of("part", DayPart),
            one_of("state", WishState),
            *acted("handled"),
            models.CheckConstraint(
                condition=Q(state=WishState.OPEN, handled_at__isnull=True)
                | Q(state=WishState.HANDLED, handled_at__isnull=False),
                name="wish_handled_proven",
            ),
        ]
        triggers = [edge_guard("wish", WISH_EDGES), first_state_guard("wish", [WishState.OPEN])]
