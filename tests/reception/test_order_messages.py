"""The customer is told: received, extra work, ready, settled; each in the step that it is about."""

from typing import Any

import pytest
from django.db import transaction

from customers.message_kinds import kind_of
from customers.models import Message
from customers.wording import check_text, refused_value
from reception import order_messages
from reception.services import contract, lines
from reception.services.flow import move

pytestmark = pytest.mark.django_db
KINDS = [kind.key for kind in order_messages.KINDS]


def test_a_signature_plans_the_first_message_for_the_contact(signed: Any) -> None:
    order = signed()
    message = Message.objects.get()
    assert (message.kind, message.customer, message.vehicle) == ("order_received", order.contact, order.vehicle)
    assert (message.subject_key, message.about) == (f"order:{order.pk}:received", f"order:{order.pk}")
    assert message.context["code"] == order.status_code


def test_extra_work_is_told_once_it_is_shown_and_no_more_when_it_was_answered(
    actor: Any, signed: Any, found: Any
) -> None:
    order, advisor = signed(), actor("service_advisor")
    line = found(order)
    lines.offer(actor=advisor, order_id=order.pk)
    lines.offer(actor=advisor, order_id=order.pk)  # nothing new: nothing is told
    message = Message.objects.get(kind="order_extra")
    relevant = kind_of("order_extra").relevant
    assert (message.context["items"], relevant([message])) == ("1", {})
    contract.answer_extra(
        actor=advisor,
        order_id=order.pk,
        approved=[(line.pk, line.price_version)],
        declined=[],
        signer="王",
        how="phone",
    )
    assert relevant([message]) == {message.pk: "answered"}


def test_a_cancelled_order_is_not_told_of(actor: Any, signed: Any) -> None:
    order = signed()
    message = Message.objects.get()
    relevant = kind_of("order_received").relevant
    assert relevant([message]) == {}
    move(order_id=order.pk, action="cancel", actor=actor("manager"), note="doubled")
    assert relevant([message]) == {message.pk: "moot"}


def test_what_is_undone_with_its_move_is_not_told(actor: Any, signed: Any, found: Any) -> None:
    order = signed()
    found(order)
    with transaction.atomic():
        lines.offer(actor=actor("service_advisor"), order_id=order.pk)
        transaction.set_rollback(True)
    assert not Message.objects.filter(kind="order_extra").exists()


@pytest.mark.parametrize("key", KINDS)
def test_every_text_keeps_the_rules_of_its_channel(key: str) -> None:
    kind = kind_of(key)
    for (channel, _language), text in kind.texts.items():
        check_text(kind, channel, subject=text.subject, body=text.body)
    assert not any(refused_value(sample) for sample in kind.variables.values())
