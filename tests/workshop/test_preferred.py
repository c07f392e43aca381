"""Who knows a car: the customer's wish, else who did it well last time; a reason of suggestions and of the plan."""

from typing import Any

import pytest

from customers.services import set_care
from dms.clock import now
from reception.models import WorkOrder
from workshop import selectors
from workshop.models import Job
from workshop.selectors.preferred import preferred
from workshop.services import dispatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def came_again(working: Any, handed_over: Any, actor: Any, technician: Any) -> WorkOrder:
    """The car of a finished visit is here once more."""
    job = working()
    order = dispatch.accept(actor=actor("supervisor"), order_id=handed_over().pk)
    # The earlier visit as it lies in the books, without its way through checks, till and gate.
    with_gate_closed(job.order, order)
    return WorkOrder.objects.get(pk=order.pk)


def with_gate_closed(earlier: WorkOrder, order: WorkOrder) -> None:
    import pgtrigger

    with pgtrigger.ignore():
        car, other = earlier.vehicle_id, order.vehicle_id
        Job.objects.filter(order=earlier).update(state="done")
        WorkOrder.objects.filter(pk=earlier.pk).update(vehicle=other, state="left", **left(earlier))
        assert car != other


def left(order: WorkOrder) -> dict[str, Any]:
    return {
        "left_at": now(), "left_by": order.advisor, "released_at": now(), "released_by": order.advisor,
    }  # fmt: skip


def test_who_did_it_well_and_the_customers_wish_before(
    branch: Any, came_again: WorkOrder, technician: Any, member: Any, actor: Any
) -> None:
    found = preferred(branch, [came_again])[came_again.pk]
    assert (found.hand, found.why) == (technician.pk, "did it well last time")
    wished = member("technician")
    set_care(actor=actor("service_advisor"), vehicle=came_again.vehicle, technician=wished)
    found = preferred(branch, [came_again])[came_again.pk]
    assert (found.hand, found.why) == (wished.pk, "the customer's wish")
    (card,) = selectors.board(branch).unassigned
    lane, row = card.suggested[0]
    assert (lane.technician, row.why.split(" · ")[0]) == (wished, "the customer's wish")


def test_what_came_back_is_no_reason(branch: Any, came_again: WorkOrder) -> None:
    Job.objects.exclude(order=came_again).update(return_cause="异响仍在")
    assert preferred(branch, [came_again]) == {}
