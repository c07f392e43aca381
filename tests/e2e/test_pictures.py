"""The pictures of the guides, made by this test from the demo, so that they show pages that are there.

    DMS_PICTURES=1 python3 run.py test tests/e2e/test_pictures.py

(or `DMS_PICTURES=plan,care` for some) writes them to `docs/pictures/` and `docs/zh/pictures/`; without it the test
makes each of them and throws it away.
"""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from reception.models import WorkOrder

DESK, TABLET, PHONE = (1366, 768), (1024, 768), (390, 844)
FOLDERS = {"en": Path(settings.BASE_DIR) / "docs" / "pictures", "zh-hans": Path(settings.BASE_DIR) / "docs/zh/pictures"}
#: Pages are longer than screens; a guide shows so much of them, in px.
LONGEST = 1100
#: WebP quality: letters stay sharp, a page takes 30 to 60 kB.
QUALITY = 78


class Picture(NamedTuple):
    """Whose page, its address (with an order in `state`), how wide the screen is, and what is pressed before."""

    username: str
    route: str
    size: tuple[int, int] = DESK
    state: str = ""
    press: str = ""


PICTURES: dict[str, Picture] = {
    "sign-in": Picture("", "accounts:login", (768, 700)),
    "today": Picture("advisor", "reception:today"),
    "register": Picture("advisor", "reception:register"),
    "check-in": Picture("advisor", "reception:check_in", state="estimating"),
    "order": Picture("advisor", "reception:order", state="working"),
    "handover": Picture("advisor", "delivery:handover", state="ready"),
    "vehicles": Picture("advisor", "customers:vehicles"),
    "board": Picture("supervisor", "workshop:board"),
    "plan": Picture("supervisor", "workshop:plan", press="button[value=make]"),
    "my-work": Picture("technician", "workshop:me", PHONE),
    "checks": Picture("inspector", "workshop:checks", TABLET),
    "parts": Picture("parts", "workshop:parts"),
    "wash": Picture("leader", "workshop:checks", PHONE),
    "till": Picture("cashier", "delivery:till"),
    "settle": Picture("cashier", "delivery:settle", state="handing_over"),
    "paid": Picture("cashier", "delivery:paid", state="settled"),
    "gate": Picture("gate", "delivery:gate", PHONE),
    "calls": Picture("crm", "retention:calls"),
    "complaints": Picture("crm", "retention:complaints"),
    "follow-up": Picture("crm", "retention:due"),
    "lapsed": Picture("crm", "retention:lapsed"),
    "care": Picture("manager", "catalog:care_rules"),
    "security": Picture("advisor", "accounts:security"),
    "people": Picture("admin", "accounts:people"),
    "rules": Picture("admin", "records:rules"),
    "status": Picture("", "portal:status", PHONE, state="working"),
}


def address(one: Picture) -> str:
    """The page's address; a customer's has the code of the order."""
    if not one.state:
        return reverse(one.route)
    orders = WorkOrder.objects.filter(state=one.state)
    asked = orders.filter(lines__state="offered", lines__extra=True).first()  # a guide shows the most of a page
    order = asked or orders.order_by("-authorised_amount", "-id")[0]
    return reverse(one.route, args=[order.status_code if one.route == "portal:status" else order.pk])


def webp(png: bytes) -> bytes:
    """The picture as the guides have it."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.crop((0, 0, image.width, min(image.height, LONGEST))).save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


@pytest.fixture
def shoot(browser: Any, live_server: Any, demo: None) -> Iterator[Callable[[Picture, str], bytes]]:
    """`shoot(picture, language)`: the page as PNG."""
    contexts = []

    def make(one: Picture, language: str) -> bytes:
        width, height = one.size
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=one.size == PHONE)
        contexts.append(context)
        cookies = {"dms_language": language}
        if one.username:
            client = Client()
            client.force_login(User.objects.get(username=one.username), "django.contrib.auth.backends.ModelBackend")
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = context.new_page()
        answer = page.goto(f"{live_server.url}{address(one)}")
        assert answer.status == 200, f"{one.route} answered {answer.status}"
        if one.press:
            page.locator(one.press).first.click()
            page.wait_for_load_state("load")
            page.locator("select[name$=-technician]").first.wait_for(timeout=20_000)
        png: bytes = page.screenshot(full_page=True)
        context.close()
        contexts.remove(context)
        return png

    yield make
    for context in contexts:
        context.close()


@pytest.mark.slow
def test_every_picture_of_the_guides_can_be_made(shoot: Any) -> None:
    keep = os.environ.get("DMS_PICTURES", "")
    wanted = PICTURES if keep in ("", "1") else {name: PICTURES[name] for name in keep.split(",")}
    # Thrown away, one language is enough: every page is opened in both by the walk over all pages.
    for language, folder in FOLDERS.items() if keep else [("zh-hans", FOLDERS["zh-hans"])]:
        User.objects.update(language=language, theme="light")
        folder.mkdir(parents=True, exist_ok=True)
        for name, one in wanted.items():
            made = webp(shoot(one, language))
            assert len(made) > 2_000, f"{name} is nearly empty"
            if keep:
                (folder / f"{name}.webp").write_bytes(made)
