"""At the phone: every outcome, who may call whom, and the next best call."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Consent, Message
from customers.selectors import owner_of
from customers.services import set_consent
from dms.clock import as_of, branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from retention.models import AppointmentWish, CallTask, CallTry, Complaint
from retention.selectors.calls import next_call
from retention.services.call_sweeps import mend_calls, unreachable
from retention.services.calling import put_back, record_try, take, take_next
from retention.services.calls import open_call

pytestmark = pytest.mark.django_db
Make = Callable[..., CallTask]


@pytest.fixture
def call(branch: Any, car: Any, today: Any) -> Make:
    """`call(kind, subject="x:1", vehicle=…, due_on=today, advisor=None)`: an open call."""

    def make(kind: str = "follow_up", subject: str = "", vehicle: Any = None, **values: Any) -> CallTask:
        vehicle = vehicle or car()
        key = subject or f"x:{vehicle.pk}"
        values = {"due_on": today, "customer": owner_of(vehicle), **values}
        assert open_call(branch=branch, kind=kind, vehicle=vehicle, subject_key=key, **values)
        return CallTask.objects.get(kind=kind, subject_key=key)

    return make


def ended(task: CallTask) -> tuple[str, str | None, bool]:
    task.refresh_from_db()
    assert (task.taken_at, task.taken_by) == (None, None)
    return task.state, task.dropped_why, task.closed_at is not None


def test_reached_is_done(actor: Any, call: Make) -> None:
    task, crm = call(), actor("crm")
    take(actor=crm, task_id=task.pk)
    row = record_try(actor=crm, task_id=task.pk, outcome="reached", note=" fine ")
    assert (row.outcome, row.note, row.tried_by) == ("reached", "fine", crm.user)
    assert ended(task) == ("done", None, True)


def test_an_appointment_is_a_wish_for_the_desk_and_never_two(actor: Any, call: Make, today: Any) -> None:
    task, crm = call("due"), actor("crm")
    record_try(
        actor=crm, task_id=task.pk, outcome="book", note="保养", next_on=today + timedelta(days=3), part="morning"
    )
    wish = AppointmentWish.objects.get()
    assert (wish.vehicle, wish.customer, wish.wished_on, wish.part, wish.words, wish.source) == (
        task.vehicle, task.customer, today + timedelta(days=3), "morning", "保养", "phone",
    )  # fmt: skip
    assert ended(task) == ("done", None, True)
    second = call("campaign", vehicle=task.vehicle)
    record_try(actor=crm, task_id=second.pk, outcome="book")
    assert (AppointmentWish.objects.count(), ended(second)[0]) == (1, "done")


def test_call_again_waits_for_its_day(actor: Any, call: Make, branch: Any, today: Any) -> None:
    task, crm = call(), actor("crm")
    record_try(actor=crm, task_id=task.pk, outcome="again", next_on=today + timedelta(days=2))
    assert ended(task) == ("open", None, False)
    assert (task.due_on, task.tries, task.score) == (today + timedelta(days=2), 0, 0)
    assert next_call(crm) is None
    mend_calls(branch, today + timedelta(days=2))
    assert next_call(crm) == task


def test_no_answer_is_tried_again_tomorrow_with_less_chance(actor: Any, call: Make, branch: Any, today: Any) -> None:
    task, crm = call(), actor("crm")
    before = task.chance
    record_try(actor=crm, task_id=task.pk, outcome="no_answer")
    task.refresh_from_db()
    assert (task.state, task.due_on, task.tries) == ("open", today + timedelta(days=1), 1)
    assert task.chance == (before * Decimal("0.8")).quantize(Decimal("0.0001"))


def test_a_wrong_number_is_dropped(actor: Any, call: Make) -> None:
    task = call()
    record_try(actor=actor("crm"), task_id=task.pk, outcome="wrong_number")
    assert ended(task) == ("dropped", "wrong_number", True)


def test_do_not_call_is_a_line_of_the_ledger_and_ends_the_calls_of_that_purpose(actor: Any, call: Make) -> None:
    task, crm = call("lapse"), actor("crm")
    same = call("campaign", vehicle=task.vehicle)
    other = call("due", vehicle=task.vehicle)
    record_try(actor=crm, task_id=task.pk, outcome="declined", note="别再打了")
    line = Consent.objects.get()
    assert (line.channel, line.purpose, line.granted, line.wording, line.by) == (
        "phone", "marketing", False, "别再打了", crm.user,
    )  # fmt: skip
    assert [ended(row)[:2] for row in (task, same, other)] == [
        ("dropped", "declined"), ("dropped", "declined"), ("open", None),
    ]  # fmt: skip


def test_a_complaint_is_taken_down_in_the_customers_words(actor: Any, call: Make, signed: Any, today: Any) -> None:
    order, crm, manager = signed(), actor("crm"), actor("manager")
    task = call(vehicle=order.vehicle, subject=f"order:{order.pk}", advisor=order.advisor)
    with pytest.raises(Invalid, match="own words"):
        record_try(actor=crm, task_id=task.pk, outcome="complaint", note="  ")
    record_try(actor=crm, task_id=task.pk, outcome="complaint", note="异响还在")
    row = Complaint.objects.get()
    assert (row.words, row.source, row.order, row.caused_by, row.owner, row.due_on, row.state) == (
        "异响还在", "call", order, order.advisor, manager.user, today + timedelta(days=3), "open",
    )  # fmt: skip
    assert (ended(task)[0], CallTry.objects.count()) == ("done", 1)


@pytest.mark.parametrize(
    ("outcome", "values", "code"),
    [
        ("again", {}, "next_on"),
        ("again", {"next_on": -1}, "next_on"),
        ("no_answer", {"next_on": 366}, "next_on"),
        ("maybe", {}, "outcome"),
        ("", {}, "outcome"),
        ("reached", {"note": "x" * 501}, "note"),
    ],
)
def test_what_will_not_do_writes_nothing(
    actor: Any, call: Make, today: Any, outcome: str, values: dict[str, Any], code: str
) -> None:
    task = call()
    if "next_on" in values:
        values = {"next_on": today + timedelta(days=values["next_on"])}
    with pytest.raises(Invalid) as refused:
        record_try(actor=actor("crm"), task_id=task.pk, outcome=outcome, **values)
    assert refused.value.code == code
    assert not CallTry.objects.exists()
    assert ended(task)[0] == "open"


def test_who_received_the_car_does_not_call(actor: Any, call: Make) -> None:
    crm, other = actor("crm"), actor("crm")
    task = call(advisor=crm.user)
    assert (next_call(crm), take_next(actor=crm), next_call(other)) == (None, None, task)
    for act in (
        lambda: take(actor=crm, task_id=task.pk),
        lambda: record_try(actor=crm, task_id=task.pk, outcome="reached"),
    ):
        with pytest.raises(Refused, match="received this car yourself"):
            act()


def test_a_claim_keeps_others_away_until_it_runs_out(actor: Any, call: Make) -> None:
    task, one, two = call(), actor("crm"), actor("manager")
    assert take_next(actor=one) == task
    assert (take_next(actor=two), next_call(one)) == (None, task)
    with pytest.raises(Refused, match=f"{one.user.name} is on this call"):
        record_try(actor=two, task_id=task.pk, outcome="reached")
    put_back(actor=two, task_id=task.pk)
    assert next_call(two) is None
    with as_of(now() + timedelta(minutes=16)):
        assert take_next(actor=two) == task
    put_back(actor=two, task_id=task.pk)
    assert next_call(one) == task


def test_a_closed_call_stays_closed(actor: Any, call: Make) -> None:
    task, crm = call(), actor("crm")
    record_try(actor=crm, task_id=task.pk, outcome="reached")
    for act in (
        lambda: take(actor=crm, task_id=task.pk),
        lambda: record_try(actor=crm, task_id=task.pk, outcome="reached"),
    ):
        with pytest.raises(Refused, match="closed already"):
            act()
    assert CallTry.objects.count() == 1


@pytest.mark.parametrize("role", ["service_advisor", "technician", "cashier", "admin"])
def test_others_do_not_call(actor: Any, call: Make, role: str) -> None:
    task, who = call(), actor(role)
    for act in (
        lambda: take_next(actor=who),
        lambda: take(actor=who, task_id=task.pk),
        lambda: record_try(actor=who, task_id=task.pk, outcome="reached"),
    ):
        with pytest.raises(Forbidden):
            act()


def test_the_best_call_is_value_times_urgency_times_chance(actor: Any, call: Make, today: Any, branch: Any) -> None:
    lapse, due, late = call("lapse"), call("due"), call("due", due_on=today - timedelta(days=20))
    answer, later = call("answer"), call("complaint", due_on=today + timedelta(days=1))
    crm, seen = actor("crm"), []
    while (task := next_call(crm)) is not None:
        seen.append(task)
        record_try(actor=crm, task_id=task.pk, outcome="reached")
    assert seen == [answer, late, due, lapse]
    assert (late.urgency, due.urgency) == (Decimal("4.00"), Decimal("2.00"))
    later.refresh_from_db()
    assert later.score == 0


def test_who_objects_is_not_called_whatever_stands_in_the_list(actor: Any, call: Make, branch: Any, today: Any) -> None:
    task, crm = call("due"), actor("crm")
    says: dict[str, Any] = {
        "actor": crm,
        "customer": task.customer,
        "purpose": "service",
        "wording": "w",
        "source": "s",
    }
    set_consent(channel="sms", granted=False, **says)
    assert next_call(crm) == task
    set_consent(channel="phone", granted=False, **says)
    assert next_call(crm) is None
    with pytest.raises(Refused, match="does not want to be called"):
        take(actor=crm, task_id=task.pk)
    set_consent(channel="phone", granted=True, **says)
    assert next_call(crm) == task
    set_consent(channel="phone", granted=False, **says)
    assert (mend_calls(branch, today), mend_calls(branch, today)) == (1, 0)
    assert ended(task) == ("dropped", "declined", True)


def test_a_value_is_what_the_cars_visits_came_to(
    branch: Any, car: Any, in_shop: Any, release: Any, operation: Any, call: Make
) -> None:
    operation("OIL")
    vehicle = car()
    release(in_shop(vehicle, "OIL"))
    known, unknown = call("due", vehicle=vehicle), call("due")
    assert (known.value, unknown.value) == (Decimal("113.00"), Decimal("113.00"))  # the branch's mean stands in


def test_five_days_of_no_answer_become_a_message(actor: Any, call: Make, branch: Any, today: Any) -> None:
    task, fresh, spoke, crm = call(), call(), call(), actor("crm")
    at = now()
    with as_of(at - timedelta(days=5)):
        for row in (task, spoke):
            record_try(actor=crm, task_id=row.pk, outcome="no_answer")
    record_try(actor=crm, task_id=fresh.pk, outcome="no_answer")
    record_try(actor=crm, task_id=spoke.pk, outcome="again", next_on=today)
    assert unreachable(branch, today - timedelta(days=1)) == 0
    assert (unreachable(branch, today), unreachable(branch, today)) == (1, 0)
    assert ended(task) == ("dropped", "unreachable", True)
    told = Message.objects.get()
    assert (told.kind, told.customer, told.vehicle, told.subject_key, told.context, told.message_class) == (
        "unreachable", task.customer, task.vehicle, task.subject_key, {"plate": task.vehicle.plate}, "care",
    )  # fmt: skip
    assert branch_day(branch) == today
    assert [ended(row)[0] for row in (fresh, spoke)] == ["open", "open"]


def test_who_stays_away_and_cannot_be_reached_is_written_to_where_that_is_allowed(
    actor: Any, call: Make, branch: Any, today: Any
) -> None:
    task = call("lapse")
    with as_of(now() - timedelta(days=5)):
        record_try(actor=actor("crm"), task_id=task.pk, outcome="no_answer")
    assert unreachable(branch, today) == 1
    told = Message.objects.get()
    assert (told.kind, told.message_class, told.customer) == ("win_back", "marketing", task.customer)


@pytest.mark.parametrize(("kind", "written"), [
    ("due", ["call_us"]), ("declined", ["call_us"]), ("rebook", ["call_us"]), ("welcome", ["call_us"]),
    ("campaign", []),
])  # fmt: skip
def test_other_calls_that_reach_nobody_end_too(
    actor: Any, call: Make, branch: Any, today: Any, kind: str, written: list[str]
) -> None:
    task = call(kind)
    with as_of(now() - timedelta(days=5)):
        record_try(actor=actor("crm"), task_id=task.pk, outcome="no_answer")
    assert (unreachable(branch, today), unreachable(branch, today)) == (1, 0)
    assert ended(task) == ("dropped", "unreachable", True)
    assert list(Message.objects.values_list("kind", flat=True)) == written


@pytest.mark.parametrize("kind", ["complaint", "answer"])
def test_a_complaint_and_an_open_offer_are_called_on(
    actor: Any, call: Make, branch: Any, today: Any, kind: str
) -> None:
    task = call(kind)
    with as_of(now() - timedelta(days=5)):
        record_try(actor=actor("crm"), task_id=task.pk, outcome="no_answer")
    assert (unreachable(branch, today), ended(task)[0]) == (0, "open")


def test_a_case_that_closed_takes_its_call_along(branch: Any, call: Make, today: Any, actor: Any) -> None:
    task = call("lapse")  # no open case at all
    assert mend_calls(branch, today) == 1
    assert ended(task) == ("dropped", "moot", True)
