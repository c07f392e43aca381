"""Two at once: the sender against an opt-out, and senders against each other. Real connections, real commits."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import Message
from customers.services import judging
from customers.services.consent import withdraw
from customers.services.sending import claim_next, send_due

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ten")]
SMS = ("service:sms", "marketing:sms", "care:sms")
#: Seconds that a thread may take here.
LONG = 20


def elsewhere(act: Callable[[], Any]) -> Thread:
    """`act` on another connection, from now on. Without locks the database may be the one that says no."""

    def work() -> None:
        with suppress(DatabaseError):
            act()
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


def meeting(seconds: float = 2) -> Callable[[], None]:
    """A place where two threads wait for each other, once; who comes alone or later goes on."""
    barrier = Barrier(2, timeout=seconds)

    def come() -> None:
        with suppress(BrokenBarrierError):
            barrier.wait()
        barrier.abort()

    return come


@pytest.mark.parametrize("locks_off", [False, True])
def test_two_senders_send_each_message_once(
    monkeypatch: Any, settings: Any, branch: Any, planned: Any, sms: Any, locks_off: bool
) -> None:
    rows = [planned("transactional") for _number in range(4)]
    settings.LOCKS_OFF = locks_off
    judge = judging.judge
    read, claimed = meeting(), meeting()

    def slowly(message: Message, rules: Any, at: Any) -> Any:
        """Without locks both have read the same message before either claims it."""
        verdict = judge(message, rules, at)
        if locks_off:
            read()
        return verdict

    monkeypatch.setattr("customers.services.sending.judge", slowly)
    sms.before = claimed if locks_off else lambda: None  # and both have claimed it before either has an answer
    threads = [elsewhere(lambda: send_due(branch=branch)) for _sender in range(2)]
    for thread in threads:
        thread.join(LONG)
    times = [sum(one.key == row.key for one in sms.took) for row in rows]
    # The negative control: a claim without its lock and its condition goes out twice.
    assert (max(times) > 1) is locks_off
    assert locks_off or times == [1, 1, 1, 1]


@pytest.mark.parametrize("locks_off", [False, True])
def test_two_senders_keep_to_one_message_a_person_and_day(
    monkeypatch: Any, settings: Any, branch: Any, planned: Any, someone: Any, sms: Any, locks_off: bool
) -> None:
    who = someone(*SMS)
    waiting = [planned(message_class, who) for message_class in ("care", "reminder")]
    settings.LOCKS_OFF = locks_off
    rationed, looked = judging._rationed, meeting()  # the moment between the check and the claim

    def slowly(message: Message, rules: Any, at: Any) -> Any:
        verdict = rationed(message, rules, at)
        if locks_off:
            looked()
        return verdict

    def one_each(_branch: Any, _at: Any) -> Message | None:
        rows = Message.objects.select_related("branch", "customer")
        return rows.get(pk=waiting.pop().pk) if waiting else None

    monkeypatch.setattr("customers.services.judging._rationed", slowly)
    if locks_off:
        monkeypatch.setattr("customers.services.sending._next", one_each)
    threads = [elsewhere(lambda: send_due(branch=branch)) for _sender in range(2)]
    for thread in threads:
        thread.join(LONG)
    assert Message.objects.filter(state="sent").count() == (2 if locks_off else 1)


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
