"""The pages and searches, with one client and with eight, beside the floor where there is one."""

from collections.abc import Callable
from dataclasses import dataclass

from onebox.bench.client import Answer, Browser
from onebox.bench.measure import Report, Samples, alternating, block, tell
from onebox.bench.subjects import People, Subjects
from onebox.bench.web import Servers

HTMX = {"HX-Request": "true"}
#: Requests a thing: with one client, and with several together.
ALONE, TOGETHER, WARM_UP = 40, 96, 4


@dataclass(frozen=True)
class Read:
    """One thing to ask for; `floor` asks the floor for the same rows."""

    name: str
    who: str
    ask: Callable[[Browser, int], Answer]
    floor: Callable[[Browser, int], Answer] | None = None


def _get(*paths: str) -> Callable[[Browser, int], Answer]:
    return lambda browser, turn: browser.get(paths[turn % len(paths)])


def _find(*texts: str) -> Callable[[Browser, int], Answer]:
    return lambda browser, turn: browser.post("/find/", [("q", texts[turn % len(texts)])], HTMX)


def searches(subjects: Subjects) -> list[Read]:
    """The palette by everything that people type."""
    cars = subjects.cars
    tails = [car["plate"][-5:] for car in cars]
    typed = {
        "plate suffix": tails,
        "whole plate": [car["plate"] for car in cars],
        "name": [car["name"] for car in cars],
        "phone last four": [car["phone"] for car in cars],
        "VIN last six": [car["vin"] for car in cars],
        "order number": [car["number"] for car in cars],
        "order number's end": [car["number"][-5:] for car in cars],
        "two characters": [car["plate"][-2:] for car in cars],
        "no hit": ["ZZZ0ZZZ"],
    }
    with_floor = {"plate suffix", "name", "phone last four"}
    return [
        Read(f"palette: {name}", "advisor", _find(*texts), _find(*texts) if name in with_floor else None)
        for name, texts in typed.items()
    ]


def pages(subjects: Subjects) -> list[Read]:
    """The pages, each asked for by the role that works on it."""
    released = subjects.spread("reception_workorder", "state = 'released'")
    working = [row[0] for row in subjects.all("SELECT id FROM reception_workorder WHERE state = 'working'")]
    done = [row[0] for row in subjects.all("SELECT id FROM reception_workorder WHERE state = 'settled'")] or working
    drafts = [
        row[0] for row in subjects.all("SELECT id FROM reception_workorder WHERE state IN ('inspecting', 'estimating')")
    ]
    deep = f"/orders/?all=1&before={released[1]}"
    old, busy = [f"/orders/{one}/" for one in released], [f"/orders/{one}/" for one in working]
    settled = [f"/orders/{one}/" for one in done]
    cars = [f"/customers/vehicles/{car['id']}/" for car in subjects.cars]
    last_car = subjects.spread("customers_vehicle")[1]
    found = [
        Read("today", "advisor", _get("/today/"), _get("/today/")),
        Read("board", "supervisor", _get("/workshop/board/")),
        Read("till", "cashier", _get("/delivery/till/")),
        Read("order list: first page", "advisor", _get("/orders/?all=1"), _get("/orders/?all=1")),
        Read("order list: deep page", "advisor", _get(deep), _get(deep)),
        Read("order page: released", "advisor", _get(*old), _get(*old)),
        Read("order page: in work", "advisor", _get(*busy), _get(*busy)),
        Read("order page: settled", "advisor", _get(*settled), _get(*settled)),
        Read("vehicle page", "advisor", _get(*cars)),
        Read("vehicle list: first page", "advisor", _get("/customers/")),
        Read("vehicle list: deep page", "advisor", _get(f"/customers/?after={last_car}")),
        Read("follow-up list", "crm", _get("/retention/")),
        Read("retention overview", "manager", _get("/retention/overview/")),
        Read("key figures: this month", "manager", _get("/retention/figures/")),
        Read("key figures: 12 months", "manager", _get("/retention/figures/?span=year")),
        Read("key figure by advisor", "manager", _get("/retention/figures/revenue/?span=year&by=advisor")),
        Read("calls", "crm", _get("/retention/calls/")),
        Read("API order list", "advisor", _get("/api/v1/work-orders/")),
    ]
    if drafts:
        found.insert(6, Read("check-in page", "advisor", _get(*[f"/orders/{one}/check-in/" for one in drafts])))
    return found


def counted(browser: Browser, ask: Callable[[Browser, int], Answer]) -> dict[str, object]:
    """How many queries the request takes and how long they take together (ms), from the counting server; warm."""
    for turn in range(3):
        answer = ask(browser, turn)
    return {
        "queries": int(answer.headers.get("x-bench-queries", -1)),
        "sql_ms": float(answer.headers.get("x-bench-sql-ms", -1)),
    }


def measure(
    reads: list[Read], servers: Servers, people: People, report: Report, clients: list[int], share: float
) -> None:
    """Each thing with each number of clients; `share` of the full number of samples."""
    for read in reads:
        tell(f"  {read.name}")
        queries = counted(people.clients(read.who, port=servers.counted)[0], read.ask)
        for count in clients:
            mine = people.clients(read.who, count)
            wanted = max(count, int((ALONE if count == 1 else TOGETHER) * share))
            block(mine, read.ask, WARM_UP * count)
            beside: dict[str, object] = {}
            if read.floor is None:
                samples: Samples = block(mine, read.ask, wanted)
            else:
                under = people.clients(read.who, count, port=servers.floor)
                block(under, read.floor, WARM_UP * count)
                samples, floor = alternating([(mine, read.ask), (under, read.floor)], wanted)
                beside = against(samples, floor)
            report.line(read.name, clients=count, **samples.figures(), **queries, **beside)


def against(ours: Samples, floor: Samples) -> dict[str, object]:
    """The floor's figures and ours ÷ floor, of the medians."""
    mine, under = ours.figures(), floor.figures()
    return {
        "floor_p50_ms": under["p50_ms"],
        "floor_p95_ms": under["p95_ms"],
        "floor_errors": under["errors"],
        "to_floor": round(float(mine["p50_ms"]) / float(under["p50_ms"]), 2),
    }
