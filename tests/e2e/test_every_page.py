"""Every page as the role that uses it, on a phone and at a desk, in both languages: quiet console, no sideways scroll,
and nothing serious that axe would find. A new route is walked by itself; a new part of an address needs a row in `ids`.
"""

from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.converters import UUIDConverter
from django.urls.resolvers import URLResolver

from accounts.models import Membership, User
from accounts.roles import Role, permissions_of

_spec = util.spec_from_file_location("route_roles", Path(__file__).parents[1] / "contract" / "route_roles.py")
assert _spec is not None
assert _spec.loader is not None
_table = util.module_from_spec(_spec)
_spec.loader.exec_module(_table)

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Pages that belong to another state of the order than the first one of the list.
OF_STATE = {
    "reception:check_in": ("estimating",),
    "reception:order": ("working", "settled"),
    "delivery:handover": ("ready", "handing_over", "declined"),
    "delivery:settle": ("handing_over",),
    "delivery:paid": ("settled",),
}
#: Looked at in the dark too.
DARK = ("reception:today", "reception:check_in", "reception:order", "workshop:board", "workshop:me", "delivery:settle")


def routes(resolver: URLResolver, above: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """(name with namespace, names of the parts of the address) of every route."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, (*above, pattern.namespace) if pattern.namespace else above)
        else:
            parts = [name for name, kind in pattern.pattern.converters.items() if type(kind) is not UUIDConverter]
            pictures = len(parts) < len(pattern.pattern.converters)
            yield ":".join([*above, str(pattern.name)]), ["picture"] if pictures else parts


def ids() -> dict[str, Any]:
    """One of everything that stands in the address of a page."""
    from customers.models import Ownership
    from reception.models import Line
    from records.models import IssuedPaper

    extra = Line.objects.filter(extra=True, state="offered").select_related("order").earliest("id")
    car = Ownership.objects.filter(vehicle=extra.order.vehicle_id, to_on__isnull=True).earliest("id")
    return {
        "order_id": extra.order_id, "vehicle_id": car.vehicle_id, "customer_id": car.customer_id,
        "membership_id": Membership.objects.earliest("id").pk, "key": "estimate.days", "code": extra.order.status_code,
        "paper_id": IssuedPaper.objects.latest("id").pk, "sheet": "a4",
    }  # fmt: skip


def user_of(permission: str) -> User | None:
    """The person of the demo who uses a page: the first role of the table that may."""
    if permission == _table.PUBLIC:
        return None
    role = next(one for one in Role.values if not permission or permission in permissions_of([one]))
    return Membership.objects.filter(roles=[role]).earliest("id").user


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def pages() -> list[tuple[str, User | None, str]]:
    """(route, who, address) of everything that answers GET with a page."""
    from reception.models import WorkOrder

    known, found = ids(), []
    latest = {row.state: row.pk for row in WorkOrder.objects.order_by("id")}
    for route, parts in routes(get_resolver()):
        user = user_of(_table.ROUTES[route])
        if any(part not in known for part in parts):
            continue  # an act on one row, or a picture: no page
        orders = [{"order_id": latest[state]} for state in OF_STATE.get(route, ())]
        for chosen in [{}, *orders]:
            url = reverse(route, kwargs={part: (known | chosen)[part] for part in parts})
            answer = signed_in(user).get(url)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                found.append((route, user, url))
    return found


class Walker:
    """A browser that opens pages and writes down what is wrong with them."""

    def __init__(self, browser: Any, base: str) -> None:
        self.browser, self.base, self.axe = browser, base, Axe()
        self.wrong: list[str] = []
        self.open: dict[tuple[int | None, int], Any] = {}
        self.said: list[str] = []

    def page(self, user: User | None, size: dict[str, int], language: str) -> Any:
        key = (user.pk if user else None, size["width"])
        if key not in self.open:
            context = self.browser.new_context(viewport=size, has_touch=size == PHONE)
            context.set_default_timeout(15_000)
            cookies = signed_in(user).cookies
            self.open[key] = page = context.new_page()
            page.on("console", lambda told: self.said.append(told.text) if told.type == "error" else None)
            page.on("pageerror", lambda error: self.said.append(str(error)))
            if user is not None:
                value = cookies[settings.SESSION_COOKIE_NAME].value
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.base}])
        page = self.open[key]
        page.context.add_cookies([{"name": "dms_language", "value": language, "url": self.base}])
        return page

    def look(self, route: str, page: Any, url: str, how: str, *, axe: bool) -> None:
        """Open the page; console, width and, if asked, the rules of axe."""
        self.said.clear()
        answer = page.goto(f"{self.base}{url}")
        found = list(self.said)
        if answer.status != 200:
            found.append(f"answered {answer.status}")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found.append(f"{wide} px wider than the screen")
        if axe:
            rules = [rule for rule in self.axe.run(page)["violations"] if rule["impact"] in ("serious", "critical")]
            found += [f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}" for rule in rules]
        self.wrong += [f"{route} {url} ({how}): {what}" for what in found]


@pytest.fixture
def walker(browser: Any, live_server: Any, demo: None) -> Iterator[Walker]:
    made = Walker(browser, live_server.url)
    yield made
    for page in made.open.values():
        page.context.close()


@pytest.mark.slow
def test_every_page_is_quiet_narrow_and_accessible(walker: Walker) -> None:
    found = pages()
    assert len({route for route, _user, _url in found}) > 30
    for language in ("zh-hans", "en"):
        User.objects.update(language=language, theme="light")
        for size in (PHONE, DESK):
            for number, (route, user, url) in enumerate(found):
                page = walker.page(user, size, language)
                # The rules of axe take the longest and hang on the markup: every second page on a phone, once each.
                axe = language == "zh-hans" and (size == PHONE) == (number % 2 == 0)
                walker.look(route, page, url, f"{language} {size['width']}", axe=axe)
    User.objects.update(theme="dark")
    for route, user, url in found:
        if route in DARK:
            walker.look(route, walker.page(user, DESK, "en"), url, "dark", axe=True)
    assert walker.wrong == []
