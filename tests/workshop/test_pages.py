"""Pages: who sees them, what a POST does, constant query counts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reception.models import WorkOrder
from reception.states import State
from workshop import selectors


@pytest.mark.parametrize(
    ("route", "role"),
    [
        ("board", "supervisor"),
        ("me", "technician"),
        ("checks", "inspector"),
        ("parts", "parts_clerk"),
        ("wash", "technician"),
    ],
)
def test_pages_open(login, working, route, role):
    working()
    assert login(role).get(reverse(f"workshop:{route}")).status_code == 200


def test_the_board_is_not_for_cashiers(login):
    assert login("cashier").get(reverse("workshop:board")).status_code == 403


def test_accept_by_post(login, handed_over):
    order = handed_over()
    answer = login("supervisor").post(reverse("workshop:accept", args=[order.pk]))
    assert answer.status_code == 302
    assert WorkOrder.objects.get(pk=order.pk).state == State.QUEUED


def test_another_branch_sees_nothing(login, handed_over, other_branch):
    url = reverse("workshop:accept", args=[handed_over().pk])
    assert login("supervisor", other_branch).post(url).status_code == 404


def test_the_board_needs_the_same_queries_for_one_and_three(branch, handed_over, working):
    working()
    counts = []
    for _more in (0, 2):
        for _order in range(_more):
            handed_over()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            selectors.board(branch)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6
