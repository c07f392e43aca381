"""How many cars that were due came back. Every number counts the cars of one queryset, which also gives its list."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.fields import DateTimeField

from accounts.models import Branch
from customers.models import Message, Vehicle
from customers.selectors import Found, with_owners
from reception.models import WorkOrder
from retention.models import AppointmentWish, CallTry, Reminder
from retention.selectors.campaigns import NO_VISIT, SENT
from retention.states import REACHED, CallKind, ClosedWhy, Outcome

PAGE = 30
#: A visit later than so many days after the due date does not come from the reminder any more.
WITHIN = timedelta(days=90)
#: name of a step -> which reminders stand in it
STEPS: dict[str, Q] = {
    "due": Q(),
    "contacted": Q(contacted=True),
    "booked": Q(booked=True),
    "arrived": Q(arrived=True),
    "uncontacted": Q(arrived=True, contacted=False),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Due dates that are looked at, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Funnel:
    """Cars (not services) due in a period, and how far each went: told, asked for a time, came.

    `uncontacted` came without having been told; `arrived` counts them too.
    """

    due: int
    contacted: int
    booked: int
    arrived: int
    uncontacted: int


def reminders(branch: Branch, period: Period) -> QuerySet[Reminder]:
    """Reminders of the period with `contacted`, `booked` and `arrived`, each from the reminder's making on."""
    rows = Reminder.objects.filter(vehicle__branch=branch, due_on__gte=period.first, due_on__lte=period.last)
    rows = rows.exclude(closed_why=ClosedWhy.MOOT)
    rows = rows.alias(until=ExpressionWrapper(F("due_on") + WITHIN, output_field=DateTimeField()))
    car, since = OuterRef("vehicle"), OuterRef("created_at")
    told = Message.objects.filter(kind="due_reminder", vehicle=car, created_at__gte=since)
    told = told.filter(Q(state__in=SENT) | Q(merged_into__state__in=SENT))
    tries = CallTry.objects.filter(task__vehicle=car, tried_at__gte=since)
    reached = tries.filter(task__kind__in=(CallKind.DUE, CallKind.LAPSE), outcome__in=REACHED)
    wishes = AppointmentWish.objects.filter(vehicle=car, asked_at__gte=since)
    visits = WorkOrder.objects.filter(vehicle=car, arrived_at__gte=since, arrived_at__lte=OuterRef("until"))
    return rows.annotate(
        contacted=Exists(told) | Exists(reached),
        booked=Exists(wishes) | Exists(tries.filter(outcome=Outcome.BOOK)),
        arrived=Exists(visits.exclude(state__in=NO_VISIT)),
    )


def funnel(branch: Branch, period: Period) -> Funnel:
    """One query."""
    counts = {name: Count("vehicle", filter=which, distinct=True) for name, which in STEPS.items() if name != "due"}
    found = reminders(branch, period).aggregate(due=Count("vehicle", distinct=True), **counts)
    return Funnel(**found)


def step_page(
    branch: Branch, period: Period, step: str, after: int | None = None, size: int = PAGE
) -> tuple[list[Found], int | None]:
    """The cars of a step with their owners, and the id after which the next ones come. Two queries."""
    cars = Vehicle.objects.filter(pk__in=reminders(branch, period).filter(STEPS[step]).values("vehicle"))
    rows = cars.select_related("model__brand").order_by("pk")
    found = list((rows.filter(pk__gt=after) if after else rows)[: size + 1])
    return with_owners(found[:size]), found[size - 1].pk if len(found) > size else None
