"""Pages: who sees what, in both languages, with a constant number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from retention import selectors
from retention.models import Reminder, SweepRun
from retention.services import run_due

pytestmark = pytest.mark.django_db

DUE, LAPSED, SWEEP = reverse("retention:due"), reverse("retention:lapsed"), reverse("retention:sweep")
SWEEPS = reverse("retention:sweeps")


@pytest.fixture
def filled(car: Any, visited: Any, minor: Any, sweep: Any, today: Any) -> Any:
    """`filled(n)`: n more cars that are due and lapsed by both definitions."""

    def make(number: int) -> list[Any]:
        cars = [visited(car((300, 0), (100, 20_000)), today - timedelta(days=400)) for _car in range(number)]
        sweep()
        return cars

    return make


def text(client: Any, url: str, language: str = "en") -> str:
    type(client.membership.user).objects.filter(pk=client.membership.user.pk).update(language=language)
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


@pytest.mark.parametrize("role", ["crm", "manager"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_lists_in_both_languages(login: Any, filled: Any, role: str, language: str) -> None:
    vehicle = filled(1)[0]
    client = login(role)
    name, phone = vehicle.ownerships.get().customer.name, vehicle.ownerships.get().customer.phone.removeprefix("+86")
    words = {
        "zh-hans": (["客户跟踪", "立即更新", "逾期"], ["流失", "上次到店", "13 个月"]),
        "en": (["Follow-up", "Update now", "overdue", "10,000 km"], ["last visit", "13 months ago"]),
    }[language]
    for url, wanted in zip((DUE, LAPSED), words, strict=True):
        page = text(client, url, language)
        assert [word for word in [*wanted, name, phone] if word not in page] == []


def test_empty_lists_say_what_they_are_for(login: Any) -> None:
    client = login("crm")
    assert "Nobody is due" in text(client, DUE)
    assert "not updated yet" in text(client, DUE)
    assert "No car has lapsed" in text(client, LAPSED)


@pytest.mark.parametrize("url", [DUE, LAPSED])
def test_who_may_not_is_told_who_may(login: Any, url: str) -> None:
    for client in (login("service_advisor"), login("technician")):
        type(client.membership.user).objects.update(language="en")
        answer = client.get(url)
        assert answer.status_code == 403
        assert "It is done by: Customer care, Service manager." in answer.content.decode()
        assert client.post(SWEEP).status_code == 403


def test_another_branch_sees_nothing(login: Any, filled: Any, other_branch: Any) -> None:
    vehicle = filled(1)[0]
    client = login("manager", other_branch)
    for url in (DUE, LAPSED):
        assert vehicle.ownerships.get().customer.name not in text(client, url)
    assert client.get(reverse("customers:vehicle", args=[vehicle.pk])).status_code == 404


@pytest.mark.usefixtures("two_sweeps")
def test_looking_through_now_says_what_is_new_and_get_does_nothing(
    login: Any, car: Any, visited: Any, minor: Any, today: Any
) -> None:
    visited(car((300, 0), (100, 20_000)), today - timedelta(days=400))
    client = login("crm")
    type(client.membership.user).objects.update(language="en")
    assert client.get(SWEEP).status_code == 405
    assert not SweepRun.objects.exists()
    answer = client.post(SWEEP, {"tab": "lapsed"}, follow=True)
    assert answer.redirect_chain == [(LAPSED, 302)]
    assert "Updated, new: Reminders 1 · Lapsed cars 2." in answer.content.decode()
    answer = client.post(SWEEP, follow=True)
    assert "Updated; nothing new." in answer.content.decode()
    assert SweepRun.objects.values_list("asked_by", flat=True).distinct().get() == client.membership.user.pk


@pytest.mark.usefixtures("two_sweeps")
def test_sweeps_show_their_last_and_next_run_and_one_can_be_run_alone(
    login: Any, at: Any, car: Any, minor: Any
) -> None:
    with at(2026, 3, 1):
        car((95, 0), (0, 9_500))
    with at(2026, 3, 2, 4, 30):  # 12:30 in Shenzhen; this night's turn was not taken
        client = login("crm")
        type(client.membership.user).objects.update(language="en")
        page = text(client, SWEEPS)
        assert (page.count("not run yet"), page.count("03-02 02:00")) == (2, 2)
        answer = client.post(SWEEP, {"tab": "sweeps", "sweep": "reminders"}, follow=True)
        assert answer.redirect_chain == [(SWEEPS, 302)]
        page = answer.content.decode()
        assert "Updated, new: Reminders 1." in page
        assert f"03-02 12:30</span> · {client.membership.user.name}" in page
        assert page.count("not run yet") == 1
        run_due(branch=client.membership.branch)
        assert text(client, SWEEPS).count("03-03 02:00") == 2


def test_a_sweep_that_failed_says_so_and_one_that_does_not_exist_is_refused(login: Any, branch: Any) -> None:
    from records.models import DatedRule

    DatedRule.objects.create(branch=branch, key="reminder.lead_days", value="x", valid_from="2026-01-01")
    client = login("crm")
    type(client.membership.user).objects.update(language="en")
    with pytest.raises(ValueError, match="invalid literal"):
        client.post(SWEEP, {"sweep": "reminders"})
    page = text(client, SWEEPS)
    assert "failed, tried again every hour" in page
    assert "ValueError" in page
    assert client.post(SWEEP, {"sweep": "moon"}).status_code == 422


@pytest.mark.parametrize("url", [DUE, LAPSED])
def test_one_and_three_rows_ask_the_same_queries(login: Any, filled: Any, url: str) -> None:
    client, counts = login("crm"), []
    for more in (1, 2):
        filled(more)
        with CaptureQueriesContext(connection) as queries:
            page = text(client, url)
        counts.append(len(queries))
    assert page.count('class="l2"') == 3
    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["reminders/", "lapses/"])
def test_by_the_api_one_and_three_rows_ask_the_same_queries(program: Any, filled: Any, path: str) -> None:
    bot, counts = program("crm"), []
    bot.get(path)  # the token notes its first use of the day
    for more in (1, 2):
        filled(more)
        with CaptureQueriesContext(connection) as queries:
            rows = bot.get(path).json()["items"]
        counts.append(len(queries))
    assert (len(rows), counts[0]) == (3, counts[1])


def test_pages_follow_each_other_without_a_gap(branch: Any, filled: Any) -> None:
    cars = {vehicle.pk for vehicle in filled(5)}
    Reminder.objects.filter(pk=Reminder.objects.order_by("id")[1].pk).update(due_on="2020-01-01")
    for page_of in (selectors.due_page, selectors.lapsed_page):
        seen, after = [], None
        for size in (2, 2, 2):
            rows, after = page_of(branch, after, size)
            seen += [row.vehicle.pk for row in rows]
        assert (len(seen), set(seen), after) == (5, cars, None)


@pytest.mark.parametrize(
    "typed", ["", "x", "2026-13-01.4", "2026-01-01.٣", "2026-01-01", ".5", "2026-01-01." + "9" * 30]
)
def test_what_is_no_page_is_the_first(login: Any, filled: Any, typed: str) -> None:
    filled(1)
    answer = login("crm").get(DUE, {"after": typed})
    assert answer.content.decode().count('class="l2"') == 1


def test_a_car_that_is_here_is_not_called(login: Any, filled: Any, in_shop: Any) -> None:
    in_shop(filled(1)[0], state="arrived")
    assert "in the shop now" in text(login("crm"), DUE)


# --- The vehicle's page ----------------------------------------------------------------------------------------------


def test_the_vehicles_page_tells_its_history(login: Any, filled: Any, in_shop: Any, release: Any, branch: Any) -> None:
    vehicle = filled(1)[0]
    url = reverse("customers:vehicle", args=[vehicle.pk])
    page = text(login("service_advisor"), url)
    assert "13 months ago" in page
    assert "No visit is on record." in page
    order = release(in_shop(vehicle, "OIL", km=30_000))
    page = text(login("service_advisor"), url)
    for word in (order.number, "General repair", "Released", "¥113.00", "30,000", "Service done here"):
        assert word in page
    assert reverse("reception:order", args=[order.pk]) in page
    assert "13 months ago" not in page


def test_a_technician_sees_visits_without_amounts_and_no_follow_up(
    login: Any, filled: Any, in_shop: Any, release: Any
) -> None:
    vehicle = filled(1)[0]
    order = release(in_shop(vehicle, "OIL"))
    page = text(login("technician"), reverse("customers:vehicle", args=[vehicle.pk]))
    assert order.number in page
    assert "113.00" not in page
    assert "Service done here" not in page


def test_one_and_three_visits_ask_the_same_queries(login: Any, filled: Any, in_shop: Any, release: Any) -> None:
    vehicle, client, counts = filled(1)[0], login("manager"), []
    for more in (1, 2):
        for _visit in range(more):
            release(in_shop(vehicle, "OIL", km=30_000 + 10 * more))
        with CaptureQueriesContext(connection) as queries:
            text(client, reverse("customers:vehicle", args=[vehicle.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- The menu --------------------------------------------------------------------------------------------------------


def test_the_day_of_customer_care_begins_here(login: Any) -> None:
    assert login("crm").get(reverse("portal:home"))["Location"] == reverse("retention:calls")


def test_a_manager_keeps_the_orders_in_the_menu_and_finds_the_rest(login: Any) -> None:
    client = login("manager")
    page = text(client, DUE)
    assert f'href="{DUE}"' in page
    assert f'href="{reverse("reception:orders")}"' in page
    found = client.post(reverse("portal:palette"), {"q": "hand back"}).content.decode()
    assert reverse("delivery:handovers") in found
