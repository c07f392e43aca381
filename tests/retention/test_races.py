"""Two connections at once: sweeps against each other and against the gate."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.policies import system
from customers.services import record_reading
from customers.services.forecast_sweep import forecast_branch
from delivery.services.payment import settle_and_pay
from dms.clock import branch_day, now
from reception.services.gate import open_gate
from retention.models import LapseCase, Reminder, SweepRun
from retention.services import run, run_due

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("two_sweeps")]

#: Long enough for the second one to come to the lock, or to be through where there is none.
A_MOMENT = 0.7


@contextmanager
def elsewhere(act: Callable[[], Any]) -> Iterator[list[Any]]:
    """`act` on another connection, from now on; at the end its answer stands in the list."""
    answers: list[Any] = []

    def work() -> None:
        try:
            answers.append(act())
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        yield answers
    finally:
        thread.join(20)
        assert not thread.is_alive()


def overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """`first` in a transaction that stays open while `second` comes; both answers."""
    begun, over = Event(), Event()

    def late() -> Any:
        begun.wait(10)
        try:
            return second()
        finally:
            over.set()

    with elsewhere(late) as answers, transaction.atomic():
        answer = first()
        begun.set()
        over.wait(A_MOMENT)
    return answer, answers[0]


@pytest.mark.parametrize("locks_off", [False, True])
def test_two_sweeps_at_once_insert_once(
    settings: Any, branch: Any, car: Any, visited: Any, minor: Any, locks_off: bool
) -> None:
    # Here the unique keys decide, not the locks: it holds without them.
    settings.LOCKS_OFF = locks_off
    for _car in range(3):
        visited(car((95, 0), (0, 9_500)), now().date() - timedelta(days=400))
    answers = overlapping(lambda: run(actor=system(branch)), lambda: run(actor=system(branch)))
    assert answers == ({"reminders": 3, "lapse": 3}, {"reminders": 0, "lapse": 0})
    assert (Reminder.objects.count(), LapseCase.objects.count()) == (3, 3)


def test_one_night_for_two_workers(at: Any, branch: Any) -> None:
    with at(2026, 3, 1, 19):
        answers = overlapping(lambda: run_due(branch=branch), lambda: run_due(branch=branch))
    assert answers == ({"reminders": 0, "lapse": 0}, {})
    assert SweepRun.objects.count() == 2


@pytest.mark.parametrize(("locks_off", "stale"), [(False, 0), (True, 1)])
def test_no_reminder_for_a_service_that_leaves_the_gate_just_now(
    settings: Any, actor: Any, branch: Any, car: Any, in_shop: Any, minor: Any, locks_off: bool, stale: int
) -> None:
    order = in_shop(car((95, 0), (0, 9_500)), "OIL", km=9_500)
    code = settle_and_pay(
        actor=actor("cashier"), order_id=order.pk, method="scan", amount="113", key="k"
    ).gate_pass.code
    guard = actor("gate")
    settings.LOCKS_OFF = locks_off
    overlapping(lambda: open_gate(actor=guard, entered=code), lambda: run(actor=system(branch)))
    # The negative control: without the lock the sweep reminds of a cycle that the gate has closed.
    assert Reminder.objects.filter(state="open").count() == stale


@pytest.mark.parametrize(("locks_off", "stale"), [(False, 0), (True, 1)])
def test_no_lapse_of_a_car_that_leaves_the_gate_just_now(
    settings: Any, actor: Any, branch: Any, car: Any, visited: Any, in_shop: Any, operation: Any, locks_off: bool,
    stale: int,
) -> None:  # fmt: skip
    from reception.models import WorkOrder
    from retention.services import visits

    operation("OIL")
    vehicle = visited(car(), now().date() - timedelta(days=400))
    order = in_shop(vehicle, "OIL")
    code = settle_and_pay(
        actor=actor("cashier"), order_id=order.pk, method="scan", amount="113", key="k"
    ).gate_pass.code
    open_gate(actor=actor("gate"), entered=code)
    # Back to the moment before: released and not yet noted.
    type(vehicle).objects.update(last_visit_on=now().date() - timedelta(days=400))
    order = WorkOrder.objects.get(pk=order.pk)
    settings.LOCKS_OFF = locks_off
    overlapping(lambda: visits.visit_ended(actor=system(branch), order=order), lambda: run(actor=system(branch)))
    assert LapseCase.objects.filter(state="open").count() == stale


@pytest.mark.parametrize(("locks_off", "pace"), [(False, 300), (True, 100)])
def test_the_nights_forecast_waits_for_a_reading(
    settings: Any, branch: Any, car: Any, minor: Any, locks_off: bool, pace: int
) -> None:
    vehicle = car((100, 0), (50, 5_000))
    settings.LOCKS_OFF = locks_off
    overlapping(
        lambda: record_reading(actor=system(branch), vehicle=vehicle, km=30_000),
        lambda: forecast_branch(branch, branch_day(branch)),
    )
    # The negative control: without the lock the sweep writes what it had computed before the reading was there.
    assert vehicle.forecasts.get().km_per_day == pace
