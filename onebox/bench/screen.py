"""The order list in a real browser: what a person sees and when (G10). Cold: nothing kept; warm: the second visit."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from onebox import browser as installed
from onebox.bench.measure import Report, tell
from onebox.bench.subjects import People
from onebox.home import Home

TIMES = 5
PATH = "/orders/?all=1"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: Kept from the first moment: the largest paint, layout shifts without input, and how long interactions took.
WATCH = """
    window.seen = {lcp: 0, cls: 0, inp: 0};
    new PerformanceObserver(l => { for (const e of l.getEntries()) seen.lcp = e.startTime })
        .observe({type: "largest-contentful-paint", buffered: true});
    new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) seen.cls += e.value })
        .observe({type: "layout-shift", buffered: true});
    new PerformanceObserver(l => { for (const e of l.getEntries()) if (e.interactionId) seen.inp = Math.max(seen.inp, e.duration) })
        .observe({type: "event", buffered: true, durationThreshold: 16});
"""  # noqa: E501 - one script


def measure(place: Home, port: int, people: People, report: Report, share: float) -> None:
    """Two lines, cold and warm; one line with the reason where there is no browser."""
    tell("  the order list in a browser")
    path = installed.find(place)
    if path is None:
        report.line("browser: order list", not_measured=f"no browser; {installed.HINT}")
        return
    cookies = people.clients("advisor")[0].cookies
    cold, warm = [], []
    with _browser(path) as chromium:
        for _turn in range(max(2, int(TIMES * share))):
            context = chromium.new_context(viewport={"width": 1366, "height": 768})
            context.add_cookies(
                [{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"} for name, value in cookies.items()]
            )
            page = context.new_page()
            cold.append(_visit(page, f"http://127.0.0.1:{port}{PATH}"))
            warm.append(_visit(page, f"http://127.0.0.1:{port}{PATH}"))
            context.close()
    for name, visits in (("cold", cold), ("warm", warm)):
        figures = {what: round(median(visit[what] for visit in visits), 3) for what in visits[0]}
        report.line(f"browser: order list, {name}", n=len(visits), **figures)


@contextmanager
def _browser(path: str) -> Iterator[Any]:
    # Only the group of the browser has it: `lint` runs without.
    from playwright.sync_api import sync_playwright  # type: ignore[import-not-found,unused-ignore]

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


def _visit(page: Any, address: str) -> dict[str, float]:
    """LCP and INP in ms, CLS, bytes on the wire and requests. The interactions: open the palette and type into it."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    loaded: list[float] = []
    asked: list[str] = []
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["requestId"]))
    page.add_init_script(WATCH)
    page.goto(address, wait_until="networkidle")
    requests, sent = len(asked), sum(loaded)
    page.keyboard.press("/")
    page.keyboard.type("8", delay=80)
    page.wait_for_timeout(400)
    seen = json.loads(page.evaluate("JSON.stringify(window.seen)"))
    session.detach()
    return {
        "lcp_ms": seen["lcp"], "inp_ms": seen["inp"], "cls": seen["cls"], "bytes": sent, "requests": requests,
    }  # fmt: skip
