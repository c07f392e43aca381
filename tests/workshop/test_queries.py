"""The pages of the workshop take the same queries for one car and for three."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.policies import Actor
from catalog.models import Stock
from workshop.services import checks, clocks, dispatch, holds

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(technician: Any) -> Client:
    """A client signed in as the technician who works on everything."""
    client = Client()
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def finished(working: Any, hands: Actor) -> Any:
    """`finished()`: an order whose work is done and waits for the self check."""

    def make() -> Any:
        Stock.objects.update(on_hand=5)
        job = working()
        clocks.done(actor=hands, job_id=job.pk)
        return job.order

    return make


def same(asks: Any, client: Client, route: str, make: Any) -> int:
    """Three rows ask what one asked; how many queries that is."""
    counts = []
    for more in (1, 2):
        for _car in range(more):
            make()
        counts.append(asks(client, reverse(f"workshop:{route}")))
    assert client.text.count("粤B·72K") >= 3  # type: ignore[attr-defined]  # set by `asks`
    assert counts[0] == counts[1]
    return counts[0]


def test_the_board_with_offered_waiting_working_and_held_cars(
    asks: Any, login: Any, handed_over: Any, working: Any, actor: Any, technician: Any
) -> None:
    supervisor = actor("supervisor")
    working()

    def make() -> None:
        handed_over()
        dispatch.accept(actor=supervisor, order_id=handed_over().pk)
        given = dispatch.accept(actor=supervisor, order_id=handed_over().pk)
        dispatch.assign(actor=supervisor, order_id=given.pk, technician=technician)
        holds.put(actor=supervisor, order_id=given.pk, reason="parts")

    assert same(asks, login("supervisor"), "board", make) == 9  # the plan ahead two, who knows the cars, the stamp


def test_my_work_with_next_jobs(
    asks: Any, mine: Client, handed_over: Any, working: Any, actor: Any, technician: Any
) -> None:
    supervisor = actor("supervisor")
    working()

    def make() -> None:
        order = dispatch.accept(actor=supervisor, order_id=handed_over().pk)
        dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)

    same(asks, mine, "me", make)


def test_my_work_with_self_checks(asks: Any, mine: Client, finished: Any) -> None:
    same(asks, mine, "me", finished)


def test_the_checks(asks: Any, login: Any, finished: Any, hands: Actor) -> None:
    same(
        asks, login("inspector"), "checks",
        lambda: checks.record(actor=hands, order_id=finished().pk, level="self", passed=True),
    )  # fmt: skip


def test_the_parts_counter(asks: Any, login: Any, working: Any, hands: Actor) -> None:
    def make() -> None:
        job = working(issued=False)
        clocks.pause(actor=hands, job_id=job.pk, reason="parts")

    same(asks, login("parts_clerk"), "parts", make)


def test_the_parts_counter_with_parts_to_take_back(asks: Any, login: Any, working: Any, hands: Actor) -> None:
    def make() -> None:
        Stock.objects.update(on_hand=5)
        clocks.pause(actor=hands, job_id=working().pk, reason="parts")

    same(asks, login("parts_clerk"), "parts", make)


def test_the_wash(asks: Any, login: Any, finished: Any, hands: Actor, actor: Any) -> None:
    leader, inspector = actor("team_leader"), actor("inspector")

    def make() -> None:
        order = finished()
        for who, level in ((hands, "self"), (leader, "leader"), (inspector, "final")):
            checks.record(actor=who, order_id=order.pk, level=level, passed=True)

    same(asks, login("technician"), "wash", make)
