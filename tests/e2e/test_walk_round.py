"""Round the car with a phone: taps are counted; photos wait for the network; the desk sees what the phone did."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image

from reception.models import WalkAround, WorkOrder
from reception.services import arrival
from records.models import Photo


@pytest.fixture
def order(shop: Any) -> Any:
    from accounts.models import Membership
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    member = Membership.objects.get(user__username="advisor")
    return arrival.arrive(actor=Actor(member.user, member.branch, permissions_of(member.roles)), vehicle=shop)


def picture(shade: int) -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (2400, 1800), (shade, shade, 90)).save(out, "JPEG")
    return {"name": f"{shade}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def shoot(me: Any, shade: int) -> None:
    """One tap opens the camera, whose own button is the phone's."""
    with me.page.expect_file_chooser() as chooser:
        me.click(me.page.locator(".photo-add"))
    chooser.value.set_files(picture(shade))


def tap_drawing(me: Any, zone: str) -> None:
    me.click(me.page.locator(f"[data-zone={zone}][data-x]").first)


def sign(me: Any) -> None:
    """One stroke."""
    canvas = me.page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    frame = canvas.bounding_box()
    me.page.mouse.move(frame["x"] + 40, frame["y"] + 40)
    me.page.mouse.down()
    me.page.mouse.move(frame["x"] + 160, frame["y"] + 70, steps=4)
    me.page.mouse.up()
    me.clicks += 1


def arrived(me: Any, count: int) -> None:
    me.page.wait_for_function(
        "count => document.querySelectorAll('.photo:not([data-waiting]) .state').length === count", arg=count
    )


def test_four_photos_two_marks_a_signature(
    hands: Callable[..., Any], budget: Callable[..., None], order: WorkOrder
) -> None:
    me = hands("advisor", "zh-hans", phone=True)
    me.open(reverse("reception:walk", args=[order.pk]))
    for shade in (10, 60, 110, 160):
        shoot(me, shade)
    tap_drawing(me, "left_front_door")
    tap_drawing(me, "right_rear_wing")
    me.click(me.page.locator("label", has_text="½"))
    me.click(me.page.locator("label", has_text=me.t("Protective kit fitted")))
    sign(me)
    arrived(me, 4)
    me.click("Save the walk-round")
    me.page.wait_for_selector(f"text={me.t('The walk-round is saved. The desk sees it.')}")
    budget("walk-round, 4 photos, 2 marks, signature", me, clicks=12)
    walk = WalkAround.objects.get()
    assert [mark.zone for mark in walk.marks.order_by("id")] == ["left_front_door", "right_rear_wing"]
    assert (walk.fuel_quarters, walk.signer) == (2, "王建国")
    assert walk.signature.startswith("data:image/png;base64,")
    assert sorted((row.width, row.height) for row in Photo.objects.all()) == [(1600, 1200)] * 4
    assert me.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_photos_taken_without_a_network_arrive_when_it_is_back_even_on_a_page_opened_again(
    hands: Callable[..., Any], order: WorkOrder
) -> None:
    me = hands("advisor", "en", phone=True)
    me.open(reverse("reception:walk", args=[order.pk]))
    me.page.route("**/photos/", lambda route: route.abort())
    shoot(me, 10)
    shoot(me, 60)
    me.page.wait_for_selector("text=Waiting to be sent: 2")
    assert Photo.objects.count() == 0
    me.page.unroute("**/photos/")
    me.page.reload()
    arrived(me, 2)
    assert Photo.objects.count() == 2
    me.page.reload()
    me.page.wait_for_selector("text=Photos: 2")
    assert Photo.objects.count() == 2


def test_the_desk_sees_the_phones_work_and_keeps_what_is_typed(hands: Callable[..., Any], order: WorkOrder) -> None:
    desk = hands("advisor", "en")
    desk.open(reverse("reception:check_in", args=[order.pk]))
    me = hands("advisor", "en", phone=True)
    me.open(reverse("reception:walk", args=[order.pk]))
    shoot(me, 10)
    tap_drawing(me, "left_front_door")
    me.click(me.page.locator("label", has_text="¾"))
    arrived(me, 1)
    me.page.wait_for_selector("[data-autosave-status]:has-text('Saved')")
    desk.page.locator("[name=words]").fill("Cold air is warm")
    desk.page.wait_for_selector("#walk-panel .marks li", timeout=15_000)
    desk.page.wait_for_selector("#walk-panel img", timeout=15_000)
    assert desk.page.input_value("[name=words]") == "Cold air is warm"
    desk.page.wait_for_selector("[data-autosave-status]:has-text('Saved')")
    walk = WalkAround.objects.get()
    assert (walk.fuel_quarters, walk.marks.count()) == (3, 1)
    assert order.statements.get().words == "Cold air is warm"


def test_without_scripts_the_form_is_posted(hands: Callable[..., Any], order: WorkOrder) -> None:
    me = hands("advisor", "en", phone=True, script=False)
    me.open(reverse("reception:walk", args=[order.pk]))
    me.page.locator("input[type=file]").set_input_files([picture(10)])
    me.page.locator("label", has_text="½").click()
    me.click("Save the walk-round")
    me.page.wait_for_selector("text=The walk-round is saved")
    assert WalkAround.objects.get().fuel_quarters == 2
    assert Photo.objects.count() == 1
