"""The pages of customers and vehicles take the same queries for one row and for three."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from customers.models import Vehicle
from customers.services import hand_over_ownership, record_reading, register_customer, register_vehicle, set_consent
from dms.clock import branch_day, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def cars(actor: Any) -> Any:
    """`cars(n)`: n more cars, each with an owner."""
    who, numbers = actor("service_advisor"), iter(range(100))

    def make(more: int) -> list[Vehicle]:
        made = []
        for number in (next(numbers) for _car in range(more)):
            owner = register_customer(actor=who, name=f"客户{number}", phone=f"138000066{number:02d}")
            made.append(register_vehicle(actor=who, plate=f"粤B123{number:02d}", owner=owner, km=1000))
        return made

    return make


@pytest.mark.parametrize("post", [None, {"q": "粤B123"}])
def test_the_list_and_its_search(asks: Any, cars: Any, login: Any, post: dict[str, str] | None) -> None:
    client, counts = login("service_advisor"), []
    for more in (1, 2):
        cars(more)
        counts.append(asks(client, reverse("customers:vehicles"), post))
    assert client.text.count("客户") >= 3
    assert counts == [4, 4]


def test_a_car_with_its_readings_owners_and_consents(asks: Any, cars: Any, login: Any, actor: Any, branch: Any) -> None:
    client, who, counts = login("service_advisor"), actor("service_advisor"), []
    (car,), today = cars(1), branch_day(branch)
    for number in (1, 2, 3):
        when = today + timedelta(days=number)
        owner = register_customer(actor=who, name=f"下一位{number}", phone=f"1390000662{number}")
        hand_over_ownership(actor=who, vehicle=car, customer=owner, on=when)
        record_reading(actor=who, vehicle=car, km=2000 * number, read_at=now() - timedelta(days=9 - number))
        for channel in ("sms", "phone", "email")[:number]:
            set_consent(
                actor=who,
                customer=owner,
                channel=channel,
                purpose="service",
                granted=True,
                wording="同意",
                source="店内",
            )
        counts.append(asks(client, reverse("customers:vehicle", args=[car.pk])))
    assert client.text.count("下一位") >= 3
    # Session, person, car with its lists, consents; then one or two for each card: known car and its rules, reminders,
    # lapse, calls, visits, appointments, messages.
    # Two more than before: the packages of the car, and its last health check.
    assert counts[0] == counts[2] <= 15
