"""`run.py chaos`: are messages lost or sent twice when everything dies? The gateway's own ledger says.

With `--money` instead: do the books balance after thousands of random acts, and five hundred papers equal the database?
"""

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg
from celery import Celery

from onebox import home, services
from onebox.chaos.fleet import Fleet
from onebox.environment import as_owner
from onebox.home import ROOT, Home
from onebox.progress import Trouble, say
from onebox.serve import django
from onebox.services import Services

#: In a run Redis is emptied so often, and so often killed and started again; in a short one after 2 and 5 kills.
FLUSHES, RESTARTS = 20, 8
#: Seconds without progress after which something is stuck; and between two nudges, which beat gives each minute.
STUCK, NUDGE = 90.0, 0.5
#: Share of the messages of which nobody may know whether they were sent; few messages allow one for each kill.
MOST_UNKNOWN = 0.01
LARGE = 10_000


def arguments_of(arguments: list[str]) -> Namespace:
    """What is asked for."""
    parser = ArgumentParser(prog="run.py chaos", description=__doc__)
    parser.add_argument("--cycles", type=int, default=200, help="how often something is killed (200)")
    parser.add_argument("--messages", type=int, default=LARGE, help="how many messages are planned (10,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the dice: when and what is killed")
    parser.add_argument(
        "--no-claim", action="store_true", help="the negative control: claims without a condition must send twice"
    )
    parser.add_argument("--money", action="store_true", help="the long form of the money tests, and nothing else")
    parser.add_argument("--steps", type=int, default=5000, help="of the money tests: random acts (5000)")
    parser.add_argument("--papers", type=int, default=500, help="of the money tests: bills read back (500)")
    return parser.parse_args(arguments)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the messages. `lost`: neither in the ledger nor shown as unknown."""

    planned: int
    sent: int
    duplicates: int
    lost: int
    unknown: int
    kills: int
    flushes: int
    restarts: int
    seconds: float

    @property
    def most_unknown(self) -> int:
        """How many unknown ones are allowed."""
        return int(self.planned * MOST_UNKNOWN) if self.planned >= LARGE else max(self.kills, 1)

    @property
    def kept(self) -> bool:
        """Whether the promise was kept (PROMISES.md, 1 and 3)."""
        return not self.duplicates and not self.lost and self.unknown <= self.most_unknown

    def table(self) -> str:
        """For people."""
        share = 100 * self.unknown / self.planned if self.planned else 0
        rows = [
            ("kill -9", self.kills, ""),
            ("Redis emptied / killed", f"{self.flushes} / {self.restarts}", ""),
            ("planned", self.planned, ""),
            ("sent, by the gateway's ledger", self.sent, ""),
            ("duplicates", self.duplicates, "must be 0"),
            ("lost", self.lost, "must be 0"),
            ("unknown", f"{self.unknown} ({share:.2f} %)", f"at most {self.most_unknown}"),
            ("seconds", f"{self.seconds:.0f}", ""),
        ]
        return "\n".join(f"{name:<30} {value!s:>14}  {note}".rstrip() for name, value, note in rows)


class Run:
    """One run: plan, kill while it sends, let it come to its end, compare with the ledger."""

    def __init__(self, running: Services, place: Home, wanted: Namespace) -> None:
        self.running, self.wanted, self.dice = running, wanted, Random(wanted.seed)  # noqa: S311  # no secret
        self.environment = running.environment() | {"DMS_DEMO": "0"}
        if wanted.no_claim:
            self.environment["DJANGO_SETTINGS_MODULE"] = "onebox.chaos.unlocked"
        self.broker = Celery(broker=self.environment.get("CELERY_BROKER_URL") or self.environment["REDIS_URL"])
        self.place, self.kills, self.flushes, self.restarts = place, 0, 0, 0
        self.nudged = 0.0

    def prepare(self) -> int:
        """Empty tables, and the messages; how many."""
        with psycopg.connect(self._url(), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            for extension in ("btree_gist", "pg_trgm"):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")  # constants
        owner = as_owner(self.environment)
        django("tables", "migrate", "--no-input", environment=owner)
        django("rights of the application's role", "grant_roles", environment=owner)
        command = [sys.executable, "-m", "onebox.chaos.fill", str(self.wanted.messages)]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True)
        return int(done.stdout.split()[-1])

    def _url(self) -> str:
        return self.environment["MIGRATION_DATABASE_URL"]

    def nudge(self) -> None:
        """What beat does each minute. A broker that is away costs the nudge and nothing else."""
        if time.monotonic() - self.nudged < NUDGE:
            return
        self.nudged = time.monotonic()
        try:
            self.broker.send_task("customers.tasks.send_waiting", retry=False, expires=30)
        except Exception as error:  # noqa: BLE001  # whatever a broker that is just being killed answers
            say(f"no nudge: {type(error).__name__}")

    def until(self, fleet: Fleet, reached: Any) -> None:
        """Nudges until `reached()`. Raises Trouble when nothing moves any more."""
        last, moved = -1, time.monotonic()
        while not reached():
            self.nudge()
            fleet.mend()
            came = fleet.ledger.count()
            if came != last:
                last, moved = came, time.monotonic()
            elif time.monotonic() - moved > STUCK:
                raise Trouble(f"nothing was sent for {STUCK:.0f} s:\n{fleet.workers[0].last_words()}")
            time.sleep(0.02)

    def kill(self, fleet: Fleet, planned: int) -> None:
        """Kills spread over the whole run, each at a random place between two messages or within one."""
        for cycle in range(self.wanted.cycles):
            wanted = int((cycle + self.dice.random()) * planned / (self.wanted.cycles + 1))
            self.until(fleet, lambda wanted=wanted: fleet.ledger.count() >= wanted)
            time.sleep(self.dice.random() * 0.03)
            fleet.kill_one()
            self.kills += 1
            if self.kills % max(5, self.wanted.cycles // RESTARTS) == 0:
                self._restart_redis()
            elif self.kills % max(2, self.wanted.cycles // FLUSHES) == 0:
                self._flush_redis()
            if self.kills % 20 == 0:
                say(f"{self.kills} kills, {fleet.ledger.count()} of {planned} sent")

    def _flush_redis(self) -> None:
        self.flushes += 1
        if self.running.valkey:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.running.valkey.socket))
                connection.sendall(b"FLUSHALL\r\n")
                connection.recv(16)

    def _restart_redis(self) -> None:
        """Kill -9, its journal thrown away, and a second of nothing."""
        valkey = self.running.valkey
        if valkey is None or valkey.child is None:
            return
        self.restarts += 1
        os.killpg(valkey.child.popen.pid, signal.SIGKILL)
        valkey.child.popen.wait()
        for file in valkey.folder.glob("appendonlydir/*"):
            file.unlink()
        time.sleep(1.0)
        valkey.start()

    def states(self) -> dict[str, str]:
        """The state of each message by its key."""
        with psycopg.connect(self._url()) as connection:
            rows = connection.execute("SELECT replace(key::text, '-', ''), state FROM customers_message").fetchall()
        return {str(key): str(state) for key, state in rows}

    def finished(self) -> bool:
        """Nothing waits and nothing is under way."""
        with psycopg.connect(self._url()) as connection:
            query = "SELECT EXISTS (SELECT 1 FROM customers_message WHERE state IN ('planned', 'claimed'))"
            row = connection.execute(query).fetchone()
        time.sleep(0.2)
        return row is not None and not row[0]

    def outcome(self, fleet: Fleet, planned: int, seconds: float) -> Outcome:
        """Ledger against database."""
        came, states = fleet.ledger.accepted(), self.states()
        distinct = set(came)
        unknown = {key for key, state in states.items() if state == "unknown"}
        return Outcome(
            planned=planned, sent=len(distinct), duplicates=len(came) - len(distinct),
            lost=len(set(states) - distinct - unknown) + planned - len(states), unknown=len(unknown),
            kills=self.kills, flushes=self.flushes, restarts=self.restarts, seconds=seconds,
        )  # fmt: skip


@contextmanager
def _fleet(run: Run) -> Iterator[Fleet]:
    fleet = Fleet(run.place, run.environment, run.dice)
    try:
        yield fleet
    finally:
        fleet.stop()


def measured(wanted: Namespace) -> Outcome:
    """Everything of its own below `var/chaos`: database, broker, workers, gateway."""
    if os.environ.get("DATABASE_URL"):
        raise Trouble("chaos empties its database and works only with one of its own: unset DATABASE_URL.", 2)
    place = Home(home.serving().state / "chaos").make()
    with services.alone(place) as running:
        run = Run(running, place, wanted)
        planned = run.prepare()
        say(f"{planned} messages are planned")
        began = time.monotonic()
        with _fleet(run) as fleet:
            fleet.wait_for_workers()
            run.kill(fleet, planned)
            # The control has shown what it must when one message has come twice.
            run.until(fleet, lambda: (wanted.no_claim and fleet.ledger.doubled()) or run.finished())
            return run.outcome(fleet, planned, time.monotonic() - began)


#: The tests whose long form `--money` runs.
MONEY_TESTS = ("tests/delivery/test_ledger.py", "tests/delivery/test_printed_bills.py")


def money(wanted: Namespace) -> int:
    """The same tests as in `run.py test`, with more steps and papers; their figures are printed."""
    os.environ |= {
        "DMS_MONEY_STEPS": str(wanted.steps), "DMS_MONEY_BILLS": str(wanted.papers), "DMS_MONEY_SEED": str(wanted.seed)
    }  # fmt: skip
    from onebox import testing  # pytest, which the other runs need not have

    return testing.test(["-q", "-rP", *MONEY_TESTS])


def chaos(arguments: list[str]) -> int:
    """Prints the table; 1 when the promise was broken. The negative control turns that round."""
    wanted = arguments_of(arguments)
    if wanted.money:
        return money(wanted)
    outcome = measured(wanted)
    print(outcome.table(), flush=True)
    if wanted.no_claim:
        return 0 if outcome.duplicates else 1
    return 0 if outcome.kept else 1
