"""A shared desk: signed in once a day, locked when nobody is there, opened by a PIN; money asks for it again."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.devices import DESK_COOKIE
from accounts.models import Desk, SignIn, User
from accounts.policies import Actor, check_money
from accounts.roles import Role, permissions_of
from accounts.services.pins import MOST_WRONG, set_pin
from accounts.states import Ended
from dms.clock import now
from dms.errors import Invalid, Unproved

pytestmark = pytest.mark.django_db
UNLOCK, LOCK, TODAY = reverse("accounts:unlock"), reverse("accounts:lock"), reverse("reception:today")
SECURITY, LOGIN = reverse("accounts:security"), reverse("accounts:login")
PIN = "4071"


@pytest.fixture
def person(member: Any) -> Any:
    """`person(role)`: somebody with the PIN 4071."""

    def make(role: str = Role.SERVICE_ADVISOR, at: Any = None) -> Any:
        return set_pin(user=member(role, at).user, pin=PIN)

    return make


def opened(client: Client, user: Any, pin: str = PIN, **more: Any) -> Any:
    return client.post(UNLOCK, {"user": user.pk, "pin": pin}, **more)


def who(client: Client) -> Any:
    answer = client.get(SECURITY)
    return answer.context["request"].user if answer.status_code == 200 else None


def test_two_people_change_places_by_pin(desk: Any, person: Any, knock: Any) -> None:
    client, first, second = desk(), person(), person(Role.CASHIER)
    knock(client, first)
    assert who(client) == first
    client.post(LOCK)
    knock(client, second)  # at a locked desk another may sign in by password
    assert who(client) == second
    assert opened(client, first)["Location"] == reverse("portal:home")
    assert who(client) == first
    opened(client, second)
    assert who(client) == second
    assert SignIn.objects.filter(why__isnull=True).count() == 1


def test_a_locked_desk_shows_nothing_until_the_pin(desk: Any, person: Any, knock: Any) -> None:
    client, user = desk(), person()
    knock(client, user)
    assert client.post(LOCK)["Location"] == UNLOCK
    assert client.get(TODAY)["Location"] == f"{UNLOCK}?next=%2Ftoday%2F" or client.get(TODAY)["Location"].startswith(
        UNLOCK
    )
    assert client.get(TODAY, headers={"HX-Request": "true"}).status_code == 401
    assert client.get(TODAY, headers={"X-Requested-With": "fetch"}).status_code == 401
    assert client.get("/api/v1/me/").status_code == 403
    assert client.get("/healthz").status_code == 200
    assert opened(client, user, "9999").status_code == 422
    assert client.get(TODAY).status_code == 302
    opened(client, user)
    assert client.get(TODAY).status_code == 200


def test_it_locks_by_itself(desk: Any, person: Any, knock: Any, set_rules: Any) -> None:
    set_rules(**{"desk.lock_minutes": 3})
    client, user = desk(), person()
    knock(client, user)
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        assert client.get(TODAY).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        assert client.get(TODAY)["Location"].startswith(UNLOCK)
        assert client.get(TODAY)["Location"].startswith(UNLOCK)
        opened(client, user)
        assert client.get(TODAY).status_code == 200


def test_the_dialog_opens_it_and_the_page_stays(desk: Any, person: Any, knock: Any) -> None:
    client, first, second = desk(), person(), person()
    htmx = {"headers": {"HX-Request": "true"}}
    knock(client, first)
    client.post(LOCK, headers={"X-Requested-With": "fetch"})
    knock(client, second)
    client.post(LOCK)
    pane = client.get(UNLOCK, **htmx)
    assert "<html" not in pane.text
    assert first.name in pane.text
    same = opened(client, second, **htmx)
    assert (same.status_code, "data-unlocked" in same.text, "data-told" in same.text) == (200, True, False)
    other = opened(client, first, **htmx)
    assert "data-told" in other.text
    assert f'data-name="{first.name}"' in other.text
    wrong = opened(client, second, "1", **htmx)
    assert (wrong.status_code, "<html" in wrong.text) == (422, False)


# --- Who may not -----------------------------------------------------------------------------------------------------


def test_a_pin_works_at_no_other_browser(desk: Any, person: Any, knock: Any) -> None:
    client, user = desk(), person()
    knock(client, user)
    other = Client()
    assert other.get(UNLOCK)["Location"] == LOGIN
    assert opened(other, user)["Location"] == LOGIN
    assert who(other) is None
    for forged in ("x", client.cookies[DESK_COOKIE].value[:-2] + "xx"):
        other.cookies[DESK_COOKIE] = forged
        assert opened(other, user)["Location"] == LOGIN
    assert opened(desk(), user).status_code == 422  # a desk where they did not sign in today


def test_who_did_not_sign_in_today_needs_the_password(desk: Any, person: Any, knock: Any) -> None:
    client, user, stranger = desk(), person(), person()
    knock(client, user)
    assert opened(client, stranger).status_code == 422
    with time_machine.travel(now() + timedelta(hours=15), tick=False):
        assert opened(client, user).status_code == 422


def test_signing_out_ends_the_day_at_the_desk(desk: Any, person: Any, knock: Any) -> None:
    client, user = desk(), person()
    knock(client, user)
    client.post(reverse("accounts:logout"))
    assert opened(client, user).status_code == 422
    assert who(client) is None


@pytest.mark.parametrize("how", ["off", "membership", "password", "retired"])
def test_what_ends_the_right_to_come_back(desk: Any, person: Any, knock: Any, actor: Any, how: str) -> None:
    from accounts.services.desks import retire
    from accounts.services.own import change_password

    client, user, other = desk(), person(), person()
    knock(client, user)
    client.post(LOCK)
    knock(client, other)
    if how == "off":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif how == "membership":
        user.memberships.update(active=False)
    elif how == "password":
        change_password(user=user, old="a good password", new="eine lange Strasse", sign_in=0)
    else:
        retire(actor=actor("manager"), desk_id=client.desk.pk)
    opened(client, user)
    assert who(client) == other


def test_a_few_wrong_pins_and_only_the_password_helps(desk: Any, person: Any, knock: Any) -> None:
    client, user = desk(), person()
    knock(client, user)
    client.post(LOCK)
    assert {opened(client, user, "9999").status_code for _ in range(MOST_WRONG)} == {422}
    assert opened(client, user).status_code == 422
    assert who(client) is None
    assert knock(client, user).status_code == 302
    client.post(LOCK)
    assert opened(client, user).status_code == 302


def test_without_a_pin_only_the_password_helps(desk: Any, member: Any, knock: Any) -> None:
    client, user = desk(), member(Role.CASHIER).user
    knock(client, user)
    client.post(LOCK)
    assert opened(client, user, "").status_code == 422
    assert opened(client, user, "0000").status_code == 422


@pytest.mark.parametrize("pin", ["123", "123456789", "1234", "9876", "0000", "12a4", "１２３５", "7890", " 4071"])
def test_what_is_no_pin(member: Any, pin: str) -> None:
    with pytest.raises(Invalid):
        set_pin(user=member(Role.GATE).user, pin=pin)


def test_a_pin_is_kept_hashed_and_can_be_taken_away(login: Any) -> None:
    client = login(Role.GATE)
    client.post(reverse("accounts:own_pin"), {"pin": PIN})
    row = User.objects.get(pk=client.membership.user_id)
    assert row.pin_hash
    assert PIN not in row.pin_hash.split("$")
    client.post(reverse("accounts:own_pin"), {"pin": ""})
    assert User.objects.get(pk=row.pk).pin_hash == ""


def test_the_pin_keeps_the_factor_of_the_morning(desk: Any, person: Any, knock: Any, app: Any, set_rules: Any) -> None:
    set_rules(**{"signin.second_factor": True})
    client, user, other = desk(), person(), person()
    phone, others = app(user), app(other)
    for one, its in ((user, phone), (other, others)):
        knock(client, one)
        client.post(reverse("accounts:code"), {"code": its.code()})
        client.post(LOCK)
    opened(client, user)
    assert client.get(TODAY).status_code == 200
    # What only the owner may change still asks for the password.
    assert client.get(reverse("accounts:own_tokens"))["Location"].startswith(reverse("accounts:confirm"))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_nobody_is_led_away(desk: Any, person: Any, knock: Any, target: str) -> None:
    client, user = desk(), person()
    knock(client, user)
    client.post(LOCK)
    assert client.post(UNLOCK, {"user": user.pk, "pin": PIN, "next": target})["Location"] == reverse("portal:home")


def test_elsewhere_there_is_nothing_to_lock(login: Any) -> None:
    client = login(Role.GATE)
    assert client.post(LOCK)["Location"] == reverse("portal:home")
    assert who(client) is not None


# --- Money -----------------------------------------------------------------------------------------------------------


def test_money_asks_for_the_pin_and_keeps_what_was_typed(desk: Any, person: Any, knock: Any, signed: Any) -> None:
    client, user, order = desk(), person(Role.CASHIER), signed()
    knock(client, user)
    url = reverse("delivery:reverse", args=[order.pk])
    with time_machine.travel(now() + timedelta(minutes=4), tick=False):
        client.get(reverse("delivery:till"))
        assert client.post(url, {"reason": "slip"}).status_code == 409  # there is no slip; the PIN was fresh
    with time_machine.travel(now() + timedelta(minutes=8), tick=False):
        asked = client.post(url, {"reason": "wrong payer"})
        assert (asked.status_code, asked["X-Refusal"]) == (403, "pin_required")
        assert '<input type="hidden" name="reason" value="wrong payer">' in asked.text
        htmx = client.post(url, {"reason": "wrong payer"}, headers={"HX-Request": "true"})
        assert (htmx.status_code, htmx["HX-Retarget"], htmx["X-Refusal"]) == (200, "#main", "pin_required")
        assert client.post(url, {"reason": "wrong payer", "desk_pin": "9999"}).status_code == 403
        assert client.post(url, {"reason": "wrong payer", "desk_pin": PIN}).status_code == 409
        assert client.post(url, {"reason": "again"}).status_code == 409  # fresh for some minutes


def test_the_api_at_a_desk_says_so(desk: Any, person: Any, knock: Any, signed: Any) -> None:
    client, user, order = desk(), person(Role.CASHIER), signed()
    url = f"/api/v1/work-orders/{order.pk}/settlement/reversal/"
    knock(client, user)
    with time_machine.travel(now() + timedelta(minutes=4), tick=False):
        assert client.post(url, {"reason": "x"}, "application/json").status_code == 409
    with time_machine.travel(now() + timedelta(minutes=8), tick=False):
        answer = client.post(url, {"reason": "x"}, "application/json")
        assert (answer.status_code, answer.json()["title"]) == (403, "pin_required")


def test_elsewhere_nobody_is_asked(member: Any) -> None:
    row = member(Role.CASHIER)
    actor = Actor(row.user, row.branch, permissions_of(row.roles))
    check_money(actor, "till.pay")
    with pytest.raises(Unproved):
        check_money(Actor(row.user, row.branch, actor.permissions, proved=False), "till.pay")


# --- Keeping desks ---------------------------------------------------------------------------------------------------


def test_a_manager_marks_and_takes_back(login: Any) -> None:
    client = login(Role.MANAGER)
    assert client.post(reverse("accounts:desks"), {"name": " "}).status_code == 422
    client.post(reverse("accounts:desks"), {"name": "前台左"})
    desk = Desk.objects.get()
    assert client.get(reverse("accounts:desks")).context["here"] == desk
    client.post(reverse("accounts:desk_retire", args=[desk.pk]))
    client.post(reverse("accounts:desk_retire", args=[desk.pk]))
    desk.refresh_from_db()
    assert desk.retired_by == client.membership.user
    assert client.get(reverse("accounts:desks")).context["here"] is None


def test_the_reason_is_written_down(desk: Any, person: Any, knock: Any) -> None:
    client, first, second = desk(), person(), person()
    knock(client, first)
    client.post(LOCK)
    knock(client, second)
    assert SignIn.objects.get(user=first).why == Ended.SWITCHED
