"""Who is to be called: after visits, about lapses and unanswered offers; once each, whenever the sweep runs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dms.clock import as_of, branch_day, now
from retention.models import CallTask, LapseCase
from retention.services.call_sweeps import open_answer_calls, open_follow_ups, open_lapse_calls
from retention.services.calls import open_call

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days", "made"), [(0, 0), (1, 0), (2, 1), (3, 1), (9, 1), (10, 0)])
def test_a_visit_is_followed_up_from_the_second_day_until_it_is_stale(
    branch: Any, gone: Any, today: Any, days: int, made: int
) -> None:
    order = gone(days)
    assert open_follow_ups(branch, today) == made
    assert open_follow_ups(branch, today) == 0
    if made:
        task = CallTask.objects.get()
        assert (task.kind, task.subject_key, task.advisor, task.customer, task.state) == (
            "follow_up", f"order:{order.pk}", order.advisor, order.contact, "open",
        )  # fmt: skip
        released_on = branch_day(branch, order.released_at)
        assert task.reason == {"order": order.number, "released_on": released_on.isoformat()}
        assert task.due_on == released_on + timedelta(days=2)
        assert task.score == task.value * task.urgency * task.chance > 0


def test_a_car_that_is_back_is_not_called_about(branch: Any, gone: Any, today: Any, in_shop: Any) -> None:
    order = gone(2)
    in_shop(order.vehicle)
    assert open_follow_ups(branch, today) == 0


def test_another_branch_is_not_looked_through(other_branch: Any, gone: Any, today: Any) -> None:
    gone(2)
    assert open_follow_ups(other_branch, today) == 0


def test_a_lapsed_car_is_one_call_for_both_definitions(
    branch: Any, car: Any, visited: Any, minor: Any, sweep: Any, today: Any
) -> None:
    vehicle = visited(car((300, 0), (100, 20_000)), today - timedelta(days=400))
    assert sweep(only="lapse") == {"lapse": 2}
    assert (open_lapse_calls(branch, today), open_lapse_calls(branch, today)) == (1, 0)
    task = CallTask.objects.get()
    first = LapseCase.objects.earliest("id")
    assert (task.kind, task.vehicle, task.subject_key, task.due_on) == ("lapse", vehicle, f"lapse:{first.pk}", today)
    assert task.reason["last_visit_on"] == (today - timedelta(days=400)).isoformat()
    assert (task.urgency, task.chance) == (Decimal("1.00"), Decimal("0.2000"))


def test_an_offer_is_asked_about_after_the_hours_of_the_rule_and_once(
    branch: Any, signed: Any, found: Any, actor: Any, today: Any
) -> None:
    from reception.services import lines

    order = signed()
    found(order)
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    assert open_answer_calls(branch, today) == 0
    with as_of(now() + timedelta(hours=2, minutes=1)):
        assert (open_answer_calls(branch, today), open_answer_calls(branch, today)) == (1, 0)
    task = CallTask.objects.get()
    assert (task.kind, task.reason) == ("answer", {"order": order.number, "item": "更换后刹车片", "items": "1"})


def test_an_estimate_that_nobody_signs_is_asked_about_too(
    branch: Any, car: Any, operation: Any, actor: Any, today: Any
) -> None:
    from catalog.models import LabourRate
    from reception.services import arrival, draft, lines

    operation("DIAG")
    LabourRate.objects.create(branch=branch, valid_from=today, price=240, tax_rate=Decimal("0.13"))
    who = actor("service_advisor")
    order = arrival.arrive(actor=who, vehicle=car())
    draft.add(actor=who, order_id=order.pk, what="DIAG")
    lines.offer(actor=who, order_id=order.pk)
    with as_of(now() + timedelta(hours=2, minutes=1)):
        assert (open_answer_calls(branch, today), open_answer_calls(branch, today)) == (1, 0)
    assert CallTask.objects.get().reason["order"] == order.number


def test_the_answer_and_the_arrival_take_the_calls_away(
    branch: Any, signed: Any, found: Any, actor: Any, today: Any
) -> None:
    from reception.services import lines
    from reception.services.contract import answer_extra

    order, advisor = signed(), actor("service_advisor")
    found(order)
    (line,) = lines.offer(actor=advisor, order_id=order.pk)
    values: dict[str, Any] = {"branch": branch, "vehicle": order.vehicle, "customer": order.contact, "due_on": today}
    assert open_call(kind="answer", subject_key=f"order:{order.pk}:{line.pk}:1", **values)
    assert not open_call(kind="answer", subject_key=f"order:{order.pk}:{line.pk}:1", **values)
    answer_extra(
        actor=advisor, order_id=order.pk, approved=[(line.pk, 1)], declined=[], shown={}, signer="王", how="phone"
    )
    task = CallTask.objects.get()
    assert (task.state, task.dropped_why, task.closed_at is not None) == ("dropped", "moot", True)


def test_the_walk_round_takes_the_calls_away_and_not_those_of_a_complaint(
    branch: Any, car: Any, actor: Any, today: Any
) -> None:
    from customers.selectors import owner_of
    from reception.services import arrival
    from reception.services.flow import move

    vehicle, advisor = car(), actor("service_advisor")
    values: dict[str, Any] = {
        "branch": branch, "vehicle": vehicle, "customer": owner_of(vehicle), "due_on": today, "subject_key": "x:1",
    }  # fmt: skip
    for kind in ("follow_up", "due", "campaign", "lapse", "complaint"):
        assert open_call(kind=kind, **values)
    order = arrival.arrive(actor=advisor, vehicle=vehicle)
    assert CallTask.objects.filter(state="open").count() == 5
    move(order_id=order.pk, action="inspect", actor=advisor)
    assert list(CallTask.objects.filter(state="open").values_list("kind", flat=True)) == ["complaint"]
