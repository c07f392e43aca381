"""The second start until a page can be served, and what the processes keep in memory; Linux only."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from onebox.bench.measure import Report, quantile_ms, tell
from onebox.bench.web import free_port
from onebox.home import ROOT, Home
from onebox.progress import Trouble

PATIENCE = 240.0  # seconds; the first start makes cluster, tables and demo
STARTS = 3


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _begin(place: Home, port: int) -> "tuple[subprocess.Popen[bytes], float]":
    """Start everything as a person does; the process and the seconds until /readyz. Raises Trouble."""
    rest = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    rest |= {"DMS_STATE_DIR": str(place.state), "PORT": str(port)}
    rest.pop("ONEBOX_STARTED", None)
    began = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py")], env=rest, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not _ready(port):
        if running.poll() is not None or time.perf_counter() - began > PATIENCE:
            _end(running)
            raise Trouble(f"The start that was to be measured did not come up; its logs lie in {place.logs}.")
        time.sleep(0.02)
    return running, time.perf_counter() - began


def _end(running: "subprocess.Popen[bytes]") -> None:
    if running.poll() is None:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def below(pid: int) -> list[int]:
    """The process and everything that descends from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                rest = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(rest[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += parents.get(one, [])
    return found


def memory_mb(pids: list[int]) -> tuple[float, float]:
    """(resident, proportional) memory of the processes together: shared pages count once in the second."""
    totals = {"Rss": 0, "Pss": 0}
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, value = line.partition(":")
            if name in totals:
                totals[name] += int(value.split()[0])
    return round(totals["Rss"] / 1024, 1), round(totals["Pss"] / 1024, 1)


#: Marks of a command line; PostgreSQL has workers as well.
_KINDS = {
    "web": ("granian",),
    "papers": ("celery", "papers@"),
    "worker": ("celery", "worker"),
    "beat": ("celery", "beat"),
}


def _kind(pid: int) -> str:
    """Which of ours a process is, by its command line."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
    return next((name for name, marks in _KINDS.items() if all(mark in words for mark in marks)), "")


def measure(report: Report, state: Path) -> None:
    """Start-up and memory of the demo, in a home of its own."""
    tell("  start-up and memory")
    place, port, seconds = Home(state / "bench-start").make(), free_port(), []
    first, took = _begin(place, port)
    _end(first)
    for turn in range(STARTS):
        running, second = _begin(place, port)
        seconds.append(second)
        if turn == STARTS - 1:
            time.sleep(8)  # worker and beat follow the page
            _memory(report, running.pid)
        _end(running)
    report.line("start-up: second start until /readyz", n=STARTS, p50_ms=quantile_ms(seconds, 0.5),
                max_ms=round(max(seconds) * 1000, 1), before_ms=round(took * 1000, 1))  # fmt: skip


def _memory(report: Report, pid: int) -> None:
    kinds: dict[str, list[int]] = {}
    for one in below(pid):
        kinds.setdefault(_kind(one), []).append(one)
    for name in _KINDS:
        resident, proportional = memory_mb(kinds.get(name, []))
        report.line(f"memory: {name}", processes=len(kinds.get(name, [])), rss_mb=resident, pss_mb=proportional)
