"""Celery workers that are killed with signal 9 and started again, and the gateway that they send to."""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from random import Random

from onebox.chaos.gateway import KEY, SECRET, Gateway
from onebox.home import ROOT, Home
from onebox.process import Child, start, stop
from onebox.progress import Trouble

PATIENCE = 20.0  # seconds until a port answers
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Fleet:
    """Two workers of one process each, a gateway of its own process, and the ledger."""

    def __init__(self, home: Home, environment: dict[str, str], dice: Random, workers: int = 2) -> None:
        self.home, self.dice, self.port = home, dice, free_port()
        self.ledger = Gateway(home.state / "ledger.jsonl")
        self.ledger.ledger.unlink(missing_ok=True)
        account = f"twilio://{KEY}:{SECRET}@127.0.0.1:{self.port}/?insecure=1&from=%2B15550100"
        self.environment = environment | {
            "MESSAGE_GATEWAYS": account,
            "MESSAGE_INBOX": "0",
            "MESSAGE_UNKNOWN_AFTER": "6",
            "MESSAGE_TIMEOUT": "5",
            "LOG_LEVEL": "WARNING",
        }
        self.gateway = self._start("gateway", "onebox.chaos.gateway", str(self.port), str(self.ledger.ledger))
        self._wait()
        self.workers = [self._worker(number) for number in range(workers)]

    def _start(self, name: str, *module: str) -> Child:
        command: list[str | Path] = [sys.executable, "-m", *module]
        return start(f"chaos-{name}", command, log=self.home.logs / f"chaos-{name}.log", env=self.environment, cwd=ROOT)

    def _worker(self, number: int) -> Child:
        worker = ("celery", "-A", "dms.celery", "worker", "--pool", "prefork", "--concurrency", "1")
        return self._start(
            f"worker-{number}", *worker, "--hostname", f"chaos{number}@%h", "--loglevel", "WARNING", *QUIET
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise Trouble(f"the gateway does not answer:\n{self.gateway.last_words()}")

    def wait_for_workers(self) -> None:
        """Until each has forked the process that sends: two senders at once are what this is about."""
        deadline = time.monotonic() + 3 * PATIENCE
        while not all(children_of(worker.popen.pid) for worker in self.workers):
            if time.monotonic() > deadline:
                raise Trouble(f"a worker does not start:\n{self.workers[0].last_words()}")
            time.sleep(0.1)

    def kill_one(self) -> str:
        """Kill -9: mostly the process that sends, now and then the whole worker, which is started again."""
        number = self.dice.randrange(len(self.workers))
        worker = self.workers[number]
        senders = children_of(worker.popen.pid)
        if worker.alive and senders and self.dice.random() < 0.8:
            os.kill(self.dice.choice(senders), signal.SIGKILL)
            return "process"
        if worker.alive:
            os.killpg(worker.popen.pid, signal.SIGKILL)
            worker.popen.wait()
        self.workers[number] = self._worker(number)
        return "worker"

    def mend(self) -> None:
        """A worker that ended by itself, as after its broker went away, is started again."""
        for number, worker in enumerate(self.workers):
            if not worker.alive:
                self.workers[number] = self._worker(number)

    def stop(self) -> None:
        """All of it, with their groups."""
        stop([*self.workers, self.gateway])


def children_of(parent: int) -> list[int]:
    """Process ids of the direct children, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[1]) == parent:
                found.append(int(entry.name))
    return found
