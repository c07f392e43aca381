"""What the posts of the check-in page ask of the database. A number that falls is good; one that grows has a reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import LabourOperation
from dms.clock import now
from reception.models import WorkOrder
from reception.services import arrival, contract, draft
from records.services.numbers import take_number
from records.states import CounterKind

pytestmark = pytest.mark.django_db


def asked(act: Callable[[], Any]) -> int:
    """Statements of one act, without the test's own savepoint round it."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return len([row for row in queries if "SAVEPOINT" not in row["sql"]])


@pytest.fixture
def arrived(signed: Any, actor: Any) -> WorkOrder:
    """A car that has just arrived; its branch has a price."""
    from customers.services import register_vehicle

    other, who = signed(), actor("service_advisor")
    return arrival.arrive(actor=who, vehicle=register_vehicle(actor=who, plate="粤C12345", owner=other.owner))


def typed(**more: Any) -> draft.Draft:
    return draft.Draft(
        "repair", "take", wash=True, waits=False, pay_method="scan", words=["冷车起步异响"], fuel_quarters=2,
        promised_at=now() + timedelta(hours=3), **more,
    )  # fmt: skip


def test_the_way_to_the_signature(arrived: WorkOrder, actor: Any) -> None:
    who, pk = actor("service_advisor"), arrived.pk

    def keep(**more: Any) -> WorkOrder:
        return draft.keep(actor=who, order_id=pk, draft=typed(odometer=48_912), **more)

    code = LabourOperation.objects.get().code
    counts = {
        "first draft": asked(lambda: keep(autosaved=True)),
        "same draft": asked(lambda: keep(autosaved=True)),
        "saved": asked(keep),
        "saved again": asked(keep),
        "line": asked(lambda: draft.add(actor=who, order_id=pk, what=code)),
        "sign": asked(lambda: contract.sign(actor=who, order_id=pk, signer="王建国")),
    }
    # A draft asks for the walk-round's version. A save and a new line judge the drafts: one query for the car, its
    # earlier visits, terms, recalls and rules (docs/adr/0016). The signature judges once more and closes alternatives.
    assert counts == {"first draft": 16, "same draft": 9, "saved": 19, "saved again": 10, "line": 6, "sign": 46}
    assert WorkOrder.objects.get(pk=pk).state == "authorised"


def test_a_number_is_one_statement(actor: Any) -> None:
    branch = actor("cashier").branch
    assert asked(lambda: take_number(branch=branch, kind=CounterKind.SETTLEMENT)) == 1
    assert take_number(branch=branch, kind=CounterKind.SETTLEMENT)[-5:] == "00002"
