"""Recalls of the makers: a list of VINs, each open until its remedy was done."""

from django.db import models
from django.db.models import Q

from catalog.models import Brand, LabourOperation
from dms.fields import Bilingual, Row, acted, person
from dms.history import tracked


@tracked()
class Recall(Bilingual, Row):
    """A campaign of a brand by the maker's number; `operation` is its remedy, the job that ends it."""

    number = models.CharField(max_length=40, unique=True)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="recalls")
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [*acted("ended"), models.CheckConstraint(condition=~Q(number=""), name="recall_has_number")]


@tracked()
class RecallVin(Row):
    """A car of a recall, ours or not yet; `done_subject` names the visit that did it, as `order:12`."""

    recall = models.ForeignKey(Recall, models.PROTECT, related_name="vins")
    vin = models.CharField(max_length=17)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = person()
    done_subject = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["vin"], condition=Q(done_at__isnull=True), name="recall_open_by_vin")]
        constraints = [
            models.UniqueConstraint(fields=["recall", "vin"], name="recallvin_once"),
            models.CheckConstraint(condition=~Q(vin=""), name="recallvin_has_vin"),
            *acted("done"),
        ]
