"""When a branch was last looked through."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from dms.fields import Row, one_of, person
from retention.states import Sweep


class SweepRun(Row):
    """One run of a sweep in a branch: of its turn (`slot_at`), or asked for by a person (`slot_at` empty).

    `rows` were new. `error` is the kind of what went wrong, never its words, which may hold a name or a phone number:
    such a run changed nothing and has no turn, so that the next hour tries it again.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    sweep = models.CharField(max_length=12, choices=Sweep.choices)
    slot_at = models.DateTimeField(null=True, blank=True)
    asked_by = person()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["branch", "sweep", "-started_at"], name="sweeprun_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "sweep", "slot_at"], condition=Q(slot_at__isnull=False), name="sweeprun_slot_once"
            ),
            one_of("sweep", Sweep),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")), name="sweeprun_order"
            ),
            models.CheckConstraint(
                condition=Q(error="") | Q(slot_at__isnull=True, rows=0, finished_at__isnull=False),
                name="sweeprun_failed_changed_nothing",
            ),
        ]
