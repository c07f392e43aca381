"""Cars that stay away."""

from django.db import models
from django.db.models import Q

from customers.models import Vehicle
from dms.fields import Row, one_of, person
from dms.workflow import edge_guard, first_state_guard
from reception.models import WorkOrder
from retention.states import LAPSE_EDGES, AwayBecause, LapseBy, LapseKind, LapseState


class LapseCase(Row):
    """A car that stays away, by one of the two definitions, until it comes back or the definition no longer holds.

    `returned_at` is when it ended, in either way.

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
                | Q(state=LapseState.RETURNED, returned_at__isnull=False, returned_order__isnull=False)
                | Q(state=LapseState.MOOT, returned_at__isnull=False, returned_order__isnull=True),
                name="lapse_returned_proven",
            ),
            models.CheckConstraint(
                condition=Q(kind=LapseKind.FIXED, last_visit_on__isnull=False, due_on__isnull=True)
                | Q(kind=LapseKind.PREDICTED, due_on__isnull=False),
                name="lapse_says_why",
            ),
        ]
        triggers = [edge_guard("lapse", LAPSE_EDGES), first_state_guard("lapse", [LapseState.OPEN])]
