"""A real browser against a real server. Clicks and keys are counted and printed beside the budgets of UX.md."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext

from dms.clock import branch_day, now

#: Where the browser may not go by itself: there is no network, and each try costs seconds.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
#: Cars of a small demo: every state is there, and it is made in seconds.
CARS = 150


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser at a time, on one worker."""
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's browser; playwright's own is never downloaded."""
    return {"executable_path": os.environ["DMS_CHROMIUM"], "args": ARGUMENTS}


@pytest.fixture(scope="session")
def static_files(fast_settings: None) -> None:
    """Styles and scripts where the server looks for them."""
    call_command("collectstatic", "--no-input", verbosity=0)


@pytest.fixture
def shop(transactional_db: None, static_files: None) -> Any:
    """The demo's branch with its people, price list and shifts, and one car that came before."""
    from accounts.policies import system
    from catalog.services import stock
    from customers.models import Vehicle
    from customers.services import record_reading, register_customer, register_vehicle
    from portal.demo import catalogue, people

    branch = people.make_branch()
    today = branch_day(branch)
    people.make_shifts(people.make_staff(branch), today)
    prices = catalogue.make(branch, today)
    actor = system(branch)
    for part in prices.parts.values():
        stock.receive(actor=actor, part=part, quantity=Decimal(20))
    owner = register_customer(actor=actor, name="王建国", phone="13800006621")
    car = register_vehicle(
        actor=actor, plate="粤B72K19", vin="LSVUD60E3N2018842", owner=owner, model=prices.models[0], year=2022,
        warranty_start_on=today - timedelta(days=900),
    )  # fmt: skip
    record_reading(actor=actor, vehicle=car, km=39_500, read_at=now() - timedelta(days=250))
    record_reading(actor=actor, vehicle=car, km=44_000, read_at=now() - timedelta(days=120))
    return Vehicle.objects.get(pk=car.pk)


@pytest.fixture
def demo(transactional_db: None, static_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's twenty cars of today, with few cars behind them."""
    from portal.demo import fill

    monkeypatch.setattr(fill, "CARS", CARS)
    fill.fill(20261122)


class Hands:
    """A person at a page: what they click and type is counted."""

    def __init__(self, page: Any, base: str, language: str) -> None:
        self.page, self.base, self.language = page, base, language
        self.clicks = self.keys = 0

    def t(self, text: str) -> str:
        """The text as this person's page shows it."""
        with translation.override(self.language):
            return gettext(text)

    def begin(self) -> None:
        """Count anew."""
        self.clicks = self.keys = 0

    def open(self, path: str) -> None:
        """Go to an address, as by a bookmark; not counted."""
        self.page.goto(f"{self.base}{path}")

    def button(self, text: str, within: Any = None) -> Any:
        """The first button (or its like) that says the text."""
        return (within or self.page).get_by_role("button", name=self.t(text)).first

    def click(self, target: Any) -> None:
        """One click or tap, on an element or on the button that says the text."""
        (self.button(target) if isinstance(target, str) else target).click()
        self.clicks += 1

    def choose(self, target: Any, value: str) -> None:
        """Choose in a list: one action."""
        target.select_option(value)
        self.clicks += 1

    def press(self, key: str) -> None:
        """One key."""
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str, into: Any = None) -> None:
        """Type where the focus is, or click a field first.

        A person looks where the cursor is before typing. The browser gives the focus of `autofocus` a frame after the
        page has loaded: on a busy machine the first digit at the gate went nowhere, once in 80 times.
        """
        if into is not None:
            self.click(into)
        else:
            self.page.wait_for_function("document.activeElement?.matches('input, textarea, select')")
        self.page.keyboard.type(text, delay=45)  # a person; a scanner is faster and goes to the look-up
        self.keys += len(text)

    def text(self) -> str:
        """What the page says."""
        return str(self.page.inner_text("main"))


@pytest.fixture
def hands(browser: Any, live_server: Any, shop: Any) -> Iterator[Callable[..., Hands]]:
    """`hands(username, language, phone=False, script=True)`: signed in through the page; None for nobody."""
    from accounts.models import User
    from portal.demo.people import PASSWORD

    contexts = []

    def make(username: str | None, language: str, *, phone: bool = False, script: bool = True) -> Hands:
        if username:
            User.objects.filter(username=username).update(language=language)
        context = browser.new_context(
            viewport=PHONE if phone else DESK, java_script_enabled=script, has_touch=phone,
            locale="zh-CN" if language == "zh-hans" else "en-GB",
        )  # fmt: skip
        context.set_default_timeout(8_000)
        contexts.append(context)
        person = Hands(context.new_page(), live_server.url, language)
        if username:
            person.open(settings.LOGIN_REDIRECT_URL if settings.LOGIN_REDIRECT_URL.startswith("/") else "/")
            person.page.fill("[name=username]", username)
            person.page.fill("[name=password]", PASSWORD)
            person.page.press("[name=password]", "Enter")
            person.page.wait_for_selector("main h1")
        person.begin()
        return person

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def budget(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """`budget("J2 …", hands, clicks=8, keys=35)`: print the counts beside the budget, and keep within it."""

    def check(journey: str, person: Hands, *, clicks: int, keys: int | None = None) -> None:
        allowed = f"{clicks}" if keys is None else f"{clicks} / {keys}"
        counted = f"{person.clicks}" if keys is None else f"{person.clicks} / {person.keys}"
        record_property("budget", f"{journey}: {counted} of {allowed}")
        assert person.clicks <= clicks, f"{journey}: {person.clicks} clicks, {clicks} allowed"
        assert keys is None or person.keys <= keys, f"{journey}: {person.keys} keys, {keys} allowed"

    return check
