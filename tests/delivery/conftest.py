"""An order as it stands at the hand-back, written under the triggers: how it came there is the workshop's affair."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pgtrigger
import pytest

from dms.clock import branch_day, now
from dms.money import line_money

_numbers = count(1)


@pytest.fixture
def order_at(branch: Any, actor: Callable[..., Any]) -> Callable[..., Any]:
    """`order_at(state, walked=…, shares={"customer": "113.00"}, limit=None)`: one done line a payer."""
    from catalog.models import LabourOperation
    from customers.models import Customer, Ownership, Vehicle
    from reception.models import Line, Statement, WorkOrder

    def make(state: str = "handing_over", *, walked: bool = True, shares: Any = None, limit: str | None = None) -> Any:
        number, at = next(_numbers), now()
        advisor = actor("service_advisor").user
        person = Customer.objects.create(branch=branch, name=f"Wang {number}")
        vehicle = Vehicle.objects.create(branch=branch, plate=f"粤B{number:05d}")
        Ownership.objects.create(vehicle=vehicle, customer=person, from_on=branch_day(branch))
        operation, _made = LabourOperation.objects.get_or_create(
            code="OP1", defaults={"name": "保养", "name_en": "Service", "standard_hours": 1}
        )
        stems = ["authorised", "accepted", "quality", "washed"]
        stems += ["internal"] if state != "ready" else []
        proofs: dict[str, Any] = {}
        for stem in [*stems, *(["walked"] if walked and state != "ready" else [])]:
            proofs |= {f"{stem}_at": at, f"{stem}_by": advisor}
        amounts = {"customer": "113.00"} if shares is None else shares
        with pgtrigger.ignore():
            order = WorkOrder.objects.create(
                branch=branch, number=f"WT-{number}", state=state, vehicle=vehicle, owner=person, bringer=person,
                payer=person, contact=person, advisor=advisor, arrived_at=at, odometer_in=1000,
                authorised_amount=Decimal(limit or amounts.get("customer", "0")),
                status_code=f"C{number:07d}", **proofs,
            )  # fmt: skip
            said = Statement.objects.create(order=order, words="响")
            for payer, gross in amounts.items():
                money = line_money(
                    quantity=Decimal(1), unit_price=Decimal(gross), discount=Decimal(0), tax_rate=Decimal("0.13"),
                    tax_included=True,
                )  # fmt: skip
                Line.objects.create(
                    order=order, statement=said, kind="labour", state="done", operation=operation, code="OP1",
                    name="保养", unit="h", quantity=1, unit_price=Decimal(gross), tax_rate=Decimal("0.13"),
                    net=money.net, tax=money.tax, gross=money.gross, payer=payer, price_version=1, approved_version=1,
                )  # fmt: skip
        return order

    return make
