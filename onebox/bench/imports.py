"""A list of customers and cars in GBK on its way into an empty branch: reading and checking, writing, memory.

`python -m onebox.bench.imports run 100000` is the process that does it, with the product's own code and as the worker
does, turn by turn. Every hundredth row has a phone number that Excel has rounded, every fiftieth a model that nobody
knows.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from onebox.bench import data
from onebox.bench.forecasts import CATALOGUE
from onebox.bench.measure import Report, tell
from onebox.environment import as_owner
from onebox.home import ROOT
from onebox.services import Services

#: Rows of the goal's file; with `--quick` fewer.
MANY, FEW = 100_000, 2_000
HEAD = "客户名称,手机号码,车牌号,车架号,品牌,车型,行驶里程,最近进厂,购车日期,备注"
_FIRST, _LAST = "王李张刘陈杨赵黄周吴徐孙", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英"


def row(number: int) -> str:
    """One line of the file; each is another car, every fifth car belongs to the customer before."""
    who = number - number % 5 // 4
    name = _FIRST[who % 12] + _LAST[who // 12 % 23] + _LAST[who // 276 % 23]
    phone = "1.39E+10" if number % 100 == 50 else f"138{who:08d}"
    model = "没有的车" if number % 50 == 7 else f"Model {number % 6 + 1}"
    day = f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    vin = f"LDMAB230{number % 10}{number:08d}"
    return (
        f"{name},{phone},粤B{number:06d},{vin},Brand {number % 5 + 1},{model},{number % 90_000 + 100},{day},"
        f"2021/3/{number % 28 + 1},靠窗座位"
    )


def write_list(path: Path, rows: int) -> None:
    """The file, as Excel in China saves it."""
    with path.open("w", encoding="gbk", newline="") as file:
        file.write(HEAD + "\r\n")
        for number in range(1, rows + 1):
            file.write(row(number) + "\r\n")


def fill() -> None:
    """A branch with its manager and a catalogue."""
    import django

    django.setup()
    from django.db import connection

    from accounts.models import Branch, Membership, User

    branch = Branch.objects.create(code="BENCH", name="Bench", legal_name="Bench")
    user = User.objects.create_user("bench", "a good password", name="Bench")
    Membership.objects.create(user=user, branch=branch, roles=["manager"])
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)


def run(rows: int) -> dict[str, object]:
    """The whole way of a list in this process. Seconds by part, the largest memory, and what came of it."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.files import File

    from accounts.models import Membership
    from accounts.policies import Actor
    from accounts.roles import permissions_of
    from customers.imports import runs

    who = Membership.objects.get()
    actor = Actor(who.user, who.branch, permissions_of(who.roles))
    with TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = folder
        path = Path(folder, "list.csv")
        write_list(path, rows)
        before = _memory()
        with path.open("rb") as raw:
            made = runs.begin(actor=actor, kind="cars", file=File(raw, "list.csv"), name="list.csv")
        runs.choose(actor=actor, run_id=made.pk, mapping=made.mapping, fill_only=True)
        check = _timed(made.pk)
        runs.start(actor=actor, run_id=made.pk)
        write = _timed(made.pk)
        made.refresh_from_db()
        return {
            "rows": made.total_rows, "state": made.state, "bad": made.bad_rows, "counts": made.counts,
            "megabytes": round(path.stat().st_size / 2**20, 1), "check_s": check, "write_s": write,
            "all_s": round(check + write, 1), "most_mb": _memory(), "idle_mb": before,
        }  # fmt: skip


def _timed(run_id: int) -> float:
    from customers.imports import runs

    began = time.perf_counter()
    while runs.work(run_id):
        pass
    return round(time.perf_counter() - began, 1)


def _memory() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def measure(running: Services, report: Report, rows: int) -> None:
    """The database is made anew each time: a list that comes twice is another thing."""
    tell(f"  import of {rows:,} rows")
    database = data.provide_bare(running, "dms_bench_import", rows, _itself, fresh=True)
    found = json.loads(_itself(database, "run", str(rows)).splitlines()[-1])
    report.line(f"import: {rows:,} rows in GBK", clients=1, **found)


def _itself(database: data.Database, *arguments: str) -> str:
    owner = as_owner(database.environment) if arguments[0] == "fill" else database.environment
    command = [sys.executable, "-m", "onebox.bench.imports", *arguments]
    done = subprocess.run(command, env=dict(owner), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    if sys.argv[1] == "fill":
        fill()
    else:
        print(json.dumps(run(int(sys.argv[2])), ensure_ascii=False))
