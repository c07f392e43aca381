"""Whether a live page has changed: one small question instead of all of the page, asked every few seconds.

A page names the rows that it shows, as SQL that gives `said`, text that changes with a row; `o` are the open orders of
the branch. What comes from elsewhere (people, shifts, parts on their way, the clock) is at most a minute old: the
minute is part of the stamp.
"""

from django.db import connection

from accounts.models import Branch
from dms.clock import now
from reception.states import OPEN_STATES

ORDERS = "SELECT concat_ws(':', 'o', id, version, state, promised_at, offered_to_workshop_at) AS said FROM o"
LINES = "SELECT concat_ws(':', 'l', l.id, l.state) FROM reception_line l JOIN o ON o.id = l.order_id"
FOUND = "SELECT concat_ws(':', 'w', w.id, w.closed_at) FROM reception_foundwork w JOIN o ON o.id = w.order_id"
GREETINGS = "SELECT concat_ws(':', 'g', g.id) FROM reception_greeting g JOIN o ON o.id = g.order_id"
GOODWILL = """
    SELECT concat_ws(':', 'd', d.id, d.approved_at, d.refused_at) FROM reception_goodwill d
    JOIN reception_line l ON l.id = d.line_id JOIN o ON o.id = l.order_id
"""
#: What an advisor's day is made of.
TODAY = (LINES, FOUND, GREETINGS, GOODWILL)


def stamp(branch: Branch, *rows: str) -> str:
    """Text that changes with the open orders, with `rows`, and with each minute. One query."""
    asked = " UNION ALL ".join([ORDERS, *rows])
    with connection.cursor() as cursor:
        # Only words of ours are put together; what is asked for travels as values.
        cursor.execute(
            "WITH o AS (SELECT * FROM reception_workorder WHERE branch_id = %(branch)s AND state = ANY(%(open)s)) "  # noqa: S608
            f"SELECT md5(coalesce(string_agg(said, ',' ORDER BY said), '')) FROM ({asked}) AS rows",
            {"branch": branch.pk, "open": list(OPEN_STATES)},
        )
        found: tuple[str] = cursor.fetchone()
    return f"{found[0]}:{now():%Y%m%d%H%M}"
