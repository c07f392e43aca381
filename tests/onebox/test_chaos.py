"""A short form of `run.py chaos`: workers die, Redis is emptied and killed, and the gateway's ledger is compared."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from onebox.chaos.main import Outcome
from onebox.home import ROOT

#: Set by `run.py test`; the run has services of its own.
OURS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


def chaos(state: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    """Exit status and the rows of the table."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["DMS_STATE_DIR"] = str(state)
    done = subprocess.run(
        [sys.executable, "-m", "onebox", "chaos", *arguments], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    rows = [line.split() for line in done.stdout.splitlines() if not line.startswith("[")]
    found = {" ".join(word for word in row if word.isalpha()): row for row in rows if row}
    assert found, done.stderr
    return done.returncode, {name: " ".join(row) for name, row in found.items()}


@pytest.mark.slow
def test_nothing_is_lost_or_sent_twice_while_everything_dies(tmp_path: Path) -> None:
    status, rows = chaos(tmp_path, "--cycles", "6", "--messages", "300")
    table = "\n".join(rows.values())
    assert "planned 300" in table, table
    assert "duplicates 0 must be 0" in table, table
    assert "lost 0 must be 0" in table, table
    assert "Redis emptied / killed 3 / 1" in table, table
    assert status == 0, table


@pytest.mark.slow
def test_the_negative_control_sends_twice(tmp_path: Path) -> None:
    status, rows = chaos(tmp_path, "--cycles", "1", "--messages", "300", "--no-claim")
    table = "\n".join(rows.values())
    assert "duplicates" in table, table
    assert "duplicates 0" not in table, table
    assert status == 0, table


def outcome(planned: int, *, duplicates: int = 0, lost: int = 0, unknown: int = 0) -> Outcome:
    return Outcome(planned, planned, duplicates, lost, unknown, kills=6, flushes=0, restarts=0, seconds=1)


def test_what_breaks_the_promise() -> None:
    assert outcome(10_000, unknown=100).kept
    assert not outcome(10_000, unknown=101).kept
    assert outcome(300, unknown=6).kept
    assert not outcome(300, unknown=7).kept
    assert not outcome(10_000, duplicates=1).kept
    assert not outcome(10_000, lost=1).kept


def test_it_touches_no_database_of_somebody_else(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "DMS_STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "onebox", "chaos", "--cycles", "1"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "unset DATABASE_URL" in done.stderr) == (2, True)
