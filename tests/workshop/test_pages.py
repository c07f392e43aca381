"""Pages: who sees them, what a POST does, constant query counts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Stock
from dms.clock import as_of, now
from reception.models import WorkOrder
from reception.states import State
from workshop import selectors
from workshop.services import clocks, holds


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
    handed_over()
    counts = []
    for _more in (0, 2):
        for _order in range(_more):
            handed_over()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            selectors.board(branch)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def ask(client, **headers):
    """The board as poll.js asks for it."""
    return client.get(reverse("workshop:board"), headers={"HX-Request": "true", **headers})


def test_an_unchanged_board_answers_304_and_a_changed_one_does_not(login, handed_over):
    handed_over()
    client = login("supervisor")
    whole = client.get(reverse("workshop:board"))
    first = ask(client)
    assert first.status_code == 200
    assert f'data-etag="{first["ETag"]}"'.replace('""', '"') in whole.content.decode().replace("&quot;", "")
    again = ask(client, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert ask(client, **{"If-None-Match": f"W/{first['ETag']}"}).status_code == 304
    handed_over()
    changed = ask(client, **{"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] == first["ETag"]) == (200, False)


def test_what_is_polled_is_the_inside_of_the_board(login, handed_over):
    handed_over()
    text = ask(login("supervisor")).content.decode()
    assert 'id="board"' not in text
    assert '<div class="board">' in text


def test_a_car_to_accept_stands_in_the_first_column_with_its_work_and_its_button(login, handed_over):
    order = handed_over()
    text = login("supervisor").get(reverse("workshop:board")).content.decode()
    column = text[text.index('<section class="lane open"') :].split("</section>")[0]
    assert "更换前刹车片" in column
    assert reverse("workshop:accept", args=[order.pk]) in column
    assert column.count("btn go") == 1


def test_what_is_blocked_is_one_strip_with_reason_owner_and_age(login, actor, working, branch):
    job, supervisor = working(), actor("supervisor")
    with as_of(now() - timedelta(minutes=40)):
        hold = holds.put(actor=supervisor, order_id=job.order.pk, reason="tool", note="四轮定位仪标定中")
    (row,) = selectors.board(branch).blocked
    assert (row.hold, row.minutes) == (hold, 40)
    text = login("supervisor").get(reverse("workshop:board")).content.decode()
    strip = text[text.index('<div class="panel strip blocked">') : text.index('<div class="board">')]
    assert strip.count("<details") == 1
    assert str(hold.owner) in strip
    assert "四轮定位仪标定中" in strip
    assert reverse("workshop:end_hold", args=[hold.pk]) in strip
    other = login("inspector").get(reverse("workshop:board")).content.decode()
    assert reverse("workshop:end_hold", args=[hold.pk]) not in other


def test_a_hold_that_lasts_longer_than_it_may_comes_first_and_says_whom_to_ask(login, actor, working, branch):
    supervisor, job = actor("supervisor"), working()
    with as_of(now() - timedelta(hours=9)):
        holds.put(actor=supervisor, order_id=job.order.pk, reason="sublet")
    with as_of(now() - timedelta(hours=5)):
        late = holds.put(actor=supervisor, order_id=job.order.pk, reason="tool")
    rows = selectors.board(branch).blocked
    assert [(row.hold.reason, row.limit_hours, row.over) for row in rows] == [("tool", 4, True), ("sublet", 24, False)]
    text = login("supervisor").get(reverse("workshop:board")).text
    assert text.count("请找") == 1
    assert f"已超过 4 小时的时限，请找{late.owner}催办。" in text


def test_a_card_knows_what_was_clocked_before_and_the_board_counts_cars_once(branch, hands, working):
    job = working()
    with as_of(now() + timedelta(minutes=20)):
        clocks.pause(actor=hands, job_id=job.pk, reason="break")
    WorkOrder.objects.filter(pk=job.order.pk).update(promised_at=now() + timedelta(minutes=29))
    seen = selectors.board(branch)
    ((card,),) = [lane.cards for lane in seen.lanes]
    (task,) = card.tasks
    assert (task.since, task.before // 60, task.sold_minutes, task.begun) == (None, 20, 90, True)
    assert (card.p.kind, card.running, seen.late, seen.at_risk) == ("risk", False, 0, 1)
    WorkOrder.objects.filter(pk=job.order.pk).update(promised_at=now() - timedelta(minutes=2))
    assert (selectors.board(branch).late, selectors.board(branch).at_risk) == (1, 0)


def test_the_counter_offers_what_is_on_the_shelf_and_no_more(login, working, branch):
    job = working(issued=False)
    client = login("parts_clerk")
    (row,) = selectors.parts_queue(branch)
    assert (row.left, row.can, row.short) == (Decimal(2), Decimal(2), Decimal(0))
    Stock.objects.update(on_hand=1, reserved=0)
    (row,) = selectors.parts_queue(branch)
    assert (row.can, row.short) == (Decimal(1), Decimal(1))
    Stock.objects.update(on_hand=0)
    line = job.order.lines.get(kind="part")
    assert reverse("workshop:issue", args=[line.pk]) not in client.get(reverse("workshop:parts")).content.decode()


@pytest.mark.parametrize(
    ("issued", "on_hand", "word"), [(True, 5, "chip done"), (False, 5, "chip plain"), (False, 0, "chip risk")]
)
def test_the_technician_sees_how_the_parts_of_the_car_stand(login, technician, working, issued, on_hand, word):
    working(issued=issued)
    Stock.objects.update(on_hand=on_hand, reserved=0)
    client = login("technician")
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(reverse("workshop:me")).content.decode()
    parts = text[text.index('<p class="chips">') :].split("</p>")[0]
    assert word in parts
    assert "刹车片" in parts
