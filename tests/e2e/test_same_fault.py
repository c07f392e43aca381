"""A car comes back with the fault that was mended twelve days ago: the estimate is free by itself."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from accounts.policies import Actor
from accounts.roles import DUTIES, Role
from catalog.models import LabourOperation
from dms.clock import now
from reception.models import WorkOrder
from reception.services import arrival, contract, lines


def mended(car: Any, days: int) -> WorkOrder:
    """A visit that ended so many days ago at 48,000 km, at which the turbocharger was replaced."""
    user = User.objects.get(username="advisor")
    who = Actor(user, car.branch, DUTIES[Role.SERVICE_ADVISOR].permissions)
    order = arrival.arrive(actor=who, vehicle=car)
    arrival.listen(actor=who, order_id=order.pk, words="加速无力")
    arrival.read_odometer(actor=who, order_id=order.pk, km=48_000)
    arrival.walk_round(actor=who, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[])
    lines.add_labour(actor=who, order_id=order.pk, operation=LabourOperation.objects.get(code="R3005"))
    contract.promise(actor=who, order_id=order.pk, at=now() + timedelta(hours=3))
    contract.sign(actor=who, order_id=order.pk, signer="王建国")
    at = now() - timedelta(days=days)
    stems = ("accepted", "quality", "washed", "internal", "walked", "settled", "released")
    proofs = {f"{stem}_at": at for stem in stems} | {f"{stem}_by": user for stem in stems}
    with pgtrigger.ignore():
        order.lines.update(state="done")
        WorkOrder.objects.filter(pk=order.pk).update(state="released", arrived_at=at, **proofs)
    order.refresh_from_db()
    return order


@pytest.mark.parametrize(("language", "phone"), [("zh-hans", False), ("en", True)])
def test_the_estimate_of_a_same_fault_return_is_free_by_itself(
    hands: Callable[..., Any], shop: Any, language: str, phone: bool
) -> None:
    old = mended(shop, 12)
    me = hands("advisor", language, phone=phone)
    me.open(reverse("customers:vehicle", args=[shop.pk]))
    me.click("Receive")
    me.page.wait_for_url("**/check-in/")
    me.type("48340", me.page.locator("[name=odometer]"))
    me.click(me.page.locator("label", has_text="½"))
    me.click(me.page.locator("[name=words]"))
    me.page.keyboard.insert_text("加速又没力")
    me.begin()
    me.click(me.page.locator("button[value^='add:fault:']").first)
    me.page.wait_for_selector("tbody tr")
    assert me.clicks == 1
    with translation.override(language):
        said = translation.gettext(
            "Same fault as %(order)s: %(days)s days and %(km)s km after delivery; the guarantee runs "
            "%(most_days)s days or %(most_km)s km."
        ) % {"order": old.number, "days": 12, "km": "340", "most_days": 100, "most_km": "20,000"}
    assert said in me.text()
    assert me.t("External comeback") in me.text()
    assert me.page.input_value("[name=visit_type]") == "comeback_out"
    assert me.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    me.click("Sign and hand to the workshop")
    me.page.wait_for_url(re.compile(r"/orders/\d+/(#.*)?$"))
    visit = WorkOrder.objects.latest("id")
    line = visit.lines.get()
    assert (line.payer, line.coverage, line.returns_of) == ("internal", "guarantee", old.lines.get())
    assert visit.authorised_amount == Decimal(0)
    assert said in me.text()
