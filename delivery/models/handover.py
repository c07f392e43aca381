"""What was checked, shown and given back."""

from django.db import models

from dms.fields import Row, Versioned, acted, person
from dms.workflow import append_only
from reception.models import TakenItem, WorkOrder


class Handover(Versioned):
    """Facts of the internal check and of the customer's walk round. `checks` maps keys of `CHECKS` to true."""

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="handover")
    checks = models.JSONField(default=dict)
    internal_note = models.CharField(max_length=300, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    next_service_on = models.DateField(null=True, blank=True)
    next_service_km = models.PositiveIntegerField(null=True, blank=True)


class ReturnedItem(Row):
    """A thing taken in, given back, and to whom."""

    taken = models.OneToOneField(TakenItem, models.PROTECT, related_name="returned")
    to = models.CharField(max_length=60)
    returned_at = models.DateTimeField()
    returned_by = person(null=False)

    class Meta:
        constraints = [*acted("returned")]
        triggers = [append_only()]
