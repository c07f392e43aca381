"""How much a call is worth making now: value x urgency x chance, kept in columns so that one index finds the best."""

from datetime import date, timedelta
from typing import Any

from django.db import connection

from accounts.models import Branch
from dms.clock import now
from retention.states import CallKind

#: kind: (weight of its urgency, chance of the first try to come to something). House estimates, not measured ones:
#: a complaint and an unanswered offer wait for us, a car that stays away can wait for tomorrow.
KINDS: dict[str, tuple[str, str]] = {
    CallKind.COMPLAINT: ("5", "0.90"),
    CallKind.ANSWER: ("4", "0.95"),
    CallKind.REBOOK: ("3.5", "0.60"),
    CallKind.FOLLOW_UP: ("3", "0.90"),
    CallKind.DUE: ("2", "0.40"),
    CallKind.DECLINED: ("2", "0.30"),
    CallKind.CAMPAIGN: ("1.5", "0.15"),
    CallKind.LAPSE: ("1", "0.20"),
    CallKind.WELCOME: ("2.5", "0.90"),
}
#: Each try that reached nobody leaves so much of the chance, never less than the second.
FALLS, LEAST = "0.8", "0.02"
#: Days after which waiting longer makes a call no more urgent (it has doubled by then).
RIPE = 10
#: Bills that say what a visit of a car is worth.
MEMORY = timedelta(days=3 * 365)
LATELY = timedelta(days=180)

_TABLE = ", ".join(f"('{kind.value}', {KINDS[kind][0]}, {KINDS[kind][1]})" for kind in CallKind)
_RESCORE = f"""
    UPDATE retention_calltask SET urgency = n.urgency, chance = n.chance FROM (
        SELECT t.id,
            CASE WHEN t.due_on > %(today)s THEN 0
                 ELSE round(k.weight * (1 + LEAST(%(today)s - t.due_on, {RIPE}) / {RIPE}.0), 2) END AS urgency,
            round(GREATEST(k.chance * {FALLS} ^ t.tries, {LEAST}), 4) AS chance
        FROM retention_calltask t
        JOIN (VALUES {_TABLE}) AS k (kind, weight, chance) ON k.kind = t.kind
        WHERE t.branch_id = %(branch)s AND t.state = 'open' AND (%(ids)s::bigint[] IS NULL OR t.id = ANY(%(ids)s))
    ) n
    WHERE retention_calltask.id = n.id
      AND (retention_calltask.urgency, retention_calltask.chance) IS DISTINCT FROM (n.urgency, n.chance)
"""  # noqa: S608  # constants
#: What a car's visits came to on the average (all payers), else the branch's of late; in the branch's currency.
WORTH = """
    COALESCE((
        SELECT round(avg(s.gross), 2) FROM reception_workorder h
        JOIN delivery_settlement s ON s.order_id = h.id AND s.kind = 'normal' AND s.state = 'issued'
        WHERE h.vehicle_id = {vehicle} AND h.arrived_at > %(memory)s
    ), %(usual)s)
"""
_USUAL = """
    SELECT COALESCE(round(avg(s.gross), 2), 1) FROM reception_workorder h
    JOIN delivery_settlement s ON s.order_id = h.id AND s.kind = 'normal' AND s.state = 'issued'
    WHERE h.branch_id = %s AND h.released_at > %s
"""


def worth_values(branch: Branch) -> dict[str, Any]:
    """What `WORTH` asks for. One query. A branch without any bill values all cars alike (at 1)."""
    at = now()
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, [branch.pk, at - LATELY])
        return {"usual": cursor.fetchone()[0], "memory": at - MEMORY}


def rescore(*, branch: Branch, today: date, ids: list[int] | None = None) -> int:
    """Urgency and chance of the branch's open calls (or of some) as of today; how many changed. One statement.

    A call that is not due yet has the urgency 0, and with it the score 0: no caller sees it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RESCORE, {"branch": branch.pk, "today": today, "ids": ids})
        return int(cursor.rowcount)
