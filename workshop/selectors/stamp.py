"""Whether the board has changed: one small question instead of all of the board, asked every two seconds."""

from django.db import connection

from accounts.models import Branch
from dms.clock import now
from reception.states import OPEN_STATES

#: Every row from which a card, a lane or the strip of what is blocked is made, as text that changes with it. What comes
#: from elsewhere (people, shifts, parts on their way, the clock) is at most a minute old: the minute is part of it.
_ROWS = """
    WITH o AS (SELECT * FROM reception_workorder WHERE branch_id = %s AND state = ANY(%s))
    SELECT md5(coalesce(string_agg(said, ',' ORDER BY said), '')) FROM (
        SELECT concat_ws(':', 'o', id, version, state, promised_at, offered_to_workshop_at) AS said FROM o
        UNION ALL
        SELECT concat_ws(':', 'j', j.id, j.version) FROM workshop_job j JOIN o ON o.id = j.order_id
        UNION ALL
        SELECT concat_ws(':', 'l', l.id, l.state) FROM reception_line l JOIN o ON o.id = l.order_id
        UNION ALL
        SELECT concat_ws(':', 'h', h.id, h.began_at) FROM workshop_hold h JOIN o ON o.id = h.order_id
        WHERE h.ended_at IS NULL
        UNION ALL
        SELECT concat_ws(':', 'c', c.id, c.started_at, c.stopped_at) FROM workshop_clocking c
        JOIN workshop_job j ON j.id = c.job_id JOIN o ON o.id = j.order_id
        UNION ALL
        SELECT concat_ws(':', 's', s.id) FROM workshop_slot s JOIN workshop_job j ON j.id = s.job_id
        JOIN o ON o.id = j.order_id
    ) AS rows
"""


def stamp(branch: Branch) -> str:
    """Text that changes with the board, and with each minute. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [branch.pk, list(OPEN_STATES)])
        found: tuple[str] = cursor.fetchone()
    return f"{found[0]}:{now():%Y%m%d%H%M}"
