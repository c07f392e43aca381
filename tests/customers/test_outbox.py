"""Planning: one row for each kind and subject, in the transaction of what it is about."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.policies import system
from customers import message_kinds
from customers.message_kinds import MessageKind, Text
from customers.models import Consent, Message
from customers.services import register_customer, register_vehicle
from customers.services.consent import grant, withdraw
from customers.services.outbox import plan, plan_many

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 2, tzinfo=UTC)  # ten in Shenzhen


@pytest.fixture(autouse=True)
def kind() -> Iterator[MessageKind]:
    """A reminder by text message and e-mail."""
    made = MessageKind(
        "test_due", "reminder", "Due", {"plate": "粤B12345"},
        {("sms", "zh-hans"): Text("", "{plate}该保养了。"), ("email", "en"): Text("Due", "{plate} is due.")},
    )  # fmt: skip
    message_kinds.register(made)
    yield made
    message_kinds._kinds.pop(made.key)  # no kind is taken away but by tests


@pytest.fixture
def customer(branch: Any) -> Any:
    return register_customer(actor=system(branch), name="王建国", phone="13800000001")


@pytest.fixture
def planned(branch: Any, customer: Any) -> Callable[..., bool]:
    """`planned(subject_key, send_on=None)`: whether it was new."""

    def make(subject_key: str, send_on: date | None = None) -> bool:
        return plan(
            branch=branch, kind="test_due", customer=customer, subject_key=subject_key, context={"plate": "粤B12345"},
            send_on=send_on,
        )  # fmt: skip

    return make


def test_a_message_is_planned_once_for_its_kind_and_subject(planned: Any, customer: Any) -> None:
    with time_machine.travel(MORNING):
        assert (planned("reminder:1"), planned("reminder:1"), planned("reminder:2")) == (True, False, True)
    row = Message.objects.get(subject_key="reminder:1")
    assert (row.customer, row.state, row.message_class, row.about) == (customer, "planned", "reminder", "reminder:1")
    assert (row.context, row.send_on, row.not_before_at) == ({"plate": "粤B12345"}, date(2026, 3, 2), MORNING)
    assert (row.channel, row.address, row.body) == (None, "", "")


@pytest.mark.parametrize(
    ("hour", "day", "first"),
    [
        (2, None, datetime(2026, 3, 2, 2, tzinfo=UTC)),  # inside the window: at once
        (0, None, datetime(2026, 3, 2, 1, tzinfo=UTC)),  # eight in the morning: at nine
        (12, None, datetime(2026, 3, 3, 1, tzinfo=UTC)),  # eight in the evening: tomorrow at nine
        (2, date(2026, 3, 9), datetime(2026, 3, 9, 1, tzinfo=UTC)),
        (2, date(2026, 2, 27), datetime(2026, 3, 2, 2, tzinfo=UTC)),  # three days late: now
    ],
)
def test_a_message_waits_for_its_window_on_the_branchs_clock(
    planned: Any, hour: int, day: date | None, first: datetime
) -> None:
    with time_machine.travel(MORNING.replace(hour=hour), tick=False):
        planned("reminder:1", day)
    assert Message.objects.get().not_before_at == first


def test_many_are_planned_in_one_statement(branch: Any, customer: Any) -> None:
    car = register_vehicle(actor=system(branch), plate="粤B00001")
    rows = [(customer.pk, car.pk, f"reminder:{number}", {"plate": car.plate}, None) for number in range(300)]
    counts = []
    for _again in range(2):
        with CaptureQueriesContext(connection) as queries:
            counts.append(plan_many("test_due", branch, rows))
        assert len([one for one in queries if "INSERT" in one["sql"]]) == 1
    assert (counts, Message.objects.count()) == ([300, 0], 300)


def test_a_variable_that_the_kind_has_not_is_a_slip_of_the_programmer(branch: Any, customer: Any) -> None:
    with pytest.raises(ValueError, match="prize"):
        plan(branch=branch, kind="test_due", customer=customer, subject_key="a:1", context={"prize": "1"})
    with pytest.raises(KeyError):
        plan(branch=branch, kind="no_such", customer=customer, subject_key="a:1", context={})


def test_what_is_undone_with_its_cause_was_never_planned(planned: Any) -> None:
    with transaction.atomic():
        planned("reminder:1")
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_the_database_knows_the_road_of_a_message(planned: Any) -> None:
    planned("reminder:1")
    for change in ({"state": "sent"}, {"state": "delivered"}, {"state": "cancelled"}, {"state": "claimed"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.update(**change)
    Message.objects.update(state="cancelled", not_sent="moot")
    with pytest.raises(DatabaseError, match="illegal move of message"), transaction.atomic():
        Message.objects.update(state="planned", not_sent=None)


def test_an_opt_out_takes_back_what_is_planned_when_no_channel_is_left(planned: Any, customer: Any) -> None:
    for channel in ("sms", "email"):
        grant(customer=customer, purpose="service", channel=channel, wording="May we remind you?", source="desk")
    planned("reminder:1")
    assert withdraw(customer=customer, purpose="service", channel="sms", source="STOP") == 0
    assert withdraw(customer=customer, purpose="service", channel="email", source="link") == 1
    row = Message.objects.get()
    assert (row.state, row.not_sent) == ("cancelled", "withdrawn")
    assert list(Consent.objects.order_by("pk").values_list("channel", "granted")) == [
        ("sms", True), ("email", True), ("sms", False), ("email", False),
    ]  # fmt: skip


def test_an_opt_out_of_everything_names_every_purpose_and_channel(customer: Any) -> None:
    withdraw(customer=customer, purpose=None, source="phone")
    assert Consent.objects.filter(granted=False).count() == 12
