"""Three servers beside each other: the product as `run.py` starts it, the same with counting, and the floor.

And the product's worker, which draws the papers.
"""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from onebox.bench.client import Browser
from onebox.bench.data import Database
from onebox.home import ROOT, Home
from onebox.process import Child, start, stop
from onebox.progress import Trouble
from onebox.serve import check, commands_of, start_process, wait_until_ready

COUNTED, FLOOR = "onebox.bench.counted", "onebox.bench.floor"


@dataclass(frozen=True)
class Servers:
    """Ports of the three, and the process that is timed."""

    port: int
    counted: int
    floor: int
    web: Child


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(place: Home, name: str, settings: str, database: Database, port: int) -> Child:
    command = commands_of(place, "127.0.0.1", port)["web"]
    environment = database.environment | {"DB_POOL": "1", "DJANGO_SETTINGS_MODULE": settings}
    return start(name, [sys.executable, "-m", *command], log=place.logs / f"{name}.log", env=environment, cwd=ROOT)


@contextmanager
def servers(place: Home, database: Database) -> Iterator[Servers]:
    """All three, ready; stopped at the end. Raises Trouble when one does not come up."""
    ports, children = [free_port() for _each in range(3)], list[Child]()
    names = (("bench-web", "dms.settings"), ("bench-counted", COUNTED), ("bench-floor", FLOOR))
    try:
        for (name, settings), port in zip(names, ports, strict=True):
            children.append(_start(place, name, settings, database, port))
        for child, port in zip(children, ports, strict=True):
            wait_until_ready([child], "127.0.0.1", port)
        children.append(start_process(place, "bench-papers", commands_of(place, "", 0)["papers"], database.environment))
        wait_for_worker(children[-1])
        yield Servers(ports[0], ports[1], ports[2], children[0])
    finally:
        stop(children)


def wait_for_worker(worker: Child) -> None:
    """Until it says that it takes work. Raises Trouble when it dies or half a minute has passed."""
    deadline = time.monotonic() + 30
    while " ready." not in worker.log.read_text(errors="replace"):
        check([worker])
        if time.monotonic() > deadline:
            raise Trouble(f"The worker does not come up; its log is {worker.log}.")
        time.sleep(0.1)


def elsewhere(browser: Browser, port: int) -> Browser:
    """The same person at another of the servers: one database and one secret, so the session is good there too."""
    other = Browser(port)
    other.cookies = dict(browser.cookies)
    return other
