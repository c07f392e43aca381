"""Tokens: who they stand for, what they let through, and that they stop at once."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import ApiToken
from accounts.roles import PERMISSIONS, granted
from accounts.services.tokens import create_token, revoke_token
from accounts.tokens import TokenThrottle
from dms.clock import as_of, branch_day, now
from dms.errors import Invalid, Refused

pytestmark = pytest.mark.django_db


def test_scopes_let_through_what_they_name() -> None:
    assert granted(["write"]) == PERMISSIONS
    assert granted(["read"]) == {name for name in PERMISSIONS if name.endswith(".view")}
    assert granted(["read", "till.pay"]) == granted(["read"]) | {"till.pay"}
    assert granted(["no.such"]) == frozenset()


def test_a_token_has_no_more_than_its_scopes_and_its_persons_roles(program: Any) -> None:
    narrow = program("manager", scopes=["order.view"])
    assert narrow.get("me/").json()["permissions"] == ["order.view"]
    refused = narrow.post("customers/", {"name": "x"})
    assert (refused.status_code, refused.json()["title"]) == (403, "forbidden")
    assert "till.pay" not in program("technician").get("me/").json()["permissions"]


def test_only_the_hash_is_kept_and_the_secret_is_shown_once(member: Any, branch: Any) -> None:
    token, secret = create_token(membership=member("crm"), name=" bridge ", scopes=["read", "read"], days=30)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(row)
    assert (secret[:4], row["hint"], row["name"], row["scopes"]) == ("dms_", secret[:8], "bridge", ["read"])


@pytest.mark.parametrize(
    "wrong", [{"scopes": []}, {"scopes": ["fly"]}, {"name": " "}, {"days": 0}, {"days": 367}], ids=str
)
def test_what_is_no_token(member: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        create_token(**{"membership": member("crm"), "name": "x", "scopes": ["read"], "days": 9} | wrong)


def test_whoever_is_switched_off_gets_none(member: Any) -> None:
    row = member("crm")
    row.active = False
    with pytest.raises(Refused):
        create_token(membership=row, name="x", scopes=["read"], days=9)


@pytest.mark.parametrize("how", ["revoked", "expired", "user off", "membership off"])
def test_it_stops_at_once(program: Any, how: str) -> None:
    bot = program("crm")
    assert bot.get("me/").status_code == 200
    row, when = bot.membership, now()
    if how == "revoked":
        revoke_token(token_id=ApiToken.objects.get().pk, by=row.user)
    elif how == "expired":
        when += timedelta(days=10)
    elif how == "user off":
        type(row.user).objects.update(is_active=False)
    else:
        type(row).objects.update(active=False)
    with time_machine.travel(when, tick=False):
        answer = bot.get("me/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="DMS-lite"'


def test_a_wrong_token_is_not_helped_by_a_session(login: Any) -> None:
    client = login("manager")
    assert client.get("/api/v1/me/").status_code == 200
    assert client.get("/api/v1/me/", headers={"Authorization": "Bearer dms_wrong"}).status_code == 401
    assert Client().get("/api/v1/me/").status_code == 401


def test_the_day_of_use_is_written_once_a_day(program: Any, branch: Any, django_assert_num_queries: Any) -> None:
    bot = program("crm")
    bot.get("me/")
    assert ApiToken.objects.get().last_used_on == branch_day(branch)
    with django_assert_num_queries(1):  # the token itself: no write, no session
        bot.get("me/")


def test_the_language_is_the_persons_unless_another_is_asked_for(program: Any) -> None:
    bot = program("gate")
    assert (
        bot.get("work-orders/").json()["detail"].startswith("您的岗位")
        or bot.get("work-orders/")["Content-Language"] == "zh-hans"
    )
    english = bot.get("work-orders/", **{"Accept-Language": "en"})
    assert english.json()["detail"].startswith("Your role does not include this.")
    assert english["Content-Language"] == "en"
    assert {"Authorization", "Cookie", "Accept-Language"} <= {name.strip() for name in english["Vary"].split(",")}


def test_a_change_by_token_names_its_person(program: Any) -> None:
    from django.apps import apps

    bot = program("service_advisor")
    made = bot.does("customers/", {"name": "周敏"}, 201)
    assert bot.patch(f"customers/{made['id']}/", {"note": "VIP"}, made["version"]).status_code == 200
    event = apps.get_model("customers", "CustomerEvent").objects.get()
    assert event.pgh_context.metadata["user"] == bot.membership.user_id


def test_a_program_in_a_loop_is_slowed_down(program: Any, login: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(TokenThrottle, "rate", "2/minute", raising=False)
    bot, other, person = program("crm"), program("crm"), login("crm")
    with as_of(begun()):
        assert [bot.get("me/").status_code for _ in range(3)] == [200, 200, 429]
        answer = bot.get("me/")
        assert (answer["Content-Type"], answer.json()["title"]) == ("application/problem+json", "Too Many Requests")
        assert answer["Retry-After"] == "59"
        assert other.get("me/").status_code == 200
        assert {person.get("/api/v1/me/").status_code for _ in range(4)} == {200}


def begun() -> datetime:
    """A second into this minute, so that a test does not run over into the next."""
    return now().replace(second=1, microsecond=0)


def test_the_count_is_shared_by_all_processes(program: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(TokenThrottle, "rate", "2/minute", raising=False)
    bot = program("crm")
    with as_of(begun()):
        assert bot.get("me/").status_code == 200
        caches["default"].clear()  # what another process would know by itself: nothing
        assert [bot.get("me/").status_code for _ in range(2)] == [200, 429]
        assert bot.get("me/")["Retry-After"] == "59"
    with as_of(begun() + timedelta(minutes=1)):
        assert bot.get("me/").status_code == 200


def test_without_redis_nobody_is_refused_and_each_process_counts(program: Any, monkeypatch: Any, settings: Any) -> None:
    away = settings.CACHES["shared"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"shared": away}
    monkeypatch.setattr(TokenThrottle, "rate", "2/minute", raising=False)
    bot = program("crm")
    with as_of(begun()):
        assert [bot.get("me/").status_code for _ in range(3)] == [200, 200, 429]


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("api_token", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_lists_and_revokes(member: Any, other_branch: Any, branch: Any) -> None:
    name = member("crm").user.username
    made = told("create", "--user", name, "--name", "bridge", "--scopes", "read,till.pay", "--by", name)
    secret = made.splitlines()[1]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/me/").json()["branch"] == branch.code
    number = str(ApiToken.objects.get().pk)
    assert f"{number}  {secret[:8]}…  SZ01  read,till.pay  until" in told("list", "--user", name)
    assert secret not in told("list", "--user", name)
    assert told("revoke", number, "--by", name) == f"{number} revoked\n"
    assert "revoked  used" in told("list", "--user", name)
    assert client.get("/api/v1/me/").status_code == 401
    for wrong in (["create", "--user", "nobody", "--name", "x", "--scopes", "read"], ["revoke", "999", "--by", name],
                  ["create", "--user", name, "--name", "x", "--scopes", "fly"],
                  ["create", "--user", name, "--name", "x", "--scopes", "read", "--branch", "BER1"]):  # fmt: skip
        with pytest.raises(CommandError):
            told(*wrong)
