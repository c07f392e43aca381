"""When a branch was last looked through."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from dms.fields import Row, one_of, person
from retention.states import Sweep


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
