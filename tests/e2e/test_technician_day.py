"""A technician's whole day on a phone: coming, work, a break, extra work, a road test, a check that fails, going."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image

from accounts.models import Membership
from accounts.policies import Actor
from accounts.roles import permissions_of
from catalog.models import LabourOperation, Part
from customers.models import Vehicle
from dms.clock import now
from reception.models import WorkOrder
from reception.services import arrival, contract, lines
from workshop.models import Attendance, Clocking, Inspection
from workshop.services import dispatch

#: UX.md: fingers, and gloves.
SMALLEST = 48


def who(username: str) -> Actor:
    member = Membership.objects.select_related("user", "branch").get(user__username=username)
    return Actor(member.user, member.branch, permissions_of(member.roles))


@pytest.fixture
def order(shop: Vehicle) -> WorkOrder:
    """A signed order with one job and one part, dispatched to the technician."""
    advisor, supervisor = who("advisor"), who("supervisor")
    order = arrival.arrive(actor=advisor, vehicle=shop)
    arrival.listen(actor=advisor, order_id=order.pk, words="刹车时有尖叫声")
    arrival.read_odometer(actor=advisor, order_id=order.pk, km=48_912)
    arrival.walk_round(
        actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
    )
    lines.add_labour(actor=advisor, order_id=order.pk, operation=LabourOperation.objects.get(code="R2002"))
    part = Part.objects.filter(stocks__on_hand__gte=1).earliest("id")
    lines.add_part(actor=advisor, order_id=order.pk, part=part, quantity=Decimal(1))
    contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=5))
    contract.sign(actor=advisor, order_id=order.pk, signer="王建国")
    contract.hand_to_workshop(actor=advisor, order_id=order.pk)
    dispatch.accept(actor=supervisor, order_id=order.pk)
    technician = Membership.objects.get(user__username="technician")
    return dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    return out.getvalue()


def look(me: Any) -> None:
    """Nothing sideways, and everything to press is large enough for a gloved finger."""
    assert me.page.evaluate("document.documentElement.scrollWidth") <= 390
    low = me.page.eval_on_selector_all(
        "main button, main summary, main select, main a.btn",
        f"""all => all.filter(one => one.offsetParent && !one.matches('.visually-hidden'))
            .map(one => [one.innerText || one.name, Math.round(one.getBoundingClientRect().height)])
            .filter(([_name, height]) => height < {SMALLEST})""",
    )
    assert low == []


def press(me: Any, text: str) -> None:
    me.click(me.page.get_by_role("button", name=me.t(text), exact=True).first)
    me.page.wait_for_load_state()
    look(me)


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("en", False)])
def test_a_whole_day_on_a_phone(
    hands: Callable[..., Any], order: WorkOrder, budget: Callable[..., None], language: str, script: bool
) -> None:
    told = f"({'zh' if language == 'zh-hans' else 'en'}{'' if script else ', no scripts'})"
    me = hands("technician", language, phone=True, script=script)
    me.open(reverse("workshop:me"))
    press(me, "I am here")

    clerk = hands("parts", language, script=script)
    clerk.open(reverse("workshop:parts"))
    clerk.begin()
    code = order.lines.get(kind="part").code
    clerk.page.locator("#scan").focus()
    clerk.page.keyboard.type(code, delay=2)  # a wedge scanner
    clerk.press("Enter")
    clerk.page.wait_for_load_state()
    budget(f"issue parts: one scan and {told}", clerk, clicks=0, keys=1)

    me.begin()
    press(me, "Start")
    budget(f"start {told}", me, clicks=1)
    me.begin()
    me.choose(me.page.locator("[name=reason]"), "break")
    press(me, "Pause")
    budget(f"pause {told}", me, clicks=2)
    press(me, "Go on")

    me.click(me.page.locator("summary", has_text=me.t("Report extra work")))
    me.page.locator("[name=finding]").fill("后刹车片仅剩 2 毫米")
    me.page.locator("[name=operation]").fill("R2002")
    me.page.locator("[name=photo]").set_input_files({"name": "pads.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    press(me, "Report")
    extra = order.lines.get(extra=True)
    lines.drop(actor=who("advisor"), line_id=extra.pk)

    me.page.reload()
    me.click(me.page.locator("summary", has_text=me.t("Road test")))
    press(me, "Take the car out")
    me.page.locator("[name=km]").fill("48918")
    press(me, "The car is back")

    me.begin()
    press(me, "Job finished")
    budget(f"done {told}", me, clicks=1)
    press(me, "Checked, all in order")

    leader = hands("leader", language, script=script)
    leader.open(reverse("workshop:checks"))
    leader.begin()
    leader.click(leader.page.locator("label.check").first)
    leader.click(leader.page.locator("[name=cause]"))
    leader.page.keyboard.insert_text("漏油")
    leader.click("Return to the technician")
    leader.page.wait_for_load_state()
    budget(f"return a check {told}", leader, clicks=3)

    me.page.reload()
    assert "漏油" in me.text()
    press(me, "Start")
    press(me, "Job finished")
    press(me, "Checked, all in order")
    press(me, "I am leaving")

    order.refresh_from_db()
    assert order.state == "checking"
    assert Clocking.objects.filter(job__order=order).count() == 3
    assert not Attendance.objects.filter(left_at__isnull=True, membership__user__username="technician").exists()
    assert list(Inspection.objects.order_by("id").values_list("round", "level", "passed")) == [
        (1, "self", True), (1, "leader", False), (2, "self", True),
    ]  # fmt: skip
