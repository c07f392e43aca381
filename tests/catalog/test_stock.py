from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from accounts.models import Branch
from accounts.policies import Actor, system
from catalog.models import Part, Stock, StockMove
from catalog.services import stock
from dms.errors import Invalid, Refused


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def branch(db: None) -> Branch:
    return Branch.objects.create(code="SZ1", name="深圳一店", legal_name="深圳一店有限公司")


@pytest.fixture
def actor(branch: Branch) -> Actor:
    return system(branch)


@pytest.fixture
def part(db: None) -> Part:
    return Part.objects.create(code="04E115561", name="机油滤清器", name_en="Oil filter")


def figures(branch: Branch, part: Part) -> tuple[Decimal, Decimal]:
    row = Stock.objects.get(branch=branch, part=part)
    return row.on_hand, row.reserved


def test_every_act_changes_the_row_and_writes_one_line(actor: Actor, branch: Branch, part: Part) -> None:
    stock.receive(actor=actor, part=part, quantity=10)
    stock.reserve(actor=actor, part=part, quantity=4, subject_key="order:1")
    stock.unreserve(actor=actor, part=part, quantity=1, subject_key="order:1")
    stock.issue(actor=actor, part=part, quantity=3, from_reserved=True, subject_key="order:1")
    stock.issue(actor=actor, part=part, quantity=2, from_reserved=False, subject_key="order:2")
    stock.give_back(actor=actor, part=part, quantity=1, subject_key="order:2")
    stock.count(actor=actor, part=part, found=5)
    assert figures(branch, part) == (5, 0)
    assert list(
        StockMove.objects.order_by("id").values_list("kind", "quantity", "on_hand_after", "reserved_after")
    ) == [
        ("receive", 10, 10, 0),
        ("reserve", 4, 10, 4),
        ("unreserve", 1, 10, 3),
        ("issue", 3, 7, 0),
        ("issue", 2, 5, 0),
        ("return", 1, 6, 0),
        ("count", -1, 5, 0),
    ]


def test_a_shortage_says_how_many_are_left_and_writes_nothing(actor: Actor, branch: Branch, part: Part) -> None:
    stock.receive(actor=actor, part=part, quantity=2)
    with pytest.raises(Refused) as refused:
        stock.reserve(actor=actor, part=part, quantity=3)
    assert str(refused.value) == "Only 2 件 left of Oil filter; 3 were asked for."
    assert figures(branch, part) == (2, 0)
    assert StockMove.objects.count() == 1


def test_nothing_at_all_says_none(actor: Actor, part: Part) -> None:
    with pytest.raises(Refused) as refused:
        stock.issue(actor=actor, part=part, quantity=1, from_reserved=False)
    assert str(refused.value) == "None left of Oil filter; 1 件 were asked for."


def test_free_issue_never_takes_what_is_promised_to_another(actor: Actor, part: Part) -> None:
    stock.receive(actor=actor, part=part, quantity=2)
    stock.reserve(actor=actor, part=part, quantity=2)
    with pytest.raises(Refused, match="None left"):
        stock.issue(actor=actor, part=part, quantity=1, from_reserved=False)


def test_no_more_than_reserved_is_lifted_or_issued(actor: Actor, part: Part) -> None:
    stock.receive(actor=actor, part=part, quantity=5)
    stock.reserve(actor=actor, part=part, quantity=1)
    with pytest.raises(Refused, match="are reserved"):
        stock.unreserve(actor=actor, part=part, quantity=2)
    with pytest.raises(Refused, match="are reserved"):
        stock.issue(actor=actor, part=part, quantity=2, from_reserved=True)


def test_returns_stay_within_what_was_issued(actor: Actor, part: Part) -> None:
    stock.receive(actor=actor, part=part, quantity=5)
    stock.issue(actor=actor, part=part, quantity=2, from_reserved=False, subject_key="order:1")
    stock.give_back(actor=actor, part=part, quantity=1, subject_key="order:1")
    with pytest.raises(Refused, match="Only 1 件 of Oil filter are still out"):
        stock.give_back(actor=actor, part=part, quantity=2, subject_key="order:1")


def test_a_count_below_the_reservations_is_refused(actor: Actor, part: Part) -> None:
    stock.receive(actor=actor, part=part, quantity=5)
    stock.reserve(actor=actor, part=part, quantity=3)
    with pytest.raises(Refused, match="Lift reservations"):
        stock.count(actor=actor, part=part, found=2)


@pytest.mark.parametrize("wrong", [0, -1, Decimal("NaN"), Decimal("Infinity"), Decimal("0.001"), Decimal("1e9")])
def test_what_is_no_quantity_is_refused(actor: Actor, part: Part, wrong: Decimal) -> None:
    with pytest.raises(Invalid):
        stock.receive(actor=actor, part=part, quantity=wrong)


def test_another_branch_has_its_own_stock(actor: Actor, part: Part) -> None:
    other = Branch.objects.create(code="GZ1", name="广州一店", legal_name="广州一店有限公司")
    stock.receive(actor=actor, part=part, quantity=5)
    with pytest.raises(Refused, match="None left"):
        stock.reserve(actor=system(other), part=part, quantity=1)


def test_the_database_refuses_more_reserved_than_there_is(branch: Branch, part: Part) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.create(branch=branch, part=part, on_hand=1, reserved=2)


def test_the_ledger_is_append_only(actor: Actor, part: Part) -> None:
    move = stock.receive(actor=actor, part=part, quantity=1)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        StockMove.objects.filter(pk=move.pk).update(quantity=2)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        StockMove.objects.filter(pk=move.pk).delete()


def test_what_was_issued_from_the_shelf_takes_nothing_from_a_later_promise(
    actor: Actor, branch: Branch, part: Part
) -> None:
    stock.receive(actor=actor, part=part, quantity=6)
    stock.issue(actor=actor, part=part, quantity=2, from_reserved=False, subject_key="order:1")
    stock.reserve(actor=actor, part=part, quantity=3, subject_key="order:1")
    with transaction.atomic():
        assert stock.reserved_for(actor=actor, part=part, subject_key="order:1") == 3
    stock.issue(actor=actor, part=part, quantity=1, from_reserved=True, subject_key="order:1")
    stock.lift(actor=actor, part=part, subject_key="order:1", needed=Decimal(4))
    assert figures(branch, part) == (3, 1)
    stock.lift(actor=actor, part=part, subject_key="order:1")
    assert figures(branch, part) == (3, 0)
