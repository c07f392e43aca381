"""The board in a browser: what others do is there within two seconds, and nothing is swapped that is being edited."""

from time import monotonic
from typing import Any

from django.conf import settings
from django.urls import reverse

from customers.models import Vehicle
from dms.templatetags.dms import plate_text
from workshop.services import dispatch


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
