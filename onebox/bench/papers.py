"""Papers: the first one of a fresh process, the following ones, pages a second of one core; and a page beside eight.

`python -m onebox.bench.papers` is the process that renders, with the product's own code.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from onebox.bench.client import Answer, Browser
from onebox.bench.data import Database
from onebox.bench.measure import Report, Samples, block, quantile_ms, tell
from onebox.bench.subjects import People, Subjects
from onebox.home import ROOT

WARM = 12


def render_in_this_process(count: int) -> dict[str, object]:
    """Cold and warm times of the order's paper and of the settlement's slip."""
    began = time.perf_counter()
    import django

    django.setup()
    from io import BytesIO

    from pypdf import PdfReader

    from dms.pdf import render
    from records.models import IssuedPaper
    from records.services.render import STYLES, html_of

    ready = time.perf_counter()
    found: dict[str, object] = {}
    for kind in ("work_order", "settlement"):
        papers = list(IssuedPaper.objects.filter(kind=kind).order_by("-id")[:count])
        if not papers:
            continue
        seconds, pages = [], 0
        for turn in range(count + 1):
            start, cpu = time.perf_counter(), time.process_time()
            pdf = render(html_of(papers[turn % len(papers)], "a4"), base=STYLES)
            seconds.append((time.perf_counter() - start, time.process_time() - cpu))
            pages += len(PdfReader(BytesIO(pdf)).pages) if turn else 0
        warm = [wall for wall, _cpu in seconds[1:]]
        found[kind] = {
            "cold_ms": round(seconds[0][0] * 1000, 1),
            "n": count,
            "p50_ms": quantile_ms(warm, 0.5),
            "p95_ms": quantile_ms(warm, 0.95),
            "pages": pages,
            "pages_per_second_a_core": round(pages / sum(cpu for _wall, cpu in seconds[1:]), 2),
        }
    return found | {"django_setup_ms": round((ready - began) * 1000, 1)}


def measure(database: Database, subjects: Subjects, people: People, report: Report, share: float) -> None:
    """Both."""
    tell("  papers")
    command = [sys.executable, "-m", "onebox.bench.papers", str(max(2, int(WARM * share)))]
    done = subprocess.run(command, env=database.environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        report.line("paper", error="no PDF can be made here")
        return
    found = json.loads(done.stdout.splitlines()[-1])
    for kind in ("work_order", "settlement"):
        if kind in found:
            report.line(f"paper: {kind}", clients=1, django_setup_ms=found["django_setup_ms"], **found[kind])
    _beside_eight(subjects, people, report, share)


def _beside_eight(subjects: Subjects, people: People, report: Report, share: float) -> None:
    """One client lists orders while eight ask for papers without pause."""
    papers = [row[0] for row in subjects.all("SELECT id FROM records_issuedpaper WHERE kind = 'work_order' LIMIT 40")]
    if not papers:
        return
    over, list_of = Event(), people.clients("advisor")

    def ask(browser: Browser, turn: int) -> Answer:
        return browser.get("/orders/?all=1")

    def greedy(place: int, browser: Browser) -> Samples:
        mine, turn = Samples(), place
        while not over.is_set():
            mine.add(browser.get(f"/papers/{papers[turn % len(papers)]}/a4.pdf"))
            turn += 8
        return mine

    quiet = block(list_of, ask, max(4, int(40 * share)))
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(greedy, place, one) for place, one in enumerate(people.clients("advisor", 8))]
        loud = block(list_of, ask, max(4, int(40 * share)))
        over.set()
        asked = Samples()
        for one in running:
            asked.merge(one.result())
    quiet_ms = quiet.figures()["p95_ms"]
    report.line("order list beside eight papers", clients=1, **loud.figures(), alone_p95_ms=quiet_ms)
    report.line("paper asked for by eight", clients=8, **asked.figures())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    print(json.dumps(render_in_this_process(int(sys.argv[1]))))
