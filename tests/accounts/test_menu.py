"""Each role finds its work: at most six entries, and a first page that is its own."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.menu import MOST
from accounts.models import Membership
from accounts.roles import Role

pytestmark = pytest.mark.django_db

FIRST = {
    Role.SERVICE_ADVISOR: "reception:today",
    Role.SUPERVISOR: "workshop:board",
    Role.TECHNICIAN: "workshop:me",
    Role.TEAM_LEADER: "workshop:me",
    Role.INSPECTOR: "workshop:checks",
    Role.PARTS_CLERK: "workshop:parts",
    Role.CASHIER: "delivery:till",
    Role.GATE: "delivery:gate",
    Role.CRM: "retention:calls",
    Role.CLAIMS: "delivery:claims",
    Role.MANAGER: "retention:figures",
    Role.ADMIN: "accounts:people",
}


@pytest.mark.parametrize("role", Role)
def test_the_day_begins_on_a_page_of_ones_own(login: Any, role: Role) -> None:
    answer = login(role).get(reverse("portal:home"), follow=True)
    assert answer.redirect_chain == [(reverse(FIRST[role]), 302)]
    assert answer.status_code == 200
    menu = answer.context["workplace"].menu
    assert 1 <= len(menu) <= MOST
    assert [entry.url for entry in menu if entry.current] == [reverse(FIRST[role])]


@pytest.mark.parametrize("role", Role)
def test_every_entry_of_the_menu_opens(login: Any, role: Role) -> None:
    client = login(role)
    menu = client.get(reverse("portal:home"), follow=True).context["workplace"].menu
    assert {entry.url: client.get(entry.url).status_code for entry in menu} == {entry.url: 200 for entry in menu}
    assert len({entry.key for entry in menu}) == len(menu), "a letter leads to two pages"


def test_a_manager_who_keeps_the_people_too_begins_with_the_figures(login: Any) -> None:
    client = login(Role.MANAGER)
    Membership.objects.filter(pk=client.membership.pk).update(roles=["manager", "admin"])
    answer = client.get(reverse("portal:home"), follow=True)
    assert answer.redirect_chain == [(reverse("retention:figures"), 302)]
    assert reverse("accounts:people") in [entry.url for entry in answer.context["workplace"].menu]
