"""Who is to be called: looked for every night, set-based, and right when it runs twice or late."""

from datetime import date, timedelta
from typing import Any

from accounts.models import Branch
from dms.act import one_act
from dms.clock import day_bounds, now
from reception.states import OPEN_STATES
from records.selectors import rule
from retention.services.looking import held_cars, written
from retention.services.scores import WORTH, rescore, worth_values

#: A follow-up call that was missed for so many days (the sweep stood still) is still made; later it would only puzzle.
CATCH_UP = timedelta(days=7)

_NOT_HERE = "NOT EXISTS (SELECT 1 FROM reception_workorder b WHERE b.vehicle_id = {car} AND b.state = ANY(%(in_shop)s))"

_RELEASED = f"""
    SELECT w.id, w.vehicle_id, w.contact_id AS customer_id, w.advisor_id,
        'order:' || w.id AS subject_key,
        (w.released_at AT TIME ZONE %(zone)s)::date + %(days)s AS due_on,
        jsonb_build_object(
            'order', w.number, 'released_on', ((w.released_at AT TIME ZONE %(zone)s)::date)::text
        ) AS reason
    FROM reception_workorder w
    WHERE w.branch_id = %(branch)s AND w.state = 'released'
      AND w.released_at >= %(since)s AND w.released_at < %(until)s
      AND {_NOT_HERE.format(car="w.vehicle_id")}
"""  # noqa: S608  # constants
#: One call for a car, whichever definition it fell under; the owner is called.
_LAPSED = f"""
    SELECT c.vehicle_id, o.customer_id, NULL::bigint AS advisor_id,
        'lapse:' || c.first AS subject_key, %(today)s::date AS due_on,
        jsonb_strip_nulls(
            jsonb_build_object('last_visit_on', c.last_visit_on::text, 'due_on', c.due_on::text)
        ) AS reason
    FROM (
        SELECT vehicle_id, min(id) AS first, max(last_visit_on) AS last_visit_on, max(due_on) AS due_on
        FROM retention_lapsecase WHERE state = 'open' GROUP BY vehicle_id
    ) c
    JOIN customers_vehicle v ON v.id = c.vehicle_id AND v.branch_id = %(branch)s
    JOIN customers_ownership o ON o.vehicle_id = v.id AND o.kind = 'owner' AND o.to_on IS NULL
    WHERE {_NOT_HERE.format(car="c.vehicle_id")}
"""  # noqa: S608  # constants
#: The last change of an offered line is its offer: the history says when. A new price is a new offer, and a new call.
_OFFERED = """
    SELECT w.vehicle_id, w.contact_id AS customer_id, NULL::bigint AS advisor_id,
        'order:' || w.id || ':' || max(l.id) || ':' || max(l.price_version) AS subject_key, %(today)s::date AS due_on,
        jsonb_build_object('order', w.number, 'item', min(l.name), 'items', count(*)::text) AS reason
    FROM reception_workorder w
    JOIN reception_line l ON l.order_id = w.id AND l.state = 'offered'
    WHERE w.branch_id = %(branch)s AND w.state = ANY(%(in_shop)s) AND w.authorised_at IS NOT NULL
    GROUP BY w.id
    HAVING max((SELECT max(e.pgh_created_at) FROM reception_lineevent e WHERE e.pgh_obj_id = l.id)) <= %(since)s
"""


def _opened(kind: str, source: str, values: dict[str, Any]) -> int:
    """Insert what `source` finds and is not there yet."""
    new = f"""
        SELECT q.* FROM ({source}) q WHERE NOT EXISTS (
            SELECT 1 FROM retention_calltask t WHERE t.kind = '{kind}' AND t.subject_key = q.subject_key
        )
    """  # noqa: S608  # constants
    insert = f"""
        INSERT INTO retention_calltask (
            branch_id, kind, vehicle_id, customer_id, advisor_id, subject_key, reason, due_on,
            value, urgency, chance, state, tries
        )
        SELECT %(branch)s, '{kind}', n.vehicle_id, n.customer_id, n.advisor_id, n.subject_key, n.reason, n.due_on,
            {WORTH.format(vehicle="n.vehicle_id")}, 0, 0, 'open', 0
        FROM ({new}) n WHERE n.vehicle_id = ANY(%(cars)s) ORDER BY n.vehicle_id, n.subject_key
        ON CONFLICT (kind, subject_key) DO NOTHING
    """  # noqa: S608  # constants
    return written(insert, values | {"cars": held_cars(new, values)})


def open_from(branch: Branch, today: date, kind: str, source: str, **values: Any) -> int:
    """Open the calls of a kind that `source` names and that are not there yet; how many are new.

    `source` selects vehicle_id, customer_id, advisor_id, subject_key, due_on, reason.
    """
    common = {"branch": branch.pk, "today": today, "in_shop": list(OPEN_STATES), "zone": branch.zone}
    made = _opened(kind, source, common | worth_values(branch) | values)
    if made:
        rescore(branch=branch, today=today)
    return made


@one_act
def open_follow_ups(branch: Branch, today: date) -> int:
    """Calls after visits that ended the rule's days ago (`follow_up.days`); new ones. The advisor does not make them.

    A car that is back in the shop is not called about: its people stand here.
    """
    days = int(rule(branch, "follow_up.days", today))
    last = today - timedelta(days=days)
    since, _next = day_bounds(branch, last - CATCH_UP)
    _first, until = day_bounds(branch, last)
    return open_from(branch, today, "follow_up", _RELEASED, since=since, until=until, days=days)


@one_act
def open_lapse_calls(branch: Branch, today: date) -> int:
    """Calls to the owners of cars that stay away; new ones. Providers refuse win-back texts, so a person calls."""
    return open_from(branch, today, "lapse", _LAPSED)


@one_act
def open_answer_calls(branch: Branch, today: date) -> int:
    """Calls about offers that nobody has answered for the rule's hours (`call.answer_hours`); new ones."""
    hours = int(rule(branch, "call.answer_hours", today))
    return open_from(branch, today, "answer", _OFFERED, since=now() - timedelta(hours=hours))
