"""Jobs, their clocks, what stops them, the parts that go into them and the checks that end them."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import Bay, Membership
from catalog.models import Batch
from dms.fields import QuantityField, Row, Versioned, acted, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.models import Line, WorkOrder
from workshop.states import JOB_EDGES, HoldReason, JobState, Level, PauseReason


class TimeRange(models.Func):
    """The stretch between two instants, half open; without an end it goes on."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


@tracked()
class Job(Versioned):
    """The work on one approved labour line. Standard and sold hours are copied; actual hours are the clockings."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="jobs")
    line = models.OneToOneField(Line, models.PROTECT, related_name="job")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    technician = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="jobs")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, blank=True, related_name="jobs")
    standard_hours = QuantityField()
    sold_hours = QuantityField()
    #: Why it came back from a check or from the customer; empty at first.
    return_cause = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            one_of("state", JobState),
            *not_negative("standard_hours", "sold_hours"),
            models.CheckConstraint(
                condition=Q(state=JobState.QUEUED) | Q(technician__isnull=False), name="job_has_technician"
            ),
        ]
        indexes = [
            models.Index(fields=["technician"], condition=~Q(state=JobState.DONE), name="job_open_of_technician")
        ]
        triggers = [edge_guard("job", JOB_EDGES), first_state_guard("job", [JobState.QUEUED])]

    def __str__(self) -> str:
        return self.line.label


class Slot(Row):
    """When a dispatched job that nobody has begun is to be done, by whom and in which bay. The clock ends it."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="slot")
    technician = models.ForeignKey(Membership, models.PROTECT, related_name="slots")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, blank=True, related_name="slots")
    during = DateTimeRangeField()
    planned_at = models.DateTimeField()
    planned_by = person()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="slot_technician_once",
                expressions=[("technician", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            ExclusionConstraint(
                name="slot_bay_once",
                expressions=[("bay", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(bay__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
                name="slot_during_bounded",
            ),
            *acted("planned"),
        ]


@tracked()
class Attendance(Row):
    """A stretch of time that a person is at work, from coming to going; what was corrected keeps its reason."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="attendances")
    came_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    correction = models.CharField(max_length=300, blank=True)
    corrected_at = models.DateTimeField(null=True, blank=True)
    corrected_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("came_at")), name="attendance_order"
            ),
            ExclusionConstraint(
                name="attendance_once",
                expressions=[
                    ("membership", RangeOperators.EQUAL),
                    (TimeRange("came_at", "left_at"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(corrected_at__isnull=True) | ~Q(correction=""), name="attendance_corrected_has_reason"
            ),
            *acted("corrected"),
        ]


@tracked()
class Clocking(Row):
    """A stretch of work of one person on one job; what was corrected keeps its reason."""

    job = models.ForeignKey(Job, models.PROTECT, related_name="clockings")
    technician = models.ForeignKey(Membership, models.PROTECT, related_name="clockings")
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True)
    #: The car and where it stood, as the job said when the clock started; the database writes both.
    order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, editable=False, related_name="+")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, editable=False, related_name="clockings")
    correction = models.CharField(max_length=300, blank=True)
    corrected_at = models.DateTimeField(null=True, blank=True)
    corrected_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(corrected_at__isnull=True) | ~Q(correction=""), name="clocking_corrected_has_reason"
            ),
            *acted("corrected"),
            models.UniqueConstraint(
                fields=["technician"], condition=Q(stopped_at__isnull=True), name="clocking_technician_open_once"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")), name="clocking_order"
            ),
            models.CheckConstraint(
                condition=Q(pause_reason="") | Q(pause_reason__in=sorted(PauseReason.values)),
                name="clocking_pause_reason_known",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=False) | Q(order__isnull=False), name="clocking_open_has_order"
            ),
            # While a clock runs its car stands in the bay: others may work on the same car there, not on another.
            ExclusionConstraint(
                name="clocking_bay_one_car",
                expressions=[("bay", RangeOperators.EQUAL), ("order", RangeOperators.NOT_EQUAL)],
                condition=Q(stopped_at__isnull=True, bay__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="clocking_where",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    SELECT j.order_id, j.bay_id INTO NEW.order_id, NEW.bay_id
                    FROM workshop_job j WHERE j.id = NEW.job_id;
                    RETURN NEW;
                """,
            )
        ]


@tracked()
class Hold(Row):
    """Something that an order, or one job of it, waits for; open until it is ended."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="holds")
    job = models.ForeignKey(Job, models.PROTECT, null=True, blank=True, related_name="holds")
    reason = models.CharField(max_length=10, choices=HoldReason.choices)
    #: Who takes care that it ends.
    owner = person(null=False)
    note = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    began_by = person()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            one_of("reason", HoldReason),
            *acted("began", "ended"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="hold_order"
            ),
        ]
        indexes = [models.Index(fields=["order"], condition=Q(ended_at__isnull=True), name="hold_open_of_order")]


class PartIssue(Row):
    """Parts handed to the workshop for a line, and how many of them came back, in the part's unit."""

    line = models.ForeignKey(Line, models.PROTECT, related_name="issues")
    quantity = QuantityField()
    returned = QuantityField(default=0)
    issued_at = models.DateTimeField()
    issued_by = person()

    class Meta:
        constraints = [
            *not_negative("quantity", "returned"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="partissue_quantity"),
            models.CheckConstraint(condition=Q(returned__lte=F("quantity")), name="partissue_returned_within"),
            *acted("issued"),
        ]


class IssuedBatch(Row):
    """How much of a part issue came out of which batch, and how much of that went back: who got what of a batch."""

    issue = models.ForeignKey(PartIssue, models.PROTECT, related_name="batches")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="issued")
    quantity = QuantityField()
    returned = QuantityField(default=0)

    class Meta:
        constraints = [
            *not_negative("quantity", "returned"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="issuedbatch_quantity"),
            models.CheckConstraint(condition=Q(returned__lte=F("quantity")), name="issuedbatch_returned_within"),
            models.UniqueConstraint(fields=["issue", "batch"], name="issuedbatch_once"),
        ]


class Inspection(Row):
    """One of the three checks, passed or failed with a cause. A failure ends its round."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="inspections")
    round = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=6, choices=Level.choices)
    passed = models.BooleanField()
    cause = models.TextField(max_length=300, blank=True)
    inspected_at = models.DateTimeField()
    inspected_by = person()

    class Meta:
        constraints = [
            one_of("level", Level),
            models.CheckConstraint(condition=Q(passed=True) | ~Q(cause=""), name="inspection_failed_has_cause"),
            models.CheckConstraint(condition=Q(round__gte=1), name="inspection_round_min"),
            models.UniqueConstraint(fields=["order", "round", "level"], name="inspection_level_once"),
            *acted("inspected"),
        ]
        triggers = [append_only()]


class CheckedOrder(WorkOrder):
    """The order as the workshop guards it: `quality` cannot be written without a passed final inspection."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="quality_inspected",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NEW.quality_at IS NOT NULL
                       AND (TG_OP = 'INSERT' OR OLD.quality_at IS DISTINCT FROM NEW.quality_at)
                       AND NOT EXISTS (
                           SELECT 1 FROM workshop_inspection i
                           WHERE i.order_id = NEW.id AND i.level = 'final' AND i.passed
                             AND i.round = (SELECT max(r.round) FROM workshop_inspection r WHERE r.order_id = NEW.id)
                       )
                    THEN
                        RAISE EXCEPTION 'quality without a passed final inspection'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]
