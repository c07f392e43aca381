"""Papers: drawing them (first, following, pages a second of one core); waiting for the worker; a page beside eight.

`python -m onebox.bench.papers` is a process that draws as the worker does, with the product's own code.
"""

import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from onebox.bench.client import PATIENCE, Answer, Browser
from onebox.bench.data import Database
from onebox.bench.measure import GOOD, Act, Report, Samples, block, quantile_ms, tell
from onebox.bench.subjects import People, Subjects
from onebox.home import ROOT

KINDS = ("work_order", "settlement")
WARM = 12
#: Seconds between two looks whether a file is made; samples of the list beside eight papers at the least.
AGAIN, LEAST = 0.05, 20


def render_in_this_process(count: int) -> dict[str, object]:
    """What the worker pays: once to warm up, then the first paper and those that follow, each in a child."""
    began = time.perf_counter()
    import django

    django.setup()
    from dms.pdf import warm

    ready = time.perf_counter()
    warm()
    found: dict[str, object] = {
        "django_setup_ms": round((ready - began) * 1000, 1),
        "warm_up_ms": round((time.perf_counter() - ready) * 1000, 1),
    }
    return found | {kind: figures for kind in KINDS if (figures := _drawn(kind, count))}


def _drawn(kind: str, count: int) -> dict[str, object]:
    """Papers of one kind drawn as the worker draws them; seconds of this core are those of the children."""
    from io import BytesIO

    from pypdf import PdfReader

    from dms.pdf import render_apart
    from records.models import IssuedPaper
    from records.services.render import STYLES, html_of

    papers = list(IssuedPaper.objects.filter(kind=kind).order_by("-id")[:count])
    if not papers:
        return {}
    walls, cpu, pages = [], 0.0, 0
    for turn in range(count + 1):
        start, busy = time.perf_counter(), _busy()
        pdf = render_apart(html_of(papers[turn % len(papers)], "a4"), base=STYLES)
        walls.append(time.perf_counter() - start)
        if turn:
            cpu += _busy() - busy
            pages += len(PdfReader(BytesIO(pdf)).pages)
    return {
        "cold_ms": round(walls[0] * 1000, 1),
        "n": count,
        "p50_ms": quantile_ms(walls[1:], 0.5),
        "p95_ms": quantile_ms(walls[1:], 0.95),
        "pages": pages,
        "pages_per_second_a_core": round(pages / cpu, 2),
    }


def _busy() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def served(browser: Browser, path: str) -> Answer:
    """Ask until the worker has made the file; `seconds` is the whole wait. 504 when it never comes.

    A browser asks once a second; asking more often shows how long the making takes, and costs the server a little.
    """
    began = time.perf_counter()
    while True:
        answer = browser.get(path)
        waited = time.perf_counter() - began
        if answer.status not in GOOD or answer.headers.get("content-type", "") == "application/pdf":
            return replace(answer, seconds=waited)
        if waited > PATIENCE:
            return replace(answer, status=504, seconds=waited)
        time.sleep(AGAIN)


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
    once = {name: found[name] for name in ("django_setup_ms", "warm_up_ms")}
    for kind in KINDS:
        if kind in found:
            report.line(f"paper: {kind}", clients=1, **once, **found[kind])
    _through_the_worker(subjects, people, report, share)


def _through_the_worker(subjects: Subjects, people: People, report: Report, share: float) -> None:
    """A paper from asking until its file is served, alone; the order list alone and beside eight who ask for papers."""
    papers = [row[0] for row in subjects.all("SELECT id FROM records_issuedpaper WHERE kind = 'work_order' LIMIT 40")]
    if not papers:
        return

    def anew(browser: Browser, turn: int) -> Answer:
        paper = papers[turn % len(papers)]
        subjects.connection.execute("DELETE FROM records_paperfile WHERE paper_id = %s", [paper])
        began = time.perf_counter()
        asked = browser.post(f"/papers/prepare/{paper}.a4", [])
        if asked.status not in GOOD:
            return asked
        return replace(served(browser, f"/papers/{paper}/a4.pdf"), seconds=time.perf_counter() - began)

    alone = block(people.clients("advisor"), anew, max(3, int(WARM * share)))
    report.line("paper: asked for until served", clients=1, **alone.figures())
    _beside_eight(people, report, share, anew)


def _beside_eight(people: People, report: Report, share: float, anew: Act) -> None:
    over, list_of = Event(), people.clients("advisor")

    def ask(browser: Browser, turn: int) -> Answer:
        return browser.get("/orders/?all=1")

    def greedy(place: int, browser: Browser) -> Samples:
        mine, turn = Samples(), place
        while not over.is_set():
            mine.add(anew(browser, turn))
            turn += 8
        return mine

    quiet = block(list_of, ask, max(4, int(40 * share)))
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(greedy, place, one) for place, one in enumerate(people.clients("advisor", 8))]
        loud = block(list_of, ask, max(LEAST, int(120 * share)))
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
