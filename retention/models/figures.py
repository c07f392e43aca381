"""Rolled-up measures of the house, what makes an old day be counted anew, and figures that people enter."""

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Branch, Membership
from catalog.models import Brand
from customers.models import Vehicle
from dms.fields import Row, acted, not_negative, one_of, person
from dms.workflow import append_only
from reception.models import Appointment, WorkOrder
from reception.states import VisitType
from retention.states import Entered, Grain
from workshop.models import Attendance, Clocking

#: A sweep counts so many days anew each night; what changes earlier ones says so (`LateChange`). A repair can come back
#: for 30 days, and the return may be judged some days later.
FRESH_DAYS = 40


class Measured(Row):
    """The sum of one measure over a day (`on`) or a month (`on`: its first), of an advisor, technician, brand and type.

    Measures are named in `retention.measures`. `value` is in the measure's unit: pieces, hours or the branch's money.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    grain = models.CharField(max_length=1, choices=Grain.choices)
    on = models.DateField()
    measure = models.CharField(max_length=20)
    advisor = person()
    technician = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    visit_type = models.CharField(max_length=12, choices=VisitType.choices, null=True, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        constraints = [
            one_of("grain", Grain),
            one_of("visit_type", VisitType),
            models.UniqueConstraint(
                fields=["branch", "grain", "on", "measure", "advisor", "technician", "brand", "visit_type"],
                nulls_distinct=False,
                name="measured_once",
            ),
            models.CheckConstraint(
                condition=Q(grain=Grain.DAY) | Q(on__day=1), name="measured_month_begins"
            ),
        ]  # fmt: skip


class DeliveredCars(Row):
    """How many cars of a brand were delivered in `month` and, the last time before it, in `before` (NULL: never).

    Different cars do not add up from month to month. Those of January to March are the rows of these months of which
    `before` is no month of these: each car is counted where it first appears.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    month = models.DateField()
    before = models.DateField(null=True)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, related_name="+")
    cars = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "month", "before", "brand"], nulls_distinct=False, name="delivered_cars_once"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1) & (Q(before=None) | Q(before__day=1, before__lt=models.F("month"))),
                name="delivered_cars_months",
            ),
        ]  # fmt: skip


class Tally(Row):
    """What a page of retention shows as the night counted it on `on`: one row for each page and choice (`name`).

    `rows` is what the function of that name in `retention.selectors.tallies` returned.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    on = models.DateField()
    rows = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="tally_once")]


class LateChange(Row):
    """Something at `at` was changed that the nightly sweep would not look at any more; written by triggers.

    The sweep counts its day anew and takes the row away.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class EnteredFigure(Row):
    """A monthly figure that nobody can count here: the latest row of a kind and month holds, earlier ones are kept."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Entered.choices)
    month = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=2)
    entered_at = models.DateTimeField()
    entered_by = person(null=False)

    class Meta:
        indexes = [models.Index(fields=["branch", "kind", "month", "-id"], name="enteredfigure_latest")]
        constraints = [
            one_of("kind", Entered),
            *not_negative("value"),
            *acted("entered"),
            models.CheckConstraint(condition=Q(month__day=1), name="enteredfigure_month_begins"),
        ]
        triggers = [append_only()]


def _marks(name: str, operation: pgtrigger.Operation, select: str, unless_same: str = "") -> pgtrigger.Trigger:
    """After a change of old rows, a `LateChange` for each (branch, at) of `select` that is not looked at by itself."""
    same = f"IF TG_OP = 'UPDATE' AND ({unless_same}) THEN RETURN NULL; END IF;" if unless_same else ""
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.After, operation=operation,
        func=f"""
            {same}
            INSERT INTO retention_latechange (branch_id, at)
            SELECT branch_id, at FROM ({select}) old WHERE at < now() - interval '{FRESH_DAYS} days';
            RETURN NULL;
        """,  # noqa: S608  # constants
    )  # fmt: skip


def _same(*columns: str) -> str:
    return " AND ".join(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in columns)


_ORDER = """
    SELECT NEW.branch_id, unnest(ARRAY[OLD.arrived_at, OLD.settled_at, OLD.released_at,
        NEW.arrived_at, NEW.settled_at, NEW.released_at]) AS at
"""
_CLOCK = """
    SELECT m.branch_id, c.at FROM accounts_membership m
    JOIN (VALUES {rows}) c (person, at) ON c.person = m.id
"""


class MeasuredOrder(WorkOrder):
    """The order as the figures see it."""

    class Meta:
        proxy = True
        triggers = [
            _marks(
                "late_order", pgtrigger.Update, _ORDER,
                _same("arrived_at", "settled_at", "released_at", "vehicle_id", "advisor_id", "visit_type", "state",
                      "first_promised_at"),
            )
        ]  # fmt: skip


class MeasuredCar(Vehicle):
    """The car as the figures see it: another model is another brand, for all its visits."""

    class Meta:
        proxy = True
        triggers = [
            _marks(
                "late_model", pgtrigger.Update,
                """
                    SELECT o.branch_id, t.at FROM reception_workorder o
                    CROSS JOIN LATERAL unnest(ARRAY[o.arrived_at, o.settled_at, o.released_at]) t (at)
                    WHERE o.vehicle_id = NEW.id
                """,
                _same("model_id"),
            )
        ]  # fmt: skip


class MeasuredClocking(Clocking):
    """The clock on a job as the figures see it."""

    class Meta:
        proxy = True
        triggers = [
            _marks("late_clock_new", pgtrigger.Insert, _CLOCK.format(rows="(NEW.technician_id, NEW.started_at)")),
            _marks("late_clock_gone", pgtrigger.Delete, _CLOCK.format(rows="(OLD.technician_id, OLD.started_at)")),
            _marks(
                "late_clock", pgtrigger.Update,
                _CLOCK.format(
                    rows="(OLD.technician_id, OLD.started_at), (NEW.technician_id, NEW.started_at), "
                    "(OLD.technician_id, OLD.stopped_at), (NEW.technician_id, NEW.stopped_at)"
                ),
            ),
        ]  # fmt: skip


class MeasuredAttendance(Attendance):
    """Coming and going as the figures see it."""

    class Meta:
        proxy = True
        triggers = [
            _marks("late_attendance_new", pgtrigger.Insert, _CLOCK.format(rows="(NEW.membership_id, NEW.came_at)")),
            _marks("late_attendance_gone", pgtrigger.Delete, _CLOCK.format(rows="(OLD.membership_id, OLD.came_at)")),
            _marks(
                "late_attendance", pgtrigger.Update,
                _CLOCK.format(rows="(OLD.membership_id, OLD.came_at), (NEW.membership_id, NEW.came_at)"),
            ),
        ]  # fmt: skip


class MeasuredAppointment(Appointment):
    """The appointment as the figures see it: one that was missed may still be met."""

    class Meta:
        proxy = True
        triggers = [
            _marks(
                "late_appointment", pgtrigger.Update,
                "SELECT NEW.branch_id, unnest(ARRAY[OLD.starts_at, NEW.starts_at]) AS at",
                _same("state", "starts_at", "advisor_id", "vehicle_id", "kind"),
            )
        ]  # fmt: skip
