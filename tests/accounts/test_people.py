"""Who may work here: added, changed, switched off; never without an administrator, never past another's change."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Team, User
from accounts.policies import Actor
from accounts.roles import DUTIES, Role, permissions_of
from accounts.services.people import add_person, change_person, set_password
from dms.errors import Forbidden, Invalid, Refused, Stale

pytestmark = pytest.mark.django_db

PEOPLE, NEW = reverse("accounts:people"), reverse("accounts:new_person")
GOOD = {
    "username": "wang.lei", "name": "王磊", "language": "en", "roles": ["cashier", "gate"], "team": None,
    "password": "eleven long",
}  # fmt: skip


def acting(row: Membership) -> Actor:
    return Actor(row.user, row.branch, permissions_of(row.roles))


def change(who: Actor, row: Membership, **values: Any) -> Membership:
    row.refresh_from_db()
    kept = {"name": row.user.name, "roles": row.roles, "team": row.team, "active": row.active, "version": row.version}
    return change_person(actor=who, membership_id=row.pk, **{**kept, **values})


def english(client: Client) -> Client:
    User.objects.filter(pk=client.membership.user_id).update(language="en")  # type: ignore[attr-defined]  # the fixture's
    return client


@pytest.fixture
def team(branch: Any) -> Team:
    return Team.objects.create(branch=branch, name="机修一组", name_en="Mechanical 1")


@pytest.fixture
def boss(member: Any) -> Membership:
    return member(Role.ADMIN)


# --- Adding ----------------------------------------------------------------------------------------------------------


def test_a_new_person_signs_in_with_the_first_password(actor: Any, client: Client, branch: Any) -> None:
    row = add_person(actor=actor(Role.ADMIN), **GOOD)
    assert (row.branch, row.roles, row.user.language, row.version) == (branch, ["cashier", "gate"], "en", 1)
    assert row.user.password != GOOD["password"]
    answer = client.post(reverse("accounts:login"), {"username": "Wang.Lei", "password": GOOD["password"]})
    assert (answer.status_code, client.session["_auth_user_id"]) == (302, str(row.user_id))


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMIN])
def test_only_the_administrator_keeps_people(actor: Any, boss: Membership, role: str) -> None:
    who = actor(role)
    for act in (
        lambda: add_person(actor=who, **GOOD),
        lambda: change(who, boss, roles=["gate"]),
        lambda: set_password(actor=who, membership_id=boss.pk, password="eleven long"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("username", "a", "A user name has 2 to 40 letters or digits, and no spaces."),
        ("username", "wang lei", "A user name has 2 to 40 letters or digits, and no spaces."),
        ("username", "a" * 41, "A user name has 2 to 40 letters or digits, and no spaces."),
        ("username", "wang\x00lei", "A user name has 2 to 40 letters or digits, and no spaces."),
        ("username", "<b>x</b>", "A user name has 2 to 40 letters or digits, and no spaces."),
        ("name", "  ", "Give the person's name, at most 60 characters."),
        ("name", "王" * 61, "Give the person's name, at most 60 characters."),
        ("name", "王\r\n磊", "Give the person's name, at most 60 characters."),
        ("language", "xx", "This language is not offered."),
        ("roles", [], "Choose at least one role."),
        ("roles", ["emperor"], "Choose at least one role."),
        ("roles", ["gate", "emperor"], "Choose at least one role."),
    ],
)
def test_what_cannot_be_used_is_said(actor: Any, field: str, value: Any, sentence: str) -> None:
    who = actor(Role.ADMIN)
    with pytest.raises(Invalid) as refused:
        add_person(actor=who, **{**GOOD, field: value})
    assert (refused.value.sentence, refused.value.code) == (sentence, field)
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["", "x7#q", "password12", "wang.lei.1"])
def test_a_weak_first_password_is_refused_in_words(actor: Any, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_person(actor=actor(Role.ADMIN), **{**GOOD, "password": password})
    assert refused.value.code == "password"
    assert refused.value.sentence
    assert not password or password not in refused.value.sentence


@pytest.mark.parametrize("taken", ["wang.lei", "WANG.LEI", "ｗａｎｇ.lei"])
def test_a_user_name_is_taken_once(actor: Any, taken: str, other_branch: Any) -> None:
    add_person(actor=actor(Role.ADMIN, at=other_branch), **GOOD)
    with pytest.raises(Invalid) as refused:
        add_person(actor=actor(Role.ADMIN), **{**GOOD, "username": taken})
    assert refused.value.sentence == "This user name is taken. Choose another one."


def test_a_team_of_another_branch_is_none(actor: Any, other_branch: Any) -> None:
    theirs = Team.objects.create(branch=other_branch, name="别的")
    with pytest.raises(Invalid) as refused:
        add_person(actor=actor(Role.ADMIN), **{**GOOD, "team": theirs})
    assert refused.value.sentence == "There is no such team at this branch."


# --- Changing --------------------------------------------------------------------------------------------------------


def test_roles_team_and_name_change_and_the_former_row_is_kept(boss: Membership, member: Any, team: Team) -> None:
    row = member(Role.TECHNICIAN)
    change(acting(boss), row, name="李雷", roles=["technician", "inspector", "team_leader"], team=team)
    row.refresh_from_db()
    row.user.refresh_from_db()
    assert (row.user.name, row.team, row.version) == ("李雷", team, 2)
    assert row.roles == ["technician", "team_leader", "inspector"]
    former = row.events.get()
    assert (former.roles, former.team_id, former.version) == (["technician"], None, 1)


def test_the_first_role_stays_first(boss: Membership, member: Any) -> None:
    row = member(Role.MANAGER)
    assert change(acting(boss), row, roles=["service_advisor", "manager"]).roles == ["manager", "service_advisor"]


def test_the_last_administrator_stays_one(boss: Membership, member: Any, other_branch: Any) -> None:
    member(Role.ADMIN, other_branch)
    other, sentence = member(Role.ADMIN), f"{boss.user.name} is the last administrator here."
    change(acting(boss), other, active=False)
    for who in (acting(boss), acting(other)):
        with pytest.raises(Refused) as refused:
            change(who, boss, roles=["manager"])
        assert refused.value.sentence == f"{sentence} Make somebody else administrator first."
    with pytest.raises(Refused):
        change(acting(other), boss, active=False)
    boss.refresh_from_db()
    assert (boss.roles, boss.active) == (["admin"], True)
    change(acting(boss), other, active=True)
    assert change(acting(boss), boss, roles=["manager"]).roles == ["manager"]


def test_nobody_switches_themselves_off(boss: Membership, member: Any) -> None:
    member(Role.ADMIN)
    with pytest.raises(Refused) as refused:
        change(acting(boss), boss, active=False)
    assert refused.value.sentence == "You cannot switch yourself off. Another administrator can."


def test_another_branchs_person_does_not_exist(boss: Membership, member: Any, other_branch: Any) -> None:
    theirs = member(Role.GATE, other_branch)
    for act in (
        lambda: change(acting(boss), theirs, active=False),
        lambda: set_password(actor=acting(boss), membership_id=theirs.pk, password="eleven long"),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.sentence == "This person does not work at your branch."
    theirs.refresh_from_db()
    assert theirs.active


def test_the_second_of_two_sees_both_values_and_writes_nothing(boss: Membership, member: Any, team: Team) -> None:
    row, who = member(Role.GATE), acting(boss)
    change(who, row, roles=["cashier"], team=team)
    with pytest.raises(Stale) as stale:
        change(who, row, version=1, roles=["crm"], active=False)
    assert stale.value.values == {"Roles": ("Cashier", "Customer care"), "Works here": ("yes", "no")}
    row.refresh_from_db()
    assert (row.roles, row.active, row.version) == (["cashier"], True, 2)


# --- Switched off ----------------------------------------------------------------------------------------------------


def test_whoever_is_switched_off_is_signed_out_at_once_and_stays_out(boss: Membership, login: Any) -> None:
    client, home = login(Role.CASHIER), reverse("portal:home")
    assert client.get(home).status_code == 302
    change(acting(boss), client.membership, active=False)
    signin = reverse("accounts:login")
    assert client.get(reverse("delivery:till"))["Location"].startswith(signin)
    name = client.membership.user.username
    again = Client().post(signin, {"username": name, "password": "a good password"})
    assert (again.status_code, "_auth_user_id" in again.client.session) == (200, False)
    change(acting(boss), client.membership, active=True)
    assert Client().post(signin, {"username": name, "password": "a good password"}).status_code == 302


def test_whoever_works_at_two_branches_goes_on_at_the_other(
    boss: Membership, login: Any, other_branch: Any, branch: Any
) -> None:
    client = login(Role.CASHIER)
    Membership.objects.create(user=client.membership.user, branch=other_branch, roles=["gate"])
    assert client.get(reverse("delivery:till")).context["workplace"].branch == branch
    change(acting(boss), client.membership, active=False)
    assert client.get(reverse("delivery:till")).status_code == 403
    assert client.get(reverse("delivery:gate")).context["workplace"].branch == other_branch


def test_a_role_that_was_taken_away_ends_with_the_next_request(boss: Membership, login: Any) -> None:
    client = login(Role.CASHIER)
    assert client.get(reverse("delivery:till")).status_code == 200
    change(acting(boss), client.membership, roles=["gate"])
    assert client.get(reverse("delivery:till")).status_code == 403


# --- A forgotten password --------------------------------------------------------------------------------------------


def test_a_new_password_ends_the_sessions_of_the_old_one(boss: Membership, login: Any) -> None:
    client = login(Role.CASHIER)
    set_password(actor=acting(boss), membership_id=client.membership.pk, password="eleven long")
    signin = reverse("accounts:login")
    assert client.get(reverse("delivery:till"))["Location"].startswith(signin)
    name = client.membership.user.username
    assert Client().post(signin, {"username": name, "password": "a good password"}).status_code == 200
    assert Client().post(signin, {"username": name, "password": "eleven long"}).status_code == 302


def test_a_password_opens_no_branch_of_which_one_is_no_administrator(
    boss: Membership, member: Any, other_branch: Any
) -> None:
    row = member(Role.CASHIER)
    Membership.objects.create(user=row.user, branch=other_branch, roles=["manager"])
    with pytest.raises(Forbidden) as refused:
        set_password(actor=acting(boss), membership_id=row.pk, password="eleven long")
    assert refused.value.sentence.startswith("This person works at another branch too.")
    Membership.objects.create(user=boss.user, branch=other_branch, roles=["admin"])
    assert set_password(actor=acting(boss), membership_id=row.pk, password="eleven long") == row.user


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_the_list_shows_everybody_of_this_branch(login: Any, member: Any, team: Team, other_branch: Any) -> None:
    client, theirs = english(login(Role.ADMIN)), member(Role.GATE, other_branch)
    row = member(Role.TECHNICIAN)
    Membership.objects.filter(pk=row.pk).update(team=team, active=False, roles=["technician", "inspector"])
    page = client.get(PEOPLE).text
    for word in (row.user.name, row.user.username, "Technician · Quality inspector", "Mechanical 1", "switched off"):
        assert word in page
    assert theirs.user.name not in page


def test_each_role_stands_beside_what_it_does(login: Any) -> None:
    client = english(login(Role.ADMIN))
    page = client.get(NEW).text
    for role, duty in DUTIES.items():
        assert str(role.label) in page
        assert str(duty.does) in page


def test_adding_by_page(login: Any) -> None:
    client = english(login(Role.ADMIN))
    typed = {**GOOD, "team": ""}
    for wrong, words in (
        ({"password": "short"}, "This password is too short."),
        ({"roles": []}, "Choose at least one role."),
        ({"username": "wang lei"}, "A user name has 2 to 40 letters"),
    ):
        answer = client.post(NEW, {**typed, **wrong})
        assert answer.status_code == 422
        assert words in answer.text
        assert "eleven long" not in answer.text
    answer = client.post(NEW, typed, follow=True)
    assert answer.redirect_chain == [(PEOPLE, 302)]
    assert "王磊 can sign in now." in answer.text
    assert Membership.objects.get(user__username="wang.lei").roles == ["cashier", "gate"]


def test_changing_by_page_posts_nothing_else(login: Any, member: Any, other_branch: Any) -> None:
    client, row = english(login(Role.ADMIN)), member(Role.GATE)
    url = reverse("accounts:person", args=[row.pk])
    assert 'value="gate" id="id_roles_7" checked' in client.get(url).text
    typed = {"name": "李雷", "roles": ["crm"], "team": "", "active": "on", "version": "1"}
    smuggled = {"branch": other_branch.pk, "user": client.membership.user_id, "username": "root", "is_active": "0"}
    assert client.post(url, {**typed, **smuggled})["Location"] == PEOPLE
    row.refresh_from_db()
    row.user.refresh_from_db()
    assert (row.roles, row.user.name, row.branch_id == other_branch.pk) == (["crm"], "李雷", False)
    assert (row.user.is_active, row.user.username) == (True, row.user.username)
    answer = client.post(url, {**typed, "name": "韩梅"})
    assert answer.status_code == 409
    assert 'name="version" value="2"' in answer.text
    assert client.post(url, {**typed, "name": "韩梅", "version": "2"}).status_code == 302
    assert client.post(url, {**typed, "version": "x"}).status_code == 422


def test_a_refusal_stands_above_what_was_typed(login: Any) -> None:
    client = english(login(Role.ADMIN))
    url = reverse("accounts:person", args=[client.membership.pk])
    answer = client.post(url, {"name": "方圆", "roles": ["admin"], "team": "", "version": "1"})
    assert answer.status_code == 422
    assert "You cannot switch yourself off." in answer.text
    assert 'value="方圆"' in answer.text


def test_a_password_by_page(login: Any, member: Any) -> None:
    client, row = english(login(Role.ADMIN)), member(Role.GATE)
    url = reverse("accounts:person_password", args=[row.pk])
    assert "This password is too short." in client.post(url, {"password": "short"}).text
    assert client.post(url, {"password": "eleven long"})["Location"] == PEOPLE
    own = reverse("accounts:person_password", args=[client.membership.pk])
    client.post(own, {"password": "twelve longer"})
    assert client.get(PEOPLE).status_code == 200, "whoever sets their own password stays signed in"


def test_one_and_three_people_ask_the_same_queries(login: Any, member: Any, team: Team) -> None:
    client, counts = login(Role.ADMIN), []
    for more in (0, 2):
        for _person in range(more):
            Membership.objects.filter(pk=member(Role.TECHNICIAN).pk).update(team=team)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(PEOPLE).text
        counts.append(len(queries))
    assert page.count("<tr>") == 4
    assert counts == [3, 3]  # session, person with memberships, people


# --- Two at once -----------------------------------------------------------------------------------------------------

LAST = "is the last administrator here. Make somebody else administrator first."


def demoted(who: Membership, whom: Membership) -> str:
    return change_person(
        actor=acting(who), membership_id=whom.pk, version=1, name="x", roles=["gate"], team=None, active=True
    ).roles[0]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_take_each_others_role_leave_one(race: Any, member: Any) -> None:
    one, other = member(Role.ADMIN), member(Role.ADMIN)
    first, second = race(lambda: demoted(one, other), lambda: demoted(other, one))
    assert (first, second) == ("gate", f"{one.user.name} {LAST}")
    assert list(Membership.objects.filter(roles__contains=["admin"])) == [one]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_both_are_gone(race: Any, member: Any, settings: Any) -> None:
    settings.LOCKS_OFF = True
    one, other = member(Role.ADMIN), member(Role.ADMIN)
    assert race(lambda: demoted(one, other), lambda: demoted(other, one)) == ("gate", "gate")
    assert not Membership.objects.filter(roles__contains=["admin"]).exists()
