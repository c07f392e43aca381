"""What the checks look at, what they found, and what came back because of it."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Bay, Membership
from dms.fields import Bilingual, Row, Versioned, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only
from reception.models import GatePass, WorkOrder
from reception.states import RepairClass
from workshop.models.work import Inspection, Job
from workshop.states import Level, Origin, WashPoint


@tracked()
class CheckItem(Bilingual, Versioned):
    """Something that the checks of some repair classes look at, in the order of `place`; house-wide."""

    classes = ArrayField(models.CharField(max_length=8, choices=RepairClass.choices))
    levels = ArrayField(models.CharField(max_length=6, choices=Level.choices))
    place = models.PositiveSmallIntegerField(default=100)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(classes__contained_by=sorted(RepairClass.values), classes__len__gte=1),
                name="checkitem_classes_known",
                violation_error_message=_("Choose at least one repair class."),
            ),
            models.CheckConstraint(
                condition=Q(levels__contained_by=sorted(Level.values), levels__len__gte=1),
                name="checkitem_levels_known",
                violation_error_message=_("Choose at least one check."),
            ),
            *acted("ended"),
        ]

    @property
    def told_levels(self) -> str:
        """Its checks in words, in their order."""
        return " · ".join(str(level.label) for level in Level if level in self.levels)

    @property
    def told_classes(self) -> str:
        """Its repair classes in words."""
        if len(self.classes) == len(RepairClass):
            return gettext("every class")
        return " · ".join(str(one.label) for one in RepairClass if one in self.classes)


class CheckedItem(Bilingual, Row):
    """An item as it was checked, with the words of that moment: a list that changes later changes nothing here."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="items")
    item = models.ForeignKey(CheckItem, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    in_order = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspection", "item"], name="checkeditem_once")]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="passed_in_order",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.in_order IS DISTINCT FROM
                       (SELECT passed FROM workshop_inspection WHERE id = NEW.inspection_id)
                    THEN
                        RAISE EXCEPTION 'a passed check has every item in order, a failed one names what is not'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]


@tracked()
class RoadTest(Row):
    """A drive (试车) by whoever works on or checks the car; its kilometres are the shop's, not the customer's.

    The gate pass knows when the gate saw the car out and in.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="road_tests")
    gate_pass = models.OneToOneField(GatePass, models.PROTECT, related_name="road_test")
    driver = person(null=False)
    km_out = models.PositiveIntegerField()
    km_in = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    #: What was noticed on the way.
    result = models.CharField(max_length=300, blank=True)
    out_at = models.DateTimeField()
    out_by = person()
    in_at = models.DateTimeField(null=True, blank=True)
    in_by = person()

    class Meta:
        constraints = [
            *acted("out", "in"),
            models.CheckConstraint(
                condition=Q(in_at__isnull=True, km_in__isnull=True)
                | Q(in_at__gte=F("out_at"), km_in__gte=F("km_out"), km_in__lte=3_000_000),
                name="roadtest_in_after_out",
            ),
            models.UniqueConstraint(fields=["order"], condition=Q(in_at__isnull=True), name="roadtest_open_once"),
            models.UniqueConstraint(fields=["driver"], condition=Q(in_at__isnull=True), name="roadtest_driver_once"),
        ]

    @property
    def distance(self) -> int | None:
        """Kilometres driven; None on the way."""
        return None if self.km_in is None else self.km_in - self.km_out


class Dispatch(Row):
    """A job was given to somebody, each time: the job itself knows only who has it now."""

    job = models.ForeignKey(Job, models.PROTECT, related_name="dispatches")
    technician = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, blank=True, related_name="+")
    dispatched_at = models.DateTimeField()
    dispatched_by = person()

    class Meta:
        constraints = [*acted("dispatched")]
        triggers = [append_only()]


class Wash(Row):
    """A car at the wash: what was done of it, or why it was not washed. A car that comes back is washed anew."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="washes")
    done = ArrayField(models.CharField(max_length=8, choices=WashPoint.choices), default=list, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    washed_at = models.DateTimeField()
    washed_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(done__contained_by=sorted(WashPoint.values)), name="wash_done_known"),
            models.CheckConstraint(
                condition=Q(reason="", done__len__gte=1) | (~Q(reason="") & Q(done=[])), name="wash_done_or_skipped"
            ),
            *acted("washed"),
        ]
        indexes = [models.Index(fields=["order"], name="wash_of_order")]
        triggers = [append_only()]

    @property
    def told(self) -> str:
        """What was done, in words."""
        return " · ".join(str(point.label) for point in WashPoint if point in self.done)

    @property
    def left(self) -> str:
        """What was not done of a washed car, in words."""
        return "" if self.reason else " · ".join(str(point.label) for point in WashPoint if point not in self.done)


class Comeback(Row):
    """An internal comeback (内返): a finished job that went back to its technician before the gate, and why."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="comebacks")
    job = models.ForeignKey(Job, models.PROTECT, related_name="comebacks")
    technician = models.ForeignKey(Membership, models.PROTECT, related_name="comebacks")
    origin = models.CharField(max_length=8, choices=Origin.choices)
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, blank=True, related_name="comebacks")
    cause = models.CharField(max_length=300, blank=True)
    returned_at = models.DateTimeField()
    returned_by = person()

    class Meta:
        constraints = [
            one_of("origin", Origin),
            models.CheckConstraint(
                condition=Q(origin__in=sorted(Level.values), inspection__isnull=False) & ~Q(cause="")
                | Q(origin__in=[Origin.HANDOVER, Origin.CUSTOMER], inspection__isnull=True),
                name="comeback_of_a_check_names_it",
            ),
            models.UniqueConstraint(fields=["inspection", "job"], name="comeback_once"),
            *acted("returned"),
        ]
        indexes = [models.Index(fields=["order"], name="comeback_of_order")]
        triggers = [append_only()]
