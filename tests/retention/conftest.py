"""Cars of a brand with two rules, and visits that end at the gate."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pgtrigger
import pytest
import time_machine

from dms.clock import branch_day, now
from dms.money import line_money

_numbers = count(1)


@pytest.fixture
def at() -> Any:
    """`with at(2026, 3, 1):` it is ten in the morning in Shenzhen (02:00 UTC) on that day."""

    def travel(year: int, month: int, day: int, hour: int = 2, minute: int = 0) -> Any:
        return time_machine.travel(datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}Z"))

    return travel


@pytest.fixture
def brand(db: None) -> Any:
    """Cars of it lapse after six months."""
    from catalog.models import Brand

    return Brand.objects.create(name="大众", lapse_months=6)


@pytest.fixture
def model(brand: Any) -> Any:
    from catalog.models import VehicleModel

    return VehicleModel.objects.create(brand=brand, name="帕萨特")


@pytest.fixture
def operation(db: None) -> Callable[[str], Any]:
    """`operation(code)`: made when it is not there."""
    from catalog.models import LabourOperation

    return lambda code: LabourOperation.objects.get_or_create(
        code=code, defaults={"name": f"项目{code}", "standard_hours": 1}
    )[0]


@pytest.fixture
def minor(brand: Any, operation: Any) -> Any:
    """Every 10,000 km or 12 months: the oil."""
    from catalog.models import MaintenanceRule

    rule = MaintenanceRule.objects.create(brand=brand, name="小保养", interval_km=10_000, interval_months=12)
    rule.operations.set([operation("OIL")])
    return rule


@pytest.fixture
def major(model: Any, operation: Any) -> Any:
    """Every 40,000 km: the oil and the plugs."""
    from catalog.models import MaintenanceRule

    rule = MaintenanceRule.objects.create(model=model, name="大保养", interval_km=40_000)
    rule.operations.set([operation("OIL"), operation("PLUGS")])
    return rule


@pytest.fixture
def car(branch: Any, model: Any) -> Callable[..., Any]:
    """`car((days ago, km), …, at=branch, model=…, warranty_start_on=…)`: with an owner and readings."""
    from accounts.policies import system
    from customers.services import record_reading, register_customer, register_vehicle

    def make(*readings: tuple[int, int], at: Any = None, **values: Any) -> Any:
        actor, number = system(at or branch), next(_numbers)
        owner = register_customer(actor=actor, name=f"车主{number}", phone=f"139{number:08}")
        values = {"model": model, **values}
        vehicle = register_vehicle(actor=actor, plate=f"粤B{number:05d}", owner=owner, **values)
        for ago, km in readings:
            record_reading(actor=actor, vehicle=vehicle, km=km, read_at=now() - timedelta(days=ago))
        vehicle.refresh_from_db()
        return vehicle

    return make


@pytest.fixture
def visited(branch: Any) -> Callable[[Any, date], Any]:
    """`visited(vehicle, day)`: the car's last visit was on that day."""
    from accounts.policies import system
    from customers.services import note_visit

    def make(vehicle: Any, day: date) -> Any:
        note_visit(actor=system(vehicle.branch), vehicle=vehicle, on=day)
        return vehicle

    return make


@pytest.fixture
def in_shop(actor: Callable[..., Any]) -> Callable[..., Any]:
    """`in_shop(vehicle, codes=…, state="handing_over", km=…)`: an order with a done line of each operation.

    Written under the triggers: how it came there is the workshop's affair.
    """
    from catalog.models import LabourOperation
    from customers.selectors import owner_of
    from reception.models import Line, Statement, WorkOrder

    def make(vehicle: Any, *codes: str, state: str = "handing_over", km: int = 10_000) -> Any:
        number, at = next(_numbers), now()
        advisor, owner = actor("service_advisor", vehicle.branch).user, owner_of(vehicle)
        proofs: dict[str, Any] = {}
        for stem in ["authorised", "accepted", "quality", "washed", "internal", "walked"]:
            proofs |= {f"{stem}_at": at, f"{stem}_by": advisor} if state == "handing_over" else {}
        with pgtrigger.ignore():
            order = WorkOrder.objects.create(
                branch=vehicle.branch, number=f"WT-{number}", state=state, vehicle=vehicle, owner=owner,
                bringer=owner, payer=owner, contact=owner, advisor=advisor, arrived_at=at, odometer_in=km,
                authorised_amount=Decimal(1000), status_code=f"C{number:07d}", **proofs,
            )  # fmt: skip
            said = Statement.objects.create(order=order, words="保养")
            for code in codes:
                operation = LabourOperation.objects.get(code=code)
                money = line_money(
                    quantity=Decimal(1), unit_price=Decimal(113), discount=Decimal(0), tax_rate=Decimal("0.13"),
                    tax_included=True,
                )  # fmt: skip
                Line.objects.create(
                    order=order, statement=said, kind="labour", state="done", operation=operation, code=code,
                    name=operation.name, unit="h", quantity=1, unit_price=Decimal(113), tax_rate=Decimal("0.13"),
                    net=money.net, tax=money.tax, gross=money.gross, price_version=1, approved_version=1,
                )  # fmt: skip
        return order

    return make


@pytest.fixture
def release(actor: Callable[..., Any]) -> Callable[[Any], Any]:
    """`release(order)`: settled, paid, and let out by the gate."""
    from delivery.services.payment import settle_and_pay
    from reception.services.gate import open_gate

    def make(order: Any) -> Any:
        amount = sum(line.gross for line in order.lines.all())
        done = settle_and_pay(
            actor=actor("cashier", order.branch), order_id=order.pk, method="scan", amount=str(amount),
            key=f"k{order.pk}",
        )  # fmt: skip
        assert done.gate_pass is not None
        assert open_gate(actor=actor("gate", order.branch), entered=done.gate_pass.code)[0] == "opened"
        order.refresh_from_db()
        return order

    return make


@pytest.fixture
def sweep(branch: Any) -> Callable[..., dict[str, int]]:
    """`sweep(at=branch, only="")`: look through it now; new rows by sweep."""
    from accounts.policies import system
    from retention.services import run

    return lambda at=None, only="": run(actor=system(at or branch), only=only)


@pytest.fixture
def two_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only reminders and lapse: for tests of how sweeps are run, whatever they look for."""
    from retention.services import schedule

    plans = tuple(plan for plan in schedule.PLANS if plan.sweep in ("reminders", "lapse"))
    monkeypatch.setattr(schedule, "PLANS", plans)


@pytest.fixture
def today(branch: Any) -> date:
    return branch_day(branch)


@pytest.fixture
def past(branch: Any, operation: Any) -> Callable[..., Any]:
    """`past(car, arrived, advisor=…, lines=[(kind, net, cost, payer)], **columns)`: a visit that is over, written under
    the triggers. Settled, released and ready two hours after the arrival unless the columns say otherwise.
    """
    from catalog.models import Part
    from customers.models import Customer
    from reception.models import Line, Statement, WorkOrder

    part = Part.objects.create(code="PAST", name="件")
    person = Customer.objects.create(branch=branch, name="过客")

    def make(car: Any, arrived: datetime, *, advisor: Any, lines: Any = (), **columns: Any) -> Any:
        number, over = next(_numbers), arrived + timedelta(hours=2)
        stems = ("authorised", "accepted", "quality", "washed", "internal", "walked", "settled", "released")
        proofs: dict[str, Any] = {f"{stem}_at": over for stem in stems} | {f"{stem}_by": advisor for stem in stems}
        with pgtrigger.ignore():
            order = WorkOrder.objects.create(**({
                "branch": branch, "number": f"PA-{number}", "state": "released", "vehicle": car, "owner": person,
                "bringer": person, "payer": person, "contact": person, "advisor": advisor, "arrived_at": arrived,
                "odometer_in": 1000, "status_code": f"P{number:07d}",
            } | proofs | columns))  # fmt: skip
            said = Statement.objects.create(order=order, words="响")
            order.made = [
                Line.objects.create(
                    order=order, statement=said, kind=kind, state="done", name="项", quantity=1, tax_rate=0,
                    operation=operation("PAST") if kind == "labour" else None, part=part if kind == "part" else None,
                    unit_price=net, unit_cost=cost, net=net, tax=0, gross=net, payer=payer, approved_version=1,
                )
                for kind, net, cost, payer in lines
            ]  # fmt: skip
        return order

    return make
