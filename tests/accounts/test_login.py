import pytest
from django.test import Client
from django.urls import reverse

from accounts.middleware import LANGUAGE_COOKIE
from accounts.models import User
from accounts.roles import Role
from accounts.states import Theme

pytestmark = pytest.mark.django_db
LOGIN = reverse("accounts:login")


@pytest.fixture
def user(member):
    return member(Role.GATE).user


def sign_in(client, username, password="a good password", **data):  # noqa: S107 - the fixtures' password
    return client.post(LOGIN, {"username": username, "password": password} | data)


def test_signing_in_leads_to_the_start_page(client, user):
    response = sign_in(client, user.username)
    assert (response.status_code, response["Location"]) == (302, reverse("portal:home"))
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_user_name_is_known_in_capitals_too(client, user):
    assert sign_in(client, user.username.upper()).status_code == 302


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(client, user, known):
    response = sign_in(client, user.username if known else "nobody", "wrong")
    assert response.status_code == 200
    errors = response.context["form"].errors
    assert list(errors) == ["__all__"]
    assert len(errors["__all__"]) == 1
    assert str(errors["__all__"][0]) == str(response.context["form"].error_messages["invalid_login"])
    assert "_auth_user_id" not in client.session


def test_a_user_who_was_switched_off_stays_out(client, user):
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert sign_in(client, user.username).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_session_ends_when_its_user_is_switched_off(login):
    client = login(Role.GATE)
    User.objects.filter(pk=client.membership.user_id).update(is_active=False)
    assert client.get(reverse("portal:home"))["Location"].startswith(LOGIN)


def test_signing_in_goes_back_to_where_one_was_on_the_way(client, user):
    assert sign_in(client, user.username, next="/find/")["Location"] == "/find/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_away(client, user, login, target):
    assert sign_in(client, user.username, next=target)["Location"] == reverse("portal:home")
    for route, chosen in (("language", "en"), ("theme", "dark")):
        response = login(Role.GATE).post(reverse(f"accounts:{route}"), {route: chosen, "next": target})
        assert (response.status_code, response["Location"]) == (302, "/")


def test_the_language_is_kept_on_the_user_for_the_next_sign_in(login):
    client = login(Role.GATE)
    page = reverse("portal:home")
    assert client.get(page)["Content-Language"] == "zh-hans"
    client.post(reverse("accounts:language"), {"language": "en", "next": page})
    client.membership.user.refresh_from_db()
    assert client.membership.user.language == "en"
    assert client.get(page)["Content-Language"] == "en"
    another = Client()
    another.force_login(client.membership.user, backend="django.contrib.auth.backends.ModelBackend")
    assert another.get(page)["Content-Language"] == "en"


def test_before_signing_in_the_language_is_kept_in_a_cookie(client):
    response = client.post(reverse("accounts:language"), {"language": "en", "next": LOGIN})
    assert response["Location"] == LOGIN
    assert response.cookies[LANGUAGE_COOKIE]["httponly"]
    page = client.get(LOGIN)
    assert page["Content-Language"] == "en"
    assert "Sign in" in page.content.decode()


def test_a_language_that_is_not_offered_is_refused(client, login):
    assert LANGUAGE_COOKIE not in client.post(reverse("accounts:language"), {"language": "xx"}).cookies
    signed_in = login(Role.GATE)
    assert signed_in.post(reverse("accounts:language"), {"language": "xx"}).status_code == 422
    signed_in.membership.user.refresh_from_db()
    assert signed_in.membership.user.language == "zh-hans"


def test_the_theme_is_kept_on_the_user_and_shown(login):
    client = login(Role.GATE)
    client.post(reverse("accounts:theme"), {"theme": "dark", "next": "/"})
    client.membership.user.refresh_from_db()
    assert client.membership.user.theme == Theme.DARK
    assert 'data-theme="dark"' in client.get(reverse("portal:home"), follow=True).content.decode()
    assert client.post(reverse("accounts:theme"), {"theme": "pink"}).status_code == 422


@pytest.mark.parametrize("route", ["language", "theme", "logout"])
def test_a_link_changes_nothing(login, route):
    assert login(Role.GATE).get(reverse(f"accounts:{route}")).status_code == 405


def test_signing_out(login):
    client = login(Role.GATE)
    client.post(reverse("accounts:logout"))
    assert "_auth_user_id" not in client.session


def test_forms_need_their_token(user):
    assert sign_in(Client(enforce_csrf_checks=True), user.username).status_code == 403


def test_one_works_at_the_branch_of_ones_membership(login, branch, other_branch):
    assert login(Role.GATE).get(reverse("portal:home"), follow=True).context["workplace"].branch == branch
    page = login(Role.GATE, other_branch).get(reverse("portal:home"), follow=True)
    assert page.context["workplace"].branch == other_branch
    assert "柏林店" in page.content.decode()
