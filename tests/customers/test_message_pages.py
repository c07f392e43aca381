"""Pages of messages: decisions, the local inbox, the customer's one click."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.policies import system
from accounts.roles import Role
from customers.channels.base import Unsure
from customers.models import Consent, Message
from customers.public_links import unsubscribe_url
from customers.services import register_vehicle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten")]
LIST = reverse("customers:messages")


@pytest.fixture
def unknown(planned: Any, sms: Any, send: Any) -> Message:
    message = planned("transactional")
    sms.script = [Unsure("timeout")]
    send()
    message.refresh_from_db()
    return message


def test_unknown_messages_come_first_and_are_sent_again_by_a_person(english: Any, unknown: Message, send: Any) -> None:
    client = english(Role.CRM)
    assert f"{unknown.customer.name} · transactional" in client.get(LIST).text
    answer = client.post(reverse("customers:message_resend", args=[unknown.pk]), follow=True)
    assert "It is sent again within a minute, in its window." in answer.text
    send()
    assert "sent again by" in client.get(LIST, {"state": "sent"}).text


def test_a_message_is_closed_and_a_planned_one_taken_back(english: Any, unknown: Message, planned: Any) -> None:
    client, later = english(Role.MANAGER), planned("reminder", send_on=timezone.now().date() + timedelta(days=9))
    assert "Closed." in client.post(reverse("customers:message_close", args=[unknown.pk]), follow=True).text
    assert "Taken back" in client.post(reverse("customers:message_close", args=[later.pk]), follow=True).text
    assert "a colleague took it back" in client.get(LIST, {"state": "cancelled"}).text
    assert client.post(reverse("customers:message_close", args=[later.pk])).status_code == 409


def test_lists_are_pages_by_keyset_and_ask_the_same_queries(asks: Any, english: Any, planned: Any) -> None:
    client, counts = english(Role.CRM), []
    for number in (1, 3, 31):
        for _message in range(number):
            planned("transactional")
        counts.append((asks(client, f"{LIST}?state=planned"), client.text.count("<li>")))
    assert [rows for _queries, rows in counts] == [1, 4, 30]
    assert len({queries for queries, _rows in counts}) == 1
    assert f"state=planned&amp;before={Message.objects.order_by('pk')[5].pk}" in client.text


def test_the_local_inbox_shows_what_customers_would_have_got(
    settings: Any, english: Any, planned: Any, send: Any
) -> None:
    settings.MESSAGE_INBOX, settings.MESSAGE_GATEWAYS = True, []
    message = planned("transactional", words="<b>完工</b>")
    send()
    shown = english(Role.ADMIN).get(reverse("customers:inbox")).text
    message.refresh_from_db()
    assert (message.state, message.provider) == ("sent", "inbox-sms")
    assert "&lt;b&gt;完工&lt;/b&gt;" in shown
    assert "<b>完工" not in shown


def test_the_vehicles_page_shows_the_messages_about_it(branch: Any, english: Any, planned: Any, sms: Any) -> None:
    car = register_vehicle(actor=system(branch), plate="粤B00001")
    planned("transactional", vehicle=car)
    assert "Planned" in english(Role.CRM).get(reverse("customers:vehicle", args=[car.pk])).text
    assert (
        "No message about this car yet." not in english(Role.CRM).get(reverse("customers:vehicle", args=[car.pk])).text
    )


def test_one_click_ends_messages_of_the_class_on_the_channel_and_get_changes_nothing(
    planned: Any, someone: Any, sms: Any, send: Any
) -> None:
    who = someone("service:sms", "marketing:sms", language="en")
    message, offer = planned("reminder", who), planned("marketing", who)
    send()
    url = unsubscribe_url(message.key).removeprefix("http://localhost:8000")
    stranger, before = Client(enforce_csrf_checks=True), Consent.objects.count()
    assert "End them" in stranger.get(url).text
    assert Consent.objects.count() == before
    for _twice in range(2):  # as a mail program does: without a cookie
        assert "You get no more of these messages" in stranger.post(url, {"List-Unsubscribe": "One-Click"}).text
    lines = Consent.objects.filter(granted=False).values_list("customer", "channel", "purpose", "source")
    assert list(lines) == [(who.pk, "sms", "service", "link")]
    offer.refresh_from_db()
    assert offer.state == "planned"  # another purpose
    assert stranger.get("/customers/unsubscribe/abc/").status_code == 404


def test_messages_about_an_order_have_nothing_to_end_and_speak_the_customers_language(
    planned: Any, someone: Any, sms: Any, send: Any
) -> None:
    message, chinese = planned("transactional", someone(language="en")), planned("transactional")
    send()
    url = unsubscribe_url(message.key).removeprefix("http://localhost:8000")
    assert "nothing to end" in Client().get(url).text
    url = unsubscribe_url(chinese.key).removeprefix("http://localhost:8000")
    assert "无需退订" in Client().get(url).text
    assert sms.took[0].unsubscribe == ""
