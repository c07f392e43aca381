"""Samples and their figures. Only ratios of one run count: machines drift, so a calibration stands beside each."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from onebox.bench.client import Answer, Browser
from onebox.home import ROOT

#: One measured act of one client; the number says the how-manieth.
Act = Callable[[Browser, int], Answer]
GOOD = frozenset({200, 201, 202, 204, 302, 304})


@dataclass
class Samples:
    """What came of a number of requests; seconds."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    errors: int = 0
    bytes: int = 0

    def add(self, answer: Answer) -> None:
        """One more."""
        self.seconds.append(answer.seconds)
        self.errors += answer.status not in GOOD
        self.bytes = max(self.bytes, len(answer.body))

    def merge(self, other: "Samples") -> None:
        """Another block of the same act; the blocks ran one after the other."""
        self.seconds += other.seconds
        self.wall += other.wall
        self.errors += other.errors
        self.bytes = max(self.bytes, other.bytes)

    def figures(self) -> dict[str, Any]:
        """`n`, p50, p95 and max in ms, requests a second (None of single steps), errors, bytes of the largest."""
        return {
            "n": len(self.seconds),
            "p50_ms": quantile_ms(self.seconds, 0.5),
            "p95_ms": quantile_ms(self.seconds, 0.95),
            "max_ms": round(max(self.seconds) * 1000, 2),
            "per_second": round(len(self.seconds) / self.wall, 1) if self.wall else None,
            "errors": self.errors,
            "bytes": self.bytes,
        }


def quantile_ms(seconds: Sequence[float], share: float) -> float:
    """The nearest-rank quantile in milliseconds."""
    ranked = sorted(seconds)
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1000, 2)


def block(clients: Sequence[Browser], act: Act, count: int, first: int = 0) -> Samples:
    """`count` acts, shared by the clients, each client one after the other."""
    each = max(1, count // len(clients))

    def one(place: int) -> Samples:
        mine = Samples()
        for turn in range(each):
            mine.add(act(clients[place], first + place * each + turn))
        return mine

    began = time.perf_counter()
    if len(clients) == 1:
        done = [one(0)]
    else:
        with ThreadPoolExecutor(len(clients)) as pool:
            done = list(pool.map(one, range(len(clients))))
    whole = Samples()
    for part in done:
        whole.merge(part)
    whole.wall = time.perf_counter() - began
    return whole


def alternating(sides: Sequence[tuple[Sequence[Browser], Act]], count: int, blocks: int = 4) -> list[Samples]:
    """The sides in turns, block by block, so that a slow minute of the machine meets both alike."""
    totals = [Samples() for _side in sides]
    for turn in range(blocks):
        for total, (clients, act) in zip(totals, sides, strict=True):
            total.merge(block(clients, act, max(1, count // blocks), turn * count))
    return totals


def calibration_ms() -> float:
    """The same small loop every time: how fast this machine is just now."""
    best = []
    for _try in range(3):
        began = time.perf_counter()
        sum(number * number % 7 for number in range(100_000))
        best.append(time.perf_counter() - began)
    return round(median(best) * 1000, 2)


def machine() -> dict[str, object]:
    """Cores, memory, Python, system."""
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )  # kB  # fmt: skip
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1024 / 1024, 1),
        "cpu": model,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def commit() -> str:
    """The commit that is measured, with a + when the tree has changes; "" outside of git."""
    try:
        shown = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=10"], cwd=ROOT, capture_output=True, text=True
        )
    except FileNotFoundError:
        return ""
    return shown.stdout.strip() if shown.returncode == 0 else ""


@dataclass
class Report:
    """Where the lines go; `about` stands on every one of them."""

    out: TextIO
    about: dict[str, object] = field(default_factory=dict)
    lines: list[dict[str, object]] = field(default_factory=list)

    def line(self, name: str, **figures: object) -> None:
        """Print one measured thing."""
        shown = {"name": name, **figures, "calibration_ms": calibration_ms(), **self.about}
        self.lines.append(shown)
        print(json.dumps(shown, ensure_ascii=False), file=self.out, flush=True)


def tell(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)
