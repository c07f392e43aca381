"""Which maintenance was done at a visit, and what falls due after it."""

from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from catalog.models import LabourOperation, MaintenanceRule
from customers.models import DueForecast
from customers.services.forecast import add_months
from dms.clock import branch_day
from reception.models import WorkOrder
from reception.states import LineKind, LineState


class NextService(NamedTuple):
    """What is due next, whichever comes first; None where no rule says it."""

    on: date | None
    km: int | None


def rules_done(order: WorkOrder) -> list[MaintenanceRule]:
    """Rules of the car's model and brand all of whose operations were done in the order. One query."""
    model = order.vehicle.model
    if model is None:
        return []
    done = order.lines.filter(kind=LineKind.LABOUR, state=LineState.DONE).values("operation")
    asked = LabourOperation.objects.filter(rules=OuterRef("pk"))
    rules = MaintenanceRule.objects.filter(Q(model=model) | Q(brand_id=model.brand_id))
    return list(rules.filter(Exists(asked), ~Exists(asked.exclude(pk__in=done))))


def next_service(order: WorkOrder) -> NextService:
    """The next service to tell the customer: of the rules done at this visit their interval from today and from the
    reading on; of the others their open forecast, unless it is overdue. Two queries.
    """
    today, reading = branch_day(order.branch), order.odometer_in
    done = rules_done(order)
    days = [add_months(today, rule.interval_months) for rule in done if rule.interval_months]
    kms = [reading + rule.interval_km for rule in done if rule.interval_km and reading is not None]
    waiting = DueForecast.objects.filter(vehicle=order.vehicle_id, closed_at__isnull=True, due_on__gte=today)
    for forecast in waiting.exclude(rule__in=done):
        days.append(forecast.due_on)
        if forecast.due_km is not None and forecast.due_km > (reading or 0):
            kms.append(forecast.due_km)
    return NextService(min(days, default=None), min(kms, default=None))
