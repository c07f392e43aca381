"""A drive, a check that fails and the wash, counted in taps: on a phone, with scripts and without, and by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from dms.clock import now
from reception.models import WorkOrder
from workshop.models import Comeback, Job, RoadTest, Wash

KM = 48_912


def actor(username: str) -> Any:
    from accounts.models import Membership
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    row = Membership.objects.select_related("user", "branch").get(user__username=username)
    return Actor(row.user, row.branch, permissions_of(row.roles))


def running(shop: Any) -> WorkOrder:
    """The car, signed and dispatched, the clock of its one job running."""
    from accounts.models import Membership
    from catalog.models import LabourOperation
    from reception.models import Statement
    from reception.services import arrival, contract, lines
    from workshop.services import clocks, dispatch

    advisor, me = actor("advisor"), Membership.objects.get(user__username="technician")
    order = arrival.arrive(actor=advisor, vehicle=shop)
    arrival.read_odometer(actor=advisor, order_id=order.pk, km=KM)
    arrival.walk_round(
        actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
    )
    Statement.objects.create(order=order, words="右前轮响")
    lines.add_labour(actor=advisor, order_id=order.pk, operation=LabourOperation.objects.earliest("id"))
    contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=3))
    contract.sign(actor=advisor, order_id=order.pk, signer="王建国")
    contract.hand_to_workshop(actor=advisor, order_id=order.pk)
    WorkOrder.objects.filter(pk=order.pk).update(wash=True)
    dispatch.accept(actor=actor("supervisor"), order_id=order.pk)
    dispatch.assign(actor=actor("supervisor"), order_id=order.pk, technician=me)
    clocks.start(actor=actor("technician"), job_id=Job.objects.get(order=order).pk)
    return order


def drive(me: Any, budget: Callable[..., None], told: str) -> None:
    me.open(reverse("workshop:me"))
    assert me.page.evaluate("document.documentElement.scrollWidth") == 390
    me.begin()
    me.click(me.page.locator("summary", has_text=me.t("Road test")).first)
    me.click("Take the car out")
    me.page.wait_for_selector("#road-km")
    budget(f"take a car out on a road test {told}", me, clicks=2)
    assert RoadTest.objects.get().gate_pass.code in me.text()
    assert me.page.evaluate("document.documentElement.scrollWidth") == 390
    me.begin()
    me.type(str(KM + 6), me.page.locator("#road-km"))
    me.click("The car is back")
    me.page.wait_for_selector("#road-km", state="detached")
    budget(f"bring it back {told}", me, clicks=2)
    assert RoadTest.objects.get().distance == 6


def repair(me: Any) -> None:
    start = me.page.get_by_role("button", name=me.t("Start"), exact=True)
    if start.count():
        start.first.click()
        me.page.wait_for_load_state()
    me.click("Job finished")
    me.page.wait_for_selector(".inspect")


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("en", False)], ids=["zh", "en without scripts"])
def test_a_check_fails_in_three_taps_and_passes_in_one(
    hands: Callable[..., Any], budget: Callable[..., None], shop: Any, language: str, script: bool
) -> None:
    order, told = running(shop), f"({language}{'' if script else ', no scripts'})"
    me = hands("technician", language, phone=True, script=script)
    drive(me, budget, told)
    repair(me)
    me.begin()
    me.click(me.page.locator(".wrongs input").first)
    me.click("Back to work")
    me.page.wait_for_selector(".inspect", state="detached")
    budget(f"return at the own check {told}", me, clicks=3)
    repair(me)
    me.begin()
    me.click("Checked, all in order")
    me.page.wait_for_selector(".inspect", state="detached")
    budget(f"pass the own check {told}", me, clicks=1)

    leader = hands("leader", language, script=script)
    leader.open(reverse("workshop:checks"))
    leader.page.focus(".wrongs input")
    leader.press("Space")
    leader.press("Enter")  # returns: Enter never passes
    leader.page.wait_for_selector(".inspect", state="detached")
    budget(f"keyboard alone: return a check {told}", leader, clicks=0, keys=2)
    assert list(Comeback.objects.order_by("id").values_list("origin", flat=True)) == ["self", "leader"]

    me.open(reverse("workshop:me"))
    repair(me)
    me.click("Checked, all in order")
    me.page.wait_for_selector(".inspect", state="detached")
    for name in ("leader", "inspector"):
        who = leader if name == "leader" else hands(name, language, script=script)
        who.open(reverse("workshop:checks"))
        who.click(who.page.get_by_role("button", name=who.t("Pass"), exact=True).first)
        who.page.wait_for_selector(".inspect", state="detached")
    me.open(reverse("workshop:wash"))
    me.begin()
    me.click("Washed")
    me.page.wait_for_selector(".inspect", state="detached")
    budget(f"washed {told}", me, clicks=1)
    assert (Wash.objects.get().left, WorkOrder.objects.get(pk=order.pk).state) == ("", "ready")
