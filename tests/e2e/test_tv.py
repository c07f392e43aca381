"""The television in a browser: forty cars without scrolling, and old data says how old it is, also without a server."""

from typing import Any

import pytest
from django.urls import reverse

from dms.clock import now
from portal import tv_views
from portal.selectors.tv import MOST, Car, Stage, Wall
from workshop.services import screens


@pytest.fixture
def forty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty cars in five stages; all late by more than an hour, every third held up."""
    cars = [
        Car(f"粤B·D{n % 10}**{n:02}", "nev", "late", -75 - n, now(), "3 号工位", "" if n % 3 else "等客户确认")
        for n in range(MOST)
    ]
    stages = [Stage("作业", [{"label": "", "state": "now"}] * 6, cars[at : at + 8]) for at in range(0, MOST, 8)]
    monkeypatch.setattr(tv_views, "wall", lambda branch: Wall(now(), stages, 2))


@pytest.mark.parametrize("name", ["tv", "tv_lounge"])
def test_forty_cars_need_no_scrolling(
    browser: Any, live_server: Any, transactional_db: None, static_files: None, forty: None, actor: Any, name: str
) -> None:
    link = screens.renew(actor=actor("supervisor"))
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(live_server.url + reverse(f"portal:{name}", args=[link]))
    assert page.locator("#wall .plate").count() == MOST
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [1920, 1080]
    page.close()


def test_when_the_server_is_gone_it_says_how_old_it_is(
    browser: Any, live_server: Any, transactional_db: None, static_files: None, actor: Any
) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.clock.install()
    page.goto(live_server.url + reverse("portal:tv", args=[screens.renew(actor=actor("supervisor"))]))
    page.wait_for_function("document.querySelector('[data-poll-age]') !== null")
    context.set_offline(True)
    page.clock.run_for(12_000)
    assert page.locator(".tv-age").is_hidden(), "the negative control: twelve seconds are not old"
    page.clock.run_for(10_000)
    page.get_by_text("Data from").wait_for(timeout=5_000)
    context.close()
