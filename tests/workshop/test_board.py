"""The board: columns, cars of earlier days, hours sold and free, and the small question asked every two seconds."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Bay, OpeningHours
from accounts.states import Lanes
from dms.clock import as_of, branch_day, now
from reception.models import WorkOrder
from workshop import selectors
from workshop.selectors.stamp import stamp
from workshop.services import clocks, dispatch, holds

pytestmark = pytest.mark.django_db


@pytest.fixture
def bays(branch: Any) -> list[Bay]:
    OpeningHours.objects.create(branch=branch, weekday=branch_day(branch).weekday(), opens="08:00", closes="18:00")
    return [Bay.objects.create(branch=branch, name=f"{number} 号工位", name_en=f"Bay {number}") for number in (1, 2)]


def test_columns_by_bay_with_their_hours_and_one_without(
    branch: Any, bays: list[Bay], handed_over: Any, actor: Any, technician: Any
) -> None:
    boss = actor("supervisor")
    for bay in (bays[0], None):
        order = dispatch.accept(actor=boss, order_id=handed_over().pk)
        dispatch.assign(actor=boss, order_id=order.pk, technician=technician, bay=bay)
    seen = selectors.board(branch, by=Lanes.BAY)
    assert [(lane.bay, lane.hours, lane.shift_hours) for lane in seen.lanes] == [
        (bays[0], Decimal("1.50"), Decimal(10)), (bays[1], 0, Decimal(10)), (None, Decimal("1.50"), 0),
    ]  # fmt: skip
    assert (seen.sold, seen.available, seen.percent) == (Decimal("3.00"), Decimal(20), 15)
    assert [lane.technician for lane in seen.people] == [technician]


def test_the_choice_is_remembered_and_a_card_is_dragged_to_a_bay(
    bays: list[Bay], handed_over: Any, actor: Any, technician: Any, login: Any
) -> None:
    boss = actor("supervisor")
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    dispatch.assign(actor=boss, order_id=order.pk, technician=technician, bay=bays[1])
    client, board = login("supervisor"), reverse("workshop:board")
    assert f'data-lane="{technician.pk}"' in client.get(board).text
    assert client.post(reverse("workshop:lanes"), {"lanes": "bay"}).status_code == 302
    text = client.get(board).text
    assert [f'data-lane="{key}"' in text for key in (bays[0].pk, bays[1].pk, "none")] == [True] * 3
    assert '<select class="in" name="bay" data-lane-field' in text
    assert f'<option value="{bays[1].pk}" selected>' in text, "the bay that it has stays chosen"
    client.membership.user.refresh_from_db()
    assert client.membership.user.lanes == "bay"
    assert client.post(reverse("workshop:lanes"), {"lanes": "wheels"}).status_code == 422


def test_cars_of_earlier_days_are_marked_with_their_nights(branch: Any, handed_over: Any, login: Any) -> None:
    handed_over()
    older = handed_over()
    WorkOrder.objects.filter(pk=older.pk).update(arrived_at=now() - timedelta(days=2))
    seen = selectors.board(branch)
    assert ([card.nights for card in seen.cards if card.nights], seen.carried) == ([2], 1)
    client = login("supervisor")
    type(client.membership.user).objects.update(language="en")
    text = client.get(reverse("workshop:board")).text
    assert "2 nights" in text
    assert "1 from earlier days" in text


def test_the_stamp_changes_with_whatever_the_board_shows(
    branch: Any, handed_over: Any, actor: Any, technician: Any, hands: Any
) -> None:
    at = now()
    with as_of(at):
        boss, stamps = actor("supervisor"), [stamp(branch)]
        order = handed_over()
        stamps.append(stamp(branch))
        dispatch.accept(actor=boss, order_id=order.pk)
        stamps.append(stamp(branch))
        dispatch.assign(actor=boss, order_id=order.pk, technician=technician)
        stamps.append(stamp(branch))
        hold = holds.put(actor=boss, order_id=order.pk, reason="parts")
        stamps.append(stamp(branch))
        holds.end(actor=boss, hold_id=hold.pk)
        clocks.start(actor=hands, job_id=order.jobs.get().pk)
        stamps.append(stamp(branch))
        WorkOrder.objects.filter(pk=order.pk).update(promised_at=at)
        stamps.append(stamp(branch))
        assert stamp(branch) == stamps[-1], "the negative control: nothing happened"
    with as_of(at + timedelta(minutes=1)):
        stamps.append(stamp(branch))
    assert len(set(stamps)) == len(stamps)


def test_an_unchanged_board_is_answered_with_one_question_of_its_own(handed_over: Any, login: Any) -> None:
    handed_over()
    client, url = login("supervisor"), reverse("workshop:board")
    first = client.get(url, headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as queries:
        again = client.get(url, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})
    assert again.status_code == 304
    asked = [query["sql"] for query in queries if "workshop_" in query["sql"]]
    assert len(asked) == 1
