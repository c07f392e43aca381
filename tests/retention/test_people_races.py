"""Two people at once: at the phone, at the survey, at a wish; each with what happens without the lock."""

from typing import Any

import pytest

from accounts.policies import system
from customers.selectors import owner_of
from dms.clock import branch_day
from retention.models import AppointmentWish, CallTask, CallTry, Complaint, Survey
from retention.services.call_sweeps import open_follow_ups
from retention.services.calling import record_try, take, take_next
from retention.services.calls import open_call
from retention.services.surveys import take_survey
from retention.services.wishes import wish
from retention.states import Factor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BOTH = pytest.mark.parametrize("locks_off", [False, True])


@pytest.fixture
def calls(branch: Any, car: Any) -> Any:
    """`calls(n)`: n open calls, the best first."""

    def make(number: int) -> list[CallTask]:
        for n in range(number):
            vehicle = car()
            open_call(
                branch=branch, kind="due", vehicle=vehicle, customer=owner_of(vehicle), subject_key=f"x:{n}",
                due_on=branch_day(branch),
            )  # fmt: skip
        return list(CallTask.objects.order_by("-score", "id"))

    return make


@BOTH
def test_two_callers_get_two_calls(settings: Any, race: Any, actor: Any, calls: Any, locks_off: bool) -> None:
    first, second = calls(2)
    one, two = actor("crm"), actor("crm")
    settings.LOCKS_OFF = locks_off
    answers = race(lambda: take_next(actor=one), lambda: take_next(actor=two))
    # The negative control: without the lock both ring the same customer.
    assert answers == ((first, first) if locks_off else (first, second))


@BOTH
def test_a_call_is_taken_by_one(settings: Any, race: Any, actor: Any, calls: Any, locks_off: bool) -> None:
    (task,) = calls(1)
    one, two = actor("crm"), actor("crm")
    settings.LOCKS_OFF = locks_off
    answers = race(lambda: take(actor=one, task_id=task.pk), lambda: take(actor=two, task_id=task.pk))
    assert answers == (task, task if locks_off else f"{one.user.name} is on this call just now.")


@BOTH
def test_an_outcome_clicked_twice_is_recorded_once(
    settings: Any, race: Any, actor: Any, calls: Any, locks_off: bool
) -> None:
    (task,) = calls(1)
    crm = actor("crm")
    settings.LOCKS_OFF = locks_off
    acts = [lambda: record_try(actor=crm, task_id=task.pk, outcome="no_answer", next_on=task.due_on)] * 2
    race(*acts)
    task.refresh_from_db()
    # Both are tries of the same caller; without the lock one of them is not counted.
    assert (CallTry.objects.count(), task.tries) == (2, 1 if locks_off else 2)


@BOTH
def test_a_survey_posted_twice_is_one(settings: Any, race: Any, branch: Any, gone: Any, locks_off: bool) -> None:
    order = gone()
    settings.LOCKS_OFF = locks_off
    values: dict[str, Any] = {
        "order_id": order.pk, "marks": dict.fromkeys(Factor.values, 2), "reasons": dict.fromkeys(Factor.values, "x"),
    }  # fmt: skip
    answers = race(*[lambda: take_survey(actor=system(branch), **values)] * 2)
    # Without the lock the unique key is the last line: it holds, and the customer sees a fault instead of thanks.
    assert answers[1] == ("IntegrityError" if locks_off else "Thank you, this visit was judged already.")
    assert (Survey.objects.count(), Complaint.objects.count()) == (1, 1)


@BOTH
def test_a_wish_sent_twice_is_one(settings: Any, race: Any, branch: Any, signed: Any, locks_off: bool) -> None:
    order = signed()
    settings.LOCKS_OFF = locks_off
    values: dict[str, Any] = {
        "vehicle": order.vehicle, "customer": order.contact, "wished_on": branch_day(branch), "part": "any",
        "words": "", "source": "page",
    }  # fmt: skip
    answers = race(*[lambda: wish(actor=system(branch), **values)] * 2)
    assert isinstance(answers[0], AppointmentWish)
    said = "We have your wish for an appointment already and will call you."
    assert answers[1] == ("IntegrityError" if locks_off else said)
    assert AppointmentWish.objects.count() == 1


@BOTH
def test_two_sweeps_at_once_open_one_call(settings: Any, race: Any, branch: Any, gone: Any, locks_off: bool) -> None:
    gone(2)
    settings.LOCKS_OFF = locks_off
    today = branch_day(branch)
    # The unique key decides, with locks and without.
    assert race(*[lambda: open_follow_ups(branch, today)] * 2) == (1, 0)
    assert CallTask.objects.count() == 1
