"""Claim, call, write down: whatever breaks, no message goes out twice by itself and none is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.channels.base import Refusal, Unsure
from customers.models import Gateway, Message
from customers.services import handling
from customers.services.outbox import plan_to
from customers.services.sending import claim_next, deliver, expire, give_up_claims
from customers.tasks import send_branch, send_waiting
from dms.errors import Forbidden, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten")]
SMS = ("service:sms", "marketing:sms", "care:sms")


def seen(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.detail


def test_the_claim_is_in_the_database_before_the_provider_is_called(planned: Any, sms: Any, send: Any) -> None:
    message, states = planned("transactional"), []
    sms.before = lambda: states.append(seen(message)[0])
    send()
    assert (states, seen(message)) == (["claimed"], ("sent", ""))
    message.refresh_from_db()
    assert message.provider_ref
    assert sms.took[0].key == message.key


def test_a_definite_no_for_now_is_tried_again_after_longer_and_longer_pauses(
    planned: Any, sms: Any, send: Any, ten: Any
) -> None:
    message, pauses = planned("transactional"), []
    sms.script = [Refusal("busy", temporary=True)] * 4
    for _try in range(4):
        send()
        message.refresh_from_db()
        assert message.state == "planned"
        pauses.append((message.not_before_at - timezone.now()) / timedelta(minutes=1))
        ten.move_to(message.not_before_at)
    send()
    assert (pauses, seen(message)) == ([1, 2, 4, 8], ("sent", ""))


def test_a_definite_no_for_good_goes_by_the_next_channel(planned: Any, someone: Any, providers: Any, send: Any) -> None:
    sms, mail = providers("sms", "email")
    sms.script = [Refusal("no such number", temporary=False)] * 2
    with_mail, without = planned("transactional", someone(email="a@example.test")), planned("transactional")
    send()
    assert (seen(with_mail), seen(without)) == (("sent", ""), ("rejected", "no such number"))
    assert ([one.address for one in mail.took], with_mail.tried) == (["a@example.test"], ["sms"])


def test_a_refusal_that_never_ends_ends(planned: Any, sms: Any, send: Any, ten: Any) -> None:
    message = planned("transactional")
    sms.script = [Refusal("busy", temporary=True)] * 9
    for _try in range(9):
        send()
        ten.shift(timedelta(minutes=20))
    assert seen(message) == ("rejected", "busy")


@pytest.mark.parametrize(
    ("error", "detail"), [(Unsure("timeout"), "timeout"), (ZeroDivisionError(), "ZeroDivisionError")]
)
def test_whatever_is_not_certain_is_unknown_and_stays_so(
    planned: Any, sms: Any, send: Any, ten: Any, error: Exception, detail: str
) -> None:
    message = planned("transactional")
    sms.script = [error]
    for _day in range(3):
        send()
        ten.shift(timedelta(hours=12))
    assert (seen(message), sms.took) == (("unknown", detail), [])


def test_a_crash_after_the_claim_becomes_unknown_and_a_late_answer_still_counts(
    branch: Any, planned: Any, sms: Any, ten: Any
) -> None:
    first, second = planned("transactional"), planned("transactional")
    claimed = [claim_next(branch=branch)[1] for _message in range(2)]
    assert give_up_claims() == 0
    ten.shift(timedelta(seconds=301))
    assert give_up_claims() == 2
    assert [seen(row) for row in (first, second)] == [("unknown", "crash")] * 2
    deliver(message=claimed[0])  # it was only slow
    assert [seen(row)[0] for row in (first, second)] == ["sent", "unknown"]


def test_only_a_person_sends_an_unknown_message_again(actor: Any, planned: Any, sms: Any, send: Any, ten: Any) -> None:
    message, crm = planned("transactional"), actor("crm")
    sms.script = [Unsure("timeout")]
    send()
    with pytest.raises(Forbidden):
        handling.resend(actor=actor("technician"), message_id=message.pk)
    handling.resend(actor=crm, message_id=message.pk)
    send()
    assert seen(message) == ("sent", "")
    assert (message.resent_by, [one.key for one in sms.took]) == (crm.user, [message.key])
    with pytest.raises(Refused):
        handling.resend(actor=crm, message_id=message.pk)


def test_a_person_closes_what_nobody_knows_and_takes_back_what_is_planned(
    actor: Any, planned: Any, sms: Any, send: Any
) -> None:
    unknown = planned("transactional")
    sms.script = [Unsure("timeout")]
    send()
    later = planned("reminder", send_on=timezone.now().date() + timedelta(days=3))
    for message in (unknown, later):
        handling.close(actor=actor("manager"), message_id=message.pk)
    assert [seen(row)[0] for row in (unknown, later)] == ["expired", "cancelled"]
    with pytest.raises(Refused):
        handling.close(actor=actor("manager"), message_id=unknown.pk)


def test_a_provider_that_fails_again_and_again_is_left_alone(
    planned: Any, someone: Any, providers: Any, send: Any, ten: Any
) -> None:
    first, second = providers("sms", "sms")
    rows = [planned("transactional") for _number in range(8)]
    first.script = [Refusal("down", temporary=True)] * 5
    send()
    # Five failures cut it off; the others go by the second provider at once, the five after their pause.
    assert (len(first.took), len(second.took)) == (0, 3)
    assert Gateway.objects.get().failures == 5
    ten.shift(timedelta(seconds=61))
    send()
    assert {seen(row)[0] for row in rows} == {"sent"}
    assert (len(first.took), Gateway.objects.get().failures) == (5, 0)


def test_when_all_providers_are_cut_off_the_messages_wait(planned: Any, sms: Any, send: Any, ten: Any) -> None:
    sms.script = [Unsure("timeout")] * 5
    lost = [planned("transactional") for _number in range(5)]
    send()
    waiting = planned("transactional")
    send()
    assert ({seen(row)[0] for row in lost}, seen(waiting)[0]) == ({"unknown"}, "planned")
    ten.shift(timedelta(minutes=2))
    send()
    assert seen(waiting) == ("sent", "")


def test_what_is_urgent_goes_before_reminders(planned: Any, someone: Any, sms: Any, send: Any, ten: Any) -> None:
    for _number in range(3):
        planned("reminder")
    ten.shift(timedelta(minutes=1))
    urgent = planned("security")
    send()
    assert next(one.key for one in sms.took) == urgent.key


def test_no_news_for_a_week_closes_a_message(planned: Any, sms: Any, send: Any, ten: Any) -> None:
    message = planned("transactional")
    send()
    ten.shift(timedelta(days=6))
    assert expire() == 0
    ten.shift(timedelta(days=2))
    assert (expire(), seen(message)[0]) == (1, "expired")


def test_the_tasks_send_what_waits(monkeypatch: Any, branch: Any, other_branch: Any, planned: Any, sms: Any) -> None:
    nudged: list[int] = []
    monkeypatch.setattr("customers.services.outbox.nudge", nudged.append)
    message = planned("transactional")
    send_waiting()
    assert nudged == [branch.pk]
    send_branch(branch.pk)
    assert seen(message) == ("sent", "")


def test_one_message_costs_the_same_queries_among_many(branch: Any, planned: Any, sms: Any) -> None:
    counts = []
    for number in (1, 30):
        for _message in range(number):
            planned("transactional")
        with CaptureQueriesContext(connection) as queries:
            _found, claimed = claim_next(branch=branch)
        counts.append(len(queries))
        assert claimed is not None
    assert counts[0] == counts[1]


def test_a_code_to_an_unproved_address_goes_out_once(branch: Any, ten: Any, kind: Any, sms: Any, send: Any) -> None:
    """Nobody is a customer yet; address and language stand on the message. A second code waits for its minute."""
    known = kind("security")
    for number in (1, 2):
        assert plan_to(
            branch=branch, kind=known.key, address="+8613800006621", language="en", subject_key=f"x:{number}",
            context={"plate": "粤B1", "words": "1"},
        )  # fmt: skip
    assert not plan_to(
        branch=branch, kind=known.key, address="+8613800006621", language="en", subject_key="x:1", context={}
    )
    send()
    send()
    assert [(one.address, one.language) for one in sms.took] == [("+8613800006621", "en")]
    assert sorted(Message.objects.values_list("state", flat=True)) == ["planned", "sent"]
    ten.shift(61)
    send()
    assert len(sms.took) == 2
    with pytest.raises(IntegrityError, match="message_to_somebody"), transaction.atomic():
        Message.objects.filter(subject_key="x:1").update(message_class="marketing")
