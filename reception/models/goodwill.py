"""Goodwill (善意索赔): the house takes a share of a line's price, which one person asks for and another approves."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from dms.fields import Row, acted, person
from dms.history import tracked
from dms.money import quantise
from reception.models.lines import Line


@tracked()
class Goodwill(Row):
    """A request: `share` in percent of the line's price, and why. One that is open or approved for each line."""

    line = models.ForeignKey(Line, models.CASCADE, related_name="goodwills")
    share = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    asked_by = person(null=False)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = person()
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=100), name="goodwill_share_range"),
            models.CheckConstraint(condition=~Q(reason=""), name="goodwill_says_why"),
            *acted("asked", "approved", "refused"),
            # Another person, whoever writes it.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")), name="goodwill_two_people"
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | Q(refused_at__isnull=True), name="goodwill_one_answer"
            ),
            models.UniqueConstraint(fields=["line"], condition=Q(refused_at__isnull=True), name="goodwill_once_a_line"),
        ]

    @property
    def house(self) -> Decimal:
        """What the house takes of the line's price, as it is now."""
        return quantise(self.line.quantity * self.line.unit_price * self.share / 100)
