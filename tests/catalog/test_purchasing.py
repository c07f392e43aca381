"""What is bought: one row along one road, asked for once, ordered once, moved and called off."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.models import ExpectedPart, Part, PartWait, Supplier, SupplierOrder
from catalog.selectors import expected_on
from catalog.services import purchasing
from catalog.states import SupplyState
from dms.clock import branch_day
from dms.errors import Invalid, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def part(db: None) -> Part:
    return Part.objects.create(code="04E115561", name="机油滤清器")


@pytest.fixture
def supplier(db: None) -> Supplier:
    return Supplier.objects.create(name="广州中心库")


def test_what_a_line_is_short_of_is_asked_for_once(actor: Any, part: Part) -> None:
    clerk = actor("parts_clerk")
    first = purchasing.ask_for(actor=clerk, part=part, short=Decimal(2), subject_key="line:1")
    assert purchasing.ask_for(actor=clerk, part=part, short=Decimal(2), subject_key="line:1") is None
    again = purchasing.ask_for(actor=clerk, part=part, short=Decimal(3), subject_key="line:1")
    other = purchasing.ask_for(actor=clerk, part=part, short=Decimal(1), subject_key="line:2")
    by_hand = purchasing.ask(actor=clerk, part=part, quantity=Decimal(4))
    assert {first, again, other} == {by_hand}
    assert ExpectedPart.objects.get().quantity == 8
    assert dict(PartWait.objects.values_list("subject_key", "quantity")) == {"line:1": 3, "line:2": 1}


def test_the_database_keeps_one_request_of_a_part(branch: Any, actor: Any, part: Part) -> None:
    purchasing.ask(actor=actor("parts_clerk"), part=part, quantity=Decimal(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpectedPart.objects.create(branch=branch, part=part, quantity=1, state="requested", expected_on=None)


def test_requests_become_an_order_with_a_number_and_a_day(
    actor: Any, branch: Any, part: Part, supplier: Supplier
) -> None:
    clerk, day = actor("parts_clerk"), branch_day(branch) + timedelta(days=2)
    one = purchasing.ask(actor=clerk, part=part, quantity=Decimal(4))
    two = purchasing.ask(actor=clerk, part=Part.objects.create(code="B", name="灯泡"), quantity=Decimal(1))
    order = purchasing.place(actor=clerk, supplier=supplier, item_ids=[one.pk, two.pk], expected_on=day, note=" 急 ")
    assert order.number.startswith("CG-SZ01-")
    assert order.number.endswith("-00001")
    assert expected_on([part.pk], branch) == {part.pk: day}, "promises count with it"
    with pytest.raises(Refused, match="is “On its way” already"):
        purchasing.place(actor=clerk, supplier=supplier, item_ids=[one.pk], expected_on=day)
    assert SupplierOrder.objects.count() == 1
    later = purchasing.ask(actor=clerk, part=part, quantity=Decimal(1))
    assert later != one, "what is ordered is not added to"
    assert purchasing.move(actor=clerk, order_id=order.pk, expected_on=day + timedelta(days=3)) == 2
    assert expected_on([part.pk], branch) == {part.pk: day + timedelta(days=3)}
    with pytest.raises(Invalid):
        purchasing.move(actor=clerk, order_id=order.pk, expected_on=branch_day(branch) - timedelta(days=1))


def test_called_off_is_called_off_and_asked_for_anew(actor: Any, branch: Any, part: Part, supplier: Supplier) -> None:
    clerk, day = actor("parts_clerk"), branch_day(branch)
    item = purchasing.ask_for(actor=clerk, part=part, short=Decimal(2), subject_key="line:1")
    assert item is not None
    order = purchasing.place(actor=clerk, supplier=supplier, item_ids=[item.pk], expected_on=day)
    for _time in range(2):
        assert purchasing.call_off(actor=clerk, item_id=item.pk).state == SupplyState.CANCELLED
    with pytest.raises(Refused):
        purchasing.move(actor=clerk, order_id=order.pk, expected_on=day)
    assert expected_on([part.pk], branch) == {}
    assert purchasing.ask_for(actor=clerk, part=part, short=Decimal(2), subject_key="line:1") is not None


def test_another_branch_does_not_order_it(actor: Any, other_branch: Any, part: Part, supplier: Supplier) -> None:
    item = purchasing.ask(actor=actor("parts_clerk"), part=part, quantity=Decimal(1))
    elsewhere = actor("parts_clerk", other_branch)
    with pytest.raises(Invalid):
        purchasing.place(actor=elsewhere, supplier=supplier, item_ids=[item.pk], expected_on=branch_day(other_branch))
    with pytest.raises(ExpectedPart.DoesNotExist):
        purchasing.call_off(actor=elsewhere, item_id=item.pk)


@pytest.mark.parametrize(("before", "after"), [("requested", "in"), ("cancelled", "ordered"), ("requested", "partly")])
def test_the_database_knows_the_road(branch: Any, actor: Any, part: Part, before: str, after: str) -> None:
    clerk = actor("parts_clerk")
    item = purchasing.ask(actor=clerk, part=part, quantity=Decimal(1))
    if before == "cancelled":
        purchasing.call_off(actor=clerk, item_id=item.pk)
    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic():
        ExpectedPart.objects.filter(pk=item.pk).update(state=after)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_ask_for_the_same_line_ask_once(race: Any, actor: Any, part: Part) -> None:
    def ask() -> bool:
        return purchasing.ask_for(actor=clerk, part=part, short=Decimal(2), subject_key="line:1") is not None

    clerk = actor("parts_clerk")
    assert race(ask, ask) == (True, False)
    assert ExpectedPart.objects.get().quantity == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_the_constraint_refuses_the_second_request(
    race: Any, actor: Any, part: Part, settings: Any
) -> None:
    def ask() -> bool:
        return purchasing.ask_for(actor=clerk, part=part, short=Decimal(2), subject_key="line:1") is not None

    clerk = actor("parts_clerk")
    purchasing.stock.receive(actor=clerk, part=part, quantity=1)  # the row that would be locked
    settings.LOCKS_OFF = True
    assert race(ask, ask) == (True, "IntegrityError")
    assert ExpectedPart.objects.get().quantity == 2
