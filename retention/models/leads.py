"""Trade-in leads (以旧换新): a customer asked what the car is worth."""

from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer, Vehicle
from dms.fields import MoneyField, Row, acted, not_negative, one_of, person
from dms.workflow import edge_guard, first_state_guard
from retention.lead_states import LEAD_EDGES, LeadState


class TradeInLead(Row):
    """One for sales. `condition` is what the last visit saw, frozen: km, day, damage, work that was declined."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="leads")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="leads")
    asked_price = MoneyField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    condition = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=LeadState.choices, default=LeadState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = person(null=False)
    contacted_at = models.DateTimeField(null=True, blank=True)
    contacted_by = person()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = person()
    result = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["branch", "state", "id"], name="lead_by_state")]
        constraints = [
            one_of("state", LeadState),
            models.UniqueConstraint(fields=["vehicle"], condition=~Q(state=LeadState.CLOSED), name="lead_one_open"),
            *not_negative("asked_price"),
            *acted("contacted", "closed"),
            models.CheckConstraint(
                name="lead_closed_proven",
                condition=Q(state=LeadState.CLOSED, closed_at__isnull=False)
                | (~Q(state=LeadState.CLOSED) & Q(closed_at__isnull=True)),
            ),
        ]
        triggers = [edge_guard("lead", LEAD_EDGES), first_state_guard("lead", [LeadState.OPEN])]
