"""Calls to make, and every try to make one."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from customers.models import Customer, Vehicle
from dms.fields import MoneyField, QuantityField, RateField, Row, acted, not_negative, one_of, person
from dms.workflow import append_only, edge_guard, first_state_guard
from retention.states import CALL_EDGES, CallKind, CallState, DroppedWhy, Outcome


class CallTask(Row):
    """A call to make, once for each (kind, subject). `reason` holds frozen strings for its sentence.

    `advisor` received the car, or caused the complaint: somebody else calls. `value` is what a visit of this car is
    worth (branch's currency), `urgency` a number from 0 (not due yet) up, `chance` a probability; their product is
    `score`, by which the next best call is found. `taken` is a caller's claim, which runs out by itself.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=CallKind.choices)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="calls")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="calls")
    advisor = person()
    subject_key = models.CharField(max_length=60)
    reason = models.JSONField(default=dict)
    due_on = models.DateField()
    value = MoneyField(default=0)
    urgency = QuantityField(default=0)
    chance = RateField(default=0)
    score = models.GeneratedField(
        expression=F("value") * F("urgency") * F("chance"),
        output_field=models.DecimalField(max_digits=24, decimal_places=8),
        db_persist=True,
    )
    state = models.CharField(max_length=7, choices=CallState.choices, default=CallState.OPEN)
    tries = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = person()
    closed_at = models.DateTimeField(null=True, blank=True)
    dropped_why = models.CharField(max_length=12, choices=DroppedWhy.choices, null=True, blank=True)

    class Meta:
        indexes = [
            # The next best call: from the top of the branch's open calls, until one suits the caller.
            models.Index(
                fields=["branch", "-score", "id"], condition=Q(state=CallState.OPEN), name="call_open_by_score"
            ),
            # The list of one kind, and how many there are of each.
            models.Index(
                fields=["branch", "kind", "-score", "id"], condition=Q(state=CallState.OPEN), name="call_open_by_kind"
            ),
            models.Index(fields=["customer", "state"], name="call_of_customer"),
            models.Index(fields=["vehicle", "-id"], name="call_of_vehicle"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_key"], name="call_once"),
            one_of("kind", CallKind),
            one_of("state", CallState),
            one_of("dropped_why", DroppedWhy),
            *acted("taken"),
            *not_negative("value", "urgency"),
            models.CheckConstraint(condition=Q(chance__gte=0, chance__lte=1), name="call_chance_is_one"),
            models.CheckConstraint(
                condition=Q(state=CallState.OPEN, closed_at__isnull=True, dropped_why__isnull=True)
                | Q(state=CallState.DONE, closed_at__isnull=False, dropped_why__isnull=True)
                | Q(state=CallState.DROPPED, closed_at__isnull=False, dropped_why__isnull=False),
                name="call_closed_says_how",
            ),
            models.CheckConstraint(
                condition=Q(state=CallState.OPEN) | Q(taken_at__isnull=True), name="call_closed_is_not_taken"
            ),
        ]
        triggers = [edge_guard("call", CALL_EDGES), first_state_guard("call", [CallState.OPEN])]


class CallTry(Row):
    """One try: who called, when, and what came of it. `next_on` is the next date that was agreed or chosen."""

    task = models.ForeignKey(CallTask, models.PROTECT, related_name="tried")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    note = models.CharField(max_length=500, blank=True)
    next_on = models.DateField(null=True, blank=True)
    tried_at = models.DateTimeField()
    tried_by = person(null=False)

    class Meta:
        indexes = [
            models.Index(fields=["task", "id"], name="calltry_of_task"),
            models.Index(fields=["tried_at"], name="calltry_by_time"),
        ]
        constraints = [
            one_of("outcome", Outcome),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.AGAIN) | Q(next_on__isnull=False), name="calltry_again_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.COMPLAINT) | ~Q(note=""), name="calltry_complaint_has_words"
            ),
        ]
        triggers = [append_only()]
