"""Transitions by API: the same policies and sentences as the page."""

import json
from itertools import product

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.policies import Actor
from accounts.roles import Role, permissions_of
from reception.models import OrderLog, WorkOrder
from reception.policies import why_not
from reception.states import NEEDS_REASON, PROOFS, ROAD, State

pytestmark = pytest.mark.django_db
ACTIONS = [transition.action for transition in ROAD.transitions]


def address(order: WorkOrder) -> str:
    return reverse("api_reception:transitions", args=[order.pk])


def post(client: Client, order: WorkOrder, data: object, **headers: str):
    body = data if isinstance(data, str) else json.dumps(data)
    return client.post(address(order), body, content_type="application/json", headers=headers)


def standing(order: WorkOrder) -> tuple:
    """Everything that a refused move must leave as it was."""
    row = WorkOrder.objects.filter(pk=order.pk).values().get()
    return row, list(OrderLog.objects.filter(order=order).order_by("id").values_list("id", "action", "note"))


@pytest.fixture
def at_state(signed):
    """`at_state(state)`: a signed order put into a state under the triggers, with every proof that the tables want."""

    def make(state: str) -> WorkOrder:
        order = signed()
        proofs = {f"{stem}_at": order.arrived_at for stem in PROOFS} | {
            f"{stem}_by": order.advisor_id for stem in PROOFS
        }
        with pgtrigger.ignore():
            WorkOrder.objects.filter(pk=order.pk).update(state=state, **proofs)
        order.refresh_from_db()
        return order

    return make


@pytest.mark.parametrize("state", State.values)
def test_what_is_allowed_is_what_the_policies_allow(login, at_state, state: str) -> None:
    order, client = at_state(state), login("manager")
    answer = client.get(address(order))
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    told = {row["action"]: (row["allowed"], row["sentence"]) for row in answer.json()["actions"]}
    membership = client.membership
    who = Actor(membership.user, membership.branch, permissions_of(membership.roles))
    with translation.override("zh-hans"):
        judged = {action: why_not(order, action, who) for action in ACTIONS}
    assert told == {action: (not sentence, sentence) for action, sentence in judged.items()}


@pytest.mark.parametrize(("state", "role"), list(product(State.values, ["service_advisor", "supervisor", "cashier"])))
def test_a_refused_move_changes_nothing(login, at_state, state: str, role: str) -> None:
    order, client = at_state(state), login(role)
    rows = client.get(address(order)).json()["actions"]
    before = standing(order)
    for row in rows:
        if row["allowed"]:
            continue
        note = {"note": "no time"} if row["action"] in NEEDS_REASON else {}
        answer = post(client, order, {"action": row["action"]} | note)
        assert answer.status_code in (403, 409), row
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"] == row["sentence"]
    assert standing(order) == before


@pytest.mark.parametrize("state", [state for state in State.values if state != "authorised"])
def test_update_and_raw_sql_do_not_reach_another_state(signed, state: str) -> None:
    order = signed()
    before = standing(order)
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(state=state)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reception_workorder SET state = %s WHERE id = %s", [state, order.pk])
    assert standing(order) == before


def test_a_move_answers_with_the_new_state(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    answer = post(client, order, {"action": "cancel", "note": "客户改期", "version": order.version})
    assert answer.status_code == 200
    assert answer.json() == {
        "id": order.pk, "number": order.number, "state": "cancelled", "label": "已取消", "version": order.version + 1,
    }  # fmt: skip
    assert OrderLog.objects.latest("id").note == "客户改期"


def test_no_state_amount_branch_or_advisor_can_be_posted(login, signed, other_branch) -> None:
    order, client = signed(), login("service_advisor")
    forged = {
        "state": "released", "authorised_amount": "9999.00", "branch": other_branch.pk, "advisor": 1,
        "cancelled_by": 1, "action": "cancel", "note": "x",
    }  # fmt: skip
    assert post(client, order, forged).status_code == 200
    page = {"state": "released", "authorised_amount": "9", "branch": str(other_branch.pk), "advisor": "1", "note": "x"}
    login("service_advisor").post(reverse("reception:step", args=[order.pk, "cancel"]), page)
    now = WorkOrder.objects.get(pk=order.pk)
    assert (now.state, now.authorised_amount, now.branch, now.advisor) == (
        "cancelled", order.authorised_amount, order.branch, order.advisor,
    )  # fmt: skip
    assert now.cancelled_by == client.membership.user


def test_a_stale_version_is_refused(login, signed) -> None:
    order = signed()
    answer = post(login("service_advisor"), order, {"action": "cancel", "note": "x", "version": 99})
    assert (answer.status_code, answer.json()["title"]) == (409, "stale")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("", 422),
        ("[]", 422),
        ('"cancel"', 422),
        ("null", 422),
        ("{}", 422),
        ('{"action": "fly"}', 422),
        ('{"action": "cancel"}', 422),
        ('{"action": "cancel", "note": "   "}', 422),
        ('{"action": "cancel", "note": "a\\u0000b"}', 422),
        ('{"action": "cancel", "note": "x", "version": "NaN"}', 422),
        ('{"action": "cancel", "note": "x", "version": -1}', 422),
        ('{"action": {"a": 1}}', 422),
        (json.dumps({"action": "cancel", "note": "x" * 301}), 422),
    ],
)
def test_bad_input_is_a_problem_and_changes_nothing(login, signed, body: str, status: int) -> None:
    order = signed()
    before = standing(order)
    answer = post(login("service_advisor"), order, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (
        {"type", "title", "status", "detail"} <= set(answer.json()) <= {"type", "title", "status", "detail", "errors"}
    )
    assert standing(order) == before


def test_a_form_is_no_json(login, signed) -> None:
    answer = login("service_advisor").post(address(signed()), {"action": "cancel"})
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_strangers_are_refused(login, signed, other_branch) -> None:
    order = signed()
    assert Client().get(address(order)).status_code == 401
    assert post(Client(), order, {"action": "cancel"}).status_code == 401
    assert login("gate").get(address(order)).status_code == 403
    stranger = login("manager", at=other_branch)
    assert stranger.get(address(order)).status_code == 404
    assert post(stranger, order, {"action": "cancel", "note": "x"}).status_code == 404
    assert login("manager").put(address(order)).status_code == 405


def test_a_post_wants_the_csrf_token(member, signed) -> None:
    order, client = signed(), Client(enforce_csrf_checks=True)
    client.force_login(member("service_advisor").user, backend="django.contrib.auth.backends.ModelBackend")
    answer = post(client, order, {"action": "cancel", "note": "x"})
    assert (answer.status_code, "CSRF" in answer.json()["detail"]) == (403, True)
    assert WorkOrder.objects.get(pk=order.pk).state == "authorised"


def test_the_same_key_is_one_move(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    move = {"action": "cancel", "note": "x"}
    first = post(client, order, move, **{"Idempotency-Key": "k-1"})
    again = post(client, order, move, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert OrderLog.objects.filter(order=order, action="cancel").count() == 1
    other = post(client, order, move | {"note": "y"}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["title"]) == (409, "idempotency")
    assert post(client, order, move, **{"Idempotency-Key": "k" * 65}).status_code == 422


def test_a_refused_move_does_not_use_up_its_key(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    stale = {"action": "cancel", "note": "x", "version": 99}
    for _attempt in range(2):
        assert post(client, order, stale, **{"Idempotency-Key": "k-2"}).status_code == 409
    assert post(client, order, {"action": "cancel", "note": "x"}, **{"Idempotency-Key": "k-2"}).status_code == 200


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.GATE])
def test_whoever_sees_orders_may_ask(login, signed, role: str) -> None:
    assert login(role).get(address(signed())).status_code == 200
