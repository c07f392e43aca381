"""J1: a car that was booked comes. What was said on the phone stands on the page; clicks and keys are counted."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import SpecialDay
from accounts.policies import system
from dms.clock import as_of, branch_day, day_bounds, now
from reception.capacity import plan_of
from reception.models import Appointment, WorkOrder
from reception.services import appointments
from reception.services.appointments import Wish


@pytest.fixture
def booked(shop: Any) -> Appointment:
    """The known car is booked for the first time of today that an advisor has; on a holiday the shop is open too."""
    branch, day = shop.branch, branch_day(shop.branch)
    SpecialDay.objects.create(branch=branch, on=day, opens="08:30", closes="18:00")
    with as_of(day_bounds(branch, day)[0] - timedelta(hours=3)):
        slot = plan_of(branch, day).free(now())[0]
        return appointments.book(
            actor=system(branch),
            wish=Wish(plate=shop.plate, kind="maintenance", hours=Decimal(1), words="做保养", waits=True),
            starts_at=slot.starts_at,
            advisor_id=slot.advisor.user_id,
        )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_booked_car_is_checked_in(
    hands: Callable[..., Any], budget: Callable[..., None], booked: Appointment, language: str
) -> None:
    me = hands("advisor", language)
    me.open(reverse("reception:today"))
    me.click("Receive")
    me.page.wait_for_url("**/check-in/")
    assert me.page.input_value("[name=words]") == "做保养"
    assert me.page.input_value("[name=visit_type]") == "maintenance"
    assert me.page.is_checked("[name=waits]")
    me.type("48912")
    me.click(me.page.locator("label", has_text="½"))
    me.click(me.page.locator("button[value^='add:']").first)
    me.page.wait_for_selector("tbody tr")
    me.click("Sign and hand to the workshop")
    me.page.wait_for_url("**/orders/*/*")
    budget(f"J1 check-in with appointment ({language})", me, clicks=6, keys=20)
    order = WorkOrder.objects.get()
    assert (order.state, order.appointment, order.waits) == ("authorised", booked, True)
