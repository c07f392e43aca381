"""What was agreed: authorisations, promises, planned work."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from accounts.models import Bay, Membership, Skill
from dms.fields import MoneyField, QuantityField, Row, not_negative, one_of, person
from dms.workflow import append_only
from reception.models.lines import Line
from reception.models.orders import WorkOrder
from reception.states import AuthorisedHow


class Authorisation(Row):
    """The customer agreed: to what (lines at their prices), how, when, and the limit from then on."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="authorisations")
    how = models.CharField(max_length=12, choices=AuthorisedHow.choices)
    signer = models.CharField(max_length=60)
    #: PNG of the signature as a data URL, or empty when the name was typed or said.
    signature = models.TextField(blank=True)
    #: Limit of the customer's gross share after this.
    amount = MoneyField()
    shown = models.JSONField()
    content_hash = models.CharField(max_length=64)
    agreed_at = models.DateTimeField()
    recorded_by = person()

    class Meta:
        constraints = [one_of("how", AuthorisedHow), *not_negative("amount")]
        triggers = [append_only()]


class PromiseChange(Row):
    """A promised time. The first row is the first promise; each later one has a reason."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="promises")
    promised_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    first = models.BooleanField()
    changed_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(first=True), name="promise_first_once"),
            models.CheckConstraint(condition=Q(first=True) | ~Q(reason=""), name="promise_change_has_reason"),
        ]
        triggers = [append_only()]


class PlannedWork(Row):
    """Work still to be done on a line: the load that promises are computed from. The workshop keeps it true."""

    line = models.OneToOneField(Line, models.CASCADE, related_name="plan")
    skill = models.ForeignKey(Skill, models.PROTECT, null=True, blank=True, related_name="+")
    hours_left = QuantityField()
    technician = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="planned")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, blank=True, related_name="planned")
    during = DateTimeRangeField(null=True, blank=True)

    class Meta:
        constraints = [
            *not_negative("hours_left"),
            ExclusionConstraint(
                name="planned_technician_once",
                expressions=[("technician", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(technician__isnull=False, during__isnull=False, hours_left__gt=0),
            ),
        ]
