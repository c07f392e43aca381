"""The plan of the day beside first come, first served: on the demo's day, and for 200 jobs and 30 technicians.

`python -m onebox.bench.planned` is the process that plans, with the product's own code.
"""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from onebox.bench.data import Database
from onebox.bench.measure import Report, tell
from onebox.environment import as_owner
from onebox.home import ROOT

if TYPE_CHECKING:
    from workshop.day_plan import Day

JOBS, TECHNICIANS = 200, 30
SKILLS = (1, 2, 3, 4)
MINUTES = (30, 45, 60, 90, 120, 180)


def invented(jobs: int, technicians: int) -> "tuple[Day, dict[int, datetime]]":
    """A busy day, the same in every run: mixed skills and shifts, nine bays for ten people, tight promises."""
    from reception.promise_plan import Hand, Place, Work
    from workshop.day_plan import Day

    draw = random.Random(jobs)  # noqa: S311 - no secret
    first = datetime(2026, 12, 1, 8, tzinfo=UTC)
    open_at = [(first + timedelta(days=n), first + timedelta(days=n, hours=10)) for n in range(21)]
    early = [(opens, closes - timedelta(hours=2)) for opens, closes in open_at]
    hands = [
        Hand(n, {skill: draw.choice((1, 2, 3)) for skill in draw.sample(SKILLS, draw.choice((1, 2, 3)))},
             open_at if n % 3 else early, first)
        for n in range(1, technicians + 1)
    ]  # fmt: skip
    places = [Place(n, "general", first) for n in range(1, technicians * 9 // 10)] + [Place(0, "alignment", first)]
    works: list[Work] = []
    due: dict[int, datetime] = {}
    arrived: dict[int, datetime] = {}
    while len(works) < jobs:
        order, whole = len(arrived) + 1, 0
        for _job in range(draw.choice((1, 1, 2, 3))):
            whole += (minutes := draw.choice(MINUTES))
            kind = "alignment" if draw.random() < 0.03 else ""
            skill = draw.choice((None, *SKILLS))
            works.append(Work(order, timedelta(minutes=minutes), (), skill, None, kind, line=len(works) + 1))
        arrived[order] = first - timedelta(minutes=draw.randint(0, 600))
        due[order] = first + timedelta(minutes=whole + draw.randint(30, 540))
    return Day(first, open_at[0][1], works[:jobs], hands, places, open_at, due, timedelta(minutes=40)), arrived


def whole_day(branch: Any) -> "tuple[Day, dict[int, datetime]]":
    """All the work of the demo's cars of today, from the first arrival on: nothing is done yet, all people and parts
    are there for ten hours, cars come when they came. The plan knows who will come, as after a day of appointments.
    """
    from dataclasses import replace

    from dms.clock import branch_day, day_bounds
    from reception.models import Line
    from reception.promise_plan import Work
    from reception.promises import bay_kind, look
    from reception.states import LineKind, LineState
    from workshop.day_plan import Day

    since = day_bounds(branch, branch_day(branch))[0] - timedelta(hours=12)
    lines = Line.objects.filter(
        order__branch=branch, order__arrived_at__gte=since, order__promised_at__isnull=False, kind=LineKind.LABOUR,
        state__in=[LineState.APPROVED, LineState.DONE],
    ).select_related("order", "operation__skill").order_by("id")  # fmt: skip
    arrived = {line.order_id: line.order.arrived_at for line in lines}
    due = {line.order_id: line.order.promised_at for line in lines if line.order.promised_at}
    first, shop = min(arrived.values()), look(branch)
    open_at = [(first + timedelta(days=n), first + timedelta(days=n, hours=10)) for n in range(21)]
    works = [
        Work(line.order_id, timedelta(hours=float(line.standard_hours)), (), line.operation.skill_id,
             bay_kind=bay_kind(line.operation.skill), ready_at=line.order.arrived_at, line=line.pk)
        for line in lines if line.operation is not None
    ]  # fmt: skip
    hands = [replace(hand, windows=open_at, free_at=first, busy=[]) for hand in shop.hands]
    places = [replace(place, free_at=first, busy=[]) for place in shop.places]
    return Day(first, open_at[0][1], works, hands, places, open_at, due, shop.after_work()), arrived


def plan() -> list[dict[str, Any]]:
    """Both days in this process."""
    import django

    django.setup()
    from accounts.models import Branch
    from workshop.selectors.planning import ahead

    branch = Branch.objects.order_by("id")[0]
    found = ahead(branch, move=True)
    return [
        _compared("plan: the demo's day (synthetic)", *whole_day(branch)),
        _compared("plan: the demo as it stands (synthetic)", found.day, found.arrived),
        _compared(f"plan: {JOBS} jobs, {TECHNICIANS} technicians", *invented(JOBS, TECHNICIANS)),
    ]


def _compared(name: str, day: "Day", arrived: dict[int, datetime]) -> dict[str, Any]:
    from workshop.day_plan import best, figures, first_come
    from workshop.services.planning import SECONDS
    from workshop.solver import solve

    begun = time.perf_counter()
    made = best(day, arrived, lambda a_day, start: solve(a_day, start, seconds=SECONDS))
    seconds = time.perf_counter() - begun
    ours, first = figures(day, made), figures(day, first_come(day, arrived))
    return {
        "name": name, "jobs": len(day.works), "technicians": len(day.hands), "seconds": round(seconds, 2),
        "late_minutes": ours.late_minutes, "first_come_late_minutes": first.late_minutes,
        "late_cars": ours.late_cars, "first_come_late_cars": first.late_cars,
        "overtime_minutes": ours.overtime_minutes, "first_come_overtime_minutes": first.overtime_minutes,
    }  # fmt: skip


def measure(database: Database, report: Report) -> None:
    """One line for each day."""
    tell("  plan of the day")
    done = subprocess.run(
        [sys.executable, "-m", "onebox.bench.planned"], env=as_owner(database.environment), cwd=ROOT,
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        raise RuntimeError("no plan was made")
    for line in json.loads(done.stdout.splitlines()[-1]):
        report.line(line.pop("name"), **line)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    print(json.dumps(plan()))
