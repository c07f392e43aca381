"""The overview: every number is the length of the list that it opens."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Message
from customers.services.outbox import plan
from dms.clock import branch_day, now
from reception.models import Appointment, WorkOrder
from records.models import DatedRule
from retention.models import CallTask, Reminder
from retention.selectors import lapse_shares, retained_by_month
from retention.selectors.base import Group
from retention.selectors.overview import STEPS, Period, base_cars, car_page, funnel, retained_cars, step_cars
from retention.services.calling import record_try
from retention.services.calls import open_call

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("retention:overview")


@pytest.fixture
def period(today: date) -> Period:
    return Period(today - timedelta(days=90), today)


@pytest.fixture
def due(car: Any, minor: Any, today: date) -> Any:
    """`due(days ago)`: a car with a reminder of its service."""

    def make(days: int) -> Any:
        vehicle = car((200, 1_000))
        Reminder.objects.create(vehicle=vehicle, rule=minor, cycle=9, due_on=today - timedelta(days=days))
        return vehicle

    return make


def sent(vehicle: Any, key: str) -> None:
    """The provider has taken a reminder about the car."""
    owner = vehicle.ownerships.get().customer
    context = {"plate": vehicle.plate, "service": "小保养", "due": "2026-03-20"}
    plan(branch=vehicle.branch, kind="due_reminder", customer=owner, vehicle=vehicle, subject_key=key, context=context)
    row = Message.objects.filter(subject_key=key)
    row.update(state="claimed", claimed_at=now(), channel="sms", language="en", address="+8613900000000", body="x",
               provider="local")  # fmt: skip
    row.update(state="sent", sent_at=now())


def test_from_due_to_arrived(branch: Any, due: Any, in_shop: Any, actor: Any, period: Period, today: date) -> None:
    silent, told, called, alone = due(5), due(10), due(20), due(30)
    due(91)  # before the period
    due(-1)  # after it
    sent(told, "reminder:1")
    in_shop(told)
    owner = called.ownerships.get().customer
    open_call(branch=branch, kind="due", vehicle=called, customer=owner, subject_key="reminder:2", due_on=today,
              reason={"due_on": today.isoformat()})  # fmt: skip
    record_try(actor=actor("crm"), task_id=CallTask.objects.get().pk, outcome="book", next_on=today)
    in_shop(alone)
    found = funnel(branch, period)
    assert (found.due, found.contacted, found.booked, found.arrived, found.uncontacted) == (4, 2, 1, 2, 1)
    cars = {name: set(step_cars(branch, period, name)) for name in STEPS}
    assert cars == {
        "due": {silent, told, called, alone}, "contacted": {told, called}, "booked": {called},
        "arrived": {told, alone}, "uncontacted": {alone},
    }  # fmt: skip


def test_a_time_that_was_booked_counts_like_a_wish(branch: Any, due: Any, actor: Any, period: Period) -> None:
    booked, _silent = due(10), due(20)
    at = now() + timedelta(days=1)
    Appointment.objects.create(
        branch=branch, vehicle=booked, customer=booked.ownerships.get().customer, plate=booked.plate, hours=1,
        advisor=actor("service_advisor").user, kind="maintenance", on=branch_day(branch, at), starts_at=at,
        ends_at=at + timedelta(hours=1), source="online",
    )  # fmt: skip
    assert (funnel(branch, period).booked, list(step_cars(branch, period, "booked"))) == (1, [booked])


def test_the_calls_of_today_are_two_lists(boss: Any, branch: Any, due: Any, actor: Any, today: date) -> None:
    crm = actor("crm")
    for key, outcome in (("1", "no_answer"), ("2", "reached")):
        vehicle = due(10)
        open_call(
            branch=branch, kind="due", vehicle=vehicle, customer=vehicle.ownerships.get().customer,
            subject_key=f"reminder:{key}", due_on=today,
        )  # fmt: skip
        record_try(actor=crm, task_id=CallTask.objects.get(subject_key=f"reminder:{key}").pk, outcome=outcome)
    page = reverse("retention:calls_made")
    reached, missed = (boss.get(page, {"got": got}).text for got in ("reached", "unreached"))
    assert ("Reached, all well" in reached, "No answer" in reached) == (True, False)
    assert ("Reached, all well" in missed, "No answer" in missed) == (False, True)


def test_a_car_counts_once_and_only_a_visit_of_its_time_counts(
    branch: Any, due: Any, major: Any, in_shop: Any, period: Period, today: date
) -> None:
    vehicle = due(10)
    Reminder.objects.create(vehicle=vehicle, rule=major, cycle=1, due_on=today)
    order = in_shop(vehicle)
    assert (funnel(branch, period).due, funnel(branch, period).arrived) == (1, 1)
    old = Reminder.objects.filter(vehicle=vehicle, cycle=9)
    Reminder.objects.exclude(pk=old.get().pk).delete()
    for days, arrived in ((54, 1), (57, 0)):  # 45 days before the due date, which was ten days ago
        WorkOrder.objects.filter(pk=order.pk).update(arrived_at=now() - timedelta(days=days))
        assert funnel(branch, period).arrived == arrived, days
    far = Period(today - timedelta(days=400), today)
    WorkOrder.objects.filter(pk=order.pk).update(arrived_at=now())
    old.update(due_on=today - timedelta(days=92))
    assert funnel(branch, far).arrived == 0  # later than 90 days after the due date


def test_another_branch_and_an_empty_one(other_branch: Any, due: Any, period: Period) -> None:
    due(5)
    found = funnel(other_branch, period)
    assert (found.due, found.contacted, found.booked, found.arrived) == (0, 0, 0, 0)


def test_the_retained_base_is_its_list(branch: Any, car: Any, in_shop: Any, release: Any, operation: Any) -> None:
    operation("OIL")
    vehicles = [car() for _one in range(3)]
    for vehicle in vehicles[:2]:
        release(in_shop(vehicle, "OIL"))
    months = retained_by_month(branch)
    assert (len(months), months[-1].vehicles, months[-2].vehicles) == (24, 2, 0)
    for month in months[-2:]:
        assert retained_cars(branch, month.month_end).count() == month.vehicles
    assert set(retained_cars(branch, months[-1].month_end)) == set(vehicles[:2])


@pytest.mark.parametrize("by", ["rule", "brand", "model", "advisor"])
def test_the_base_of_a_share_is_its_list(
    branch: Any, car: Any, visited: Any, in_shop: Any, release: Any, operation: Any, sweep: Any, today: date, by: Any
) -> None:
    operation("OIL")
    release(in_shop(car(), "OIL"))
    visited(car(), today - timedelta(days=400))
    car()  # never here
    sweep(only="lapse")
    shares = lapse_shares(branch, by)
    assert sum(row.base for row in shares) == 2
    assert base_cars(branch).count() == 2
    for row in shares:
        assert base_cars(branch, row.group).count() == row.base, row
    assert car_page(base_cars(branch, Group("brand", None))) == ([], None)


@pytest.fixture
def boss(login: Any) -> Any:
    client = login("manager")
    type(client.membership.user).objects.update(language="en")
    return client


def test_every_number_of_the_page_opens_a_list_of_so_many(
    boss: Any, due: Any, in_shop: Any, release: Any, visited: Any, car: Any, operation: Any, sweep: Any, today: date
) -> None:
    operation("OIL")
    sent(due(10), "reminder:1")
    release(in_shop(due(20), "OIL"))
    visited(car(), today - timedelta(days=400))
    sweep(only="lapse")
    for by in ("rule", "brand", "model", "advisor"):
        page = boss.get(OVERVIEW, {"by": by}).content.decode()
        numbers = re.findall(r'<a href="(/retention/[^"]+)">(\d+)</a>', page)
        assert len(numbers) > 30
        for url, number in numbers:
            if "/calls/" not in url:
                opened = boss.get(url.replace("&amp;", "&")).content.decode()
                assert opened.count('class="l2"') == int(number), url


def test_targets_are_shown_and_missed_in_words(boss: Any, due: Any, branch: Any) -> None:
    due(10)
    page = boss.get(OVERVIEW).content.decode()
    assert "No target is set." in page
    for key, value in (("target.arrived", 60), ("target.retained", 40), ("target.lapsed", 10)):
        DatedRule.objects.create(branch=branch, key=key, value=value, valid_from=date(2026, 1, 1))
    page = boss.get(OVERVIEW).content.decode()
    assert "below target" in page
    assert "Target: 40." in page
    assert '<path class="target"' in page
    assert "at most 10 % should lapse" in page


def test_what_is_no_list_does_not_exist(boss: Any) -> None:
    for url in ("moon/", "retained/2026-13-01/", "base/?by=moon&key=1", "base/?by=brand&key=x"):
        assert boss.get(f"{OVERVIEW}{url}").status_code == 404, url
    assert boss.get(OVERVIEW, {"months": "x", "by": "moon"}).status_code == 200


def test_one_and_three_cars_ask_the_same_queries(boss: Any, due: Any) -> None:
    counts = []
    for more in (1, 2):
        for _one in range(more):
            due(10)
        with CaptureQueriesContext(connection) as queries:
            boss.get(OVERVIEW)
            page = boss.get(f"{OVERVIEW}due/").content.decode()
        counts.append(len(queries))
    assert page.count('class="l2"') == 3
    assert counts[0] == counts[1]
