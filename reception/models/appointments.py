"""Before the visit: who comes when, for how much work."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Branch, Skill
from customers.models import Customer, Vehicle
from dms.fields import QuantityField, Row, Versioned, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.appointment_states import APPOINTMENT_EDGES, TAKES_TIME, Act, AppointmentState, Source
from reception.models.orders import WorkOrder
from reception.states import VisitType

#: The reception slot as a range, so that the database compares it: from the first minute to before the last.
_SLOT = Func("starts_at", "ends_at", RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField())
#: Those who wait for a free day have no time yet; who never had one may still cancel, or simply drive in.
_NO_TIME = (AppointmentState.WAITING, AppointmentState.CANCELLED, AppointmentState.ARRIVED)


class DayLoad(Row):
    """A day of a branch's workshop. Who books for it locks it first, so that the last hours go to one car.

    One row for all skills: a technician who can do two things can do one of them at a time, so a booking of either
    changes what is left of both (docs/adr/0015).
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "on"], name="dayload_once")]


@tracked()
class Appointment(Versioned):
    """A car that is to come: on `on`, received by `advisor` from `starts_at` to `ends_at`, for `hours` of work.

    A car or a customer that is not known yet is a plate, a name and a phone number. `state` has one writer,
    `reception.services.appointments`; who did what when stands in the log.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="appointments")
    state = models.CharField(max_length=10, choices=AppointmentState.choices, default=AppointmentState.BOOKED)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.DESK)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True, related_name="appointments")
    plate = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="appointments")
    name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164, as +8613912345678")
    kind = models.CharField(max_length=12, choices=VisitType.choices, default=VisitType.MAINTENANCE)
    skill = models.ForeignKey(Skill, models.PROTECT, null=True, blank=True, related_name="+")
    hours = QuantityField()
    on = models.DateField()
    advisor = person("appointments")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    waits = models.BooleanField(default=False)
    words = models.TextField(max_length=1000, blank=True)
    note = models.CharField(max_length=300, blank=True)
    order = models.OneToOneField(WorkOrder, models.PROTECT, null=True, blank=True, related_name="appointment")

    class Meta:
        constraints = [
            one_of("state", AppointmentState),
            one_of("source", Source),
            one_of("kind", VisitType),
            *not_negative("hours"),
            models.CheckConstraint(condition=~Q(plate=""), name="appointment_names_a_car"),
            models.CheckConstraint(
                condition=Q(advisor__isnull=False, starts_at__isnull=False, ends_at__gt=F("starts_at"))
                | Q(starts_at__isnull=True, ends_at__isnull=True, state__in=_NO_TIME),
                name="appointment_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(state=AppointmentState.ARRIVED), name="appointment_order_arrived"
            ),
            ExclusionConstraint(
                name="appointment_advisor_once",
                expressions=[("advisor", RangeOperators.EQUAL), (_SLOT, RangeOperators.OVERLAPS)],
                condition=Q(state__in=TAKES_TIME, starts_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["branch", "plate", "on"],
                condition=Q(state__in=[AppointmentState.BOOKED, AppointmentState.WAITING]),
                name="appointment_car_once_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "on", "starts_at"], name="appointment_by_day"),
            models.Index(fields=["vehicle", "-on"], name="appointment_of_vehicle"),
            models.Index(
                fields=["branch", "starts_at"], condition=Q(state=AppointmentState.BOOKED), name="appointment_expected"
            ),
        ]
        triggers = [
            edge_guard("appointment", APPOINTMENT_EDGES),
            first_state_guard("appointment", [AppointmentState.BOOKED, AppointmentState.WAITING]),
        ]

    def __str__(self) -> str:
        return f"{self.plate} {self.on}"

    @property
    def subject_key(self) -> str:
        """How messages and calls name this appointment."""
        return f"appointment:{self.pk}"


class FreeTime(Row):
    """A time that became free and was offered to a car of the waiting list; `code` opens the page that takes it.

    It is kept for nobody: whoever takes it first has it, and `taken_at` says that it was this car.
    """

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="offered")
    starts_at = models.DateTimeField()
    code = models.CharField(max_length=8, unique=True, editable=False)
    offered_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__gt=F("offered_at")), name="freetime_lies_ahead"),
        ]
        indexes = [models.Index(fields=["appointment", "-id"], name="freetime_of")]


class AppointmentLog(Row):
    """What happened to an appointment, for people; `actor` empty: the customer or the system."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="log")
    act = models.CharField(max_length=10, choices=Act.choices)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.DESK)
    starts_at = models.DateTimeField(null=True, blank=True)
    acted_at = models.DateTimeField()
    actor = person()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [one_of("act", Act), one_of("source", Source)]
        indexes = [models.Index(fields=["appointment", "id"], name="appointmentlog_of")]
        triggers = [append_only()]
