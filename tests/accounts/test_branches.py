"""Somebody who works at two branches chooses where; nobody else sees the choice."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Role

pytestmark = pytest.mark.django_db

SWITCH, VEHICLES = reverse("accounts:branch"), reverse("customers:vehicles")


@pytest.fixture
def both(login: Any, other_branch: Any) -> Any:
    """A client of an advisor here who is customer care there."""
    client = login(Role.SERVICE_ADVISOR)
    client.there = Membership.objects.create(user=client.membership.user, branch=other_branch, roles=["crm"])
    return client


def here(client: Any) -> Any:
    return client.get(VEHICLES).context["workplace"]


def test_the_branch_is_chosen_with_its_roles_clock_and_cars(both: Any, other_branch: Any, branch: Any) -> None:
    assert here(both).branch == branch
    answer = both.post(SWITCH, {"branch": other_branch.pk})
    assert (answer.status_code, answer["Location"]) == (302, reverse("portal:home"))
    assert (here(both).branch, here(both).membership) == (other_branch, both.there)
    assert both.get(reverse("portal:home"))["Location"] == reverse("retention:calls")
    assert both.get(reverse("reception:today")).status_code == 403
    both.post(SWITCH, {"branch": branch.pk})
    assert here(both).branch == branch


@pytest.mark.parametrize("wanted", ["", "0", "x", "-1", "999999999999999999999", "１"])
def test_a_branch_that_is_not_there_is_404(both: Any, branch: Any, wanted: str) -> None:
    assert both.post(SWITCH, {"branch": wanted}).status_code == 404
    assert here(both).branch == branch


def test_a_branch_of_others_is_404(login: Any, branch: Any, other_branch: Any) -> None:
    client = login(Role.MANAGER)
    assert client.post(SWITCH, {"branch": other_branch.pk}).status_code == 404
    assert here(client).branch == branch


def test_a_branch_where_one_was_switched_off_is_404_and_is_left_at_once(
    both: Any, branch: Any, other_branch: Any
) -> None:
    both.post(SWITCH, {"branch": other_branch.pk})
    Membership.objects.filter(pk=both.there.pk).update(active=False)
    assert here(both).branch == branch
    assert both.post(SWITCH, {"branch": other_branch.pk}).status_code == 404


def test_the_choice_is_shown_only_to_whom_it_is_given(both: Any, login: Any, other_branch: Any) -> None:
    page = both.get(VEHICLES).text
    assert page.count(f'action="{SWITCH}"') == 2, "in the side and in the small bar"
    assert "柏林店" in page
    assert f'action="{SWITCH}"' not in login(Role.SERVICE_ADVISOR).get(VEHICLES).text


def test_a_link_changes_nothing(both: Any, branch: Any, other_branch: Any) -> None:
    assert both.get(SWITCH, {"branch": other_branch.pk}).status_code == 405
    assert here(both).branch == branch
