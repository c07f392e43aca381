"""The benchmarks measure what they say. Nothing here looks at how long something took."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from onebox.bench import main, table
from onebox.bench.client import forms_of
from onebox.bench.measure import Samples, quantile_ms
from onebox.home import ROOT

PAGE = """
<form method="post" action="/a/"><input type="hidden" name="key" value="k&amp;1"><input name="odometer" value="">
<input type="checkbox" name="kit" checked><input type="checkbox" name="waits"><input type="file" name="photo">
<input type="radio" name="fuel" value="1"><input type="radio" name="fuel" value="2" checked>
<textarea name="words">
one
two</textarea><select name="kind"><option value="a">A</option><option value="b" selected>B</option></select>
<select name="place"><option value="x">X</option><option value="y">Y</option></select><button name="do" value="sign">
</form><input name="outside" value="1"><form action="/b/"></form>
"""


def test_a_form_says_what_a_browser_would_send() -> None:
    first, second = forms_of(PAGE)
    assert (first.action, second.action, second.fields) == ("/a/", "/b/", [])
    assert first.fields == [
        ("key", "k&1"), ("odometer", ""), ("kit", "on"), ("fuel", "2"), ("words", "one\ntwo"), ("kind", "b"),
        ("place", "x"),
    ]  # fmt: skip


def test_quantiles_are_samples_and_blocks_add_up() -> None:
    assert [quantile_ms([0.003, 0.001, 0.002, 0.010], share) for share in (0.0, 0.5, 0.95)] == [1.0, 3.0, 10.0]
    whole = Samples([0.001, 0.002], wall=0.1, errors=1, bytes=7)
    whole.merge(Samples([0.004], wall=0.1, bytes=9))
    assert whole.figures() == {
        "n": 3, "p50_ms": 2.0, "p95_ms": 4.0, "max_ms": 4.0, "per_second": 15.0, "errors": 1, "bytes": 9,
    }  # fmt: skip


def line(name: str, vehicles: int, p50: float, **more: object) -> dict[str, object]:
    figures = {"n": 1, "p50_ms": p50, "p95_ms": p50, "max_ms": p50, "per_second": 5.0, "errors": 0, "bytes": 1234}
    about = {"machine": {"cores": 2}, "commit": "abc", "postgres": "18.6", "rows": {"orders": 1000}}
    return {"name": name, "vehicles": vehicles, "clients": 1, **figures, "calibration_ms": 4.0, **about, **more}


def test_the_table_stands_between_its_marks_and_compares_the_sizes(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.md"
    file.write_text(f"# Speed\n\n{table.BEGIN}\nold\n{table.END}\nand more\n")
    lines = [line("today", 1000, 10.0, queries=4), line("today", 300_000, 12.0, queries=4, to_floor=1.5)]
    table.write(file, lines)
    table.write(file, lines)
    text = file.read_text()
    assert text.startswith("# Speed\n\n<!-- measured: begin -->\nCommit `abc`; cores 2; PostgreSQL 18.6.")
    assert "| today | 10.0 | 10.0 | 10.0 | 5.0 |  | 12.0 | 12.0 | 12.0 | 5.0 | 1.5 | 4 |  | 1,234 | 0 | 1.20 |" in text
    assert text.endswith(f"{table.END}\nand more\n")
    assert "old" not in text


def test_sizes_and_words_of_the_command_line() -> None:
    assert main.arguments_of([]).vehicles == [1000, 300_000]
    quick = main.arguments_of(["--quick", "--clients", "1,2", "--only", "road,order list"])
    assert (quick.vehicles, quick.clients, quick.only) == ([1000], [1, 2], ["road", "order list"])
    assert [main.wants(quick, part) for part in ("road", "papers")] == [True, False]


@pytest.mark.slow
def test_a_short_run_over_http(tmp_path: Path) -> None:
    """The real servers, the real sign-in, the demo alone: cars go the whole road, and every step is a line."""
    file = tmp_path / "benchmarks.md"
    file.write_text(f"{table.BEGIN}\n{table.END}\n")
    command = [sys.executable, "-m", "onebox", "bench", "--quick", "--vehicles", "300", "--clients", "1,2"]
    done = subprocess.run(
        [*command, "--only", "road,order list,papers,browser,create", "--table", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(one) for one in done.stdout.splitlines()]
    assert {(row["name"], row["errors"]) for row in lines if row.get("errors")} == set()
    steps = {row["name"]: row for row in lines if row.get("clients") == 2}
    assert {name for name in steps if name.startswith("order list")} == {
        "order list: first page", "order list: deep page",
    }  # fmt: skip
    assert [steps[f"road: {name}"]["n"] for name in ("arrive", "sign", "accept", "settle and pay", "gate")] == [2] * 5
    assert all(row["vehicles"] == 300 and row["rows"]["customers_vehicle"] == 300 for row in lines)
    assert {row["name"] for row in lines if f"| {row['name']} |" not in file.read_text()} == set()
    assert [steps[f"order list: {name}"]["queries"] for name in ("first page", "deep page")] == [3, 3]
    made = next(row for row in lines if row["name"].startswith("create"))
    # Owner, appointment of today, number, savepoint, order, its release and the log.
    assert (made["queries"], made["commits"]) == (7, 1)
    seen = next(row for row in lines if row["name"] == "browser: order list, cold")
    assert seen["requests"] > 1
    assert 10_000 < seen["bytes"] < 170_000
    assert seen["cls"] <= 0.02


@pytest.mark.slow
def test_a_short_import() -> None:
    """A small list goes the whole way; rows that cannot come are counted."""
    command = [sys.executable, "-m", "onebox", "bench", "--quick", "--only", "import"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    line = json.loads(done.stdout)
    assert (line["rows"], line["state"], line["bad"]) == (2000, "done", 20)
    assert line["counts"]["made_cars"] == 1980
    assert line["most_mb"] < 300
