"""Texts: what providers refuse, how they count, and the page that writes the next version."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.roles import Role
from customers.message_kinds import kind_of
from customers.models import Message, MessageText
from customers.services.texts import write_text
from customers.wording import Parts, check_text, filled, parts_of, refused_value
from dms.errors import Forbidden, Invalid

LIST = reverse("customers:texts")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", Parts(1, 0, seven_bit=True)),
        ("a" * 160, Parts(1, 160, seven_bit=True)),
        ("a" * 161, Parts(2, 161, seven_bit=True)),
        ("a" * 306, Parts(2, 306, seven_bit=True)),
        ("a" * 307, Parts(3, 307, seven_bit=True)),
        ("€" * 80, Parts(1, 160, seven_bit=True)),  # the extension takes two places
        ("€" * 80 + "a", Parts(2, 161, seven_bit=True)),
        ("车" * 70, Parts(1, 70, seven_bit=False)),
        ("车" * 71, Parts(2, 71, seven_bit=False)),
        ("车" * 134, Parts(2, 134, seven_bit=False)),
        ("车" * 135, Parts(3, 135, seven_bit=False)),
        ("😀" * 35, Parts(1, 70, seven_bit=False)),  # two UTF-16 units each
        ("a" * 69 + "ñ", Parts(1, 70, seven_bit=True)),
        ("a" * 70 + "ç", Parts(2, 71, seven_bit=False)),  # only the capital is in the alphabet
    ],
)
def test_parts_of_a_text_message(text: str, parts: Parts) -> None:
    assert parts_of(text) == parts


def test_a_value_is_not_looked_at_again() -> None:
    assert filled("{a}{b}{c}", {"a": "{b}", "b": "2"}) == "{b}2"


@pytest.mark.parametrize("value", ["粤B12345", "03-02 17:30", "小保养、大保养", "5.0 L", "7KQ4MWPX", "Mr. Li"])
def test_ordinary_values_pass(value: str) -> None:
    assert not refused_value(value)


@pytest.mark.parametrize("value", ["¥99", "￥99", "【店】", "http://a.b", "www.a", "a.cn", "见dealer.com"])
def test_values_that_providers_refuse(value: str) -> None:
    assert refused_value(value)


@pytest.mark.parametrize(
    ("channel", "subject", "body", "field"),
    [
        ("sms", "", "{plate} {prize}", "body"),
        ("sms", "", "{plate", "body"),
        ("sms", "", "{Plate}", "body"),
        ("sms", "", "  ", "body"),
        ("sms", "", "x" * 2001, "body"),
        ("sms", "", "【深圳一店】{plate}", "body"),
        ("sms", "", "{plate} https://dealer.example", "body"),
        ("email", "", "{plate}", "subject"),
        ("email", "{prize}", "{plate}", "subject"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(channel: str, subject: str, body: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_text(kind_of("order_ready"), channel, subject=subject, body=body)
    assert refused.value.code == field


@pytest.fixture
def address() -> str:
    return reverse("customers:text", args=["order_ready", "sms", "zh-hans"])


@pytest.mark.django_db
def test_a_preview_shows_samples_and_parts_and_writes_nothing(english: Any, address: str) -> None:
    client = english(Role.ADMIN)
    assert "您的爱车粤B12345已完工" in client.get(address).text
    posted = {"body": "{plate}可以提车了，{status_address}查{code}。", "signature": "深圳一店", "preview": "1"}
    shown = client.post(address, posted)
    assert "【深圳一店】粤B12345可以提车了，http://localhost:8000/s/查7KQ4MWPX。" in shown.text
    assert "1 part · 53 characters · Unicode" in shown.text
    assert not MessageText.objects.exists()


@pytest.mark.django_db
def test_a_saved_text_is_the_next_version_and_what_is_sent(
    english: Any, address: str, actor: Any, planned: Any, kind: Any, sms: Any, send: Any, ten: Any
) -> None:
    client = english(Role.ADMIN)
    for shown, words in enumerate(["甲{plate}", "乙{plate}"]):
        posted = {"body": words, "template_code": "SMS_1", "signature": "", "version": shown}
        answer = client.post(address, posted, follow=True)
        assert "Saved. What is sent from now on has these words." in answer.text
    rows = MessageText.objects.order_by("version").values_list("version", "body", "template_code")
    assert list(rows) == [(1, "甲{plate}", "SMS_1"), (2, "乙{plate}", "SMS_1")]
    assert "version 2" in client.get(LIST).text
    made = kind("care")
    write_text(
        actor=actor("admin"), kind=made, channel="sms", language="zh-hans", subject="", body="{plate}您好",
        template_code="SMS_7", signature="店",
    )  # fmt: skip
    planned("care")
    send()
    assert Message.objects.get().body == "粤B12345您好"
    assert (sms.took[0].template_code, sms.took[0].signature) == ("SMS_7", "店")


@pytest.mark.django_db
def test_nobodys_text_is_overwritten_unseen(english: Any, address: str) -> None:
    assert english(Role.ADMIN).post(address, {"body": "甲{plate}", "version": 0}).status_code == 302
    answer = english(Role.ADMIN).post(address, {"body": "乙{plate}", "version": 0})
    assert (answer.status_code, MessageText.objects.get().body) == (409, "甲{plate}")


@pytest.mark.django_db
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(english: Any, address: str) -> None:
    answer = english(Role.ADMIN).post(address, {"body": "{prize}"})
    assert (answer.status_code, MessageText.objects.count()) == (422, 0)
    assert "There is no variable {prize}." in answer.text


@pytest.mark.django_db
def test_only_who_may_edit_rules_writes_texts(english: Any, actor: Any, address: str) -> None:
    assert english(Role.CRM).get(LIST).status_code == 200
    assert english(Role.CRM).get(address).status_code == 403
    with pytest.raises(Forbidden):
        write_text(
            actor=actor("crm"), kind=kind_of("order_ready"), channel="sms", language="en", subject="", body="{plate}"
        )
    assert english(Role.ADMIN).get(address.replace("sms", "phone")).status_code == 404


@pytest.mark.django_db
def test_the_list_asks_the_same_queries_whatever_was_written(asks: Any, english: Any, actor: Any) -> None:
    client, counts = english(Role.ADMIN), []
    for channels in (["sms"], ["wechat", "email"]):
        for channel in channels:
            write_text(
                actor=actor("admin"), kind=kind_of("order_ready"), channel=channel, language="en", subject="x",
                body="{plate}",
            )  # fmt: skip
        counts.append(asks(client, LIST))
    assert counts[0] == counts[1]
