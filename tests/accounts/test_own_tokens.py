"""One's own API tokens on a page, and a second branch for somebody who works already."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Membership, User
from accounts.roles import Role
from accounts.services.people import join_branch
from dms.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db
TOKENS = reverse("accounts:own_tokens")


def test_the_secret_is_shown_once_and_works(login: Any) -> None:
    client = login(Role.CASHIER)
    made = client.post(
        TOKENS, {"name": "Till bridge", "reach": "some", "scopes": ["till.pay", "order.view"], "days": 30}
    )
    secret = made.context["secret"]
    assert secret in made.text
    assert secret not in client.get(TOKENS).text
    row = ApiToken.objects.get()
    assert (row.scopes, row.made_by, row.membership) == (
        ["order.view", "till.pay"], client.membership.user, client.membership
    )  # fmt: skip
    bot = Client(headers={"Authorization": f"Bearer {secret}"})
    assert bot.get("/api/v1/me/").json()["permissions"] == ["order.view", "till.pay"]
    assert client.get(TOKENS).context["tokens"][0].last_used_on is not None
    client.post(reverse("accounts:token_revoke", args=[row.pk]))
    assert bot.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"reach": "all"}, {"reach": "some"}, {"days": 9999}, {"reach": "some", "scopes": ["people.edit"]}],
    ids=str,
)
def test_what_is_no_token(login: Any, wrong: dict[str, Any]) -> None:
    sent = {"name": "x", "reach": "read", "days": 30} | wrong
    assert login(Role.CASHIER).post(TOKENS, sent).status_code == 422
    assert not ApiToken.objects.exists()


def test_anothers_token_is_not_there(login: Any, program: Any) -> None:
    bot, client = program("crm"), login(Role.ADMIN)
    assert client.post(reverse("accounts:token_revoke", args=[ApiToken.objects.get().pk])).status_code == 404
    assert list(client.get(TOKENS).context["tokens"]) == []
    assert bot.get("me/").status_code == 200


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_takes_the_same_queries(login: Any, asks: Any, many: int) -> None:
    client = login(Role.CASHIER)
    for n in range(many):
        client.post(TOKENS, {"name": f"t{n}", "reach": "read", "days": 30})
    assert asks(client, TOKENS) == 3
    assert client.text.count("dms_") == many


@pytest.mark.parametrize("many", [1, 3])
def test_the_desks_take_the_same_queries(login: Any, asks: Any, actor: Any, many: int) -> None:
    from accounts.services.desks import mark

    client = login(Role.MANAGER)
    for n in range(many):
        mark(actor=actor("manager"), name=f"desk {n}")
    few = asks(client, reverse("accounts:desks"))
    assert len(client.get(reverse("accounts:desks")).context["desks"]) == many
    assert few == 3


# --- A second branch -------------------------------------------------------------------------------------------------


@pytest.fixture
def both(login: Any, branch: Any, other_branch: Any) -> Any:
    """A client of an administrator of two branches, working at the second one."""
    client = login(Role.ADMIN)
    Membership.objects.create(user=client.membership.user, branch=other_branch, roles=["admin"])
    client.post(reverse("accounts:branch"), {"branch": other_branch.pk})
    return client


def test_somebody_works_at_a_second_branch(both: Any, member: Any, other_branch: Any, knock: Any) -> None:
    row = member(Role.CRM)
    assert f'value="{row.user_id}"' in both.get(reverse("accounts:join")).text
    sent = {"person": row.user_id, "roles": ["crm", "cashier"]}
    assert both.post(reverse("accounts:join"), sent)["Location"] == reverse("accounts:people")
    made = Membership.objects.get(user=row.user, branch=other_branch)
    assert (made.roles, made.active) == (["cashier", "crm"], True)
    client = Client()
    knock(client, row.user)
    client.post(reverse("accounts:branch"), {"branch": other_branch.pk})
    assert client.get(reverse("delivery:till")).status_code == 200
    assert f'value="{row.user_id}"' not in both.get(reverse("accounts:join")).text


def test_only_an_administrator_of_both_can_do_it(actor: Any, member: Any, branch: Any, other_branch: Any) -> None:
    theirs = member(Role.CRM)
    for boss, error in ((actor("admin", at=other_branch), Invalid), (actor("manager", at=other_branch), Forbidden)):
        with pytest.raises(error):
            join_branch(actor=boss, user_id=theirs.user_id, roles=["crm"], team=None)
    assert Membership.objects.filter(user=theirs.user).count() == 1


def test_whoever_was_switched_off_is_not_offered(both: Any, member: Any) -> None:
    row = member(Role.CRM)
    User.objects.filter(pk=row.user_id).update(is_active=False)
    assert both.post(reverse("accounts:join"), {"person": row.user_id, "roles": ["crm"]}).status_code == 422
