"""J3: somebody whom nobody knows comes with a car that nobody knows. And a car that leaves unrepaired."""

import re
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from customers.models import Vehicle
from reception.models import GatePass, WorkOrder

#: Keys of pinyin for what is typed in Chinese.
PLATE, NAME, WORDS = "粤B9ZK21", "李雷", "空调不冷"
PINYIN = len("yue") + len("B9ZK21") + len("lilei") + len("kongtiaobuleng")


def test_a_new_customer_with_a_new_car(hands: Callable[..., Any], budget: Callable[..., None], shop: Any) -> None:
    me = hands("advisor", "zh-hans")
    me.press("n")
    me.page.wait_for_url("**/register/")
    me.page.keyboard.insert_text(PLATE)
    me.press("Enter")
    me.page.wait_for_selector("text=新客户新车")
    me.press("Enter")  # nothing was found: the way to a new car has the focus
    me.page.wait_for_url("**/customers/new/")
    assert me.page.input_value("[name=plate]") == PLATE
    required = me.page.locator("label:has(.need), legend:has(.need)").count()
    assert required <= 9
    me.click(me.page.locator("[name=name]"))
    me.page.keyboard.insert_text(NAME)
    me.press("Tab")
    me.type("13912345678")
    me.choose(me.page.locator("[name=model]"), str(shop.model_id))
    me.press("Enter") if me.page.evaluate("document.activeElement.tagName") == "INPUT" else me.click("Save")
    me.page.wait_for_url(re.compile(r"/customers/vehicles/\d+/"))
    me.click("Receive")
    me.page.wait_for_url("**/check-in/")
    me.type("18250")
    me.click(me.page.locator("label", has_text="¾"))
    me.click(me.page.locator("[name=words]"))
    me.page.keyboard.insert_text(WORDS)
    me.click(me.page.locator("button[value='add:D0101']"))
    me.page.wait_for_selector("tbody tr")
    me.click("Sign and hand to the workshop")
    me.page.wait_for_url(re.compile(r"/orders/\d+/(#.*)?$"))
    me.keys += PINYIN
    budget("J3 check-in, new customer and car", me, clicks=12, keys=70)
    car = Vehicle.objects.get(plate=PLATE)
    order = WorkOrder.objects.get(vehicle=car)
    assert (order.state, order.owner.name, order.owner.phone) == ("authorised", NAME, "+8613912345678")


def test_a_car_leaves_unrepaired(hands: Callable[..., Any], shop: Any) -> None:
    me = hands("advisor", "en", script=False)
    me.open(reverse("customers:vehicle", args=[shop.pk]))
    me.click("Receive")
    order = WorkOrder.objects.get()
    me.open(reverse("reception:order", args=[order.pk]))
    me.page.locator("summary", has_text=me.t("Other steps")).click()
    me.page.locator("#note-cancel").fill("wrong day")
    me.click("Cancel the order")
    order.refresh_from_db()
    assert (order.state, order.log.latest("id").note) == ("cancelled", "wrong day")
    me.open(reverse("delivery:handover", args=[order.pk]))
    me.click("Issue a gate pass")
    guard = hands("gate", "en", phone=True, script=False)
    guard.open(reverse("delivery:gate"))
    guard.page.fill("[name=code]", GatePass.objects.get().code)
    guard.page.press("[name=code]", "Enter")
    guard.click("Yes, let it out")
    guard.page.wait_for_selector(".verdict")
    order.refresh_from_db()
    assert order.state == "left"
