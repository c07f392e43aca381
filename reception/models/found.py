"""What somebody found on a car and could not name as an operation: free words, until the advisor makes work of it."""

from django.db import models
from django.db.models import Q

from dms.fields import Row, acted, person
from dms.history import tracked
from reception.models.lines import Statement
from reception.models.orders import WorkOrder


@tracked()
class FoundWork(Row):
    """A finding in free words. It ends priced (`reason` is empty) or without work, and why."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="found")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.CharField(max_length=300)
    found_at = models.DateTimeField()
    found_by = person(null=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = person()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            *acted("found", "closed"),
            models.CheckConstraint(condition=~Q(words=""), name="foundwork_words"),
            models.CheckConstraint(condition=Q(reason="") | Q(closed_at__isnull=False), name="foundwork_reason_closed"),
            models.UniqueConstraint(
                fields=["order", "found_by", "words"], condition=Q(closed_at__isnull=True), name="foundwork_open_once"
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def subject_key(self) -> str:
        """Under which its photos are kept."""
        return f"found:{self.pk}"
