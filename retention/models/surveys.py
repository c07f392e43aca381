"""What a customer thinks of a visit."""

from django.db import models
from django.db.models import Q

from dms.fields import Row, one_of, person
from dms.workflow import append_only
from reception.models import WorkOrder
from retention.models.calls import CallTask
from retention.states import Factor, SurveySource


class Survey(Row):
    """The marks of one visit, 1 (bad) to 10 (excellent) for each factor; given once and never changed.

    `reasons` maps the factors with a low mark to the customer's words, `weights` each factor to the percent with which
    it counted on that day, `score` is their weighted mean (1 to 10). `recorded_by` is empty when the customer gave the
    marks without us.
    """

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="survey")
    task = models.ForeignKey(CallTask, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=5, choices=SurveySource.choices)
    initiation = models.PositiveSmallIntegerField()
    advisor = models.PositiveSmallIntegerField()
    facility = models.PositiveSmallIntegerField()
    pickup = models.PositiveSmallIntegerField()
    quality = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=dict)
    weights = models.JSONField()
    score = models.DecimalField(max_digits=4, decimal_places=2)
    words = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField()
    recorded_by = person()

    class Meta:
        indexes = [models.Index(fields=["answered_at"], name="survey_by_time")]
        constraints = [
            one_of("source", SurveySource),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{factor}__gte": 1, f"{factor}__lte": 10}), name=f"survey_{factor}_one_to_ten"
                )
                for factor in Factor.values
            ],
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=10), name="survey_score_one_to_ten"),
        ]
        triggers = [append_only()]
