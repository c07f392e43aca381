"""Facts for the figures: written from the log, the clocks and the holds, and the same again whenever they are."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from dms.fields import Row, not_negative, one_of
from reception.models import WorkOrder
from reception.states import State


class StageFact(Row):
    """A stretch that an order stood in one stage and has left: how its time was spent, in seconds.

    Worked: somebody's clock ran, whatever the hour. Held and waited count in opening hours alone: a car that stands
    overnight waits for nobody. `held`: a hold was open and nobody worked; `waited`: neither.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="stages")
    #: Its place among the stretches of the order, from 1.
    nth = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    worked = models.IntegerField()
    held = models.IntegerField()
    waited = models.IntegerField()

    class Meta:
        constraints = [
            one_of("state", State),
            *not_negative("worked", "held", "waited"),
            models.CheckConstraint(condition=Q(nth__gte=1), name="stagefact_nth_min"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("began_at")), name="stagefact_order"),
            models.UniqueConstraint(fields=["order", "nth"], name="stagefact_once"),
        ]
        indexes = [models.Index(fields=["state", "ended_at"], name="stagefact_ended")]

    @property
    def worked_time(self) -> timedelta:
        """As a length of time."""
        return timedelta(seconds=self.worked)

    @property
    def held_time(self) -> timedelta:
        """As a length of time."""
        return timedelta(seconds=self.held)

    @property
    def waited_time(self) -> timedelta:
        """As a length of time."""
        return timedelta(seconds=self.waited)
