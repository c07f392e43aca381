"""How many cars that were due came back. Every number counts the cars of one queryset, which also gives its list."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.models import Branch, Membership
from customers.models import Message, PastVisit, Vehicle
from customers.selectors import Found, with_owners
from customers.services.forecast import add_months
from dms.clock import day_bounds
from dms.money import ZERO
from reception.models import Appointment, Line, WorkOrder
from reception.states import LineKind, LineState
from retention.measures import UNPAID
from retention.models import AppointmentWish, CallTry, LapseCase, Reminder
from retention.selectors.base import Group, in_group
from retention.selectors.campaigns import NO_VISIT, SENT
from retention.states import REACHED, CallKind, ClosedWhy, LapseState, Outcome

PAGE = 30
#: What happens from so long before the due date on has to do with it, and until so long after it.
BEFORE, AFTER = timedelta(days=45), timedelta(days=90)
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


def _due(branch: Branch, period: Period) -> QuerySet[Any, Any]:
    """Reminders of the period, with the instants between which something has to do with each."""
    rows = Reminder.objects.filter(vehicle__branch=branch, due_on__gte=period.first, due_on__lte=period.last)
    return rows.exclude(closed_why=ClosedWhy.MOOT).alias(
        since=ExpressionWrapper(F("due_on") - BEFORE, output_field=DateTimeField()),
        until=ExpressionWrapper(F("due_on") + AFTER, output_field=DateTimeField()),
    )


def reminders(branch: Branch, period: Period) -> QuerySet[Reminder]:
    """Reminders of the period with `contacted`, `booked` and `arrived`, each near its due date."""
    rows: QuerySet[Reminder] = _due(branch, period)
    car, since = OuterRef("vehicle"), OuterRef("since")
    told = Message.objects.filter(kind="due_reminder", vehicle=car, created_at__gte=since)
    told = told.filter(Q(state__in=SENT) | Q(merged_into__state__in=SENT))
    tries = CallTry.objects.filter(task__vehicle=car, tried_at__gte=since)
    reached = tries.filter(task__kind__in=(CallKind.DUE, CallKind.LAPSE), outcome__in=REACHED)
    wishes = AppointmentWish.objects.filter(vehicle=car, asked_at__gte=since)
    times = Appointment.objects.filter(vehicle=car, starts_at__isnull=False, created_at__gte=since)
    asked = tries.filter(outcome=Outcome.BOOK)
    visits = WorkOrder.objects.filter(vehicle=car, arrived_at__gte=since, arrived_at__lte=OuterRef("until"))
    return rows.annotate(
        contacted=Exists(told) | Exists(reached),
        booked=Exists(times) | Exists(wishes) | Exists(asked),
        arrived=Exists(visits.exclude(state__in=NO_VISIT)),
    )


def funnel(branch: Branch, period: Period) -> Funnel:
    """One query."""
    counts = {f"n_{name}": Count("vehicle", filter=which, distinct=True) for name, which in STEPS.items() if which}
    found = reminders(branch, period).aggregate(n_due=Count("vehicle", distinct=True), **counts)
    return Funnel(**{name: found[f"n_{name}"] for name in STEPS})


def funnel_orders(branch: Branch, period: Period) -> QuerySet[Any, Any]:
    """The visits near a due date of the period that were settled, with `revenue`: labour and parts without tax."""
    near = _due(branch, period).filter(
        vehicle=OuterRef("vehicle"), since__lte=OuterRef("arrived_at"), until__gte=OuterRef("arrived_at")
    )
    lines = Line.objects.filter(order=OuterRef("pk"), state=LineState.DONE, kind__in=(LineKind.LABOUR, LineKind.PART))
    sold = lines.exclude(payer__in=UNPAID).order_by().values("order").annotate(net=Sum("net")).values("net")
    rows = WorkOrder.objects.filter(Exists(near), branch=branch, settled_at__isnull=False).exclude(state__in=NO_VISIT)
    return rows.annotate(revenue=Coalesce(Subquery(sold), ZERO))


def funnel_revenue(branch: Branch, period: Period) -> Decimal:
    """What the visits near their due dates came to, each once. One query."""
    found: Decimal = funnel_orders(branch, period).aggregate(total=Coalesce(Sum("revenue"), ZERO))["total"]
    return found


def step_cars(branch: Branch, period: Period, step: str) -> QuerySet[Vehicle]:
    """The cars of a step."""
    return Vehicle.objects.filter(pk__in=reminders(branch, period).filter(STEPS[step]).values("vehicle"))


def retained_cars(branch: Branch, month_end: date) -> QuerySet[Vehicle]:
    """The retained base at the end of that month: what `retained_by_month` counts."""
    first = add_months(month_end + timedelta(days=1), -12)
    begins, _next = day_bounds(branch, first)
    _begins, ends = day_bounds(branch, month_end)
    car = OuterRef("pk")
    here = WorkOrder.objects.filter(vehicle=car, branch=branch, released_at__gte=begins, released_at__lt=ends)
    past = PastVisit.objects.filter(vehicle=car, on__gte=first, on__lte=month_end)
    visits = _counted(here, "pk") + _counted(past, "on")
    needed = Coalesce("model__brand__retained_visits", Value(1))
    return Vehicle.objects.filter(branch=branch).alias(visits=visits, needed=needed).filter(visits__gte=F("needed"))


def _counted(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many of a car's rows differ in that column."""
    counted = rows.order_by().values("vehicle").annotate(n=Count(by, distinct=True)).values("n")
    return Coalesce(Subquery(counted), Value(0))


def base_cars(branch: Branch, of: Group | None = None) -> QuerySet[Vehicle]:
    """The cars that `lapse_shares` counts as the base, of a group or all: those that were here, or are missed."""
    cases = LapseCase.objects.filter(vehicle=OuterRef("pk"), state=LapseState.OPEN)
    cars = Vehicle.objects.filter(Q(last_visit_on__isnull=False) | Exists(cases), branch=branch)
    if of is None:
        return cars
    return _of_advisor(cars, branch, of, cases) if of.by == "advisor" else in_group(cars, branch, of)


def _of_advisor(cars: QuerySet[Vehicle], branch: Branch, of: Group, cases: QuerySet[LapseCase]) -> QuerySet[Vehicle]:
    """A missed car is its case owner's; any other belongs to who received it last, if still at work here."""
    here = Membership.objects.filter(branch=branch, active=True).values("user")
    last = WorkOrder.objects.filter(vehicle=OuterRef("pk"), branch=branch).order_by("-arrived_at", "-id")
    owner = cases.order_by().values("vehicle").annotate(owner=Max("owner")).values("owner")
    cars = cars.alias(missed=Exists(cases), keeper=Subquery(owner), received=Subquery(last.values("advisor")[:1]))
    if of.key is None:
        nobody = Q(received__isnull=True) | ~Q(received__in=here)
        return cars.filter(Q(missed=True, keeper__isnull=True) | (Q(missed=False) & nobody))
    at_work = Q(missed=False, received=of.key, received__in=here)
    return cars.filter(Q(missed=True, keeper=of.key) | at_work)


def cars_of(ids: list[int]) -> QuerySet[Vehicle]:
    """Cars by their ids: one value of the statement however many there are (65,535 is the most that one can have)."""
    return Vehicle.objects.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", (ids,)))


def car_page(cars: QuerySet[Vehicle], after: int | None = None, size: int = PAGE) -> tuple[list[Found], int | None]:
    """Cars with their owners, and the id after which the next ones come. Two queries."""
    rows = cars.select_related("model__brand").order_by("pk")
    found = list((rows.filter(pk__gt=after) if after else rows)[: size + 1])
    return with_owners(found[:size]), found[size - 1].pk if len(found) > size else None
