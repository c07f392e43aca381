"""Receipts, bounces and STOP: from whoever proves to be the provider, and once."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.channels.twilio import signature
from customers.models import Consent, Message, ReceiptSeen
from customers.receipts import is_stop
from customers.services.consent import grant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten")]
SECRET = "a-secret-of-the-house"  # of this test


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.MESSAGE_RECEIPT_SECRET = SECRET
    settings.MESSAGE_GATEWAYS = ["aliyun://a:b@/", "tencent://a:b@/", "twilio://a:token@/", "mail:"]


@pytest.fixture
def sent(planned: Any, monkeypatch: Any) -> Any:
    """`sent(provider, channel="sms", state="sent", customer=None)`: a message that this provider took."""

    def make(provider: str, channel: str = "sms", state: str = "sent", customer: Any = None) -> Message:
        row = planned("transactional", customer)
        rows = Message.objects.filter(pk=row.pk)
        rows.update(
            state="claimed", claimed_at=row.not_before_at, channel=channel, language="en", address="x", body="x",
            provider=provider,
        )  # fmt: skip
        if state != "claimed":
            rows.update(state=state, provider_ref=f"ref-{row.pk}")
        row.refresh_from_db()
        return row

    return make


def post(gateway: str, items: Any, secret: str = SECRET) -> int:
    url = reverse("customers:receipts", args=[gateway]) + f"?secret={secret}"
    body = items if isinstance(items, (bytes, str)) else json.dumps(items)
    return Client(enforce_csrf_checks=True).post(url, body, content_type="application/json").status_code


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.detail


def test_alibaba_cloud_reports_by_our_own_id_or_by_theirs(sent: Any) -> None:
    by_key, by_ref, failed = (sent("aliyun") for _message in range(3))
    items = [
        {"phone_number": "13800000001", "success": True, "err_code": "DELIVERED", "out_id": by_key.key.hex},
        {"phone_number": "13800000001", "success": True, "err_code": "DELIVERED", "biz_id": by_ref.provider_ref},
        {"phone_number": "13800000001", "success": False, "err_code": "MK:0001", "biz_id": failed.provider_ref},
    ]  # fmt: skip
    assert post("aliyun", items) == 200
    assert [state_of(row) for row in (by_key, by_ref, failed)] == [
        ("delivered", ""), ("delivered", ""), ("undelivered", "MK:0001"),
    ]  # fmt: skip


def test_tencent_cloud_reports_by_its_serial_number(sent: Any) -> None:
    good, bad = sent("tencent"), sent("tencent")
    items = [
        {"mobile": "13800000001", "report_status": "SUCCESS", "errmsg": "DELIVRD", "sid": good.provider_ref},
        {"mobile": "13800000001", "report_status": "FAIL", "errmsg": "MBBLACK", "sid": bad.provider_ref},
    ]
    assert post("tencent", items) == 200
    assert (state_of(good), state_of(bad)) == (("delivered", ""), ("undelivered", "MBBLACK"))


def twilio(values: dict[str, str], key: str = "", token: str = "token") -> int:  # noqa: S107  # of this test
    query = f"?key={key}" if key else ""
    path = reverse("customers:receipts", args=["twilio"]) + query
    signed = signature(f"http://localhost:8000{path}", values, token)
    return Client(enforce_csrf_checks=True).post(path, values, headers={"X-Twilio-Signature": signed}).status_code


def test_twilio_reports_signed(sent: Any) -> None:
    message, unknown = sent("twilio"), sent("twilio", state="unknown")
    assert twilio({"MessageSid": message.provider_ref, "MessageStatus": "sent"}) == 200
    assert state_of(message)[0] == "sent"  # on its way: no news
    assert twilio({"MessageSid": message.provider_ref, "MessageStatus": "delivered"}, token="forged") == 404
    assert twilio({"MessageSid": message.provider_ref, "MessageStatus": "delivered"}) == 200
    # We never got the answer to the call; the key in the address tells which message it is.
    assert twilio({"MessageSid": "SM-new", "MessageStatus": "delivered"}, key=unknown.key.hex) == 200
    assert (state_of(message)[0], state_of(unknown)[0]) == ("delivered", "delivered")


def test_a_receipt_that_overtakes_the_answer_holds(sent: Any) -> None:
    message = sent("aliyun", state="claimed")
    post("aliyun", [{"success": True, "out_id": message.key.hex, "biz_id": "b"}])
    assert state_of(message)[0] == "delivered"


def test_a_receipt_of_another_provider_or_for_nothing_changes_nothing(sent: Any) -> None:
    message = sent("aliyun")
    post("tencent", [{"report_status": "SUCCESS", "sid": message.provider_ref}])
    post("aliyun", [{"success": True, "biz_id": "", "out_id": ""}, {"success": True}])
    assert state_of(message)[0] == "sent"


def test_what_was_delivered_stays_delivered(sent: Any) -> None:
    message = sent("aliyun")
    for success in (True, False):
        post("aliyun", [{"success": success, "biz_id": message.provider_ref}])
    assert state_of(message)[0] == "delivered"


@pytest.mark.parametrize("gateway", ["aliyun", "tencent", "mail"])
def test_without_the_secret_there_is_nothing_here(settings: Any, gateway: str) -> None:
    assert post(gateway, [], secret="wrong") == 404
    settings.MESSAGE_RECEIPT_SECRET = ""
    assert post(gateway, [], secret="") == 404
    assert post("nobody", []) == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    assert post("aliyun", body) == 400
    assert not ReceiptSeen.objects.exists()


@pytest.mark.parametrize("word", ["TD", "td", "ＴＤ", " 退订 ", "退订。", "T", "STOP", "Stop!", "unsubscribe"])
def test_words_that_end_messages(word: str) -> None:
    assert is_stop(word)


@pytest.mark.parametrize("word", ["", "好的", "不要停", "please stop calling at night", "TDI 发动机", "1"])
def test_words_that_do_not(word: str) -> None:
    assert not is_stop(word)


@pytest.mark.parametrize("gateway", ["aliyun", "tencent", "twilio"])
def test_stop_ends_what_is_planned_and_a_replay_does_not_end_a_later_consent(
    planned: Any, someone: Any, gateway: str
) -> None:
    who = someone("service:sms", "marketing:sms")
    waiting, digits = planned("reminder", who), who.phone.removeprefix("+86")

    def answers(word: str) -> int:
        if gateway == "aliyun":
            return post("aliyun", [{"phone_number": digits, "content": word, "sequence_id": 7}])
        if gateway == "tencent":
            return post("tencent", {"mobile": digits, "nationcode": "86", "text": word, "time": 1457336869})
        return twilio({"From": who.phone, "Body": word, "MessageSid": "SM1"})

    assert answers("好的") == 200
    assert not Consent.objects.filter(granted=False).exists()
    assert answers("TD") == 200
    waiting.refresh_from_db()
    assert (waiting.state, waiting.not_sent) == ("cancelled", "withdrawn")
    assert set(Consent.objects.filter(granted=False).values_list("channel", "source")) == {("sms", "STOP")}
    grant(customer=who, purpose="service", channel="sms", wording="还是发吧", source="desk")
    assert answers("TD") == 200  # the provider sends it again
    assert Consent.objects.filter(customer=who).latest("pk").granted


BOUNCE = """\
From: MAILER-DAEMON@mx.example.test
To: shop@example.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="B"

--B
Content-Type: text/plain

It could not be delivered.
--B
Content-Type: message/{kind}

{fields}
--B
Content-Type: message/rfc822

Message-ID: <{key}@example.test>
To: customer@example.test
Subject: x

x
--B--
"""
FAILED = (
    "Reporting-MTA: dns; mx.example.test\n\nFinal-Recipient: rfc822; customer@example.test\nAction: {}\nStatus: {}\n"
)


def test_a_bounce_for_good_is_undelivered(sent: Any) -> None:
    message, delayed = sent("mail", "email"), sent("mail", "email")
    for row, action, status in ((message, "failed", "5.1.1"), (delayed, "delayed", "4.4.1")):
        fields = FAILED.format(action, status)
        assert post("mail", BOUNCE.format(kind="delivery-status", fields=fields, key=row.key.hex)) == 200
    assert (state_of(message), state_of(delayed)) == (("undelivered", "bounce 5.1.1"), ("sent", ""))


def test_a_complaint_ends_everything_by_e_mail(sent: Any, someone: Any) -> None:
    who = someone("marketing:email", email="customer@example.test")
    message = sent("mail", "email", customer=who)
    fields = "Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n"
    assert post("mail", BOUNCE.format(kind="feedback-report", fields=fields, key=message.key.hex)) == 200
    lines = Consent.objects.filter(granted=False)
    assert set(lines.values_list("channel", "source")) == {("email", "complaint")}
    assert lines.count() == 3


def test_a_letter_that_is_no_report_is_nothing() -> None:
    assert post("mail", b"From: a@example.test\n\nHello") == 200
    assert not ReceiptSeen.objects.exists()
