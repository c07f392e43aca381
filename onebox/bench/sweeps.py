"""The night's look through the branch beside one hand-written statement; what a run wrote is deleted after it.

`python -m onebox.bench.sweeps` is the process that sweeps, with the product's own code.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from onebox.bench.data import Database
from onebox.bench.measure import Report, quantile_ms, tell
from onebox.environment import as_owner
from onebox.home import ROOT

#: Seconds from which one turn is enough: what takes so long varies little.
LONG = 20.0
#: All that both sweeps do, as somebody would write it by hand who needs no locks, no mending and no second run.
BY_HAND = """
    WITH reminders AS (
        INSERT INTO retention_reminder (vehicle_id, rule_id, cycle, due_on, state)
        SELECT f.vehicle_id, f.rule_id, f.cycle, f.due_on, 'open'
        FROM customers_dueforecast f JOIN customers_vehicle v ON v.id = f.vehicle_id
        JOIN catalog_vehiclemodel m ON m.id = v.model_id
        JOIN catalog_maintenancerule r ON r.id = f.rule_id AND (r.model_id = m.id OR r.brand_id = m.brand_id)
        WHERE v.branch_id = %(branch)s AND f.closed_at IS NULL AND f.due_on <= %(until)s
        ON CONFLICT DO NOTHING RETURNING 1
    ), lapses AS (
        INSERT INTO retention_lapsecase (vehicle_id, kind, opened_on, last_visit_on, due_on, allowed, allowed_by,
            owner_id, state)
        SELECT v.id, k.kind, %(today)s, v.last_visit_on,
            CASE k.kind WHEN 'predicted' THEN v.next_due_on END,
            CASE k.kind WHEN 'fixed' THEN COALESCE(m.lapse_months, b.lapse_months, %(months)s) ELSE %(grace)s END,
            CASE WHEN k.kind = 'predicted' THEN NULL WHEN m.lapse_months IS NOT NULL THEN 'model'
                WHEN b.lapse_months IS NOT NULL THEN 'brand' ELSE 'branch' END,
            (SELECT a.user_id FROM reception_workorder w
                LEFT JOIN accounts_membership a ON a.user_id = w.advisor_id AND a.branch_id = w.branch_id AND a.active
                WHERE w.vehicle_id = v.id ORDER BY w.arrived_at DESC, w.id DESC LIMIT 1), 'open'
        FROM customers_vehicle v
        LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id LEFT JOIN catalog_brand b ON b.id = m.brand_id
        CROSS JOIN (VALUES ('fixed'), ('predicted')) AS k (kind)
        WHERE v.branch_id = %(branch)s AND CASE k.kind
            WHEN 'fixed' THEN
                v.last_visit_on
                    + make_interval(months => COALESCE(m.lapse_months, b.lapse_months, %(months)s)) <= %(today)s
            ELSE v.next_due_on + %(grace)s <= %(today)s
                AND (v.last_visit_on IS NULL OR v.last_visit_on + %(grace)s <= %(today)s)
        END AND NOT EXISTS (
            SELECT 1 FROM reception_workorder w WHERE w.vehicle_id = v.id AND w.state = ANY(%(in_shop)s)
        )
        ON CONFLICT DO NOTHING RETURNING 1
    ) SELECT (SELECT count(*) FROM reminders), (SELECT count(*) FROM lapses)
"""


class Sweeping:
    """Both sweeps of the first branch, ours and by hand, from the same state."""

    def __init__(self) -> None:
        from accounts.models import Branch, Membership
        from accounts.policies import Actor
        from accounts.roles import permissions_of

        self.branch = Branch.objects.order_by("id")[0]
        manager = Membership.objects.select_related("user").get(user__username="manager", branch=self.branch)
        self.actor = Actor(manager.user, self.branch, permissions_of(manager.roles))

    def values(self) -> dict[str, Any]:
        """What the statement by hand is given: the rules of today."""
        from dms.clock import branch_day
        from reception.states import OPEN_STATES
        from records.selectors import rule

        today = branch_day(self.branch)
        return {
            "branch": self.branch.pk,
            "today": today,
            "until": today + timedelta(days=int(rule(self.branch, "reminder.lead_days", today))),
            "months": int(rule(self.branch, "lapse.months", today)),
            "grace": int(rule(self.branch, "lapse.grace_days", today)),
            "in_shop": list(OPEN_STATES),
        }

    def ours(self) -> list[int]:
        """New reminders and new lapses by the product."""
        from retention.services import run

        return [run(actor=self.actor, only=sweep)[sweep] for sweep in ("reminders", "lapse")]

    def tomorrow(self) -> list[int]:
        """The same, a day later."""
        from dms.clock import as_of, now

        with as_of(now() + timedelta(days=1)):
            return self.ours()

    def by_hand(self) -> list[int]:
        """New reminders and new lapses by one statement."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, self.values())
            return list(cursor.fetchone())

    def reset(self) -> None:
        """What the benchmark cars have from an earlier run goes; the triggers of a single row rest meanwhile."""
        from django.db import connection

        with connection.cursor() as cursor:
            for table in ("retention_reminder", "retention_lapsecase"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE vehicle_id IN "  # noqa: S608 - the two names above
                    "(SELECT id FROM customers_vehicle WHERE vin LIKE 'LDMAB2%')"
                )
                cursor.execute(f"VACUUM (ANALYZE) {table}")

    def analyse(self) -> None:
        """As autovacuum will have done before the next night."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ANALYZE retention_reminder, retention_lapsecase")


Runs = dict[str, list[tuple[float, list[int]]]]


def _timed(act: Callable[[], list[int]]) -> tuple[float, list[int]]:
    began = time.perf_counter()
    rows = act()
    return time.perf_counter() - began, rows


def _turn(made: Sweeping, taken: Runs) -> None:
    made.reset()
    taken["by_hand"].append(_timed(made.by_hand))
    made.reset()
    taken["ours"].append(_timed(made.ours))
    made.analyse()
    taken["again"].append(_timed(made.ours))
    taken["next_day"].append(_timed(made.tomorrow))
    made.reset()


def sweep_in_this_process(turns: int) -> dict[str, object]:
    """Both in turns, from the same state; ours a second time and for the next day as well."""
    import django

    django.setup()
    made = Sweeping()
    taken: Runs = {"ours": [], "again": [], "next_day": [], "by_hand": []}
    while len(taken["ours"]) < turns:
        _turn(made, taken)
        if taken["ours"][0][0] > LONG:
            break
    return {"turns": len(taken["ours"])} | {
        name: {"ms": quantile_ms([seconds for seconds, _rows in runs], 0.5), "rows": runs[0][1]}
        for name, runs in taken.items()
    }


def measure(database: Database, report: Report, share: float) -> None:
    """The sweeps of this database."""
    tell("  sweeps")
    turns = 3 if share >= 1 else 1
    command = [sys.executable, "-m", "onebox.bench.sweeps", str(turns)]
    done = subprocess.run(command, env=as_owner(database.environment), cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        raise RuntimeError("the sweeps did not run")
    found = json.loads(done.stdout.splitlines()[-1])
    ours, by_hand = found["ours"], found["by_hand"]
    report.line(
        "sweep: due and lapse", n=found["turns"], p50_ms=ours["ms"], inserted=ours["rows"], by_hand_ms=by_hand["ms"],
        by_hand_inserted=by_hand["rows"], to_by_hand=round(ours["ms"] / by_hand["ms"], 2),
    )  # fmt: skip
    report.line("sweep: second run", n=found["turns"], p50_ms=found["again"]["ms"], inserted=found["again"]["rows"])
    report.line(
        "sweep: the next day", n=found["turns"], p50_ms=found["next_day"]["ms"], inserted=found["next_day"]["rows"]
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    print(json.dumps(sweep_in_this_process(int(sys.argv[1]))))
