"""An order made by the product beside the same rows written by hand in one transaction, and how many commits it took.

`python -m onebox.bench.creating` is the process that does both, in turns, as the application's database role.
Afterwards every order of it is cancelled, so that no car stands in the shop.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from onebox.bench.data import Database
from onebox.bench.measure import Report, quantile_ms, tell
from onebox.home import ROOT

TURNS = 40
#: What `reception.services.arrival.arrive` writes: the number, the order as the last one has its columns, and its log.
_NUMBER = """
    INSERT INTO records_counter (branch_id, kind, period, last) VALUES (%s, 'WT', %s, 1)
    ON CONFLICT (branch_id, kind, period) DO UPDATE SET last = records_counter.last + 1 RETURNING last
"""
_ORDER = """
    INSERT INTO reception_workorder SELECT (jsonb_populate_record(w, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('reception_workorder', 'id')), 'number', %s::text,
        'vehicle_id', %s::bigint, 'status_code', upper(substr(md5(random()::text), 1, 8)), 'arrived_at', now()
    ))).* FROM reception_workorder w WHERE id = %s RETURNING id
"""
_LOG = """
    INSERT INTO reception_orderlog (order_id, action, source, target, actor_id, moved_at, note)
    VALUES (%s, 'arrive', '', 'arrived', %s, now(), '')
"""


def create_in_this_process(turns: int) -> dict[str, Any]:
    """Seconds in SQL (with the commit) of both, and the product's commits and queries."""
    import django

    django.setup()
    from accounts.models import Branch, Membership
    from accounts.policies import Actor
    from accounts.roles import permissions_of
    from customers.models import Vehicle
    from reception.models import WorkOrder
    from reception.services.flow import move

    branch = Branch.objects.order_by("id")[0]
    manager = Membership.objects.select_related("user").get(user__username="manager", branch=branch)
    actor = Actor(manager.user, branch, permissions_of(manager.roles))
    away = Vehicle.objects.filter(branch=branch, last_visit_on__isnull=False, ownerships__to_on__isnull=True)
    cars = list(away.exclude(orders__state__in=_open_states()).order_by("last_visit_on", "pk")[: 2 * turns + 2])
    ours, by_hand, counts = [], [], (0, 0)
    for turn in range(turns + 1):
        mine, theirs = cars[2 * turn], cars[2 * turn + 1]
        spent, counts, order = _ours(actor, mine)
        raw, copied = _by_hand(actor, theirs, order)
        for one in (order.pk, copied):
            move(order_id=one, action="cancel", actor=actor, note="bench")
        if turn:  # the first is for warming up
            ours.append(spent)
            by_hand.append(raw)
    assert not WorkOrder.objects.filter(vehicle__in=cars, state__in=_open_states()).exists()  # noqa: S101
    return {"ours": ours, "by_hand": by_hand, "queries": counts[0], "commits": counts[1]}


def _open_states() -> list[str]:
    from reception.states import OPEN_STATES

    return list(OPEN_STATES)


def _ours(actor: Any, car: Any) -> tuple[float, tuple[int, int], Any]:
    """Seconds in SQL, (queries, commits), the order."""
    from django.db import connection as wrapper

    from reception.services.arrival import arrive

    connection: Any = wrapper

    spent: list[float] = []
    commits: list[float] = []
    commit = connection._commit  # noqa: SLF001 - Django counts no commits itself

    def timed(execute: Callable[..., Any], *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent.append(time.perf_counter() - began)

    def committed() -> None:
        began = time.perf_counter()
        commit()
        commits.append(time.perf_counter() - began)

    connection._commit = committed  # noqa: SLF001
    try:
        with connection.execute_wrapper(timed):
            order = arrive(actor=actor, vehicle=car)
    finally:
        del connection._commit  # noqa: SLF001 - the method of the class again
    return sum(spent) + sum(commits), (len(spent), len(commits)), order


def _by_hand(actor: Any, car: Any, order: Any) -> tuple[float, int]:
    """Seconds of one transaction through the bare driver, and the id of the copy of `order` with another car."""
    from django.db import connection

    bare = connection.connection
    period = order.number.split("-")[2]
    began = time.perf_counter()
    with bare.transaction(), bare.cursor() as cursor:
        last = cursor.execute(_NUMBER, [actor.branch.pk, period]).fetchone()[0]
        number = f"WT-{actor.branch.code}-{period}-{last:05d}"
        copied = cursor.execute(_ORDER, [number, car.pk, order.pk]).fetchone()[0]
        cursor.execute(_LOG, [copied, actor.user.pk])
    return time.perf_counter() - began, int(copied)


def measure(database: Database, report: Report, share: float) -> None:
    """One line: SQL of a new order ÷ the same rows by hand."""
    tell("  create an order beside a raw transaction")
    command = [sys.executable, "-m", "onebox.bench.creating", str(max(5, int(TURNS * share)))]
    done = subprocess.run(command, env=database.environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tell(done.stderr[-2000:])
        raise RuntimeError("no order was made")
    found = json.loads(done.stdout.splitlines()[-1])
    ours, by_hand = (quantile_ms(found[name], 0.5) for name in ("ours", "by_hand"))
    report.line(
        "create: SQL beside a raw transaction", n=len(found["ours"]), p50_ms=ours, by_hand_ms=by_hand,
        to_by_hand=round(ours / by_hand, 2), queries=found["queries"], commits=found["commits"],
    )  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    print(json.dumps(create_in_this_process(int(sys.argv[1]))))
