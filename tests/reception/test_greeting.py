"""Who greeted whom, and after how many minutes; whoever waits too long stands first."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from dms.clock import now
from dms.errors import Refused
from reception.models import Greeting, WorkOrder
from reception.selectors import greetings, today
from reception.services.arrival import arrive
from reception.services.greeting import greet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eve")]


def test_late_ones_stand_first_until_somebody_goes(advisors: Any, owned: Any, time_machine: Any) -> None:
    me = advisors[0]
    one, two = arrive(actor=me, vehicle=owned(1)), arrive(actor=me, vehicle=owned(2))
    greet(actor=me, order_id=one.pk)
    time_machine.shift(timedelta(minutes=6))
    three = arrive(actor=me, vehicle=owned(3))
    queue = today(me).waiting
    assert [(row.order, row.minutes, row.late) for row in queue] == [(two, 6, True), (one, 6, False), (three, 0, False)]
    assert greet(actor=advisors[1], order_id=two.pk).greeted_by == advisors[1].user
    assert [row.order for row in today(me).waiting] == [one, two, three]
    assert [(row.after, row.late) for row in greetings(me.branch, one.arrived_at.date())] == [
        (0, False), (6, True), (None, False),
    ]  # fmt: skip


def test_the_first_who_came_is_kept(advisors: Any, owned: Any, time_machine: Any) -> None:
    order = arrive(actor=advisors[0], vehicle=owned(1))
    first = greet(actor=advisors[0], order_id=order.pk)
    time_machine.shift(timedelta(minutes=3))
    assert greet(actor=advisors[1], order_id=order.pk) == first


def test_a_signed_order_is_greeted_no_more(advisors: Any, signed: Any) -> None:
    with pytest.raises(Refused, match="signed in the meantime"):
        greet(actor=advisors[0], order_id=signed().pk)


def test_one_tap_on_today(login: Any, advisors: Any, owned: Any, other_branch: Any) -> None:
    order, client = arrive(actor=advisors[0], vehicle=owned(1)), login("service_advisor")
    page = reverse("reception:greet", args=[order.pk])
    assert page in client.get(reverse("reception:today")).text
    assert client.post(page)["Location"] == reverse("reception:today")
    assert Greeting.objects.get().greeted_by == client.membership.user
    assert page not in client.get(reverse("reception:today")).text
    assert "粤B·00001" in client.get(reverse("reception:greetings")).text
    assert login("service_advisor", at=other_branch).post(page).status_code == 404
    assert WorkOrder.objects.get().greeting.greeted_at <= now()
