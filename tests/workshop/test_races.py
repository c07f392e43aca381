"""Two at once in the workshop, each with its negative control."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.policies import Actor
from accounts.roles import permissions_of
from catalog.models import Stock
from reception.models import GatePass
from workshop.models import Clocking, Inspection, Job, PartIssue, RoadTest
from workshop.services import checks, clocks, dispatch, parts, road_tests

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def last_pads(handed_over: Any, pads: Any) -> list[Any]:
    """Two orders that need two sets each, with two on the shelf and nothing reserved."""
    lines = [handed_over().lines.get(kind="part") for _order in range(2)]
    Stock.objects.filter(part=pads).update(on_hand=2, reserved=0)
    return lines


def take(clerk: Any, line: Any) -> str:
    return str(parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(2)).quantity)


def test_the_last_part_goes_to_one(race: Any, last_pads: Any, actor: Any, pads: Any) -> None:
    clerk, (one, other) = actor("parts_clerk"), last_pads
    first, second = race(lambda: take(clerk, one), lambda: take(clerk, other))
    assert (first, second) == ("2", "None left of 刹车片; 2 套 were asked for.")
    assert (Stock.objects.get(part=pads).on_hand, PartIssue.objects.count()) == (0, 1)


def test_without_locks_the_last_part_is_sold_twice(
    race: Any, last_pads: Any, actor: Any, pads: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    clerk, (one, other) = actor("parts_clerk"), last_pads
    assert race(lambda: take(clerk, one), lambda: take(clerk, other)) == ("2", "2")
    assert (Stock.objects.get(part=pads).on_hand, PartIssue.objects.count()) == (0, 2)


def acting(membership: Any) -> Actor:
    return Actor(membership.user, membership.branch, permissions_of(membership.roles))


def test_one_job_has_one_clock(race: Any, handed_over: Any, actor: Any, member: Any) -> None:
    order, supervisor, one, other = handed_over(), actor("supervisor"), member("technician"), member("technician")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=one)
    job = Job.objects.get()
    first, second = race(
        lambda: clocks.start(actor=acting(one), job_id=job.pk).technician_id,
        lambda: clocks.start(actor=acting(other), job_id=job.pk).technician_id,
    )
    assert (first, second) == (one.pk, f"This job is dispatched to {one.user.name}.")
    assert Clocking.objects.count() == 1


def test_one_technician_has_one_clock(race: Any, handed_over: Any, actor: Any, technician: Any, hands: Any) -> None:
    supervisor = actor("supervisor")
    for order in (handed_over(), handed_over()):
        dispatch.accept(actor=supervisor, order_id=order.pk)
        dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)
    one, other = Job.objects.order_by("id")
    first, second = race(
        lambda: clocks.start(actor=hands, job_id=one.pk).job_id,
        lambda: clocks.start(actor=hands, job_id=other.pk).job_id,
    )
    assert (first, second) == (one.pk, "A clock of yours is running. Pause or finish it first.")
    assert Clocking.objects.count() == 1


def twice(login: Any, handed_over: Any, keys: tuple[str, str]) -> tuple[Any, Any]:
    """Two posts of one page's form at once, without scripts; one piece each of two that are ordered."""
    line = handed_over().lines.get(kind="part")
    Stock.objects.update(reserved=0)
    clerk, url = login("parts_clerk"), reverse("workshop:issue", args=[line.pk])
    other = Client()
    other.cookies = clerk.cookies
    return tuple(
        lambda client=client, key=key: client.post(url, {"quantity": "1", "key": key}).status_code
        for client, key in ((clerk, keys[0]), (other, keys[1]))
    )


def test_one_form_twice_at_once_issues_once(race: Any, login: Any, handed_over: Any) -> None:
    assert race(*twice(login, handed_over, ("k", "k"))) == (302, 302)
    assert PartIssue.objects.count() == 1


def test_with_a_key_for_each_request_it_would_issue_twice(race: Any, login: Any, handed_over: Any) -> None:
    assert race(*twice(login, handed_over, ("k", "l"))) == (302, 302)
    assert PartIssue.objects.count() == 2


def at_the_final_check(working: Any, actor: Any, hands: Any) -> int:
    job = working()
    clocks.done(actor=hands, job_id=job.pk)
    for who, level in ((hands, "self"), (actor("team_leader"), "leader")):
        checks.record(actor=who, order_id=job.order_id, level=level, passed=True)
    return int(job.order_id)


def two_inspectors(race: Any, working: Any, actor: Any, hands: Any) -> tuple[Any, Any]:
    order_id, one, other = at_the_final_check(working, actor, hands), actor("inspector"), actor("inspector")
    passes: dict[str, Any] = {"order_id": order_id, "level": "final", "passed": True}
    outcomes: tuple[Any, Any] = race(
        lambda: checks.record(actor=one, **passes).level, lambda: checks.record(actor=other, **passes).level
    )
    return outcomes


def test_two_inspectors_pass_a_car_once(race: Any, working: Any, actor: Any, hands: Any) -> None:
    first, second = two_inspectors(race, working, actor, hands)
    assert (first, second) == ("final", "The order is “Washing”; this check is not due.")
    assert Inspection.objects.filter(level="final").count() == 1


def test_without_locks_the_second_inspector_meets_the_constraint(
    race: Any, working: Any, actor: Any, hands: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    assert two_inspectors(race, working, actor, hands) == ("final", "IntegrityError")


def two_drives(race: Any, working: Any, actor: Any) -> tuple[Any, Any]:
    order_id, one, other = working().order_id, actor("inspector"), actor("inspector")
    outcomes: tuple[Any, Any] = race(
        lambda: road_tests.go(actor=one, order_id=order_id, km=48_912).km_out,
        lambda: road_tests.go(actor=other, order_id=order_id, km=48_912).km_out,
    )
    return outcomes


def test_a_car_is_driven_once_at_a_time(race: Any, working: Any, actor: Any) -> None:
    first, second = two_drives(race, working, actor)
    assert first == 48_912
    assert "is driving this car" in second
    assert RoadTest.objects.count() == GatePass.objects.count() == 1


def test_without_locks_the_second_drive_meets_the_constraint(
    race: Any, working: Any, actor: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    assert two_drives(race, working, actor) == (48_912, "IntegrityError")
