"""Check-in, dispatch and settlement with the keyboard alone, in both languages: no pointer, no help from a script.

After every Tab: the focused element is on the screen and not covered, it has an outline and a name, and it is not where
the focus already was. Refusals and error summaries take the focus; a swap does not lose it.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from delivery.models import Payment, Settlement
from dms.clock import now
from reception.models import GatePass, Line, WorkOrder
from workshop.models import Job

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"], ids=["zh", "en"])
WORDS = {"zh-hans": "右前轮响", "en": "squeaks in front"}
PINYIN = len("youqianlunxiang")
#: More than any page has; a page that needs as many has lost the reader.
MOST = 140
#: What a reader with a keyboard sees of the focused element: where it is, what is painted round it, who lies over it.
#: A hidden radio button or file field shows its focus on its label, the look-up on its frame.
SEEN = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body || focused === document.documentElement) return null;
  if (!window.seenBefore) { window.seenBefore = new WeakMap(); window.seenCount = 0; }
  if (!window.seenBefore.has(focused)) window.seenBefore.set(focused, ++window.seenCount);
  const shown = [...(focused.labels ?? []), focused.closest(".find")].filter(Boolean);
  const painted = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && !/, 0\\)$|transparent/.test(outlineColor);
  };
  const boxes = [focused, ...shown].map((one) => one.getBoundingClientRect());
  const box = boxes.find(({ width, height }) => width > 3 && height > 3);
  const middle = box && box.top + box.height / 2;
  const at = box && document.elementFromPoint(
    Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width / 2, 40))), middle);
  return {
    id: window.seenBefore.get(focused), what: focused.outerHTML.slice(0, 160),
    painted: [focused, ...shown].some(painted),
    inside: Boolean(box && box.right > 0 && box.left < innerWidth && middle > 0 && middle < innerHeight),
    covered: Boolean(at) && ![focused, ...shown].some((one) => one.contains(at) || at.contains(one)),
  };
}"""


class Keyboard:
    """Somebody without a mouse."""

    def __init__(self, hands: Any) -> None:
        self.hands, self.page = hands, hands.page
        self.cdp = hands.page.context.new_cdp_session(hands.page)
        self.wrong: list[str] = []

    def press(self, key: str, times: int = 1) -> None:
        for _time in range(times):
            self.page.wait_for_timeout(90 if len(key) == 1 else 0)  # letters of a person; a scanner's are no shortcuts
            self.hands.press(key)

    def write(self, text: str) -> None:
        """As a person types; Chinese comes from an input method, counted as its letters."""
        if text.isascii():
            self.hands.type(text)
        else:
            self.page.keyboard.insert_text(text)
            self.hands.keys += PINYIN

    def look(self) -> dict[str, Any] | None:
        """The focused element, judged; None where the page itself has the focus."""
        seen: dict[str, Any] | None = self.page.evaluate(SEEN)
        if seen is None:
            return None
        name = self.name()
        faults = [
            *([] if seen["painted"] else ["shows no focus"]), *([] if seen["inside"] else ["is off the screen"]),
            *(["is covered"] if seen["covered"] else []), *([] if name else ["has no name"]),
        ]  # fmt: skip
        self.wrong += [f"{self.page.url}: {fault}: {seen['what']}" for fault in faults]
        return seen | {"name": name}

    def name(self) -> str:
        """The accessible name of the focused element, as the browser tells it to a screen reader."""
        found = self.cdp.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
        # What takes the focus to be read (a summary, a banner) is read whole; its text is its name.
        told = self.page.evaluate("document.activeElement.tabIndex < 0 ? document.activeElement.innerText : ''")
        nodes = self.cdp.send("Accessibility.getPartialAXTree", {"objectId": found, "fetchRelatives": False})["nodes"]
        return str(nodes[0].get("name", {}).get("value", "") or told).strip()

    def on(self, selector: str) -> bool:
        return bool(self.page.evaluate("one => document.activeElement.matches(one)", selector))

    def tab_to(self, selector: str, key: str = "Tab") -> None:
        """Tab until the selector has the focus; each stop on the way is looked at."""
        for _step in range(MOST):
            self.press(key)
            self.look()
            if self.on(selector):
                return
        raise AssertionError(f"{selector} cannot be reached by {key} on {self.page.url}")

    def round(self) -> int:
        """Once round the page and a step back; how many stops. Whatever stops twice in a row, or early, is a trap."""
        before, stops, first = None, [], None
        for _step in range(MOST):
            self.page.keyboard.press("Tab")
            seen = self.look()
            if seen is None:  # the browser's own bar, between the last and the first
                if stops:
                    break
                continue
            assert seen["id"] != before, f"trap: {seen['what']}"
            if seen["id"] == first:
                break
            first, before = first or seen["id"], seen["id"]
            stops.append(seen["id"])
        assert len(set(stops)) == len(stops), "the same element stops twice in one round"
        last = self.page.evaluate(LAST)
        assert stops
        assert last == [], f"never reached: {last}"
        self.page.keyboard.press("Shift+Tab")
        assert self.look() is None or self.page.evaluate(SEEN)["id"] in stops
        return len(stops)


#: What could have the focus and did not in the round: links, buttons and fields that are shown, one a radio group.
LAST = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && !one.closest("dialog:not([open])"))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => one.type !== "radio" || one.checked)
  .filter((one) => !window.seenBefore.has(one)).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def keyboard(hands: Callable[..., Any]) -> Iterator[Callable[..., Keyboard]]:
    """`keyboard(username, language)`; what was wrong at any stop fails the test at its end."""
    made: list[Keyboard] = []

    def make(username: str, language: str) -> Keyboard:
        made.append(Keyboard(hands(username, language)))
        return made[-1]

    yield make
    wrong = sorted({fault for one in made for fault in one.wrong})
    assert wrong == []


def told(language: str) -> str:
    return "zh" if language == "zh-hans" else "en"


@LANGUAGES
def test_check_in(keyboard: Callable[..., Keyboard], budget: Callable[..., None], shop: Any, language: str) -> None:
    me = keyboard("advisor", language)
    page, hands = me.page, me.hands
    me.press("n")
    page.wait_for_url("**/register/")
    me.write("72K19")
    me.press("Enter")
    page.wait_for_selector("text=粤B·72K19")
    me.look()
    me.press("Enter")  # the first hit has the focus
    page.wait_for_url("**/check-in/")
    assert me.on("[name=odometer]")
    me.tab_to("[value=sign]")
    me.press("Enter")  # nothing is filled in
    page.wait_for_selector(".summary:focus")
    me.look()
    me.press("Tab")
    me.look()
    assert me.on(".summary a")
    me.press("Enter")  # to the field that is wrong
    assert me.on("[name=odometer]")
    hands.begin()
    me.write("48912")
    me.tab_to("[name=words]")
    me.write(WORDS[language])
    me.tab_to("[name=find]")
    me.write("brake" if language == "en" else "R2")
    page.wait_for_selector("#found button[value*='R2'], #found button[value*='B']")
    page.wait_for_timeout(300)
    assert me.on("[name=find]")  # the rows beneath were swapped while somebody typed
    me.press("Backspace", 5 if language == "en" else 2)
    page.wait_for_selector("#found button[value^='add:rule:']")
    me.tab_to("button[value^='add:rule:']")
    me.press("Enter")
    page.wait_for_selector("tbody tr")
    assert Line.objects.filter(order__vehicle=shop).exists()
    me.tab_to("[name=fuel]")
    me.press("ArrowRight", 2)
    assert page.evaluate("document.activeElement.value") == "2"
    me.tab_to("[name=signer]")
    assert page.evaluate("document.activeElement.value") == "王建国"  # the typed name is the signature
    me.tab_to("[value=sign]")
    me.press("Enter")
    page.wait_for_url(re.compile(r"/orders/\d+/(#.*)?$"))
    budget(f"keyboard alone: check-in of a known car ({told(language)})", hands, clicks=0, keys=85)
    order = WorkOrder.objects.get(vehicle=shop)
    assert (order.state, order.odometer_in, order.walk.fuel_quarters) == ("authorised", 48_912, 2)
    assert order.statements.get().words == WORDS[language]
    assert order.offered_to_workshop_at is not None
    me.round()


@LANGUAGES
def test_dispatch(keyboard: Callable[..., Keyboard], budget: Callable[..., None], shop: Any, language: str) -> None:
    order = signed(shop)
    me = keyboard("supervisor", language)
    page = me.page
    page.goto(f"{me.hands.base}{reverse('reception:orders')}")
    me.hands.begin()
    me.press("g")
    me.press("b")
    page.wait_for_url(f"**{reverse('workshop:board')}")
    accept = f"form[action='{reverse('workshop:accept', args=[order.pk])}'] button"
    me.press("j")
    page.wait_for_selector(f"{accept}:focus")
    me.press("Enter")
    dispatch = f"form[action='{reverse('workshop:assign', args=[order.pk])}'] button"
    page.wait_for_selector(dispatch)
    me.press("j")
    page.wait_for_selector(f"{dispatch}:focus")
    page.wait_for_timeout(11_000)  # the board asks for news meanwhile
    me.look()
    assert me.on(dispatch)
    me.press("Enter")
    page.wait_for_selector("section.lane.open article.job", state="detached")
    budget(f"keyboard alone: accept and dispatch ({told(language)})", me.hands, clicks=0, keys=6)
    assert WorkOrder.objects.get(pk=order.pk).state == "assigned"
    assert Job.objects.get(order=order).technician is not None
    me.round()


@LANGUAGES
def test_settlement(keyboard: Callable[..., Keyboard], budget: Callable[..., None], shop: Any, language: str) -> None:
    order = walked_round(signed(shop))
    me = keyboard("cashier", language)
    page = me.page
    page.goto(f"{me.hands.base}{reverse('delivery:paid', args=[order.pk])}")
    me.hands.begin()
    me.press("g")
    me.press("l")
    page.wait_for_url(f"**{reverse('delivery:till')}")
    me.press("j")
    page.wait_for_selector("a.row:focus")
    me.look()
    me.press("Enter")
    page.wait_for_url("**/till/*/")
    me.tab_to("[name=amount]")
    me.press("Control+a")
    me.write("9999999")  # more than is owed: refused
    me.press("Enter")
    page.wait_for_selector(".summary:focus")
    me.look()
    assert not Settlement.objects.exists()
    me.tab_to("[name=amount]")
    me.press("Control+a")
    me.write(str(sum(line.gross for line in order.lines.all())))
    me.tab_to("[name=method]", "Shift+Tab")
    me.press("ArrowRight")
    me.tab_to("main button.go")
    me.press("Enter")
    page.wait_for_url("**/paid/")
    with page.context.expect_page() as papers:
        me.press("p")
    papers.value.close()
    budget(f"keyboard alone: settle one payer and print ({told(language)})", me.hands, clicks=0, keys=48)
    slip = Settlement.objects.get(order=order)
    assert Payment.objects.get().amount == slip.gross == sum(line.gross for line in order.lines.all())
    assert GatePass.objects.filter(order=order).count() == 1
    me.round()


def actor(username: str) -> Any:
    from accounts.models import Membership
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    row = Membership.objects.select_related("user", "branch").get(user__username=username)
    return Actor(row.user, row.branch, permissions_of(row.roles))


def signed(shop: Any) -> WorkOrder:
    """The car, signed and handed to the workshop, with an hour of work."""
    from catalog.models import LabourOperation
    from reception.models import Statement
    from reception.services import arrival, contract, lines

    advisor = actor("advisor")
    order = arrival.arrive(actor=advisor, vehicle=shop)
    arrival.read_odometer(actor=advisor, order_id=order.pk, km=48_912)
    arrival.walk_round(
        actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
    )
    Statement.objects.create(order=order, words="右前轮响")
    lines.add_labour(actor=advisor, order_id=order.pk, operation=LabourOperation.objects.earliest("id"))
    contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=3))
    contract.sign(actor=advisor, order_id=order.pk, signer="王建国")
    return contract.hand_to_workshop(actor=advisor, order_id=order.pk)


def walked_round(order: WorkOrder) -> WorkOrder:
    """Worked on, checked three times, washed, handed over inside, and walked round with the customer."""
    from accounts.models import Membership
    from delivery.services import handover
    from delivery.states import CHECKS
    from workshop.services import checks, clocks, dispatch, wash

    supervisor, technician = actor("supervisor"), actor("technician")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=Membership.objects.get(user__username="technician"))
    for job in Job.objects.filter(order=order):
        clocks.start(actor=technician, job_id=job.pk)
        clocks.done(actor=technician, job_id=job.pk)
    for level, who in (("self", "technician"), ("leader", "leader"), ("final", "inspector")):
        checks.record(actor=actor(who), order_id=order.pk, level=level, passed=True)
    order.refresh_from_db()
    if order.state == "washing":
        wash.washed(actor=technician, order_id=order.pk)
    handover.pass_internal(actor=actor("advisor"), order_id=order.pk, checks=list(CHECKS))
    return handover.walked(actor=actor("advisor"), order_id=order.pk)
