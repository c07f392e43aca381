"""How long a sign-in lasts, at how many places, and that it ends at once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, SignIn, User
from accounts.places import browser_of
from accounts.roles import Role
from accounts.services import sessions
from accounts.states import Ended
from dms.clock import now

pytestmark = pytest.mark.django_db
LOGIN, SECURITY, HOME = reverse("accounts:login"), reverse("accounts:security"), reverse("portal:home")


def inside(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


def told(client: Client) -> str:
    """What the sign-in page says after the next click."""
    client.get(SECURITY)
    return sentence(client)


def sentence(client: Client) -> str:
    """What the sign-in page says, in English."""
    return str(client.get(LOGIN, headers={"Accept-Language": "en"}).context["told"])


@pytest.fixture
def user(member: Any) -> Any:
    return member(Role.GATE).user


def test_of_too_many_places_the_oldest_ends_and_says_why(knock: Any, user: Any, set_rules: Any) -> None:
    set_rules(**{"signin.sessions": 2})
    clients = [Client(), Client(), Client()]
    for client in clients:
        knock(client, user)
    assert [inside(client) for client in clients] == [False, True, True]
    assert "too many" in told(clients[0])
    assert SignIn.objects.get(why__isnull=False).why == Ended.LIMIT


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_at_once_do_not_pass_the_limit(race: Any, member: Any, settings: Any) -> None:
    user, numbers = member(Role.GATE).user, iter("abcdefgh")

    def act() -> None:
        sessions.begin(
            user=user, session_key=next(numbers), proof="password", browser="", address=None, desk=None, most=1
        )  # fmt: skip

    race(act, act)
    assert SignIn.objects.filter(why__isnull=True).count() == 1
    settings.LOCKS_OFF = True
    SignIn.objects.update(why=Ended.OUT, ended_at=now())
    race(act, act)
    assert SignIn.objects.filter(why__isnull=True).count() == 2


def test_an_idle_sign_in_ends_and_says_why(knock: Any, user: Any, set_rules: Any) -> None:
    set_rules(**{"signin.idle_minutes": 30})
    client = Client()
    knock(client, user)
    with time_machine.travel(now() + timedelta(minutes=29), tick=False):
        assert inside(client)  # a sign of life
    with time_machine.travel(now() + timedelta(minutes=58), tick=False):
        assert inside(client)
    with time_machine.travel(now() + timedelta(minutes=89), tick=False):
        answer = client.get(SECURITY)
        assert answer["Location"] == f"{LOGIN}?next={SECURITY}"
        assert "nothing was done" in sentence(client)
    assert SignIn.objects.get().why == Ended.IDLE


def test_a_board_that_asks_by_itself_is_no_sign_of_life(knock: Any, user: Any, set_rules: Any) -> None:
    set_rules(**{"signin.idle_minutes": 5})
    client = Client()
    knock(client, user)
    for minute in range(1, 5):
        with time_machine.travel(now() + timedelta(minutes=minute), tick=False):
            assert client.get(SECURITY, headers={"X-Poll": "1"}).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        assert client.get(SECURITY, headers={"X-Poll": "1"}).status_code == 302


def test_a_working_day_is_the_most_however_busy(knock: Any, user: Any, settings: Any) -> None:
    client, begun = Client(), now()
    with time_machine.travel(begun, tick=False):
        knock(client, user)
    for hour in range(3, 14, 3):
        with time_machine.travel(begun + timedelta(hours=hour), tick=False):
            assert inside(client)
    with time_machine.travel(begun + timedelta(hours=14, seconds=1), tick=False):
        assert not inside(client)
        assert "one working day" in sentence(client)


def test_a_sign_of_life_is_written_once_a_minute(login: Any, django_assert_num_queries: Any) -> None:
    client = login(Role.GATE)
    client.get(SECURITY)
    with django_assert_num_queries(2):  # session, user with memberships: the gate's page itself asks nothing
        client.get(reverse("delivery:gate"))
    with time_machine.travel(now() + timedelta(seconds=61), tick=False), django_assert_num_queries(6):
        client.get(reverse("delivery:gate"))  # the rules, and the session within its savepoint


def test_where_one_is_signed_in(knock: Any, user: Any) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Safari/537.36"
    here, there = Client(), Client(headers={"User-Agent": agent})
    knock(here, user)
    knock(there, user, address="203.0.113.5")
    places = here.get(SECURITY).context["places"]
    assert [(place.here, place.browser, place.row.address) for place in places] == [
        (True, "", "127.0.0.1"), (False, "Chrome · Windows", "203.0.113.5")
    ]  # fmt: skip
    here.post(reverse("accounts:place_end", args=[places[1].row.pk]))
    assert not inside(there)
    assert "ended from another place" in sentence(there)
    assert inside(here)


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_takes_as_many_queries_for_one_place_as_for_three(knock: Any, user: Any, asks: Any, many: int) -> None:
    here = Client()
    knock(here, user)
    for _ in range(many - 1):
        knock(Client(), user)
    here.get(SECURITY)
    assert asks(here, SECURITY) == 5
    assert len(here.get(SECURITY).context["places"]) == many


def test_anothers_sign_in_is_not_there(login: Any) -> None:
    mine, other = login(Role.GATE), login(Role.CRM)
    row = SignIn.objects.get(user=other.membership.user)
    assert mine.post(reverse("accounts:place_end", args=[row.pk])).status_code == 404
    assert inside(other)


def test_everywhere_else(knock: Any, user: Any) -> None:
    clients = [Client(), Client(), Client()]
    for client in clients:
        knock(client, user)
    clients[0].post(reverse("accounts:places_end"))
    assert [inside(client) for client in clients] == [True, False, False]


def test_a_new_password_ends_every_other_place(knock: Any, user: Any) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        knock(client, user)
    before = here.cookies["sessionid"].value
    sent = {"old": "a good password", "password": "eine lange Strasse", "again": "eine lange Strasse"}
    assert here.post(reverse("accounts:own_password"), sent)["Location"] == SECURITY
    assert inside(here)
    assert not inside(there)
    assert here.cookies["sessionid"].value != before
    assert [place.here for place in here.get(SECURITY).context["places"]] == [True]
    assert knock(Client(), user).status_code == 200
    assert knock(Client(), user, "eine lange Strasse").status_code == 302


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"old": "no"}, "old"), ({"again": "other"}, "again"), ({"password": "short", "again": "short"}, "password"),
     ({"password": "a good password", "again": "a good password"}, "password")],
)  # fmt: skip
def test_what_is_no_new_password(login: Any, wrong: dict[str, str], field: str) -> None:
    client = login(Role.GATE)
    sent = {"old": "a good password", "password": "eine lange Strasse", "again": "eine lange Strasse"} | wrong
    answer = client.post(reverse("accounts:own_password"), sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_old_password_cannot_be_guessed_there(login: Any) -> None:
    client = login(Role.GATE)
    sent = {"old": "no", "password": "eine lange Strasse", "again": "eine lange Strasse"}
    answers = {client.post(reverse("accounts:own_password"), sent).status_code for _ in range(9)}
    assert answers == {422, 429}


def test_a_password_set_by_the_administrator_signs_out(login: Any, knock: Any, member: Any) -> None:
    row, theirs = member(Role.CRM), Client()
    knock(theirs, row.user)
    sent = {"password": "eine lange Strasse"}
    login(Role.ADMIN).post(reverse("accounts:person_password", args=[row.pk]), sent)
    assert not inside(theirs)
    assert "password was changed" in sentence(theirs)


def test_a_disabled_user_is_out_at_once_and_stays_out(login: Any, knock: Any, member: Any, program: Any) -> None:
    """Page, htmx, API by session and by token; and no old cookie comes back to life with the user."""
    admin, bot = login(Role.ADMIN), program(Role.CRM)
    theirs = Client()
    knock(theirs, bot.membership.user)
    assert inside(theirs)
    assert bot.get("me/").status_code == 200
    row = bot.membership
    change = {"name": row.user.name, "roles": ["crm"], "version": row.version}
    assert admin.post(reverse("accounts:person", args=[row.pk]), change).status_code == 302
    assert not User.objects.get(pk=row.user_id).is_active
    assert not inside(theirs)
    assert theirs.get(HOME, headers={"HX-Request": "true"})["Location"].startswith(LOGIN)
    assert theirs.get("/api/v1/me/").status_code == 401
    assert bot.get("me/").status_code == 401
    assert knock(Client(), row.user).status_code == 200
    again = Membership.objects.get(pk=row.pk)
    admin.post(reverse("accounts:person", args=[row.pk]), change | {"active": "on", "version": again.version})
    assert User.objects.get(pk=row.user_id).is_active
    assert not inside(theirs)
    assert "administrator ended" in sentence(theirs)


def test_signing_out_is_written_down(login: Any) -> None:
    client = login(Role.GATE)
    client.post(reverse("accounts:logout"))
    assert SignIn.objects.get().why == Ended.OUT
    assert sentence(client) == ""


def test_a_session_without_a_seat_is_none(login: Any) -> None:
    client = login(Role.GATE)
    session = client.session
    del session["seat"]
    session.save()
    assert not inside(client)


def test_what_is_long_over_is_forgotten(knock: Any, user: Any) -> None:
    with time_machine.travel(now() - timedelta(days=100), tick=False):
        knock(Client(), user)
    knock(Client(), user)
    assert SignIn.objects.count() == 1


def test_a_made_up_reason_says_nothing(client: Client) -> None:
    client.cookies["dms_why"] = "<b>call 555</b>"
    assert "555" not in client.get(LOGIN).text


def test_browsers_have_names() -> None:
    assert (
        browser_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17) AppleWebKit Safari/604 MicroMessenger/8.0")
        == "WeChat · iPhone"
    )
    assert browser_of("Mozilla/5.0 (Macintosh; Intel Mac OS X) Chrome/1 Safari/5 Edg/130") == "Edge · macOS"
    assert browser_of("curl/8") == ""
