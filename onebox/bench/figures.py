"""Key figures: what the night costs, and twelve months of them beside the bare SQL of the roll-up and of the facts.

`python -m onebox.bench.figures` is the process that counts, with the product's own code.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from onebox.bench.data import Database
from onebox.bench.measure import Report, quantile_ms, tell
from onebox.environment import as_owner
from onebox.home import ROOT

TURNS = 11
#: Days that are counted again from the raw rows; all of three years take as long as the first night.
PROVEN = 100
#: The sums of twelve whole months as somebody would write them who only wants those.
ROLLED_UP = """
    SELECT measure, sum(value) FROM retention_measured
    WHERE branch_id = %(branch)s AND grain = 'm' AND "on" >= %(first)s AND "on" <= %(last)s GROUP BY measure
"""


def _seconds(act: Callable[[], Any], turns: int = 1) -> list[float]:
    found = []
    for _turn in range(turns):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return found


def count_in_this_process(turns: int) -> list[dict[str, object]]:
    """One line for the first night, the same again, the proof, and twelve months of figures in three ways."""
    import django

    django.setup()
    from accounts.models import Branch

    branch = Branch.objects.order_by("id")[0]
    return [*_nights(branch), _twelve_months(branch, turns), *_pages(branch, turns)]


def _pages(branch: Any, turns: int) -> list[dict[str, object]]:
    """What the night counts for the pages of retention, and what opening the overview asks then, beside counting it."""
    from dms.clock import branch_day
    from retention.models import Tally
    from retention.selectors.base import retained_by_month
    from retention.selectors.tallies import TALLIES, counted
    from retention.services.tallies import write_tallies

    today = branch_day(branch)
    took = {name: round(_seconds(partial(count, branch, today))[0], 2) for name, count in TALLIES.items()}
    Tally.objects.filter(branch=branch).delete()
    night = _seconds(lambda: write_tallies(branch, today))[0]
    names = ["funnel:3", "shares:brand"]

    def overview() -> None:
        counted(branch, names)
        retained_by_month(branch)

    return [
        {"name": "figures: a night of the pages of retention", "seconds": round(night, 2), "each": took},
        {
            "name": "figures: numbers of the retention overview", "n": turns,
            "p50_ms": quantile_ms(_seconds(overview, turns), 0.5),
            "counted_live_ms": round(1000 * sum(took[name] for name in names)),
        },
    ]  # fmt: skip


def _nights(branch: Any) -> list[dict[str, object]]:
    from django.db import connection

    from dms.clock import branch_day
    from retention.models import Measured
    from retention.services.rollup import prove, write_figures

    today = branch_day(branch)
    Measured.objects.filter(branch=branch).delete()
    first = _seconds(lambda: write_figures(branch, today))[0]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) retention_measured")
    nightly = _seconds(lambda: write_figures(branch, today))[0]
    counted: list[Any] = []
    since = today - timedelta(days=PROVEN)
    proof = _seconds(lambda: counted.append(prove(branch, since)))[0]
    rows = Measured.objects.filter(branch=branch).count()
    return [
        {"name": "figures: first night", "seconds": round(first, 2), "rows": rows},
        {"name": "figures: a night", "seconds": round(nightly, 2)},
        {"name": "figures: proof", "days": PROVEN, "seconds": round(proof, 2), "mended": counted[0].mended},
    ]


def _twelve_months(branch: Any, turns: int) -> dict[str, object]:
    from django.db import connection

    from dms.clock import day_bounds
    from retention.figure_pages import asked
    from retention.measures import FACTS
    from retention.selectors.key_figures import fact_values, figures_of

    year = asked({"span": "year"}, branch).period
    values = fact_values(branch) | {
        "from": day_bounds(branch, year.first)[0], "to": day_bounds(branch, year.last)[1], "first": year.first,
        "last": year.last,
    }  # fmt: skip

    def ask(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.fetchall()

    raw = f"SELECT measure, sum(value) FROM ({FACTS}) f GROUP BY measure"  # noqa: S608  # constants
    ours = quantile_ms(_seconds(lambda: figures_of(branch, year), turns), 0.5)
    bare = quantile_ms(_seconds(lambda: ask(ROLLED_UP), turns), 0.5)
    facts = quantile_ms(_seconds(lambda: ask(raw), 3), 0.5)
    return {
        "name": "figures: twelve months", "n": turns, "p50_ms": ours, "rolled_up_sql_ms": bare, "raw_sql_ms": facts,
        "to_rolled_up": round(ours / bare, 2),
    }  # fmt: skip


def measure(database: Database, report: Report, share: float) -> None:
    """The figures of this database."""
    tell("  key figures")
    command = [sys.executable, "-m", "onebox.bench.figures", str(TURNS if share >= 1 else 3)]
    done = subprocess.run(command, env=as_owner(database.environment), cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        raise RuntimeError("the figures were not counted")
    for line in json.loads(done.stdout.splitlines()[-1]):
        report.line(line.pop("name"), **line)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    print(json.dumps(count_in_this_process(int(sys.argv[1]))))
