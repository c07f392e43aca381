"""Codes, recovery codes, the switch that requires them, and what becomes of a lost one."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.models import Factor, SignIn, User
from accounts.roles import Role
from accounts.sealing import opened, sealed
from accounts.services import factors, tries
from dms.clock import now
from dms.errors import Forbidden, Refused

pytestmark = pytest.mark.django_db
CODE, SECURITY, HOME = reverse("accounts:code"), reverse("accounts:security"), reverse("portal:home")


def inside(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


@pytest.fixture
def user(member: Any) -> Any:
    return member(Role.CASHIER).user


def test_the_password_alone_opens_nothing(client: Client, knock: Any, user: Any, app: Any) -> None:
    phone = app(user)
    assert knock(client, user, next="/find/")["Location"] == CODE
    assert not inside(client)
    answer = client.post(CODE, {"code": phone.code()})
    assert (answer.status_code, answer["Location"]) == (302, "/find/")
    assert inside(client)
    assert SignIn.objects.get().proof == "code"


def test_a_code_without_the_password_opens_nothing(client: Client, user: Any, app: Any) -> None:
    phone = app(user)
    assert client.post(CODE, {"code": phone.code()})["Location"] == reverse("accounts:login")
    assert not inside(client)


def test_a_code_is_used_once(knock: Any, user: Any, app: Any) -> None:
    phone, first, second = app(user), Client(), Client()
    code = phone.code()
    for client in (first, second):
        knock(client, user)
    assert first.post(CODE, {"code": code}).status_code == 302
    assert second.post(CODE, {"code": code}).status_code == 422
    assert not inside(second)
    with time_machine.travel(now() + timedelta(seconds=30), tick=False):
        assert second.post(CODE, {"code": code}).status_code == 422  # still within the drift, and used
        assert second.post(CODE, {"code": phone.code()}).status_code == 302


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_code_one_is_in(race: Any, user: Any, app: Any, settings: Any) -> None:
    phone = app(user)
    code = phone.code()

    def act() -> bool:
        return factors.check_code(user=user, code=code)

    assert sorted(race(act, act)) == [False, True]
    Factor.objects.update(counter=0)
    settings.LOCKS_OFF = True
    assert race(act, act) == (True, True)


@pytest.mark.parametrize("drift", [-2, 2])
def test_an_old_or_a_coming_code_is_none(client: Client, knock: Any, user: Any, app: Any, drift: int) -> None:
    phone = app(user)
    Factor.objects.update(counter=0)
    with time_machine.travel(now(), tick=False):
        knock(client, user)
        assert client.post(CODE, {"code": phone.code(drift)}).status_code == 422


def test_anothers_code_is_none(client: Client, knock: Any, user: Any, member: Any, app: Any) -> None:
    app(user)
    other = app(member(Role.GATE).user)
    knock(client, user)
    assert client.post(CODE, {"code": other.code()}).status_code == 422
    assert client.post(CODE, {"code": other.recovery[0]}).status_code == 422
    assert not inside(client)


@pytest.mark.parametrize("typed", ["", "123", "１２３４５６", "abc", "0" * 20, "\x00"])
def test_what_is_no_code(client: Client, knock: Any, user: Any, app: Any, typed: str) -> None:
    app(user)
    knock(client, user)
    assert client.post(CODE, {"code": typed}).status_code == 422
    assert not inside(client)


def test_codes_cannot_be_guessed_and_the_known_browser_still_gets_in(knock: Any, user: Any, app: Any) -> None:
    phone, mine, other = app(user), Client(), Client()
    knock(mine, user)
    mine.post(CODE, {"code": phone.code()})
    mine.post(reverse("accounts:logout"))
    knock(other, user)
    answers = [other.post(CODE, {"code": "000000"}).status_code for _ in range(tries.FREE_CODES + 1)]
    assert answers == [422] * tries.FREE_CODES + [429]
    with time_machine.travel(now() + timedelta(seconds=30), tick=False):
        assert other.post(CODE, {"code": phone.code()}).status_code == 429
        knock(mine, user)
        assert mine.post(CODE, {"code": phone.code()}).status_code == 302


def test_the_half_way_does_not_last(client: Client, knock: Any, user: Any, app: Any) -> None:
    phone = app(user)
    knock(client, user)
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        assert client.post(CODE, {"code": phone.code()})["Location"] == reverse("accounts:login")


@pytest.mark.parametrize("change", ["off", "password"])
def test_the_half_way_ends_with_the_user_or_the_password(
    client: Client, knock: Any, user: Any, app: Any, change: str
) -> None:
    phone = app(user)
    knock(client, user)
    if change == "off":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        user.set_password("another good password")
        user.save()
    assert client.post(CODE, {"code": phone.code()})["Location"] == reverse("accounts:login")
    assert not inside(client)


def test_the_session_gets_a_new_key_at_each_step(client: Client, knock: Any, user: Any, app: Any) -> None:
    phone = app(user)
    client.get(reverse("accounts:login"))
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    knock(client, user)
    half = client.cookies["sessionid"].value
    client.post(CODE, {"code": phone.code()})
    assert len({planted, half, client.cookies["sessionid"].value}) == 3
    thief = Client()
    for key in (planted, half):
        thief.cookies["sessionid"] = key
        assert not inside(thief)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_led_away_by_the_second_step(client: Client, knock: Any, user: Any, app: Any, target: str) -> None:
    phone = app(user)
    knock(client, user, next=target)
    assert client.post(CODE, {"code": phone.code(), "next": target})["Location"] == HOME


def test_a_recovery_code_opens_once(knock: Any, user: Any, app: Any) -> None:
    phone = app(user)
    assert len(set(phone.recovery)) == 10
    for typed, status in ((phone.recovery[0].lower(), 302), (phone.recovery[0], 422), (phone.recovery[1], 302)):
        client = Client()
        knock(client, user)
        assert client.post(CODE, {"code": typed}).status_code == status
    assert len(Factor.objects.get(kind="recovery").codes) == 8


def test_neither_key_nor_codes_can_be_read_in_the_database(user: Any, app: Any) -> None:
    phone = app(user)
    kept = str(list(Factor.objects.values()))
    assert phone.secret not in kept
    assert not [code for code in phone.recovery if code in kept or code.replace("-", "") in kept]


def test_a_changed_secret_of_the_machine_opens_with_the_former_one(settings: Any) -> None:
    kept, old = sealed("JBSWY3DP"), settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    assert opened(kept) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert opened(kept) == "JBSWY3DP"


# --- Setting up and taking away --------------------------------------------------------------------------------------


def test_an_app_is_kept_with_its_first_right_code(login: Any) -> None:
    import pyotp

    client = login(Role.GATE)
    page = client.get(reverse("accounts:totp"))
    setup, spelled = page.context["setup"], page.context["spelled"].replace(" ", "")
    assert client.post(reverse("accounts:totp"), {"setup": setup, "code": "000000"}).status_code == 422
    assert not Factor.objects.exists()
    done = client.post(reverse("accounts:totp"), {"setup": setup, "code": pyotp.TOTP(spelled).now()})
    assert done.status_code == 200
    assert len(done.context["codes"]) == 10
    assert set(Factor.objects.values_list("kind", flat=True)) == {"totp", "recovery"}


def test_anothers_setup_or_a_made_up_one_keeps_nothing(login: Any) -> None:
    import pyotp

    client, secret = login(Role.GATE), factors.new_secret()
    for setup in (
        "", "x", signing.dumps({"secret": secret, "user": client.membership.user_id}, salt="x"),
        signing.dumps({"secret": secret, "user": 0}, salt="accounts.totp"),
    ):  # fmt: skip
        sent = {"setup": setup, "code": pyotp.TOTP(secret).now()}
        assert client.post(reverse("accounts:totp"), sent).status_code == 422
    assert not Factor.objects.exists()


def test_who_signed_in_long_ago_shows_the_password_first(login: Any) -> None:
    client = login(Role.GATE)
    with time_machine.travel(now() + timedelta(minutes=20), tick=False):
        for route in ("totp", "passkey_new", "own_pin", "own_tokens"):
            answer = client.get(reverse(f"accounts:{route}"))
            assert answer["Location"].startswith(reverse("accounts:confirm")), route
        assert client.post(reverse("accounts:confirm"), {"password": "wrong"}).status_code == 422
        back = {"password": "a good password", "next": reverse("accounts:totp")}
        assert client.post(reverse("accounts:confirm"), back)["Location"] == reverse("accounts:totp")
        assert client.get(reverse("accounts:totp")).status_code == 200


def test_the_confirmation_cannot_be_guessed(login: Any) -> None:
    client = login(Role.GATE)
    answers = [client.post(reverse("accounts:confirm"), {"password": "wrong"}).status_code for _ in range(9)]
    assert answers == [422] * tries.FREE + [429]


def test_the_codes_go_with_the_last_factor(login: Any, app: Any) -> None:
    client = login(Role.GATE)
    app(client.membership.user)
    row = Factor.objects.get(kind="totp")
    client.post(reverse("accounts:factor_remove", args=[row.pk]))
    assert not Factor.objects.exists()


def test_anothers_factor_is_not_there(login: Any, app: Any, member: Any) -> None:
    app(member(Role.CRM).user)
    for row in Factor.objects.all():
        assert login(Role.GATE).post(reverse("accounts:factor_remove", args=[row.pk])).status_code == 404
    assert Factor.objects.count() == 2


def test_an_administrator_removes_a_lost_factor(login: Any, app: Any, knock: Any, member: Any) -> None:
    from records.models import AuditEntry

    row, admin, theirs = member(Role.CRM), login(Role.ADMIN), Client()
    phone = app(row.user)
    knock(theirs, row.user)
    theirs.post(CODE, {"code": phone.code()})
    assert inside(theirs)
    admin.post(reverse("accounts:person_factors", args=[row.pk]))
    assert not inside(theirs)
    assert not Factor.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.subject_key, entry.actor) == (
        "factor.remove",
        f"user:{row.user_id}",
        admin.membership.user,
    )
    assert knock(Client(), row.user)["Location"] == HOME


def test_an_administrator_does_not_remove_their_own_or_that_of_another_branch(
    actor: Any, app: Any, member: Any, other_branch: Any
) -> None:
    from accounts.models import Membership
    from accounts.services.own import remove_factors

    admin = actor(Role.ADMIN)
    mine = Membership.objects.get(user=admin.user)
    app(admin.user)
    with pytest.raises(Refused):
        remove_factors(actor=admin, membership_id=mine.pk)
    both = member(Role.CRM)
    Membership.objects.create(user=both.user, branch=other_branch, roles=["crm"])
    app(both.user)
    with pytest.raises(Forbidden):
        remove_factors(actor=admin, membership_id=both.pk)
    assert Factor.objects.count() == 4


def test_an_administrator_too_shows_the_password_first(login: Any, app: Any, member: Any) -> None:
    row, admin = member(Role.CRM), login(Role.ADMIN)
    app(row.user)
    with time_machine.travel(now() + timedelta(minutes=20), tick=False):
        for route, sent in (("person_factors", {}), ("person_password", {"password": "eine lange Strasse"})):
            answer = admin.post(reverse(f"accounts:{route}", args=[row.pk]), sent)
            assert answer["Location"].startswith(reverse("accounts:confirm"))
    assert Factor.objects.count() == 2
    row.user.refresh_from_db()
    assert row.user.check_password("a good password")


# --- The switch ------------------------------------------------------------------------------------------------------


@pytest.fixture
def required(set_rules: Any) -> None:
    set_rules(**{"signin.second_factor": True})


def test_where_it_is_required_one_is_led_to_set_it_up(required: None, login: Any, app: Any, knock: Any) -> None:
    client = login(Role.MANAGER)
    for url in (HOME, "/", reverse("accounts:own_tokens"), reverse("accounts:people")):
        assert client.get(url)["Location"] == SECURITY, url
    htmx = client.get(reverse("reception:today"), headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx["HX-Redirect"]) == (204, SECURITY)
    api = client.get("/api/v1/me/")
    assert (api.status_code, api["Content-Type"]) == (403, "application/problem+json")
    assert client.get(SECURITY).context["must"]
    assert client.post(reverse("accounts:language"), {"language": "en"}).status_code == 302
    assert client.post(reverse("accounts:logout")).status_code == 302


def test_after_setting_one_up_the_way_is_open(required: None, login: Any) -> None:
    import pyotp

    client = login(Role.MANAGER)
    page = client.get(reverse("accounts:totp"))
    code = pyotp.TOTP(page.context["spelled"].replace(" ", "")).now()
    client.post(reverse("accounts:totp"), {"setup": page.context["setup"], "code": code})
    assert client.get(reverse("reception:today")).status_code == 200
    row = Factor.objects.get(kind="totp")
    client.post(reverse("accounts:factor_remove", args=[row.pk]))
    assert client.get(reverse("reception:today"))["Location"] == SECURITY


def test_a_program_is_not_asked(required: None, program: Any) -> None:
    assert program("crm").get("me/").status_code == 200


def test_a_token_does_not_ride_on_a_session_that_lacks_the_factor(required: None, login: Any, program: Any) -> None:
    client, bot = login(Role.MANAGER), program("crm")
    assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {bot.secret}"}).status_code == 200
    assert client.get("/api/v1/me/", headers={"Authorization": "Bearer dms_wrong"}).status_code == 401


def test_the_switch_reaches_a_session_that_is_open(login: Any, set_rules: Any) -> None:
    client = login(Role.MANAGER)
    assert client.get(reverse("reception:today")).status_code == 200
    set_rules(**{"signin.second_factor": True})
    with time_machine.travel(now() + timedelta(seconds=61), tick=False):
        client.get(reverse("reception:today"))
        assert client.get(reverse("reception:today"))["Location"] == SECURITY


def test_the_other_branch_may_ask_for_it(login: Any, other_branch: Any, set_rules: Any) -> None:
    from accounts.models import Membership

    client = login(Role.MANAGER)
    Membership.objects.create(user=client.membership.user, branch=other_branch, roles=["manager"])
    set_rules(at=other_branch, **{"signin.second_factor": True})
    assert client.get(reverse("reception:today")).status_code == 200
    client.post(reverse("accounts:branch"), {"branch": other_branch.pk})
    assert client.get(reverse("reception:today"))["Location"] == SECURITY


def test_somebody_with_a_factor_passes(required: None, client: Client, knock: Any, user: Any, app: Any) -> None:
    phone = app(user)
    knock(client, user)
    assert client.post(CODE, {"code": phone.code()})["Location"] == HOME
    assert client.get(reverse("delivery:till")).status_code == 200
