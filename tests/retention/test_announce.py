"""Due services become messages, once; and none for a service that is no longer due."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.policies import system
from catalog.models import PackageItem, PackageTemplate, WarrantyTerm
from customers.message_kinds import kind_of
from customers.models import Message
from customers.selectors import owner_of
from customers.services import hand_over_ownership, register_customer
from customers.services.forecast import add_months
from customers.wording import check_text, refused_value
from dms.clock import branch_day
from reception.models import Package, PackageUnits
from reception.services.packages import sell_package
from retention import due_messages
from retention.models import LapseCase, Reminder
from retention.services.announce import announce_due, announce_packages, announce_warranties

pytestmark = pytest.mark.django_db
KINDS = (
    due_messages.DUE, due_messages.UNREACHABLE, due_messages.SURVEY, due_messages.WIN_BACK, due_messages.CAMPAIGN,
    due_messages.BIRTHDAY, due_messages.PACKAGE, due_messages.CALL_US, due_messages.WARRANTY,
)  # fmt: skip


@pytest.fixture
def due(branch: Any, car: Any, minor: Any, today: Any) -> Any:
    """`due(at=branch)`: a car with an open reminder."""

    def make(at: Any = None) -> Any:
        row = car((95, 0), (0, 9_500), at=at)
        Reminder.objects.create(vehicle=row, rule=minor, cycle=1, due_on=today + timedelta(days=10))
        return row

    return make


def test_each_open_reminder_is_announced_once(
    branch: Any, other_branch: Any, due: Any, today: Any, settings: Any
) -> None:
    first, _second, _elsewhere = due(), due(), due(at=other_branch)
    assert (announce_due(branch, today), announce_due(branch, today)) == (2, 0)
    message = Message.objects.get(vehicle=first)
    assert message.subject_key == f"reminder:{Reminder.objects.get(vehicle=first).pk}"
    assert (message.customer, message.message_class, message.send_on) == (owner_of(first), "reminder", today)
    due_on = (today + timedelta(days=10)).isoformat()
    assert message.context == {"plate": first.plate, "service": "小保养", "due": due_on}


def test_no_message_for_a_closed_reminder_a_lapsed_car_or_one_that_is_here(
    branch: Any, due: Any, today: Any, in_shop: Any, operation: Any
) -> None:
    closed, lapsed, here, sold = due(), due(), due(), due()
    operation("OIL")
    Reminder.objects.filter(vehicle=closed).update(state="closed", closed_at="2026-01-01T00:00Z", closed_why="moot")
    LapseCase.objects.create(vehicle=lapsed, kind="predicted", opened_on=today, due_on=today)
    in_shop(here, "OIL")
    sold.ownerships.update(to_on=today)
    assert announce_due(branch, today) == 0


def test_many_cars_take_as_many_statements_as_one(branch: Any, due: Any, today: Any) -> None:
    counts = []
    for number in (1, 3):
        for _car in range(number):
            due()
        with CaptureQueriesContext(connection) as queries:
            assert announce_due(branch, today) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_came_in_between_is_found_at_send_time(
    branch: Any, due: Any, today: Any, in_shop: Any, operation: Any
) -> None:
    done, here, sold, still = due(), due(), due(), due()
    operation("OIL")
    announce_due(branch, today)
    relevant = kind_of("due_reminder").relevant
    messages = {message.vehicle_id: message for message in Message.objects.all()}
    assert relevant(list(messages.values())) == {}
    Reminder.objects.filter(vehicle=done).update(state="closed", closed_at="2026-01-01T00:00Z", closed_why="moot")
    in_shop(here, "OIL")
    buyer = register_customer(actor=system(branch), name="新车主", phone="13700000001")
    hand_over_ownership(actor=system(branch), vehicle=sold, customer=buyer)
    with CaptureQueriesContext(connection) as queries:
        found = relevant(list(messages.values()))
    assert found == {
        messages[done.pk].pk: "done", messages[here.pk].pk: "came_in", messages[sold.pk].pk: "sold",
    }  # fmt: skip
    assert (messages[still.pk].pk in found, len(queries)) == (False, 3)


def test_win_back_ends_when_the_car_is_no_longer_away(branch: Any, due: Any, today: Any) -> None:
    car = due()
    case = LapseCase.objects.create(vehicle=car, kind="predicted", opened_on=today, due_on=today)
    message = Message(pk=1, vehicle=car)
    relevant = kind_of("win_back").relevant
    assert relevant([message]) == {}
    LapseCase.objects.filter(pk=case.pk).delete()
    assert relevant([message]) == {1: "came_in"}


@pytest.fixture
def holds(actor: Any, car: Any, today: Any) -> Any:
    """`holds(days)`: a car with a package of three units that ends in so many days."""

    def make(days: int) -> Any:
        template, _made = PackageTemplate.objects.get_or_create(
            name="三年保养套餐", defaults={"name_en": "Three years", "months": 36, "price": 900, "tax_rate": 0}
        )
        PackageItem.objects.get_or_create(template=template, defaults={"units": 3})
        row = car((95, 0), (0, 9_500))
        sold = sell_package(actor=actor("service_advisor"), vehicle=row, template=template)
        Package.objects.filter(pk=sold.pk).update(ends_on=today + timedelta(days))
        return row

    return make


def test_a_package_that_ends_is_told_of_once_while_units_are_left(branch: Any, holds: Any, today: Any) -> None:
    soon, _later, used_up = holds(30), holds(31), holds(5)
    PackageUnits.objects.filter(package__vehicle=soon).update(used=1)
    PackageUnits.objects.filter(package__vehicle=used_up).update(used=3)
    assert (announce_packages(branch, today), announce_packages(branch, today)) == (1, 0)
    message = Message.objects.get()
    assert (message.vehicle, message.customer, message.message_class) == (soon, owner_of(soon), "reminder")
    ends = (today + timedelta(30)).isoformat()
    assert message.context == {"plate": soon.plate, "package": "三年保养套餐", "left": "2", "ends": ends}


def test_a_package_used_meanwhile_and_a_car_that_is_here_are_not_written_about(
    branch: Any, holds: Any, today: Any, in_shop: Any, operation: Any
) -> None:
    used, here, still = holds(10), holds(10), holds(10)
    operation("OIL")
    assert announce_packages(branch, today) == 3
    relevant = kind_of("package_ending").relevant
    PackageUnits.objects.filter(package__vehicle=used).update(used=3)
    in_shop(here, "OIL")
    messages = {message.vehicle_id: message for message in Message.objects.filter(kind="package_ending")}
    with CaptureQueriesContext(connection) as queries:
        found = relevant(list(messages.values()))
    assert found == {messages[used.pk].pk: "done", messages[here.pk].pk: "came_in"}
    assert (messages[still.pk].pk in found, len(queries)) == (False, 4)


def test_a_warranty_that_ends_is_told_of_by_its_narrowest_term(
    branch: Any, car: Any, today: Any, brand: Any, in_shop: Any, operation: Any
) -> None:
    """36 months by the brand; every brand's 12 months do not count. Out of kilometres, it has ended before."""
    operation("OIL")
    WarrantyTerm.objects.create(months=12)
    WarrantyTerm.objects.create(months=36, km=100_000, brand=brand)
    starts = add_months(today + timedelta(45), -36)
    soon, driven, here = (car((0, km), warranty_start_on=starts) for km in (30_000, 100_001, 30_000))
    car((0, 30_000), warranty_start_on=starts + timedelta(3))
    car((0, 30_000), warranty_start_on=add_months(today + timedelta(10), -12))
    in_shop(here, "OIL")
    assert (announce_warranties(branch, today), announce_warranties(branch, today)) == (1, 0)
    message = Message.objects.get()
    ends = add_months(starts, 36).isoformat()
    assert (message.vehicle, message.customer, message.kind) == (soon, owner_of(soon), "warranty_ending")
    assert message.context == {"plate": soon.plate, "ends": f"{ends} / 100000 km"}
    assert driven.last_odometer == 100_001
    relevant = kind_of("warranty_ending").relevant
    assert relevant([message]) == {}
    in_shop(soon, "OIL")
    assert relevant([message]) == {message.pk: "came_in"}


@pytest.mark.parametrize("key", KINDS)
def test_every_text_keeps_the_rules_of_its_channel(key: str) -> None:
    kind = kind_of(key)
    for (channel, _language), text in kind.texts.items():
        check_text(kind, channel, subject=text.subject, body=text.body)
    assert not any(refused_value(sample) for sample in kind.variables.values())


def test_what_providers_refuse_has_no_text_message() -> None:
    without = [key for key in KINDS if "sms" not in kind_of(key).channels]
    assert without == ["survey", "win_back", "campaign", "birthday"]


def test_the_day_is_the_branchs(branch: Any, today: Any) -> None:
    assert today == branch_day(branch)
