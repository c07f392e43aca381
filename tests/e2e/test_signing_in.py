"""The door in a real browser: a passkey of Chromium's virtual authenticator, an app's codes, a shared desk's PIN."""

from typing import Any
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Factor, SignIn, User
from accounts.services.pins import set_pin
from dms.clock import now
from portal.demo.people import PASSWORD

pytestmark = pytest.mark.slow
LOGIN, SECURITY = reverse("accounts:login"), reverse("accounts:security")


def authenticator(page: Any) -> tuple[Any, str]:
    """A passkey holder in this browser that finds its finger at once."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return devtools, made["authenticatorId"]


def sign_out(person: Any) -> None:
    person.page.context.clear_cookies(name="sessionid")
    person.open(LOGIN)


def password(person: Any, name: str) -> None:
    person.page.fill("[name=username]", name)
    person.page.fill("[name=password]", PASSWORD)
    person.page.press("[name=password]", "Enter")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_passkey_from_making_it_to_losing_its_user(hands: Any, live_server: Any, language: str) -> None:
    cashier = hands("cashier", language)
    cashier.base = live_server.url.replace("127.0.0.1", "localhost")  # passkeys are bound to a name, not to an address
    page = cashier.page
    sign_out(cashier)
    password(cashier, "cashier")
    page.wait_for_url(lambda url: "login" not in url)
    devtools, holder = authenticator(page)
    cashier.open(SECURITY)
    cashier.click(page.get_by_role("link", name=cashier.t("Add a passkey")))
    page.fill("#passkey-name", "前台电脑")
    cashier.click("Make a passkey")
    expect(page.locator("[data-codes] li")).to_have_count(10)
    page.get_by_role("link", name=cashier.t("I have them")).click()
    expect(page.locator("main")).to_contain_text("前台电脑")
    assert set(Factor.objects.values_list("kind", flat=True)) == {"passkey", "recovery"}

    # With the passkey alone, by keyboard.
    sign_out(cashier)
    page.get_by_role("button", name=cashier.t("Sign in with a passkey")).press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    assert SignIn.objects.latest("id").proof == "passkey"

    # After the password; the password alone opens nothing.
    sign_out(cashier)
    password(cashier, "cashier")
    page.wait_for_url("**/login/code/")
    cashier.click("Sign in with a passkey")
    page.wait_for_url(lambda url: "login" not in url)
    user = User.objects.get(username="cashier")
    assert page.locator("[data-me]").first.inner_text() == user.name

    # A copied key counts behind; somebody who was switched off has no door at all.
    for change in ("copied", "off"):
        if change == "copied":
            Factor.objects.filter(kind="passkey").update(counter=10**6)
        else:
            Factor.objects.filter(kind="passkey").update(counter=0)
            User.objects.filter(pk=user.pk).update(is_active=False)
        sign_out(cashier)
        cashier.click("Sign in with a passkey")
        expect(page.locator("[data-told]")).to_have_text(cashier.t("This passkey does not open this door."))
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": holder})


@pytest.mark.parametrize(("language", "script"), [("en", True), ("zh-hans", False)])
def test_an_app_from_scanning_it_to_signing_in(hands: Any, language: str, script: bool) -> None:
    advisor = hands("advisor", language, script=script)
    page = advisor.page
    advisor.open(SECURITY)
    page.get_by_role("link", name=advisor.t("Add an authenticator app")).click()
    secret = page.inner_text(".key").replace(" ", "")
    # A step may end between typing and sending: this code and the next stay good, the one before would not.
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    advisor.click("Use this app")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    for code in (pyotp.TOTP(secret).at(now().timestamp() + 30), codes[0]):
        sign_out(advisor)
        password(advisor, "advisor")
        page.wait_for_url("**/login/code/")
        page.fill("[name=code]", code)
        page.press("[name=code]", "Enter")
        page.wait_for_url(lambda url: "login" not in url)
    assert SignIn.objects.latest("id").proof == "code"


def test_the_picture_holds_the_key(hands: Any) -> None:
    from accounts.services.factors import address_of

    told = urlparse(address_of(User(username="advisor"), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"))
    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert parse_qs(told.query)["secret"] == ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"]
    page = hands("advisor", "en").page
    page.goto(page.url.split("/", 3)[0] + "//" + urlparse(page.url).netloc + reverse("accounts:totp"))
    assert page.locator(".factor-setup img").evaluate("image => image.complete && image.naturalWidth > 0")


def test_a_shared_desk_keeps_the_page_while_people_change_places(hands: Any) -> None:
    manager = hands("manager", "zh-hans")
    page = manager.page
    for name in ("advisor", "manager"):
        set_pin(user=User.objects.get(username=name), pin="4071")
    manager.open(reverse("accounts:desks"))
    page.fill("[name=name]", "前台左")
    manager.click("Make it a shared desk")
    for name in ("advisor", "manager"):
        sign_out(manager)
        password(manager, name)
        page.wait_for_selector("main h1")
    manager.open(reverse("reception:register"))
    field = page.locator("main [name=q]")
    field.fill("粤B7")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("l")
    dialog = page.locator("dialog#session")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    advisor = User.objects.get(username="advisor")
    dialog.get_by_text(advisor.name, exact=True).click()
    dialog.locator("[name=pin]").fill("9999")
    dialog.locator("[name=pin]").press("Enter")
    expect(dialog.locator(".error").first).to_have_text(manager.t("This PIN is wrong."))
    dialog.get_by_text(advisor.name, exact=True).click()
    dialog.locator("[name=pin]").fill("4071")
    dialog.locator("[name=pin]").press("Enter")
    expect(dialog).to_be_hidden()
    assert field.input_value() == "粤B7"
    assert page.locator("[data-me]").first.inner_text() == advisor.name
    assert SignIn.objects.latest("id").user == advisor
