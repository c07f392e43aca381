"""Two at once: the sender against an opt-out, and senders against each other. Real connections, real commits."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from customers.models import Message
from customers.services import judging
from customers.services.consent import withdraw
from customers.services.sending import claim_next, send_due

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ten")]
SMS = ("service:sms", "marketing:sms", "care:sms")
#: Seconds that a thread may take here.
LONG = 20


def elsewhere(act: Callable[[], Any]) -> Thread:
    """`act` on another connection, from now on."""

    def work() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(("locks_off", "sent"), [(False, 0), (True, 1)])
def test_nothing_is_sent_to_somebody_who_is_just_opting_out(
    settings: Any, branch: Any, planned: Any, someone: Any, sms: Any, locks_off: bool, sent: int
) -> None:
    # The other channel is still agreed to, so the message stays planned; but it may not go by this one any more.
    who = someone("care:sms", "care:email")
    planned("care", who)
    settings.LOCKS_OFF = locks_off
    with transaction.atomic():
        withdraw(customer=who, purpose="care", channel="sms", source="STOP")
        # The opt-out is written and not yet committed; the sender comes by. Without locks it goes by the old ledger.
        elsewhere(lambda: send_due(branch=branch)).join(LONG)
    send_due(branch=branch)
    assert len(sms.took) == sent
    assert Message.objects.get().not_sent == (None if locks_off else "no_consent")


def test_an_opt_out_waits_for_a_claim_and_stops_the_next_one(branch: Any, planned: Any, someone: Any, sms: Any) -> None:
    who = someone(*SMS)
    first, second = planned("care", who), planned("care", who)
    Message.objects.filter(pk=second.pk).update(not_before_at="2026-03-04T02:00Z", expires_at="2026-03-09T02:00Z")
    _found, claimed = claim_next(branch=branch)
    assert claimed == first
    assert withdraw(customer=who, purpose="care", channel="sms", source="STOP") == 1
    second.refresh_from_db()
    assert (second.state, second.not_sent) == ("cancelled", "withdrawn")


@pytest.mark.parametrize("locks_off", [False, True])
def test_two_senders_send_each_message_once(
    monkeypatch: Any, settings: Any, branch: Any, planned: Any, sms: Any, locks_off: bool
) -> None:
    rows = [planned("transactional") for _number in range(4)]
    settings.LOCKS_OFF = locks_off
    together, first = Barrier(2, timeout=2), Event()
    judged = judging.judge

    def slowly(message: Message, rules: Any, at: Any) -> Any:
        """Without locks both have read the same message before either claims it."""
        verdict = judged(message, rules, at)
        if locks_off and not first.is_set():
            together.wait()
            first.set()
        return verdict

    monkeypatch.setattr("customers.services.sending.judge", slowly)
    threads = [elsewhere(lambda: send_due(branch=branch)) for _sender in range(2)]
    for thread in threads:
        thread.join(LONG)
    times = sorted(sum(one.key == row.key for one in sms.took) for row in rows)
    # The negative control: a claim without its lock and its condition goes out twice.
    assert times == ([1, 1, 1, 1] if not locks_off else times)
    assert (max(times) > 1) is locks_off


@pytest.mark.parametrize("locks_off", [False, True])
def test_two_senders_keep_to_one_message_a_person_and_day(
    monkeypatch: Any, settings: Any, branch: Any, planned: Any, someone: Any, sms: Any, locks_off: bool
) -> None:
    who = someone(*SMS)
    for message_class in ("care", "reminder"):
        planned(message_class, who)
    settings.LOCKS_OFF = locks_off
    rationed, together = judging._rationed, Barrier(2, timeout=1)  # the moment between two checks

    def slowly(message: Message, rules: Any, at: Any) -> Any:
        verdict = rationed(message, rules, at)
        if locks_off:
            with suppress(BrokenBarrierError):  # the other sender has none left
                together.wait()
        return verdict

    monkeypatch.setattr("customers.services.judging._rationed", slowly)
    threads = [elsewhere(lambda: send_due(branch=branch)) for _sender in range(2)]
    for thread in threads:
        thread.join(LONG)
    assert (Message.objects.filter(state="sent").count() > 1) is locks_off


def test_the_same_message_planned_by_two_is_one(race: Any, branch: Any, kind: Any, someone: Any) -> None:
    from customers.services.outbox import plan

    kind("care")
    who = someone(*SMS)

    def make() -> bool:
        return plan(
            branch=branch, kind="test_care", customer=who, subject_key="order:1:call", context={"plate": "粤B12345"}
        )

    assert race(make, make) == (True, False)
    assert Message.objects.count() == 1
