"""Upgrade rehearsal: a database filled at each release goes forward to today's tables, and the shop goes on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.policies import Actor
from accounts.roles import permissions_of
from dms.clock import as_of
from reception.models import GatePass, WorkOrder
from reception.services import gate
from reception.states import State

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("upgrade")]
OPEN = [State.ESTIMATING, State.WORKING, State.READY, State.SETTLED]


@pytest.fixture
def signed_in(upgraded: Any) -> Callable[[str], Client]:
    """A client signed in as the demo's person with that role."""

    def make(role: str) -> Client:
        client = Client()
        member = Membership.objects.filter(roles__contains=[role]).order_by("id").first()
        assert member is not None
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def test_no_row_is_lost(upgraded: Any) -> None:
    assert upgraded.after == upgraded.before
    assert upgraded.before["reception_workorder"] > 500


def test_a_released_migration_is_never_edited(upgraded: Any, release_data: Any) -> None:
    now = release_data.digests()
    released = release_data.digests_of(upgraded.file)
    assert {path: now.get(path) for path in released} == released


def test_every_constraint_holds(upgraded: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE NOT convalidated AND connamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == []


def test_every_trigger_of_the_release_is_on_again(upgraded: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'D'")
        assert cursor.fetchall() == []


def test_nothing_is_left_to_migrate(upgraded: Any) -> None:
    call_command("migrate", "--check", verbosity=0)


@pytest.mark.parametrize("state", OPEN)
def test_open_orders_show_their_page(upgraded: Any, signed_in: Any, state: State) -> None:
    order = WorkOrder.objects.filter(state=state).order_by("-id").first()
    assert order is not None
    page = signed_in("service_advisor").get(reverse("reception:order", args=[order.pk]))
    assert page.status_code == 200
    assert order.number in page.content.decode()


def test_a_settled_car_passes_the_gate_with_the_pass_it_has(upgraded: Any) -> None:
    one = GatePass.objects.filter(order__state=State.SETTLED, used_at=None, revoked_at=None).latest("id")
    guard = Membership.objects.filter(roles__contains=["gate"], branch=one.branch).earliest("id")
    actor = Actor(guard.user, one.branch, permissions_of(guard.roles))
    with as_of(one.valid_until - timedelta(minutes=1)):
        assert gate.open_gate(actor=actor, entered=one.token)[:2] == ("opened", one)
    one.order.refresh_from_db()
    assert one.order.state == State.RELEASED
