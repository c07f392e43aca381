"""The multi-point inspection (多点检测) of a car: one sheet a visit, a finding for each point of its list."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models import HealthList, HealthPoint
from catalog.states import Direction, PointGroup
from dms.fields import Bilingual, Row, acted, one_of, person
from dms.history import tracked
from reception.models import Line, WorkOrder
from workshop.states import Colour


@tracked()
class HealthCheck(Row):
    """The sheet of a visit; finished once, and never changed afterwards."""

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="health")
    health_list = models.ForeignKey(HealthList, models.PROTECT, related_name="+")
    #: The car's reading of this visit: wear is counted between two of them.
    km = models.PositiveIntegerField(null=True, blank=True)
    begun_at = models.DateTimeField()
    begun_by = person()
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = person()

    class Meta:
        constraints = [
            *acted("begun", "finished"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("begun_at")), name="healthcheck_order"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="finished_stands",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__finished_at__isnull=False),
            )
        ]


def _not_better() -> models.CheckConstraint:
    """No colour is better than what was measured says; a technician may see that it is worse."""
    amber, green = Q(colour__in=[Colour.AMBER, Colour.GREEN]), Q(colour=Colour.GREEN)
    less, more = Q(direction=Direction.LESS), Q(direction=Direction.MORE)
    better = (amber & less & Q(value__lt=F("amber_limit"))) | (green & less & Q(value__lt=F("green_limit")))
    better |= (amber & more & Q(value__gt=F("amber_limit"))) | (green & more & Q(value__gt=F("green_limit")))
    return models.CheckConstraint(condition=Q(value__isnull=True) | ~better, name="finding_not_better_than_measured")


@tracked()
class Finding(Bilingual, Row):
    """What was found at a point. Its words and limits are copied: the list may change, the sheet does not."""

    health = models.ForeignKey(HealthCheck, models.PROTECT, related_name="findings")
    point = models.ForeignKey(HealthPoint, models.PROTECT, related_name="+")
    group = models.CharField(max_length=10, choices=PointGroup.choices)
    position = models.PositiveSmallIntegerField(default=0)
    unit = models.CharField(max_length=10, blank=True)
    direction = models.CharField(max_length=4, choices=Direction.choices, null=True, blank=True)
    green_limit = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    amber_limit = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    #: Empty until somebody has looked.
    colour = models.CharField(max_length=5, choices=Colour.choices, null=True, blank=True)
    value = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["health", "point"], name="finding_point_once"),
            one_of("group", PointGroup),
            one_of("direction", Direction),
            one_of("colour", Colour),
            *acted("seen"),
            models.CheckConstraint(
                condition=Q(colour__isnull=True, seen_at__isnull=True, value__isnull=True)
                | Q(colour__isnull=False, seen_at__isnull=False),
                name="finding_seen_has_colour",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(direction__isnull=False), name="finding_value_of_measured"
            ),
            _not_better(),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sheet_finished",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM workshop_healthcheck h
                               WHERE h.id = OLD.health_id AND h.finished_at IS NOT NULL) THEN
                        RAISE EXCEPTION 'the inspection sheet is finished' USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    @property
    def subject_key(self) -> str:
        """How photos name this finding."""
        return f"finding:{self.pk}"


class FindingLine(Row):
    """A line that came of a finding: extra work or work for later. A draft that is removed takes its row along."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="proposed")
    line = models.OneToOneField(Line, models.CASCADE, related_name="of_finding")
