"""A technician's sheet on a 390 px phone, with scripts and without: a tap a point, and one from finding to work."""

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
from catalog.models import HealthPoint, LabourOperation
from catalog.services.health import make_first
from customers.models import Ownership
from dms.clock import now
from reception.services import arrival, contract, lines
from workshop.models import Finding, HealthCheck, Job
from workshop.services import clocks, dispatch

#: The least that a gloved finger hits (UX.md).
TOUCH = 48
SMALL = """() => [...document.querySelectorAll('.points button, .points summary, #finish button')]
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 48)
  .map((one) => one.outerHTML.slice(0, 80))"""


def of(username: str) -> Actor:
    member = Membership.objects.select_related("user", "branch").get(user__username=username)
    return Actor(member.user, member.branch, permissions_of(member.roles))


def in_work(car: Any) -> Any:
    """The car signed, dispatched and under the technician's clock; an earlier visit measured its pads at 9 mm."""
    advisor, supervisor, technician = of("advisor"), of("supervisor"), of("technician")
    make_first()
    HealthPoint.objects.filter(name="前制动片厚度").update(operation=LabourOperation.objects.get(code="R2001"))
    assert Ownership.objects.filter(vehicle=car).exists()
    order = arrival.arrive(actor=advisor, vehicle=car)
    arrival.listen(actor=advisor, order_id=order.pk, words="刹车时有尖叫声")
    arrival.read_odometer(actor=advisor, order_id=order.pk, km=48_912)
    arrival.walk_round(
        actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
    )
    lines.add_labour(actor=advisor, order_id=order.pk, operation=LabourOperation.objects.get(code="D0101"))
    contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=3))
    contract.sign(actor=advisor, order_id=order.pk, signer="王建国")
    contract.hand_to_workshop(actor=advisor, order_id=order.pk)
    dispatch.accept(actor=supervisor, order_id=order.pk)
    member = Membership.objects.get(user__username="technician")
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=member)
    clocks.start(actor=technician, job_id=Job.objects.get(order=order).pk)
    return order


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    return out.getvalue()


def row(me: Any, name: str) -> Any:
    return me.page.locator(f"#point-{Finding.objects.get(name=name).pk}")


def settled(me: Any, name: str, colour: str) -> None:
    """The tap has arrived: the row says so, by htmx or by a new page."""
    row(me, name).locator(f"button.{colour}[aria-pressed=true]").wait_for()


@pytest.mark.parametrize(("language", "script"), [("zh-hans", True), ("en", False)], ids=["zh", "en without scripts"])
def test_a_technicians_sheet_and_a_finding_that_becomes_work(
    hands: Callable[..., Any], budget: Callable[..., None], shop: Any, language: str, script: bool
) -> None:
    order = in_work(shop)
    me = hands("technician", language, phone=True, script=script)
    me.open(reverse("workshop:me"))
    me.begin()
    me.click("Health check")
    me.page.wait_for_url(f"**{reverse('workshop:health', args=[order.pk])}")
    if script:
        assert me.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert me.page.evaluate(SMALL) == [], f"targets under {TOUCH} px"

    pads = row(me, "前制动片厚度")
    pads.locator("summary").click()
    pads.locator("[type=file]").set_input_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    me.type("2.5", pads.locator("[name=value]"))
    me.press("Enter")  # the key beside the digits on the phone: the measurement gives the colour
    settled(me, "前制动片厚度", "red")
    me.click(row(me, "雨刮片").locator("button.amber"))
    settled(me, "雨刮片", "amber")

    taps = me.clicks
    me.click(row(me, "前制动片厚度").get_by_role("button", name=me.t("Extra work: %(work)s").partition("%")[0]))
    me.page.wait_for_url("**#point-*")
    row(me, "前制动片厚度").locator(".chips").wait_for()
    one, me.clicks = me.clicks - taps, me.clicks - taps
    budget(f"finding becomes extra work with its photo ({language})", me, clicks=1)
    assert one == 1
    (line,) = order.lines.filter(extra=True)
    assert (line.state, line.finding.split(" ", 1)[1]) == ("draft", "2.5 mm")

    me.clicks = taps
    me.click("All others are in order")
    me.page.wait_for_load_state()
    me.click("Finish the sheet")
    me.page.wait_for_load_state()
    budget(f"a sheet of 29 points: open, two findings, the rest, finish ({language})", me, clicks=6)
    sheet = HealthCheck.objects.get(order=order)
    assert sheet.finished_at is not None
    assert sorted(sheet.findings.exclude(colour="green").values_list("colour", "value")) == [
        ("amber", None), ("red", Decimal("2.5")),
    ]  # fmt: skip
    assert me.t("Finish the sheet") not in me.text()
