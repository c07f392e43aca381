"""The same seed on the same day makes the same shop; another seed another one."""

import hashlib
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, DueForecast, OdometerReading, Vehicle
from delivery.models import Payment, Settlement
from portal.demo import fill as made
from reception.models import Line, WorkOrder
from workshop.models import Clocking

FEW = 100
COLUMNS: list[tuple[Any, list[str]]] = [
    (Customer, ["name", "phone", "kind", "language", "email"]),
    (Vehicle, ["plate", "vin", "model__name", "colour", "last_visit_on", "last_odometer", "km_per_day", "next_due_on"]),
    (OdometerReading, ["vehicle__vin", "km"]),
    (WorkOrder, ["number", "state", "vehicle__vin", "visit_type", "odometer_in", "advisor__username"]),
    (Line, ["order__number", "code", "quantity", "unit_price", "gross", "state", "payer"]),
    (Settlement, ["number", "net", "tax", "gross"]),
    (Payment, ["receivable__settlement__number", "amount", "method"]),
    (Clocking, ["job__line__code", "technician__user__username", "job__order__number"]),
    (DueForecast, ["vehicle__vin", "rule__name", "cycle", "due_on", "due_km"]),
]


def digests(seed: int) -> dict[str, str]:
    """A digest of each table's columns; everything is undone."""
    with transaction.atomic():
        made.fill(seed)
        found = {}
        for model, names in COLUMNS:
            rows = list(model.objects.order_by("id").values_list(*names))
            found[model.__name__] = hashlib.sha256(repr(rows).encode()).hexdigest()
        transaction.set_rollback(True)
    return found


@pytest.mark.slow
@pytest.mark.django_db
def test_twice_the_same(monkeypatch):
    monkeypatch.setattr(made, "CARS", FEW)
    first = digests(7)
    assert digests(7) == first
