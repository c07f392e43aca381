"""Every page as the role that uses it, in three sizes and both languages: quiet console, no sideways scroll, and
nothing serious that axe would find. A new route is walked by itself; a new part of an address needs a row in `ids`.

Axe looks at `LOOKS`, in which each size, language and theme stands; at every combination it looks with

    DMS_EVERY_LOOK=1 python3 run.py test tests/e2e/test_every_page.py
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
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
from accounts.selectors import secret_hash
from dms.clock import branch_day, now

_spec = util.spec_from_file_location("route_roles", Path(__file__).parents[1] / "contract" / "route_roles.py")
assert _spec is not None
assert _spec.loader is not None
_table = util.module_from_spec(_spec)
_spec.loader.exec_module(_table)

PHONE, TABLET, DESK = ({"width": width, "height": height} for width, height in ((390, 844), (768, 1024), (1366, 768)))
#: (language, width, theme) at which axe looks, unless it is asked to look at all of them.
LOOKS = {("zh-hans", 390, "light"), ("zh-hans", 1366, "dark"), ("en", 768, "light")}
EVERY = os.environ.get("DMS_EVERY_LOOK") == "1"
#: Swagger's colours are for a light ground, whatever the person chose.
ALWAYS_LIGHT = ("api:docs",)
THEME = "theme => document.documentElement.setAttribute('data-theme', theme)"
#: Run axe, and give the broken rules that are serious or worse with up to three places each.
#: In the dark only colours are others: structure, names and order were judged in the light a moment before.
RULES = """
theme => axe.run(document, theme === "dark"
  ? { resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"] }
  : { resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact))
  .map(({ id, nodes }) => ({ id, targets: nodes.slice(0, 3).map(({ target }) => target.join(" ")).join(", ") })))
"""
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Pages that belong to another state of the order than the first one of the list.
OF_STATE = {
    "reception:check_in": ("estimating",),
    "reception:walk": ("estimating",),
    "reception:order": ("working", "settled"),
    "delivery:handover": ("ready", "handing_over", "declined"),
    "delivery:settle": ("handing_over",),
    "delivery:paid": ("settled",),
}


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
    from catalog.models import (
        CareRule,
        ExpectedPart,
        HealthPoint,
        Insurer,
        PackageTemplate,
        PartSubstitute,
        Supplier,
        SupplierOrder,
        WarrantyTerm,
    )
    from customers.models import Customer, ImportRun, Message, Ownership, Recall
    from delivery.day_selectors import day_content
    from delivery.models import DayClose, Drawer, HandoverPoint, InsuranceClaim, MakerClaim, Receivable
    from reception.models import Appointment, Line, Package
    from records.models import IssuedPaper, SavedList
    from retention.models import CallTask, Complaint
    from workshop.models import CheckItem, Screen

    extra = Line.objects.filter(extra=True, state="offered").select_related("order").earliest("id")
    waits = CallTask.objects.filter(kind="follow_up", state="open").latest("id")
    car = Ownership.objects.filter(vehicle=extra.order.vehicle_id, to_on__isnull=True).earliest("id")
    someone = Customer.objects.exclude(pk=car.customer_id).filter(branch=extra.order.branch).earliest("id")
    boss = Membership.objects.filter(roles=["manager"]).earliest("id")
    listed = ImportRun.objects.create(
        branch=boss.branch, kind="cars", file_name="客户.csv", encoding="gb18030", delimiter=",",
        header=["姓名", "车牌"], sample=[["王建国", "粤B72K19"]], mapping=["name", "plate"],
        made_at=extra.created_at, made_by=boss.user, moved_at=extra.created_at,
    )  # fmt: skip
    Screen.objects.create(
        branch=boss.branch, secret_hash=secret_hash("television"), made_at=extra.created_at, made_by=boss.user,
        expires_at=now() + timedelta(days=1),
    )  # fmt: skip
    cashier = Membership.objects.filter(branch=boss.branch, roles=["cashier"]).earliest("id").user
    drawer = Drawer.objects.create(branch=boss.branch, float_amount=500, opened_at=now(), opened_by=cashier)
    close = DayClose.objects.create(
        branch=boss.branch, day=branch_day(boss.branch), number="RJ-1", closed_at=now(), closed_by=cashier,
        content=day_content(boss.branch, branch_day(boss.branch)),
    )  # fmt: skip
    mine = SavedList.objects.create(
        branch=boss.branch, owner=user_of("records.export"), name="粤B", table="vehicles", form="xlsx",
        conditions=[{"path": "plate", "how": "has", "value": "粤B"}], rhythm_from=branch_day(boss.branch),
    )  # fmt: skip
    package, _made = PackageTemplate.objects.get_or_create(
        name="三年保养", defaults={"price": 2400, "tax_rate": "0.06"}
    )
    return {
        "insurer_id": Insurer.objects.earliest("id").pk, "claim_id": InsuranceClaim.objects.earliest("id").pk,
        "maker_claim_id": MakerClaim.objects.earliest("id").pk,
        "package_template_id": package.pk, "package_id": Package.objects.latest("id").pk, "link": "television",
        "point_id": HandoverPoint.objects.earliest("id").pk, "drawer_id": drawer.pk, "close_id": close.pk,
        "payer": "customer",
        "receivable_id": Receivable.objects.filter(settlement__order__branch=boss.branch, state="on_account")
        .latest("id").pk,
        "run_id": listed.pk, "what": "customer", "first_id": car.customer_id, "second_id": someone.pk,
        "order_id": extra.order_id, "line_id": extra.pk, "vehicle_id": car.vehicle_id, "customer_id": car.customer_id,
        "membership_id": Membership.objects.earliest("id").pk, "key": "estimate.days",
        "list_id": mine.pk, "table": "vehicles",
        "figure_key": "on_time", "contact": "left", "exception": "late", "measure": "released",
        "code": extra.order.status_code,
        "paper_id": IssuedPaper.objects.latest("id").pk, "sheet": "a4", "listing": "levels", "task_id": waits.pk,
        "complaint_id": Complaint.objects.filter(state="open").latest("id").pk,
        "appointment_id": Appointment.objects.filter(state="booked").latest("starts_at").pk,
        "delivery_id": ExpectedPart.objects.filter(order=None).exclude(expected_on=None).earliest("id").pk,
        "supplier_id": Supplier.objects.earliest("id").pk, "supplier_order_id": SupplierOrder.objects.earliest("id").pk,
        "health_list_id": HealthPoint.objects.earliest("id").health_list_id,
        "health_point_id": HealthPoint.objects.earliest("id").pk,
        "term_id": WarrantyTerm.objects.earliest("id").pk,
        "branch_code": extra.order.branch.code,
        "recall_id": Recall.objects.earliest("id").pk, "check_item_id": CheckItem.objects.earliest("id").pk,
        "substitute_id": PartSubstitute.objects.earliest("id").pk, "care_rule_id": CareRule.objects.earliest("id").pk,
        "kind": "order_ready", "channel": "sms", "language": "zh-hans", "token": Message.objects.earliest("id").key.hex,
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


def themes(route: str, language: str, width: int) -> list[str]:
    """Those in which axe looks at a page of that language and width."""
    possible = ("light",) if route in ALWAYS_LIGHT else ("light", "dark")
    return [theme for theme in possible if EVERY or (language, width, theme) in LOOKS]


class Walker:
    """A browser that opens pages and writes down what is wrong with them."""

    def __init__(self, browser: Any, base: str) -> None:
        self.browser, self.base, self.axe = browser, base, Axe()
        self.wrong: list[str] = []
        self.looks = 0
        self.open: dict[tuple[int | None, bool], Any] = {}
        self.said: list[str] = []

    def page(self, user: User | None, language: str, *, touch: bool) -> Any:
        key = (user.pk if user else None, touch)
        if key not in self.open:
            # Without motion: a colour on its way to another one has a contrast of its own.
            context = self.browser.new_context(has_touch=touch, reduced_motion="reduce")
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

    def visit(self, route: str, page: Any, url: str, language: str, sizes: list[dict[str, int]]) -> None:
        """Open the page once and look at it in each size, light and dark: console, width and the rules of axe."""
        self.said.clear()
        page.set_viewport_size(sizes[0])
        answer = page.goto(f"{self.base}{url}")
        found = {f"answered {answer.status}"} if answer.status != 200 else set()
        if any(themes(route, language, size["width"]) for size in sizes):
            page.evaluate(self.axe.axe_script)
        for size in sizes:
            page.set_viewport_size(size)
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                found.add(f"{size['width']}: {wide} px wider than the screen")
            for theme in themes(route, language, size["width"]):
                found |= {f"{size['width']} {theme}: {rule}" for rule in self.broken_rules(page, theme)}
        self.wrong += [f"{route} {url} ({language}) {what}" for what in [*self.said, *sorted(found)]]

    def broken_rules(self, page: Any, theme: str) -> list[str]:
        """What axe finds that is serious or critical."""
        self.looks += 1
        page.evaluate(THEME, theme)
        rules = page.evaluate(RULES, theme)
        return [f"{rule['id']}: {rule['targets']}" for rule in rules]


@pytest.fixture
def walker(browser: Any, live_server: Any, demo: None) -> Iterator[Walker]:
    made = Walker(browser, live_server.url)
    yield made
    for page in made.open.values():
        page.context.close()


@pytest.mark.slow
def test_every_page_is_quiet_narrow_and_accessible(
    walker: Walker, record_property: Callable[[str, object], None]
) -> None:
    found = pages()
    assert len({route for route, _user, _url in found}) > 30
    for language in ("zh-hans", "en"):
        User.objects.update(language=language, theme="light")
        for route, user, url in found:
            # Chinese at a mouse and at a finger; English at a finger alone, where everything is larger.
            fingers, mouse = ([PHONE], [TABLET, DESK]) if language == "zh-hans" else ([PHONE, TABLET, DESK], [])
            walker.visit(route, walker.page(user, language, touch=True), url, language, fingers)
            if mouse:
                walker.visit(route, walker.page(user, language, touch=False), url, language, mouse)
    record_property(
        "budget", f"axe: {walker.looks} looks at {len(found)} pages, {'all' if EVERY else len(LOOKS)} ways each"
    )
    sizes = [(language, width) for language in ("zh-hans", "en") for width in (390, 768, 1366)]
    assert walker.looks == sum(len(themes(route, *size)) for route, _user, _url in found for size in sizes)
    assert walker.wrong == []
