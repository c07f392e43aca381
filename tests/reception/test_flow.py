"""The order's road: the whole matrix state × action × role, and what the database refuses."""

from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Branch
from accounts.policies import Actor
from accounts.roles import DUTIES, Role
from customers.models import Customer, Vehicle
from customers.services import hand_over_ownership, register_customer, register_vehicle
from dms.errors import Forbidden, Refused
from reception.models import OrderLog, WorkOrder
from reception.policies import check_source, why_not
from reception.services.arrival import arrive, listen, read_odometer, walk_round
from reception.services.flow import move
from reception.states import PROOFS, ROAD, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def advisor(actor) -> Actor:
    return actor("service_advisor")


@pytest.fixture
def vehicle(advisor: Actor) -> Vehicle:
    owner: Customer = register_customer(actor=advisor, name="王建国", phone="13800006621")
    car = register_vehicle(actor=advisor, plate="粤B72K19")
    hand_over_ownership(actor=advisor, vehicle=car, customer=owner)
    return car


@pytest.fixture
def order(advisor: Actor, vehicle: Vehicle) -> WorkOrder:
    return arrive(actor=advisor, vehicle=vehicle)


@pytest.mark.parametrize(("state", "action"), list(product(State.values, [t.action for t in ROAD.transitions])))
def test_an_action_starts_only_where_the_table_says(state: str, action: str) -> None:
    order = WorkOrder(state=state)
    if state in ROAD[action].sources:
        check_source(order, action)
    else:
        with pytest.raises(Refused, match="not possible from there"):
            check_source(order, action)


@pytest.mark.parametrize("role", Role)
def test_a_role_does_what_its_permissions_say(actor, order: WorkOrder, role: Role) -> None:
    for transition in ROAD.transitions:
        sentence = why_not(order, transition.action, actor(role.value))
        may = transition.permission in DUTIES[role].permissions
        assert sentence.startswith("Your role does not include this") is not may


def test_arrival_opens_one_visit(order: WorkOrder, advisor: Actor, vehicle: Vehicle) -> None:
    assert order.number.startswith("WT-")
    assert order.number.endswith("-00001")
    assert (order.state, order.owner.name, len(order.status_code)) == ("arrived", "王建国", 8)
    with pytest.raises(Refused, match="already in the shop"):
        arrive(actor=advisor, vehicle=vehicle)
    assert WorkOrder.objects.count() == 1


def test_a_move_writes_state_log_and_version(order: WorkOrder, advisor: Actor) -> None:
    moved = move(order_id=order.pk, action="inspect", actor=advisor)
    assert (moved.state, moved.version) == ("inspecting", order.version + 1)
    assert list(OrderLog.objects.order_by("id").values_list("action", "source", "target")) == [
        ("arrive", "", "arrived"),
        ("inspect", "arrived", "inspecting"),
    ]


def test_a_stale_move_is_refused(order: WorkOrder, advisor: Actor) -> None:
    with pytest.raises(Refused, match="moved on"):
        move(order_id=order.pk, action="inspect", actor=advisor, version=99)


def test_the_gate_cannot_inspect(order: WorkOrder, actor) -> None:
    with pytest.raises(Forbidden, match="Service advisor"):
        move(order_id=order.pk, action="inspect", actor=actor("gate"))
    order.refresh_from_db()
    assert order.state == "arrived"


def test_another_branchs_order_does_not_exist(order: WorkOrder, other_branch: Branch, actor) -> None:
    with pytest.raises(WorkOrder.DoesNotExist):
        move(order_id=order.pk, action="inspect", actor=actor("manager", at=other_branch))


def test_the_estimate_waits_for_the_walk_round(order: WorkOrder, advisor: Actor) -> None:
    move(order_id=order.pk, action="inspect", actor=advisor)
    with pytest.raises(Refused, match="odometer"):
        move(order_id=order.pk, action="estimate", actor=advisor)
    read_odometer(actor=advisor, order_id=order.pk, km=48_912)
    with pytest.raises(Refused, match="walk-round"):
        move(order_id=order.pk, action="estimate", actor=advisor)
    walk_round(
        actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[("key", "")]
    )
    assert move(order_id=order.pk, action="estimate", actor=advisor).state == "estimating"
    with pytest.raises(Refused, match="customer said"):
        move(order_id=order.pk, action="authorise", actor=advisor)
    listen(actor=advisor, order_id=order.pk, words="早上冷车起步右前轮咯噔响")
    with pytest.raises(Refused, match="at least one line"):
        move(order_id=order.pk, action="authorise", actor=advisor)


@pytest.mark.parametrize("target", [state for state in State.values if state != "arrived"])
def test_update_and_raw_sql_cannot_skip_steps(order: WorkOrder, target: str) -> None:
    if ("arrived", target) in ROAD.edges():
        proof = next((p for t in ROAD.transitions if t.target == target for p in t.proof), None)
        if proof is None:
            return
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(state=target)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reception_workorder SET state = %s WHERE id = %s", [target, order.pk])
    order.refresh_from_db()
    assert order.state == "arrived"


@pytest.mark.parametrize("state", [state for state in State.values if state != "arrived"])
def test_no_order_begins_in_the_middle(order: WorkOrder, state: str) -> None:
    order.pk, order.number, order.status_code, order.state = None, "X", "XXXXXXXX", state
    with pytest.raises(DatabaseError, match="cannot begin"), transaction.atomic():
        order.save(force_insert=True)


def test_the_log_is_closed(order: WorkOrder) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        OrderLog.objects.update(note="x")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        OrderLog.objects.all().delete()


def test_every_proof_of_the_table_is_a_pair_of_columns() -> None:
    names = {field.name for field in WorkOrder._meta.get_fields()}
    assert {f"{stem}_{end}" for stem in PROOFS for end in ("at", "by")} <= names
