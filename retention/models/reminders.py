"""Services that are due, once each."""

from django.db import models
from django.db.models import Q

from catalog.models import MaintenanceRule
from customers.models import Vehicle
from dms.fields import Row, one_of
from dms.workflow import edge_guard, first_state_guard
from reception.models import WorkOrder
from retention.states import REMINDER_EDGES, ClosedWhy, ReminderState


class Reminder(Row):
    """A service of a car that is due soon or overdue, once for each (vehicle, rule, cycle) of its forecast.

    `due_on` is the forecast's and follows it while the reminder is open. `closed_order` is the visit in which the
    service was done.
    """

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="reminders")
    rule = models.ForeignKey(MaintenanceRule, models.PROTECT, related_name="+")
    cycle = models.PositiveIntegerField()
    due_on = models.DateField()
    state = models.CharField(max_length=6, choices=ReminderState.choices, default=ReminderState.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.CharField(max_length=4, choices=ClosedWhy.choices, null=True, blank=True)
    closed_order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["due_on", "id"], condition=Q(state=ReminderState.OPEN), name="reminder_open_by_date")
        ]
        constraints = [
            models.UniqueConstraint(fields=["vehicle", "rule", "cycle"], name="reminder_once"),
            one_of("state", ReminderState),
            one_of("closed_why", ClosedWhy),
            models.CheckConstraint(
                condition=Q(state=ReminderState.OPEN, closed_at__isnull=True, closed_why__isnull=True)
                | Q(state=ReminderState.CLOSED, closed_at__isnull=False, closed_why__isnull=False),
                name="reminder_closed_says_why",
            ),
            models.CheckConstraint(
                condition=Q(closed_why=ClosedWhy.DONE, closed_order__isnull=False)
                | ((Q(closed_why__isnull=True) | ~Q(closed_why=ClosedWhy.DONE)) & Q(closed_order__isnull=True)),
                name="reminder_done_in_an_order",
            ),
        ]
        triggers = [edge_guard("reminder", REMINDER_EDGES), first_state_guard("reminder", [ReminderState.OPEN])]
