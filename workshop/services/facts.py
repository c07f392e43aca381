"""Facts of the workshop: how long each order stood in each stage, and what of it was work, hold and waiting.

One rule in SQL for one order and for all: every night's sweep writes what was left, a corrected clock writes its order
anew. Written twice they are the same rows. The source is the order's log; a stage that still lasts has no row.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from accounts.calendar import rows_between
from accounts.models import Branch
from reception.models import OrderLog
from reception.states import State

#: Orders that are written in one statement; of one time, so that few opening hours are looked at.
BLOCK = 2000
#: The visit is over: its last stretch is the one before. Which one that is says whether all of it is written.
OVER, LAST = (State.RELEASED, State.LEFT), (State.SETTLED, State.DECLINED, State.CANCELLED)

_ORDERS = """
SELECT o.id FROM reception_workorder o
WHERE o.branch_id = %(branch)s AND o.id > %(after)s AND (o.state <> ALL(%(over)s) OR NOT EXISTS (
    SELECT 1 FROM workshop_stagefact f WHERE f.order_id = o.id AND f.state = ANY(%(last)s) AND f.nth = (
        SELECT max(m.nth) FROM workshop_stagefact m WHERE m.order_id = o.id)))
ORDER BY o.id LIMIT %(block)s
"""
_WRITE = """
WITH steps AS (
    SELECT order_id, target AS state, moved_at AS began_at,
        lead(moved_at) OVER later AS next_at, row_number() OVER later AS nth
    FROM reception_orderlog WHERE order_id = ANY(%(orders)s) AND source <> target
    WINDOW later AS (PARTITION BY order_id ORDER BY id)
), stretches AS (  -- a server's clock that was set back makes no stretch shorter than nothing
    SELECT order_id, state, nth, began_at, greatest(next_at, began_at) AS ended_at
    FROM steps WHERE next_at IS NOT NULL
), spent AS (
    SELECT s.order_id, s.nth, s.state, s.began_at, s.ended_at, coalesce(w.work, '{}') AS work,
        coalesce(h.hold, '{}') * %(open)s::tstzmultirange - coalesce(w.work, '{}') AS hold,
        tstzmultirange(tstzrange(s.began_at, s.ended_at)) * %(open)s::tstzmultirange
            - coalesce(w.work, '{}') - coalesce(h.hold, '{}') AS wait
    FROM stretches s
    CROSS JOIN LATERAL (
        SELECT range_agg(tstzrange(c.started_at, c.stopped_at) * tstzrange(s.began_at, s.ended_at)) AS work
        FROM workshop_clocking c JOIN workshop_job j ON j.id = c.job_id
        WHERE j.order_id = s.order_id AND c.started_at < s.ended_at
    ) w
    CROSS JOIN LATERAL (
        SELECT range_agg(tstzrange(held.began_at, held.ended_at) * tstzrange(s.began_at, s.ended_at)) AS hold
        FROM workshop_hold held WHERE held.order_id = s.order_id AND held.began_at < s.ended_at
    ) h
)
INSERT INTO workshop_stagefact AS f (order_id, nth, state, began_at, ended_at, worked, held, waited)
SELECT order_id, nth, state, began_at, ended_at, seconds.of_work, seconds.of_hold, seconds.of_wait
FROM spent CROSS JOIN LATERAL (
    SELECT coalesce((SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest(work) r), 0)::int AS of_work,
        coalesce((SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest(hold) r), 0)::int AS of_hold,
        coalesce((SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest(wait) r), 0)::int AS of_wait
) seconds
ON CONFLICT (order_id, nth) DO UPDATE SET state = excluded.state, began_at = excluded.began_at,
    ended_at = excluded.ended_at, worked = excluded.worked, held = excluded.held, waited = excluded.waited
WHERE (f.state, f.began_at, f.ended_at, f.worked, f.held, f.waited) IS DISTINCT FROM
    (excluded.state, excluded.began_at, excluded.ended_at, excluded.worked, excluded.held, excluded.waited)
RETURNING 1
"""


def _blocks(branch: Branch) -> Iterator[list[int]]:
    """Orders that are open, or over and not written to the end; in order, a block at a time."""
    values = {"branch": branch.pk, "after": 0, "over": list(OVER), "last": list(LAST), "block": BLOCK}
    while found := _rows(_ORDERS, values):
        yield found
        values["after"] = found[-1]


def _rows(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def write(branch: Branch, order_ids: list[int]) -> int:
    """Write the stretches that these orders of the branch have left; how many are new or changed. Four queries."""
    moved = OrderLog.objects.filter(order__in=order_ids).aggregate(first=Min("moved_at"), last=Max("moved_at"))
    if moved["first"] is None:
        return 0
    open_at = Multirange([Range(begins, ends) for begins, ends in rows_between(branch, moved["first"], moved["last"])])
    return len(_rows(_WRITE, {"orders": order_ids, "open": open_at}))


@transaction.atomic
def write_left(branch: Branch, _today: date) -> int:
    """Everything of the branch that is not written yet; how many stretches are new or changed. Run twice: 0."""
    return sum(write(branch, found) for found in _blocks(branch))
