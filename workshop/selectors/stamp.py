"""What the live pages of the workshop show, for `reception.stamp`: a new page names its rows here."""

from accounts.models import Branch
from reception.stamp import LINES
from reception.stamp import stamp as ask

_JOBS = "SELECT concat_ws(':', 'j', j.id, j.version) FROM workshop_job j JOIN o ON o.id = j.order_id"
_HOLDS = """
    SELECT concat_ws(':', 'h', h.id, h.began_at) FROM workshop_hold h JOIN o ON o.id = h.order_id
    WHERE h.ended_at IS NULL
"""
_CLOCKS = """
    SELECT concat_ws(':', 'c', c.id, c.started_at, c.stopped_at) FROM workshop_clocking c
    JOIN workshop_job j ON j.id = c.job_id JOIN o ON o.id = j.order_id
"""
_SLOTS = """
    SELECT concat_ws(':', 's', s.id) FROM workshop_slot s JOIN workshop_job j ON j.id = s.job_id
    JOIN o ON o.id = j.order_id
"""
_CHECKS = """
    SELECT concat_ws(':', 'i', i.id) FROM workshop_inspection i JOIN o ON o.id = i.order_id
    UNION ALL
    SELECT concat_ws(':', 'd', d.id, d.in_at) FROM workshop_roadtest d JOIN o ON o.id = d.order_id
"""
_SHEETS = """
    SELECT concat_ws(':', 'f', f.id, f.seen_at) FROM workshop_finding f
    JOIN workshop_healthcheck c ON c.id = f.health_id JOIN o ON o.id = c.order_id
"""
_STOCK = """
    SELECT concat_ws(':', 'p', p.id, p.quantity, p.returned) FROM workshop_partissue p
    JOIN reception_line l ON l.id = p.line_id JOIN o ON o.id = l.order_id
    UNION ALL
    SELECT concat_ws(':', 'k', k.id, k.on_hand, k.reserved) FROM catalog_stock k
    WHERE k.branch_id = %(branch)s AND k.part_id IN (SELECT l.part_id FROM reception_line l JOIN o ON o.id = l.order_id)
"""
#: By page, everything that it shows of the open orders beside the orders themselves.
SHOWN: dict[str, tuple[str, ...]] = {
    "board": (LINES, _JOBS, _HOLDS, _CLOCKS, _SLOTS),
    "me": (LINES, _JOBS, _HOLDS, _CLOCKS, _CHECKS, _SHEETS, _STOCK),
    "checks": (LINES, _JOBS, _HOLDS, _CHECKS),
    "parts": (LINES, _JOBS, _STOCK),
    "wash": (),
}


def stamp(branch: Branch, page: str = "board") -> str:
    """Text that changes with a page of the workshop, and with each minute. One query."""
    return ask(branch, *SHOWN[page])
