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
    AwayBecause,
    ClosedWhy,
    LapseBy,
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

    `last_visit_on` and `due_on` (of kind `predicted`) are copied: they are why the case was opened. So is what was
    `allowed` and has passed: months since the last visit and who set them, or days since the due date; older cases
    have none. `owner` looks after the case: the advisor of the last visit; nobody: whoever calls. `because` is what
    somebody found out.
    """

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="lapses")
    kind = models.CharField(max_length=9, choices=LapseKind.choices)
    opened_on = models.DateField()
    last_visit_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    allowed = models.PositiveSmallIntegerField(null=True, blank=True)
    allowed_by = models.CharField(max_length=6, choices=LapseBy.choices, null=True, blank=True)
    owner = person()
    because = models.CharField(max_length=10, choices=AwayBecause.choices, null=True, blank=True)
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
            one_of("allowed_by", LapseBy),
            one_of("because", AwayBecause),
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
    """One run of a sweep in a branch: of a night, or asked for by a person (`night_on` empty). `rows` were new."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    sweep = models.CharField(max_length=9, choices=Sweep.choices)
    night_on = models.DateField(null=True, blank=True)
    asked_by = person()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["branch", "sweep", "-started_at"], name="sweeprun_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "sweep", "night_on"], condition=Q(night_on__isnull=False), name="sweeprun_night_once"
            ),
            one_of("sweep", Sweep),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")), name="sweeprun_order"
            ),
        ]
