"""A car in Berlin, from plate to gate in the night in which the clocks change: tax on top, another zone, no shifts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import LabourOperation, LabourRate, Part, PartPrice
from catalog.services import stock
from customers.services import register_customer, register_vehicle
from delivery.services.handover import give_old_parts, pass_internal, walked
from delivery.services.payment import settle_and_pay
from delivery.states import CHECKS
from dms.clock import as_of
from reception.models import GatePass, WorkOrder
from reception.promises import proposal
from reception.services import arrival, contract, lines
from reception.services.gate import open_gate
from records.models import DatedRule, IssuedPaper
from records.services.render import html_of
from workshop.models import Job
from workshop.services import checks, clocks, dispatch, parts

pytestmark = pytest.mark.django_db
#: 00:30 in Berlin on the day whose third hour comes twice.
NIGHT = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)


@pytest.fixture
def berlin(other_branch: Any) -> Any:
    """Berlin with an hourly rate of 119.99 and a part of 19.99, both before 19 % tax; no hours, no shifts."""
    rate, first = Decimal("0.19"), date(2020, 1, 1)
    LabourRate.objects.create(branch=other_branch, price=Decimal("119.99"), tax_rate=rate, valid_from=first)
    LabourOperation.objects.create(code="OP", name="Inspektion", standard_hours=Decimal("1.3"))
    part = Part.objects.create(code="P", name="Filter")
    PartPrice.objects.create(
        branch=other_branch, part=part, price=Decimal("19.99"), cost=9, tax_rate=rate, valid_from=first
    )
    DatedRule.objects.create(branch=other_branch, key="checks.people", value=2, valid_from=first)
    return other_branch


def received(branch: Any, advisor: Any) -> WorkOrder:
    owner = register_customer(actor=advisor, name="Ümit Großmann", phone="+4930123456", language="en")
    car = register_vehicle(actor=advisor, plate="B-XY 123", owner=owner)
    order = arrival.arrive(actor=advisor, vehicle=car)
    arrival.listen(actor=advisor, order_id=order.pk, words="Es quietscht & klappert")
    arrival.read_odometer(actor=advisor, order_id=order.pk, km=10)
    arrival.walk_round(
        actor=advisor, order_id=order.pk, fuel_quarters=None, charge_percent=80, kit=True, marks=[], taken=[]
    )
    lines.add_labour(actor=advisor, order_id=order.pk, operation=LabourOperation.objects.get())
    lines.add_part(actor=advisor, order_id=order.pk, part=Part.objects.get(), quantity=Decimal(3))
    return order


def test_a_night_in_berlin(berlin: Any, actor: Any, member: Any, login: Any) -> None:
    advisor, cashier, clerk = (actor(role, at=berlin) for role in ("service_advisor", "cashier", "parts_clerk"))
    leader, inspector, technician = actor("team_leader", at=berlin), actor("inspector", at=berlin), member(
        "technician", at=berlin
    )  # fmt: skip
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    hands, boss = Actor(technician.user, berlin, permissions_of(technician.roles)), actor("supervisor", at=berlin)
    stock.receive(actor=clerk, part=Part.objects.get(), quantity=5)
    with as_of(NIGHT):
        order = received(berlin, advisor)
        assert all(at > NIGHT for at in [row.at for row in proposal(order, NIGHT).choices])
        contract.promise(actor=advisor, order_id=order.pk, at=NIGHT + timedelta(hours=4))
        contract.sign(actor=advisor, order_id=order.pk, signer="Ü. Großmann")
        contract.hand_to_workshop(actor=advisor, order_id=order.pk)
        dispatch.accept(actor=boss, order_id=order.pk)
        dispatch.assign(actor=boss, order_id=order.pk, technician=technician)
        job = Job.objects.get()
        clocks.start(actor=hands, job_id=job.pk)
        parts.issue(actor=clerk, line_id=order.lines.get(kind="part").pk, quantity=Decimal(3))
    with as_of(NIGHT + timedelta(hours=3)):  # half past two for the second time
        clocks.done(actor=hands, job_id=job.pk)
        checks.record(actor=hands, order_id=order.pk, level="self", passed=True)
        checks.record(actor=leader, order_id=order.pk, level="leader", passed=True)
        WorkOrder.objects.filter(pk=order.pk).update(wash=False)
        checks.record(actor=inspector, order_id=order.pk, level="final", passed=True)
        pass_internal(actor=advisor, order_id=order.pk, checks=list(CHECKS))
        walked(actor=advisor, order_id=order.pk)
        give_old_parts(actor=advisor, order_id=order.pk)
        # 1.3 × 119.99 = 155.99 + 29.64 tax; 3 × 19.99 = 59.97 + 11.39 tax.
        paid = settle_and_pay(actor=cashier, order_id=order.pk, method="cash", amount="256.99", key="b", tendered="260")
        assert (paid.slip.net, paid.slip.tax, paid.slip.gross) == (
            Decimal("215.96"), Decimal("41.03"), Decimal("256.99"),
        )  # fmt: skip
        assert open_gate(actor=actor("gate", at=berlin), entered=GatePass.objects.get().code)[0] == "opened"
    worked = Job.objects.get().clockings.get()
    assert worked.stopped_at - worked.started_at == timedelta(hours=3)
    slip = IssuedPaper.objects.get(kind="settlement")
    assert (slip.content["capitals"], slip.content["currency"], slip.content["issued_at"]) == (
        "", "EUR", "2026-10-25 02:30",
    )  # fmt: skip
    drawn = html_of(slip, "a4")
    assert "€256.99" in drawn
    assert "¥" not in drawn
    shop = login("service_advisor", at=berlin)
    assert shop.get(reverse("reception:order", args=[order.pk])).status_code == 200
