"""Congratulations: off unless a branch wants them, on the day in the branch, once a year."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.policies import system
from customers.models import Customer, Message
from customers.services import register_customer
from records.models import DatedRule
from retention.services import run, run_due
from retention.services.birthdays import congratulate

pytestmark = pytest.mark.django_db


@pytest.fixture
def born(branch: Any) -> Any:
    """`born(day, kind="person")`: a customer born on that day."""

    def make(day: date, kind: str = "person") -> Customer:
        number = Customer.objects.count()
        row = register_customer(actor=system(branch), name=f"客户{number}", phone=f"1370000{number:04}", kind=kind)
        Customer.objects.filter(pk=row.pk).update(born_on=day)
        return row

    return make


def test_on_the_day_and_once_a_year(branch: Any, other_branch: Any, born: Any) -> None:
    person = born(date(1980, 3, 2))
    born(date(1980, 3, 3))
    born(date(1999, 3, 2), kind="company")
    assert congratulate(other_branch, date(2026, 3, 2)) == 0
    assert [congratulate(branch, date(2026, 3, 2)) for _twice in range(2)] == [1, 0]
    message = Message.objects.get()
    assert (message.customer, message.kind, message.message_class, message.context, message.vehicle) == (
        person, "birthday", "marketing", {"name": person.name}, None,
    )  # fmt: skip
    assert congratulate(branch, date(2027, 3, 2)) == 1


@pytest.mark.parametrize(("day", "told"), [
    (date(2026, 2, 28), 2), (date(2026, 3, 1), 0), (date(2028, 2, 28), 1), (date(2028, 2, 29), 1),
])  # fmt: skip
def test_the_29th_of_february_is_the_28th_in_other_years(branch: Any, born: Any, day: date, told: int) -> None:
    born(date(1984, 2, 29))
    born(date(1984, 2, 28))
    assert congratulate(branch, day) == told


def test_off_unless_the_branch_wants_it(at: Any, branch: Any, born: Any) -> None:
    born(date(1980, 3, 2))
    with at(2026, 3, 2):
        assert "birthdays" not in run_due(branch=branch)
        assert "birthdays" not in run(actor=system(branch))
        DatedRule.objects.create(branch=branch, key="birthday.greet", value=True, valid_from=date(2026, 3, 2))
        assert run_due(branch=branch) == {"birthdays": 1}


def test_the_page_says_that_it_is_off(login: Any, branch: Any) -> None:
    client = login("crm")
    type(client.membership.user).objects.update(language="en")
    page = client.get(reverse("retention:sweeps")).content.decode()
    assert page.count("switched off in the rules") == 1
    DatedRule.objects.create(branch=branch, key="birthday.greet", value=True, valid_from=date(2026, 1, 1))
    assert "switched off" not in client.get(reverse("retention:sweeps")).content.decode()
