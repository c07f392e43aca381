"""A signed order with one labour line and one part line, handed over to the workshop."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dms.clock import branch_day, now


@pytest.fixture
def operation(branch: Any) -> Any:
    """Brake pads, 1.5 hours, at 300 an hour."""
    from catalog.models import LabourOperation, LabourRate

    LabourRate.objects.create(
        branch=branch, price=Decimal(300), tax_rate=Decimal("0.13"), valid_from=branch_day(branch) - timedelta(days=9)
    )
    return LabourOperation.objects.create(code="BRK-01", name="更换前刹车片", standard_hours=Decimal("1.5"))


@pytest.fixture
def pads(branch: Any) -> Any:
    """A part with a price and five on the shelf."""
    from catalog.models import Part, PartPrice, Stock

    part = Part.objects.create(code="P-1", name="刹车片", unit="套")
    PartPrice.objects.create(
        branch=branch, part=part, price=Decimal(480), cost=Decimal(300), tax_rate=Decimal("0.13"),
        valid_from=branch_day(branch) - timedelta(days=9),
    )  # fmt: skip
    Stock.objects.create(branch=branch, part=part, on_hand=Decimal(5))
    return part


@pytest.fixture
def handed_over(branch: Any, actor: Callable[..., Any], operation: Any, pads: Any) -> Callable[..., Any]:
    """`handed_over(wash=True)`: an order that waits for the supervisor."""
    from customers.models import Customer, Ownership, Vehicle
    from reception.models import Statement
    from reception.services import arrival, contract, lines

    numbers = iter(range(10, 99))

    def make(wash: bool = True) -> Any:
        advisor, number = actor("service_advisor"), next(numbers)
        customer = Customer.objects.create(branch=branch, name="周敏")
        vehicle = Vehicle.objects.create(branch=branch, plate=f"粤B72K{number}")
        Ownership.objects.create(vehicle=vehicle, customer=customer, from_on=branch_day(branch))
        order = arrival.arrive(actor=advisor, vehicle=vehicle)
        told = Statement.objects.create(order=order, words="刹车时有尖叫声")
        arrival.read_odometer(actor=advisor, order_id=order.pk, km=48_912)
        arrival.walk_round(
            actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
        )
        lines.add_labour(actor=advisor, order_id=order.pk, operation=operation, statement=told)
        lines.add_part(actor=advisor, order_id=order.pk, part=pads, quantity=Decimal(2))
        contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=3))
        contract.sign(actor=advisor, order_id=order.pk, signer="周敏")
        order = contract.hand_to_workshop(actor=advisor, order_id=order.pk)
        type(order).objects.filter(pk=order.pk).update(wash=wash)
        return order

    return make


@pytest.fixture
def technician(member: Callable[..., Any]) -> Any:
    """The membership of a technician."""
    return member("technician")


@pytest.fixture
def hands(technician: Any) -> Any:
    """The same technician, acting."""
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    return Actor(technician.user, technician.branch, permissions_of(technician.roles))


@pytest.fixture
def working(
    handed_over: Callable[..., Any], actor: Callable[..., Any], technician: Any, hands: Any
) -> Callable[..., Any]:
    """`working(wash=True, issued=True)`: the one job of an order, its clock running, its parts issued."""
    from workshop.models import Job
    from workshop.services import clocks, dispatch, parts

    def make(wash: bool = True, issued: bool = True) -> Any:
        order, supervisor = handed_over(wash), actor("supervisor")
        dispatch.accept(actor=supervisor, order_id=order.pk)
        dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)
        job = Job.objects.get(order=order)
        clocks.start(actor=hands, job_id=job.pk)
        if issued:
            pads = order.lines.get(kind="part")
            parts.issue(actor=actor("parts_clerk"), line_id=pads.pk, quantity=pads.quantity)
        return Job.objects.select_related("order").get(pk=job.pk)

    return make
