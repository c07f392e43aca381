"""A car from its plate to the gate, step by step as each role's browser posts it: every step is a measured thing."""

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from onebox.bench.client import Answer, Browser, Fields, forms_of
from onebox.bench.measure import GOOD, Report, Samples, alternating, tell
from onebox.bench.papers import served
from onebox.bench.reads import HTMX, against
from onebox.bench.subjects import People, Subjects
from onebox.bench.web import Servers

ROLES = ("advisor", "supervisor", "leader", "inspector", "cashier", "gate")
#: What the customer waits for at reception: plate to signed order with its PDF (G12).
CHECK_IN = ("find the car", "arrive", "check-in page", "find work", "add a line", "sign", "order page", "paper")
TRANSITIONS = 64  # an even number in each block of the floor's comparison
WORDS = "冷车起步异响"
#: The sentences of an error summary.
_ERRORS = re.compile(r'<li>(?:<a href="#[^"]*">)?([^<]+)')


class Stopped(Exception):
    """A step that was refused; the journey ends there."""


@dataclass
class Walker:
    """One client: a browser for each role, and a technician of its own."""

    subjects: Subjects
    people: dict[str, Browser]
    technician: int
    took: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    waits: list[list[float]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def note(self, name: str, answer: Answer) -> Answer:
        """Keep what a step took. Raises `Stopped` when it was refused."""
        self.took[name].append(answer)
        if answer.status not in GOOD:
            said = answer.headers.get("x-refusal", "") or " ".join(_ERRORS.findall(answer.text))[:300]
            raise Stopped(f"{name}: {answer.status} {said}")
        return answer

    def posts(self, name: str, who: str, path: str, fields: Fields | None = None) -> Answer:
        """One posted step."""
        return self.note(name, self.people[who].post(path, fields or []))

    def gets(self, name: str, who: str, path: str) -> Answer:
        """One page on the way."""
        return self.note(name, self.people[who].get(path))

    def walk(self, car: int) -> None:
        """The whole road; a refusal is kept and ends it."""
        try:
            order = self.check_in(car)
            self.work(order)
            self.hand_back(order)
        except Stopped as stopped:
            self.stopped.append(str(stopped))

    def check_in(self, car: int) -> int:
        """Plate to signature, with the PDF of the order; the order's id."""
        begun = {name: len(self.took[name]) for name in CHECK_IN}
        plate = self.subjects.one("SELECT plate FROM customers_vehicle WHERE id = %s", car)
        advisor = self.people["advisor"]
        self.note("find the car", advisor.post("/find/", [("q", plate[-5:])], HTMX))
        page = self.posts("arrive", "advisor", f"/arrive/{car}/").headers["location"]
        order = int(page.split("/")[2])
        form = self._form(self.gets("check-in page", "advisor", page), order)
        # An electric car has a charge, no fuel.
        level = {"charge": "80"} if any(name == "charge" for name, _value in form) else {"fuel": "2"}
        told = _filled(form, {"words": WORDS, "odometer": str(self._km(car)), "kit": "on", "wash": "yes"} | level)
        saved = self.posts("save the draft", "advisor", f"/orders/{order}/check-in/draft/", told)
        versions = {"version": saved.headers["x-version"], "walk_version": saved.headers["x-walk-version"]}
        told = _filled(told, versions)  # as the page does
        self.note("find work", advisor.post(f"/orders/{order}/check-in/find/", [("find", self._code[:2])], HTMX))
        self.posts("add a line", "advisor", page, [*told, ("do", f"add:{self._code}")])
        form = self._form(advisor.get(page), order)
        signed = _filled(form, {"signer": "王建国"})
        self.posts("sign", "advisor", page, [*signed, ("do", "sign")])
        self.gets("order page", "advisor", f"/orders/{order}/")
        self.note("paper", served(advisor, f"/papers/{self._paper(order)}/a4.pdf"))
        self.waits.append([self.took[name][at].seconds for name, at in begun.items()])
        return order

    def work(self, order: int) -> None:
        """Accept, dispatch, work, three checks, wash."""
        shop = "/workshop/orders"
        self.posts("accept", "supervisor", f"{shop}/{order}/accept/")
        self.posts("assign", "supervisor", f"{shop}/{order}/assign/", [("technician", str(self.technician))])
        for (job,) in self.subjects.all("SELECT id FROM workshop_job WHERE order_id = %s ORDER BY id", order):
            self.posts("start a job", "technician", f"/workshop/jobs/{job}/start/")
            self.posts("finish a job", "technician", f"/workshop/jobs/{job}/done/", [("correction", "")])
        self.posts("self check", "technician", f"{shop}/{order}/self-check/", [("passed", "1")])
        for name, who, level in (("leader's check", "leader", "leader"), ("final check", "inspector", "final")):
            self.posts(name, who, f"{shop}/{order}/check/", [("level", level), ("passed", "1")])
        if self.subjects.one("SELECT state FROM reception_workorder WHERE id = %s", order) == "washing":
            self.posts("washed", "technician", f"{shop}/{order}/washed/", [("done", "outside")])

    def hand_back(self, order: int) -> None:
        """Internal handover, walk round, slip and money, gate."""
        ticks = [("i-checks", name) for name in ("work", "clean", "old_parts", "kit")]
        self.posts("internal handover", "advisor", f"/delivery/{order}/pass/", ticks)
        self.posts("walk round", "advisor", f"/delivery/{order}/walked/", [("w-advice", "")])
        bill = self.gets("settlement page", "cashier", f"/delivery/till/{order}/")
        form = next(form for form in forms_of(bill.text) if any(name == "amount" for name, _value in form.fields))
        self.posts("settle and pay", "cashier", f"/delivery/till/{order}/", form.fields)
        self.gets("paid page", "cashier", f"/delivery/till/{order}/paid/")
        code = self.subjects.one("SELECT code FROM reception_gatepass WHERE order_id = %s ORDER BY id DESC", order)
        self.posts("gate", "gate", "/delivery/gate/", [("code", code), ("act", "open")])

    @property
    def _code(self) -> str:
        return str(self.subjects.one("SELECT code FROM catalog_labouroperation WHERE active ORDER BY id LIMIT 1"))

    def _km(self, car: int) -> int:
        rows = self.subjects.all("SELECT max(km) FROM customers_odometerreading WHERE vehicle_id = %s", car)
        return int(rows[0][0] or 0) + 10

    def _paper(self, order: int) -> int:
        statement = "SELECT id FROM records_issuedpaper WHERE kind = 'work_order' AND subject_key = %s ORDER BY id"
        return int(self.subjects.one(statement, f"order:{order}"))

    def _form(self, page: Answer, order: int) -> Fields:
        named = (form.fields for form in forms_of(page.text) if any(name == "odometer" for name, _v in form.fields))
        found = next(named, None)
        if found is None:
            raise Stopped(f"order {order} has no check-in form")
        return found


def _filled(fields: Fields, typed: dict[str, str]) -> Fields:
    """What the form says, with what is typed over it."""
    return [*((name, value) for name, value in fields if name not in typed), *typed.items()]


def walkers(subjects: Subjects, people: People, hands: dict[int, int], count: int, port: int) -> list[Walker]:
    """As many clients, each with all roles."""
    found = []
    for place in range(count):
        browsers = {role: people.clients(role, port=port)[0] for role in ROLES}
        browsers["technician"] = people.clients(f"bench{place + 1}", port=port)[0]
        found.append(Walker(subjects, browsers, hands[place]))
    return found


def _samples(walked: list[Walker]) -> dict[str, Samples]:
    named: dict[str, Samples] = {}
    for walker in walked:
        for name, answers in walker.took.items():
            for answer in answers:
                named.setdefault(name, Samples()).add(answer)
    return named


def _counts(walker: Walker, car: int) -> dict[str, dict[str, object]]:
    """Queries of every step, on the counting server."""
    walker.walk(car)
    return {
        name: {
            "queries": int(answers[-1].headers.get("x-bench-queries", -1)),
            "sql_ms": float(answers[-1].headers.get("x-bench-sql-ms", -1)),
        }
        for name, answers in walker.took.items()
        if answers
    }


def measure(
    subjects: Subjects, servers: Servers, people: People, report: Report, clients: list[int], journeys: dict[int, int]
) -> None:
    """Walk cars with each number of clients: `journeys` in all for each; then the floor's transition beside ours."""
    with subjects.hands() as hands:
        cars = subjects.away(sum(journeys[count] for count in clients) + 2)
        walkers(subjects, people, hands, 1, servers.port)[0].walk(cars.pop())  # warm
        counts = _counts(walkers(subjects, people, hands, 1, servers.counted)[0], cars.pop())
        for count in clients:
            tell(f"  the road, {count} clients")
            crew = walkers(subjects, people, hands, count, servers.port)
            shares = [[cars.pop() for _turn in range(max(1, journeys[count] // count))] for _one in crew]
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(_walk_all, crew, shares))
            _print(report, crew, count, counts)
    _against_floor(subjects, servers, people, report)


def _walk_all(walker: Walker, cars: list[int]) -> None:
    for car in cars:
        walker.walk(car)


def _print(report: Report, crew: list[Walker], count: int, counts: dict[str, dict[str, object]]) -> None:
    for walker in crew:
        for sentence in walker.stopped:
            tell(f"  stopped: {sentence}")
    for name, samples in _samples(crew).items():
        report.line(f"road: {name}", clients=count, **samples.figures(), **counts.get(name, {}))
    waits = [one for walker in crew for one in walker.waits]
    if waits:
        whole = Samples([sum(one) for one in waits])
        longest = round(max(max(one) for one in waits) * 1000, 2)
        stopped = sum(len(walker.stopped) for walker in crew)
        figures: dict[str, Any] = whole.figures() | {"errors": stopped}
        report.line("check-in journey: waits in all", clients=count, **figures, longest_wait_ms=longest)


def _against_floor(subjects: Subjects, servers: Servers, people: People, report: Report) -> None:
    """An order dispatched and taken back again and again, beside the floor's own move."""
    rows = subjects.all(
        "SELECT id, state FROM reception_workorder WHERE state IN ('assigned', 'queued') ORDER BY state, id LIMIT 1"
    )
    if not rows:
        return
    (order, state), path = rows[0], "/workshop/orders"
    hand = subjects.one(
        "SELECT m.id FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id WHERE username = 'technician'"
    )
    moves = [("take-back", []), ("assign", [("technician", str(hand))])]
    turns = cycle(moves if state == "assigned" else moves[::-1])

    def ours(browser: Browser, turn: int) -> Answer:
        move, fields = next(turns)
        return browser.post(f"{path}/{order}/{move}/", fields)

    def floor(browser: Browser, turn: int) -> Answer:
        return browser.post(f"/transition/{order}/", [])

    mine = people.clients("supervisor")
    under = people.clients("supervisor", port=servers.floor)
    samples, beside = alternating([(mine, ours), (under, floor)], TRANSITIONS)
    report.line("transition (dispatch, take back)", clients=1, **samples.figures(), **against(samples, beside))
