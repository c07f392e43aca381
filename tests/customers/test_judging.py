"""Whether, when and how a message is sent, as judged in the claim (DOMAIN.md, Messages)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.policies import system
from customers.message_kinds import Text
from customers.models import Consent, Message
from customers.services import register_vehicle
from customers.services.consent import withdraw
from customers.services.outbox import plan
from records.models import DatedRule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten")]
SMS = ("service:sms", "marketing:sms", "care:sms")


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """An hour of Shenzhen's clock on a day of March 2026."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def setting(branch: Any, key: str, value: Any) -> None:
    DatedRule.objects.create(branch=branch, key=key, value=value, valid_from=date(2026, 1, 1), note="test")


def seen(message: Message) -> tuple[str, str | None]:
    message.refresh_from_db()
    return message.state, message.not_sent


# --- Consent ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message_class", "consents", "end"),
    [
        ("security", (), ("sent", None)),
        ("transactional", (), ("sent", None)),
        ("reminder", (), ("cancelled", "no_consent")),
        ("reminder", ("marketing:sms", "care:sms", "service:email"), ("cancelled", "no_consent")),
        ("reminder", ("service:sms",), ("sent", None)),
        ("marketing", ("service:sms",), ("cancelled", "no_consent")),
        ("marketing", ("marketing:sms",), ("sent", None)),
        ("care", ("service:sms",), ("cancelled", "no_consent")),
        ("care", ("care:sms",), ("sent", None)),
    ],
)
def test_each_class_needs_its_own_consent(
    planned: Any, someone: Any, sms: Any, send: Any, message_class: str, consents: tuple[str, ...], end: Any
) -> None:
    message = planned(message_class, someone(*consents))
    send()
    assert seen(message) == end
    assert len(sms.took) == (end[0] == "sent")


def test_an_offer_needs_the_words_that_were_agreed_to(planned: Any, someone: Any, sms: Any, send: Any) -> None:
    who = someone()
    Consent.objects.create(
        customer=who, channel="sms", purpose="marketing", granted=True, wording="", source="import", at=at(9)
    )
    message = planned("marketing", who)
    send()
    assert seen(message) == ("cancelled", "no_consent")


def test_an_opt_out_after_planning_holds(planned: Any, someone: Any, sms: Any, send: Any) -> None:
    who = someone(*SMS)
    message = planned("care", who)
    withdraw(customer=who, purpose=None, source="phone")
    send()
    assert (seen(message), sms.took) == (("cancelled", "withdrawn"), [])


# --- Windows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message_class", "first", "last"),
    [
        ("transactional", (8, 0), (20, 30)),
        ("reminder", (9, 0), (19, 30)),
        ("marketing", (10, 0), (19, 0)),
        ("care", (10, 0), (19, 0)),
    ],
)
def test_each_class_has_its_window_on_the_branchs_clock(
    planned: Any, sms: Any, send: Any, ten: Any, message_class: str, first: Any, last: Any
) -> None:
    opens, closes = at(*first), at(*last)
    ten.move_to(opens - timedelta(minutes=2))
    message = planned(message_class)
    for now, state in [(opens - timedelta(seconds=1), "planned"), (opens, "sent")]:
        ten.move_to(now)
        send()
        assert seen(message) == (state, None)
    ten.move_to(closes - timedelta(seconds=1))
    late = planned(message_class)
    ten.move_to(closes)
    send()
    late.refresh_from_db()
    # Never dropped: it waits for the next window.
    assert (late.state, late.not_before_at) == ("planned", opens + timedelta(days=1))


def test_a_security_code_waits_for_no_window(planned: Any, sms: Any, send: Any, ten: Any) -> None:
    ten.move_to(at(3))
    message = planned("security")
    send()
    assert seen(message) == ("sent", None)


def test_a_manager_may_narrow_a_window(branch: Any, planned: Any, sms: Any, send: Any) -> None:
    setting(branch, "messages.window.reminder", "11:00-12:00")
    message = planned("reminder")
    assert message.not_before_at == at(11)


def test_the_window_is_the_branchs(
    other_branch: Any, planned: Any, someone: Any, sms: Any, send: Any, ten: Any
) -> None:
    # 02:00 UTC is ten in Shenzhen and three at night in Berlin.
    message = planned("reminder", someone(*SMS, at=other_branch))
    assert message.not_before_at == datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine in winter
    # The night of 28 to 29 March the clocks go forward: nine is an hour earlier in UTC.
    ten.move_to(datetime(2026, 3, 28, 20, tzinfo=UTC))
    later = planned("reminder", someone(*SMS, at=other_branch))
    assert later.not_before_at == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_three_days_of_backlog_are_sent_inside_the_windows(
    planned: Any, someone: Any, sms: Any, send: Any, ten: Any
) -> None:
    waiting = [planned("reminder", someone(*SMS)) for _day in range(3)]
    ten.move_to(at(23, day=5))
    send()
    assert {seen(message) for message in waiting} == {("planned", None)}
    ten.move_to(at(9, day=6))
    send()
    assert {seen(message) for message in waiting} == {("sent", None)}


def test_what_is_too_old_is_not_sent(planned: Any, sms: Any, send: Any, ten: Any) -> None:
    message = planned("transactional")
    ten.move_to(at(11, day=6))
    send()
    assert seen(message) == ("cancelled", "too_late")


# --- Caps ------------------------------------------------------------------------------------------------------------


def test_six_messages_an_order(planned: Any, someone: Any, sms: Any, send: Any) -> None:
    who = someone()
    rows = [planned("transactional", who, f"order:4:{number}") for number in range(7)]
    other = planned("transactional", who, "order:5:0")
    send()
    assert [seen(row)[1] for row in rows] == [None] * 6 + ["cap"]
    assert seen(other) == ("sent", None)


def test_two_reminders_a_due_service(planned: Any, someone: Any, sms: Any, send: Any, ten: Any) -> None:
    who, ends = someone(*SMS), []
    for number in range(3):
        row = planned("reminder", who, f"reminder:7:{number}")
        send()
        ends.append(seen(row)[1])
        ten.shift(timedelta(days=1))
    assert ends == [None, None, "cap"]


def test_one_offer_in_thirty_days(planned: Any, someone: Any, sms: Any, send: Any, ten: Any) -> None:
    who, ends = someone(*SMS), []
    for days in (0, 29, 1):
        ten.shift(timedelta(days=days, minutes=1))
        row = planned("marketing", who)
        send()
        ends.append(seen(row))
    assert ends == [("sent", None), ("cancelled", "cap"), ("sent", None)]


def test_one_follow_up_an_order(planned: Any, someone: Any, sms: Any, send: Any, ten: Any) -> None:
    who = someone(*SMS)
    first = planned("care", who, "order:4:call")
    send()
    ten.shift(timedelta(days=1))
    second = planned("care", who, "order:4:survey")
    send()
    assert (seen(first), seen(second)) == (("sent", None), ("cancelled", "cap"))


def test_security_codes_one_a_minute_and_five_an_hour(
    planned: Any, someone: Any, sms: Any, send: Any, ten: Any
) -> None:
    who = someone()
    rows = [planned("security", who) for _number in range(2)]
    send()
    assert [seen(row)[0] for row in rows] == ["sent", "planned"]
    rows[1].refresh_from_db()
    assert rows[1].not_before_at == at(10, 1)
    for minute in range(1, 6):
        ten.move_to(at(10, minute))
        planned("security", who)
        send()
    assert Message.objects.filter(state="sent").count() == 5
    assert set(Message.objects.filter(state="planned").values_list("not_before_at", flat=True)) <= {at(11), at(10, 6)}


def test_one_message_a_person_and_day_over_all_classes(
    planned: Any, someone: Any, sms: Any, send: Any, ten: Any
) -> None:
    who = someone(*SMS)
    rows = [planned(one, who) for one in ("care", "reminder", "marketing", "transactional")]
    send()
    assert [seen(row)[0] for row in rows] == ["sent", "planned", "planned", "sent"]
    ten.shift(timedelta(days=1))
    send()
    assert [seen(row)[0] for row in rows] == ["sent", "sent", "planned", "sent"]
    ten.shift(timedelta(days=1))
    send()
    assert {seen(row)[0] for row in rows} == {"sent"}


def test_the_ceiling_of_a_branch_moves_the_rest_to_the_next_day(
    branch: Any, planned: Any, someone: Any, sms: Any, send: Any, ten: Any
) -> None:
    setting(branch, "messages.daily_most", 3)
    rows = [planned("reminder", someone(*SMS)) for _number in range(5)]
    code = planned("security")
    send()
    assert ([seen(row)[0] for row in rows], seen(code)[0]) == (["sent"] * 2 + ["planned"] * 3, "sent")
    ten.move_to(at(9, day=3))
    send()
    assert {seen(row)[0] for row in rows} == {"sent"}


# --- Two cars of one owner, relevance, addresses ---------------------------------------------------------------------


def test_two_cars_of_one_owner_are_one_message(branch: Any, kind: Any, someone: Any, sms: Any, send: Any) -> None:
    kind("reminder")
    who = someone(*SMS)
    for number in (1, 2):
        car = register_vehicle(actor=system(branch), plate=f"粤B0000{number}")
        context = {"plate": car.plate, "words": "小保养"}
        plan(
            branch=branch, kind="test_reminder", customer=who, vehicle=car, subject_key=f"reminder:{number}",
            context=context,
        )  # fmt: skip
    send()
    first, second = Message.objects.order_by("pk")
    assert (first.state, second.state, second.not_sent, second.merged_into) == ("sent", "cancelled", "merged", first)
    assert [outgoing.variables for outgoing in sms.took] == [{"plate": "粤B00001、粤B00002", "words": "小保养"}]


def test_what_is_no_longer_relevant_is_not_sent_and_not_merged(
    kind: Any, planned: Any, someone: Any, sms: Any, send: Any
) -> None:
    gone: list[int] = []
    kind("reminder", relevant=lambda rows: {row.pk: "came_in" for row in rows if row.pk in gone})
    who = someone(*SMS)
    first, second, other = planned("reminder", who), planned("reminder", who), planned("reminder")
    gone += [second.pk, other.pk]
    send()
    assert [seen(row) for row in (first, second, other)] == [
        ("sent", None), ("cancelled", "came_in"), ("cancelled", "came_in"),
    ]  # fmt: skip
    assert len(sms.took) == 1


def test_a_landline_and_no_e_mail_are_no_address(branch: Any, planned: Any, someone: Any, sms: Any, send: Any) -> None:
    who = someone()
    type(who).objects.update(phone="+867558888888")
    message = planned("transactional", who)
    send()
    assert seen(message) == ("cancelled", "no_address")


def test_without_a_provider_nothing_is_sent(planned: Any, providers: Any, send: Any) -> None:
    providers()
    message = planned("transactional")
    send()
    assert seen(message) == ("cancelled", "no_channel")


@pytest.mark.parametrize("words", ["见 https://x.cn", "仅¥99", "【店】"])
def test_a_value_that_providers_refuse_goes_by_another_channel(
    planned: Any, someone: Any, providers: Any, send: Any, words: str
) -> None:
    _sms, mail = providers("sms", "email")
    alone, with_mail = planned("transactional", words=words), None
    with_mail = planned("transactional", someone(email="a@example.test"), words=words)
    send()
    assert (seen(alone), seen(with_mail)) == (("cancelled", "bad_value"), ("sent", None))
    assert [outgoing.address for outgoing in mail.took] == ["a@example.test"]


def test_in_test_mode_only_the_list_gets_messages(branch: Any, planned: Any, someone: Any, sms: Any, send: Any) -> None:
    mine, others = someone(), someone()
    setting(branch, "messages.test_mode", value=True)
    setting(branch, "messages.test_allowed", f"a@example.test, {mine.phone}")
    rows = [planned("transactional", mine), planned("transactional", others)]
    send()
    assert [seen(row) for row in rows] == [("sent", None), ("cancelled", "test_mode")]


def test_the_words_are_frozen_in_the_customers_language(
    branch: Any, planned: Any, someone: Any, sms: Any, send: Any
) -> None:
    rows = [planned("transactional", someone(language=language), words="完工") for language in ("zh-hans", "en")]
    send()
    for row in rows:
        row.refresh_from_db()
    assert [row.body for row in rows] == [
        "粤B12345：完工。http://localhost:8000/s/", "粤B12345: 完工. http://localhost:8000/s/",
    ]  # fmt: skip
    assert {(row.channel, row.provider, row.segments) for row in rows} == {("sms", "sms-0", 1)}
    # A provider of approved templates gets the variables, and the fixed address is none of them.
    assert [list(outgoing.variables) for outgoing in sms.took] == [["plate", "words"]] * 2


def test_a_kind_without_the_language_speaks_the_other(
    kind: Any, planned: Any, someone: Any, sms: Any, send: Any
) -> None:
    kind("care", texts={("sms", "zh-hans"): Text("", "{plate}")})
    row = planned("care", someone("care:sms", language="en"))
    send()
    row.refresh_from_db()
    assert (row.language, row.body) == ("zh-hans", "粤B12345")
