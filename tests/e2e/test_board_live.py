"""The board in a browser: what others do is there within two seconds, and nothing is swapped that is being edited."""

from time import monotonic
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.policies import Actor
from accounts.roles import permissions_of
from customers.models import Vehicle
from dms.templatetags.dms import plate_text
from workshop.services import clocks, dispatch


def test_what_is_new_waits_while_somebody_edits_and_then_comes_by_itself(
    browser: Any, live_server: Any, transactional_db: None, static_files: None, signed: Any, login: Any, actor: Any
) -> None:
    dispatch.accept(actor=actor("supervisor"), order_id=signed().pk)
    boss, context = login("supervisor"), browser.new_context()
    session = boss.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("workshop:board"))
    page.locator("details.more > summary").first.click()
    note = page.locator("details.more [name=note]").first
    note.fill("等件")
    with page.expect_response(lambda answer: answer.url.endswith("/board/") and answer.status == 200):
        car = plate_text(Vehicle.objects.get(pk=signed().vehicle_id).plate)
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert (note.input_value(), page.get_by_text(car).count()) == ("等件", 0)
    note.fill("")
    page.locator("details.more > summary").first.click()
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    page.get_by_text(car).first.wait_for(timeout=5_000)
    later = monotonic()
    other = plate_text(Vehicle.objects.get(pk=signed().vehicle_id).plate)
    page.get_by_text(other).first.wait_for(timeout=6_000)
    assert monotonic() - later < 6
    context.close()


def test_my_work_keeps_what_was_typed_and_hears_of_the_next_job(
    browser: Any, live_server: Any, transactional_db: None, static_files: None, signed: Any, member: Any, actor: Any
) -> None:
    boss, me = actor("supervisor"), member("technician")
    hands = Actor(me.user, me.branch, permissions_of(me.roles))

    def given() -> Any:
        order = dispatch.accept(actor=boss, order_id=signed().pk)
        dispatch.assign(actor=boss, order_id=order.pk, technician=me)
        return order

    clocks.start(actor=hands, job_id=given().jobs.get().pk)
    client, context = Client(), browser.new_context()
    client.force_login(me.user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("workshop:me"))
    cause = page.locator("[name=cause]")
    cause.fill("刹车片磨损")
    page.evaluate("document.activeElement.blur()")  # the eyes are elsewhere, the words are not sent
    with page.expect_response(lambda answer: answer.url.endswith("/me/") and answer.status == 200):
        car = plate_text(Vehicle.objects.get(pk=given().vehicle_id).plate)
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert (cause.input_value(), page.get_by_text(car).count()) == ("刹车片磨损", 0)
    cause.fill("")
    page.evaluate("document.activeElement.blur()")
    page.get_by_text(car).first.wait_for(timeout=8_000)
    context.close()
