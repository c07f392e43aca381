"""Complaints, from the customer's words to the second call."""

from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer, Vehicle
from dms.fields import Row, Versioned, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.models import WorkOrder
from retention.models.surveys import Survey
from retention.states import COMPLAINT_EDGES, ComplaintAct, ComplaintSource, ComplaintState


@tracked()
class Complaint(Versioned):
    """A complaint in the customer's own words, with an owner and a day by which it is answered.

    `caused_by` is whom it is about, as far as known: somebody else makes the second call. `result` says what was done.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    source = models.CharField(max_length=6, choices=ComplaintSource.choices)
    words = models.TextField(max_length=2000)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="complaints")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="complaints")
    order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="complaints")
    survey = models.OneToOneField(Survey, models.PROTECT, null=True, blank=True, related_name="complaint")
    caused_by = person()
    owner = person()
    received_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=ComplaintState.choices, default=ComplaintState.OPEN)
    result = models.TextField(max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = person()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = person()

    class Meta:
        indexes = [
            models.Index(
                fields=["branch", "due_on", "id"],
                condition=~Q(state=ComplaintState.CLOSED),
                name="complaint_live_by_day",
            ),
            models.Index(fields=["branch", "-id"], name="complaint_latest"),
        ]
        constraints = [
            one_of("source", ComplaintSource),
            one_of("state", ComplaintState),
            *acted("answered", "closed"),
            models.CheckConstraint(condition=~Q(words=""), name="complaint_has_words"),
            models.CheckConstraint(
                condition=Q(state=ComplaintState.OPEN, answered_at__isnull=True, closed_at__isnull=True)
                | (Q(state=ComplaintState.ANSWERED, answered_at__isnull=False, closed_at__isnull=True) & ~Q(result=""))
                | (Q(state=ComplaintState.CLOSED, answered_at__isnull=False, closed_at__isnull=False) & ~Q(result="")),
                name="complaint_answered_proven",
            ),
        ]
        triggers = [edge_guard("complaint", COMPLAINT_EDGES), first_state_guard("complaint", [ComplaintState.OPEN])]

    @property
    def subject_key(self) -> str:
        """How calls name this complaint."""
        return f"complaint:{self.pk}"


class ComplaintLog(Row):
    """What happened with a complaint, for people; `by` is empty for what the customer did at their page."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="log")
    act = models.CharField(max_length=8, choices=ComplaintAct.choices)
    note = models.CharField(max_length=2000, blank=True)
    at = models.DateTimeField()
    by = person()

    class Meta:
        indexes = [models.Index(fields=["complaint", "id"], name="complaintlog_of_complaint")]
        constraints = [one_of("act", ComplaintAct)]
        triggers = [append_only()]
