"""The twenty cars of today: every state, and something of everything that can be in the way."""

from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Branch, User
from dms.clock import now
from reception.models import Goodwill, Line, WorkOrder
from reception.states import LineState, State, VisitType
from workshop import selectors
from workshop.models import Attendance, Clocking, Hold

pytestmark = [pytest.mark.usefixtures("filled"), pytest.mark.xdist_group("demo")]


def todays():
    """Orders of the last hours, whatever the date was when they came."""
    return WorkOrder.objects.filter(arrived_at__gt=now() - timedelta(hours=8))


def test_every_state_is_there():
    states = Counter(todays().values_list("state", flat=True))
    assert set(states) == set(State.values)
    assert (sum(states.values()), states[State.WORKING]) == (20, 5)


def test_numbers_rise_with_the_arrival():
    rows = list(todays().order_by("arrived_at").values_list("number", flat=True))
    assert rows == sorted(rows)


def test_the_board_is_alive():
    board = selectors.board(Branch.objects.get())
    risks = Counter(card.p.kind for lane in board.lanes for card in lane.cards)
    assert risks["late"] == 1
    assert risks["risk"] >= 1
    assert {row.hold.reason for row in board.blocked} == {"parts", "tool", "approval"}
    assert len(board.lanes) == 5
    assert [lane.technician.user.name for lane in board.lanes if not lane.cards] == []
    assert Clocking.objects.filter(stopped_at__isnull=True).count() == 2
    assert board.available > 40


def test_extra_work_waits_for_the_customers_answer():
    extra = Line.objects.filter(order__in=todays(), extra=True)
    kept = extra.filter(of_finding__isnull=False)
    assert {line.state for line in kept} == {LineState.DECLINED}, "what the health check found and nobody repaired"
    assert all(line.revive_on for line in kept)
    lines = extra.filter(of_finding__isnull=True)
    assert {line.state for line in lines} == {LineState.OFFERED}
    assert {line.order.state for line in lines} == {State.WORKING}
    assert Hold.objects.filter(reason="approval", ended_at__isnull=True).count() == 1


def test_one_car_came_back_with_the_same_fault():
    order = todays().get(visit_type=VisitType.COMEBACK_OUT)
    before = WorkOrder.objects.filter(vehicle=order.vehicle, state=State.RELEASED).latest("released_at")
    assert before.visit_type == VisitType.REPAIR
    assert order.authorised_amount == 0


def test_one_estimate_offers_a_choice_and_asks_for_goodwill():
    lines = Line.objects.filter(order__in=todays(), option_group=1)
    assert {line.option_letter for line in lines} == {"A", "B"}
    order = WorkOrder.objects.get(pk__in=lines.values("order"))
    assert order.state == State.ESTIMATING
    goodwill = Goodwill.objects.get(line__order=order, approved_at__isnull=True, refused_at__isnull=True)
    assert goodwill.line.option_letter == "A"


def test_nothing_lies_in_the_future_and_no_promise_in_the_distant_past():
    assert not todays().filter(arrived_at__gt=now()).exists()
    for order in todays().filter(promised_at__isnull=False):
        assert order.arrived_at < order.promised_at < now() + timedelta(hours=4)
        moves = [row.moved_at for row in order.log.order_by("id")]
        assert moves == sorted(moves)
        assert moves[-1] <= now()


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("advisor", ["reception:today", "reception:orders", "delivery:handovers", "customers:vehicles"]),
        ("supervisor", ["workshop:board", "workshop:checks"]),
        ("technician", ["workshop:me"]),
        ("parts", ["workshop:parts"]),
        ("cashier", ["delivery:till"]),
    ],
)
def test_the_pages_open_with_the_demo(name, pages):
    client = Client()
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    for page in pages:
        assert (page, client.get(reverse(page)).status_code) == (page, 200)


def test_every_order_of_today_opens():
    client = Client()
    client.force_login(User.objects.get(username="advisor"), backend="django.contrib.auth.backends.ModelBackend")
    for order in todays():
        answer = client.get(reverse("reception:order", args=[order.pk]))
        assert (order.state, answer.status_code) == (order.state, 200)


def test_who_works_today_has_come() -> None:
    begun = dict(
        # Not yesterday's, even at night.
        Clocking.objects.filter(started_at__gte=now() - timedelta(hours=5)).order_by("-started_at")
        .values_list("technician", "started_at")
    )  # fmt: skip
    came = dict(Attendance.objects.filter(left_at__isnull=True).values_list("membership", "came_at"))
    assert came
    assert all(came[person] <= begun[person] for person in came)
