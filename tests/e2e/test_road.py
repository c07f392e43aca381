"""A known walk-in car goes from plate to gate, as each role in turn, in the browser; the three papers are printed.

Once in each language with scripts, and once without: every main act works by form and redirect.
"""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from PIL import Image
from pypdf import PdfReader

from customers.models import Customer, DueForecast
from delivery.models import Payment, Settlement
from dms.money import capitals
from reception.models import GatePass, WorkOrder
from records.models import IssuedPaper, PaperPrint
from records.pieces import Piece
from records.services.files import want
from records.services.papers import content_hash
from records.services.render import render_next
from records.states import PaperKind

WORDS = {"zh-hans": "右前轮响", "en": "squeaks in front"}
#: Letters of pinyin that an advisor types for the Chinese words.
PINYIN = len("youqianlunxiang")
FINDING = "后刹车片仅剩 2 毫米"


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    return out.getvalue()


def receive(me: Any, shop: Any, *, script: bool) -> WorkOrder:
    """The advisor: plate, odometer, fuel, words, due maintenance, signature."""
    if script:
        me.press("n")
        me.page.wait_for_url("**/register/")
        me.type("72K19")
        me.press("Enter")
        me.page.wait_for_selector("text=粤B·72K19")
        me.press("Enter")  # the first hit has the focus
    else:
        me.open(reverse("reception:register"))
        me.type("72K19", me.page.locator("main [name=q]"))
        me.click("Find")
        me.click("Receive")
    me.page.wait_for_url("**/check-in/")
    if script:
        me.type("48912")  # the odometer has the focus
    else:
        me.type("48912", me.page.locator("[name=odometer]"))
    me.click(me.page.locator("label", has_text="½"))
    me.click(me.page.locator("[name=words]"))
    me.page.keyboard.insert_text(WORDS[me.language])
    me.keys += PINYIN if me.language == "zh-hans" else len(WORDS["en"])
    me.click(me.page.locator("button[value^='add:rule:']").first)
    me.page.wait_for_selector("tbody tr")
    return WorkOrder.objects.get(vehicle=shop)


def sign(me: Any, *, script: bool) -> None:
    """The customer signs on the screen; without scripts the typed name is the signature."""
    if script:
        canvas = me.page.locator("canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        me.page.mouse.move(box["x"] + 30, box["y"] + 40)
        me.page.mouse.down()
        for step in range(1, 6):
            me.page.mouse.move(box["x"] + 30 + 30 * step, box["y"] + 40 + (-1) ** step * 15)
        me.page.mouse.up()
        me.clicks += 1
    me.click("Sign and hand to the workshop")
    me.page.wait_for_url(re.compile(r"/orders/\d+/(#.*)?$"))


def dispatch(me: Any, job: str = "") -> None:
    """The supervisor dispatches: whom the board suggests, or one chosen."""
    card = me.page.locator("section.lane.open article.job").first
    me.choose(
        card.locator("select[name=technician]"), me.page.locator("option", has_text="吴涛").first.get_attribute("value")
    )
    me.click(card.get_by_role("button", name=me.t("Dispatch")).first)
    me.page.wait_for_selector("section.lane.open article.job", state="detached")


def issue_parts(hands: Callable[..., Any], language: str, script: bool) -> None:
    clerk = hands("parts", language, script=script)
    clerk.open(reverse("workshop:parts"))
    while clerk.page.get_by_role("button", name=clerk.t("Issue"), exact=True).count():
        left = clerk.page.get_by_role("button", name=clerk.t("Issue"), exact=True).count()
        clerk.click(clerk.page.get_by_role("button", name=clerk.t("Issue"), exact=True).first)
        clerk.page.wait_for_load_state()
        assert clerk.page.get_by_role("button", name=clerk.t("Issue"), exact=True).count() == left - 1


def report_extra(me: Any, order: WorkOrder) -> None:
    """The technician found something: words, what it needs, a photo."""
    me.click(me.page.locator("summary", has_text=me.t("Report extra work")))
    me.page.locator("[name=finding]").fill(FINDING)
    me.page.locator("[name=operation]").fill("R2002")
    me.page.locator("[name=photo]").set_input_files({"name": "pads.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    me.clicks += 4
    me.click(me.page.get_by_role("button", name=me.t("Report"), exact=True))
    me.page.wait_for_load_state()
    assert order.lines.filter(extra=True, state="draft").count() == 1


def finish_jobs(me: Any) -> None:
    """Every job of the technician, one after the other, then the self check."""
    while True:
        if me.page.get_by_role("button", name=me.t("Job finished")).count():
            me.click("Job finished")
        elif me.page.get_by_role("button", name=me.t("Start"), exact=True).count():
            me.click(me.page.get_by_role("button", name=me.t("Start"), exact=True).first)
        else:
            break
        me.page.wait_for_load_state()


def papers_of(me: Any, order: WorkOrder) -> dict[str, str]:
    """The text of each paper, printed through its page, by kind."""
    texts = {}
    for paper in IssuedPaper.objects.filter(subject_key=order.subject_key):
        want(paper.branch, [Piece(paper.pk, "a4")])
    while render_next():
        pass
    for paper in IssuedPaper.objects.filter(subject_key=order.subject_key).order_by("id"):
        answer = me.page.request.get(f"{me.base}{reverse('records:paper', args=[paper.pk, 'a4'])}")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert content_hash(paper.content) == paper.content_hash
        texts[paper.kind] = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages)
    return texts


@pytest.mark.parametrize(
    ("language", "script"), [("zh-hans", True), ("en", True), ("en", False)], ids=["zh", "en", "en without scripts"]
)
def test_a_known_car_from_plate_to_gate(
    hands: Callable[..., Any], budget: Callable[..., None], shop: Any, language: str, script: bool
) -> None:
    told = f"({'zh' if language == 'zh-hans' else 'en'}{'' if script else ', no scripts'})"
    Customer.objects.update(language=language)  # papers and status page speak the customer's language
    advisor = hands("advisor", language, script=script)
    order = receive(advisor, shop, script=script)
    sign(advisor, script=script)
    if script:
        budget(f"J2 check-in, walk-in, known car {told}", advisor, clicks=8, keys=35)
    order.refresh_from_db()
    assert (order.state, order.odometer_in, order.statements.get().words) == ("authorised", 48_912, WORDS[language])

    supervisor = hands("supervisor", language, script=script)
    supervisor.open(reverse("workshop:board"))
    supervisor.click("Accept the car")
    supervisor.page.wait_for_load_state()
    supervisor.begin()
    dispatch(supervisor)
    budget(f"dispatch one job {told}", supervisor, clicks=2)
    issue_parts(hands, language, script)

    technician = hands("technician", language, phone=True, script=script)
    technician.open(reverse("workshop:me"))
    technician.begin()
    technician.click(technician.page.get_by_role("button", name=technician.t("Start"), exact=True).first)
    budget(f"technician starts {told}", technician, clicks=1)
    technician.page.wait_for_load_state()
    technician.begin()
    report_extra(technician, order)
    budget(f"report extra work with photo {told}", technician, clicks=6)

    advisor.open(reverse("reception:order", args=[order.pk]))
    advisor.begin()
    advisor.click("Send to the customer")
    advisor.page.wait_for_load_state()
    budget(f"price and send extra work {told}", advisor, clicks=5)

    customer = hands(None, language, phone=True, script=script)
    customer.open(reverse("portal:enter"))
    customer.type(order.status_code.lower(), customer.page.locator("[name=code]"))
    customer.press("Enter")
    customer.page.wait_for_url(f"**{reverse('portal:status', args=[order.status_code])}")
    customer.begin()
    customer.click("Agree")
    customer.click("Confirm")
    customer.page.wait_for_load_state()
    budget(f"customer approves: code and {told}", customer, clicks=3)
    extra = order.lines.get(extra=True)
    assert (extra.state, order.authorisations.latest("id").how) == ("approved", "status_page")

    supervisor.open(reverse("workshop:board"))
    dispatch(supervisor)
    technician.open(reverse("workshop:me"))
    finish_jobs(technician)
    technician.click("Checked, all in order")
    technician.page.wait_for_load_state()
    for role in ("leader", "inspector"):
        checker = hands(role, language, script=script)
        checker.open(reverse("workshop:checks"))
        checker.click(checker.page.get_by_role("button", name=checker.t("Pass"), exact=True).first)
        checker.page.wait_for_load_state()
        budget(f"pass a check {told}", checker, clicks=1)
    technician.open(reverse("workshop:wash"))
    technician.click("Washed")
    technician.page.wait_for_load_state()
    order.refresh_from_db()
    assert order.state == "ready"

    advisor.open(reverse("delivery:handover", args=[order.pk]))
    for box in advisor.page.locator("[name=i-checks]").all():
        box.check()
    advisor.click("Passed, call the customer")
    advisor.page.wait_for_load_state()
    advisor.page.locator("[name=w-advice]").fill("轮胎花纹 3.2 毫米")
    advisor.click("Shown, to the till")
    advisor.page.wait_for_load_state()

    cashier = hands("cashier", language, script=script)
    cashier.open(reverse("delivery:till"))
    cashier.click(cashier.page.locator("a.row").first)
    cashier.page.wait_for_url("**/till/*/")
    cashier.click(cashier.page.locator("button.go"))
    cashier.page.wait_for_url("**/paid/")
    here = cashier.page.context
    with here.expect_page() as papers, here.expect_event("requestfinished", lambda one: one.url.endswith(".a4.pdf")):
        cashier.click(cashier.page.locator("button.go"))
    papers.value.close()
    budget(f"settle, one payer, slip and gate pass printed {told}", cashier, clicks=4)
    slip = Settlement.objects.get(order=order)
    assert Payment.objects.get().amount == slip.gross == sum(line.gross for line in order.lines.filter(state="done"))

    for button in advisor.page.get_by_role("button", name=advisor.t("Given back")).all():
        button.click()
    gate_pass = GatePass.objects.get(order=order)
    guard = hands("gate", language, phone=True, script=script)
    guard.open(reverse("delivery:gate"))
    guard.begin()
    guard.type(gate_pass.code)
    guard.press("Enter")
    guard.page.wait_for_selector(".verdict")
    assert "✔" not in guard.text(), "the plate is compared first"
    guard.click(guard.t("Yes, let it out"))
    guard.page.wait_for_selector(".verdict:has-text('✔')")
    budget(f"gate: six digits and {told}", guard, clicks=1)
    assert "✔" in guard.text()
    order.refresh_from_db()
    assert order.state == "released"
    guard.open(reverse("delivery:gate"))
    guard.page.fill("[name=code]", gate_pass.code)
    guard.page.press("[name=code]", "Enter")
    guard.page.wait_for_selector(".verdict.no")
    assert guard.t("This gate pass was already used.") in guard.text()

    texts = papers_of(advisor, order)
    # Nobody asked for an estimate or labels; a small repair has no certificate.
    none = {"payer_slip", "credit_statement", "estimate", "part_label", "bag_label", "certificate"}
    assert set(texts) == set(PaperKind.values) - none
    printed = PaperPrint.objects.filter(paper__subject_key=order.subject_key).values_list("paper__kind", "copy")
    assert sorted(printed) == [("gate_pass", 1), ("old_parts", 1), ("settlement", 1)]
    plain = texts["settlement"].replace(" ", "")
    assert f"{slip.gross:,}" in plain
    assert capitals(slip.gross) in plain
    assert order.number in texts["work_order"].replace("\n", "")
    assert gate_pass.code in texts["gate_pass"].replace(" ", "")
    assert Decimal(IssuedPaper.objects.get(kind="settlement").content["gross"]) == slip.gross

    advisor.open(reverse("customers:vehicle", args=[shop.pk]))
    following = DueForecast.objects.filter(vehicle=shop, closed_at__isnull=True, cycle=2).first()
    assert following is not None
    with translation.override(language):
        assert date_format(following.due_on, "DATE_FORMAT") in advisor.text()
