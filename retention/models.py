"""What makes a car come back: reminders, cases of lapse, and when it was last looked."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from catalog.models import MaintenanceRule
from customers.models import Vehicle
from dms.fields import Row, one_of, person
from dms.workflow import edge_guard, first_state_guard
from reception.models import WorkOrder
from retention.states import (
    LAPSE_EDGES,
    REMINDER_EDGES,
    ClosedWhy,
    LapseKind,
    LapseState,
    ReminderState,
    Sweep,
)


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


class LapseCase(Row):
    """A car that stays away, by one of the two definitions, until it comes back.

    `last_visit_on` and `due_on` (of kind `predicted`) are copied: they are why the case was opened.
    """

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="lapses")
    kind = models.CharField(max_length=9, choices=LapseKind.choices)
    opened_on = models.DateField()
    last_visit_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=LapseState.choices, default=LapseState.OPEN)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["vehicle", "-opened_on"], name="lapse_of_vehicle")]
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "kind"], condition=Q(state=LapseState.OPEN), name="lapse_one_open"
            ),
            one_of("kind", LapseKind),
            one_of("state", LapseState),
            models.CheckConstraint(
                condition=Q(state=LapseState.OPEN, returned_at__isnull=True, returned_order__isnull=True)
                | Q(state=LapseState.RETURNED, returned_at__isnull=False, returned_order__isnull=False),
                name="lapse_returned_proven",
            ),
            models.CheckConstraint(
                condition=Q(kind=LapseKind.FIXED, last_visit_on__isnull=False, due_on__isnull=True)
                | Q(kind=LapseKind.PREDICTED, due_on__isnull=False),
                name="lapse_says_why",
            ),
        ]
        triggers = [edge_guard("lapse", LAPSE_EDGES), first_state_guard("lapse", [LapseState.OPEN])]


class SweepRun(Row):
    """One run of a sweep in a branch: of its turn (`slot_at`), or asked for by a person (`slot_at` empty).

    `rows` were new. `error` is the kind of what went wrong, never its words, which may hold a name or a phone number:
    such a run changed nothing and has no turn, so that the next hour tries it again.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    sweep = models.CharField(max_length=12, choices=Sweep.choices)
    slot_at = models.DateTimeField(null=True, blank=True)
    asked_by = person()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["branch", "sweep", "-started_at"], name="sweeprun_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "sweep", "slot_at"], condition=Q(slot_at__isnull=False), name="sweeprun_slot_once"
            ),
            one_of("sweep", Sweep),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")), name="sweeprun_order"
            ),
            models.CheckConstraint(
                condition=Q(error="") | Q(slot_at__isnull=True, rows=0, finished_at__isnull=False),
                name="sweeprun_failed_changed_nothing",
            ),
        ]
