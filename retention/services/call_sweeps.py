"""Who is to be called: looked for every night, set-based, and right when it runs twice or late."""

from datetime import date, timedelta
from typing import Any

from django.db import connection

from accounts.models import Branch
from customers.services.outbox import plan_many
from customers.states import GONE_OUT
from dms.act import one_act
from dms.clock import day_bounds, now
from reception.states import OPEN_STATES
from records.selectors import rule
from retention.due_messages import CALL_US, UNREACHABLE, WIN_BACK
from retention.services.looking import held_cars, written
from retention.services.scores import WORTH, rescore, worth_values
from retention.states import CALL_PURPOSE, CLAIM, MOOT_BY_ARRIVAL, REACHED, CallKind

#: kind and purpose of the calls to which a customer may object.
_PURPOSES = ", ".join(f"('{kind}', '{its}')" for kind, its in CALL_PURPOSE.items() if its)
_UNWILLING = f"""
    NOT COALESCE((
        SELECT s.granted FROM (VALUES {_PURPOSES}) AS p (kind, purpose)
        JOIN customers_consent s ON s.customer_id = t.customer_id AND s.channel = 'phone' AND s.purpose = p.purpose
        WHERE p.kind = t.kind ORDER BY s.at DESC, s.id DESC LIMIT 1
    ), true)
"""  # noqa: S608  # constants
#: What the car's coming, an answer, a word to the phone or the end of its case has made pointless.
_POINTLESS = f"""
    UPDATE retention_calltask SET state = 'dropped', closed_at = %(at)s, dropped_why = n.why, taken_at = NULL,
        taken_by_id = NULL
    FROM (
        SELECT t.id, CASE WHEN {_UNWILLING} THEN 'declined' ELSE 'moot' END AS why FROM retention_calltask t
        WHERE t.branch_id = %(branch)s AND t.state = 'open' AND (
            {_UNWILLING}
            OR t.kind = ANY(%(by_arrival)s) AND EXISTS (
                SELECT 1 FROM reception_workorder w
                WHERE w.vehicle_id = t.vehicle_id AND w.state = ANY(%(in_shop)s) AND w.state <> 'arrived'
            )
            OR t.kind = 'lapse' AND NOT EXISTS (
                SELECT 1 FROM retention_lapsecase c WHERE c.vehicle_id = t.vehicle_id AND c.state = 'open'
            )
            OR t.kind = 'rebook' AND EXISTS (
                SELECT 1 FROM reception_appointment a
                WHERE a.vehicle_id = t.vehicle_id AND a.state = 'booked' AND a.starts_at > %(at)s
            )
            OR t.kind = 'declined' AND NOT EXISTS (
                SELECT 1 FROM reception_line l JOIN reception_workorder w ON w.id = l.order_id
                WHERE w.vehicle_id = t.vehicle_id AND l.state = 'declined'
                  AND NOT EXISTS (SELECT 1 FROM reception_line r WHERE r.revived_from_id = l.id)
            )
            OR t.kind = 'answer' AND NOT EXISTS (
                SELECT 1 FROM reception_workorder w JOIN reception_line l ON l.order_id = w.id AND l.state = 'offered'
                WHERE w.vehicle_id = t.vehicle_id AND w.state = ANY(%(in_shop)s)
            )
        ) ORDER BY t.id FOR UPDATE OF t
    ) n WHERE retention_calltask.id = n.id
"""  # noqa: S608  # constants
#: Tried, and nobody was there, for the days of the rule; who is being called just now is left alone.
_UNREACHED = """
    UPDATE retention_calltask SET state = 'dropped', closed_at = %(at)s, dropped_why = 'unreachable', taken_at = NULL,
        taken_by_id = NULL
    FROM customers_vehicle v
    WHERE v.id = retention_calltask.vehicle_id AND retention_calltask.id IN (
        SELECT t.id FROM retention_calltask t
        WHERE t.branch_id = %(branch)s AND t.state = 'open' AND t.kind = ANY(%(given_up)s)
          AND (t.taken_at IS NULL OR t.taken_at <= %(claimed)s)
          AND EXISTS (
              SELECT 1 FROM retention_calltry y
              WHERE y.task_id = t.id AND y.outcome = 'no_answer' AND y.tried_at < %(before)s
          )
          AND NOT EXISTS (SELECT 1 FROM retention_calltry y WHERE y.task_id = t.id AND y.outcome = ANY(%(reached)s))
        ORDER BY t.id FOR UPDATE OF t
    )
    RETURNING kind, customer_id, vehicle_id, subject_key, v.plate
"""
#: What is written where nobody was reached.
WRITTEN_INSTEAD: dict[str, tuple[str, ...]] = {
    UNREACHABLE: (CallKind.FOLLOW_UP,),
    WIN_BACK: (CallKind.LAPSE,),
    CALL_US: (CallKind.DUE, CallKind.DECLINED, CallKind.REBOOK, CallKind.WELCOME),
}
#: Calls that end when nobody is reached for days. A complaint and an offer of a car in the shop are called on.
GIVEN_UP: tuple[str, ...] = (*(kind for kinds in WRITTEN_INSTEAD.values() for kind in kinds), CallKind.CAMPAIGN)
#: A follow-up call that was missed for so many days (the sweep stood still) is still made; later it would only puzzle.
CATCH_UP = timedelta(days=7)
#: Who was here so lately has heard what is due.
LATELY = timedelta(days=30)

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
#: Overdue, not told of it by a message, not here lately. Later it is a car that stays away, and called about as such.
_OVERDUE = f"""
    SELECT r.vehicle_id, o.customer_id, NULL::bigint AS advisor_id,
        'reminder:' || r.first AS subject_key, %(today)s::date AS due_on,
        jsonb_strip_nulls(
            jsonb_build_object('last_visit_on', v.last_visit_on::text, 'due_on', r.due_on::text)
        ) AS reason
    FROM (
        SELECT n.vehicle_id, min(n.id) AS first, min(n.due_on) AS due_on FROM retention_reminder n
        WHERE n.state = 'open' AND n.due_on <= %(before)s AND n.due_on > %(lapsing)s
          AND NOT EXISTS (
              SELECT 1 FROM customers_message m LEFT JOIN customers_message o ON o.id = m.merged_into_id
              WHERE m.vehicle_id = n.vehicle_id AND m.kind = 'due_reminder' AND m.created_at >= n.created_at
                AND (m.state = ANY(%(gone_out)s) OR o.state = ANY(%(gone_out)s))
          )
        GROUP BY n.vehicle_id
    ) r
    JOIN customers_vehicle v ON v.id = r.vehicle_id AND v.branch_id = %(branch)s
    JOIN customers_ownership o ON o.vehicle_id = v.id AND o.kind = 'owner' AND o.to_on IS NULL
    WHERE (v.last_visit_on IS NULL OR v.last_visit_on <= %(lately)s) AND {_NOT_HERE.format(car="r.vehicle_id")}
      AND NOT EXISTS (
          SELECT 1 FROM retention_calltask l
          WHERE l.vehicle_id = v.id AND l.kind IN ('lapse', 'due') AND l.state = 'open'
      )
"""  # noqa: S608  # constants
#: Work that was declined and is to be offered again about now: one call for a car, about all of it.
_DECLINED = f"""
    SELECT w.vehicle_id, o.customer_id, NULL::bigint AS advisor_id,
        'declined:' || min(l.id) AS subject_key, %(today)s::date AS due_on,
        jsonb_build_object('item', (array_agg(l.name ORDER BY l.id))[1], 'items', count(*)::text,
            'revive_on', min(l.revive_on)::text, 'order', (array_agg(w.number ORDER BY l.id))[1]) AS reason
    FROM reception_line l
    JOIN reception_workorder w ON w.id = l.order_id AND w.branch_id = %(branch)s
    JOIN customers_ownership o ON o.vehicle_id = w.vehicle_id AND o.kind = 'owner' AND o.to_on IS NULL
    WHERE l.state = 'declined' AND l.revive_on <= %(until)s AND l.revive_on > %(forgotten)s
      AND NOT EXISTS (SELECT 1 FROM reception_line r WHERE r.revived_from_id = l.id)
      AND {_NOT_HERE.format(car="w.vehicle_id")}
    GROUP BY w.vehicle_id, o.customer_id
"""  # noqa: S608  # constants
#: Declined so long ago that nobody remembers: it stays on the car's card, and nobody is called.
FORGOTTEN = timedelta(days=180)
#: The last change of an offered line is its offer: the history says when. A new price is a new offer, and a new call.
_OFFERED = """
    SELECT w.vehicle_id, w.contact_id AS customer_id, NULL::bigint AS advisor_id,
        'order:' || w.id || ':' || max(l.id) || ':' || max(l.price_version) AS subject_key, %(today)s::date AS due_on,
        jsonb_build_object('order', w.number, 'item', min(l.name), 'items', count(*)::text) AS reason
    FROM reception_workorder w
    JOIN reception_line l ON l.order_id = w.id AND l.state = 'offered'
    WHERE w.branch_id = %(branch)s AND w.state = ANY(%(in_shop)s)
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
def open_due_calls(branch: Branch, today: date) -> int:
    """Calls about services overdue for the rule's days (`call.overdue_days`) of which no message told; new ones."""
    days, grace = (int(rule(branch, key, today)) for key in ("call.overdue_days", "lapse.grace_days"))
    return open_from(
        branch, today, "due", _OVERDUE, before=today - timedelta(days=days), lapsing=today - timedelta(days=grace),
        lately=today - LATELY, gone_out=list(GONE_OUT),
    )  # fmt: skip


@one_act
def open_declined_calls(branch: Branch, today: date) -> int:
    """Calls about declined work whose day comes in the rule's days (`declined.lead_days`); new ones."""
    lead = timedelta(days=int(rule(branch, "declined.lead_days", today)))
    return open_from(branch, today, "declined", _DECLINED, until=today + lead, forgotten=today - FORGOTTEN)


@one_act
def open_answer_calls(branch: Branch, today: date) -> int:
    """Calls about offers that nobody has answered for the rule's hours (`call.answer_hours`); new ones."""
    hours = int(rule(branch, "call.answer_hours", today))
    return open_from(branch, today, "answer", _OFFERED, since=now() - timedelta(hours=hours))


@one_act
def unreachable(branch: Branch, today: date) -> int:
    """Calls that reached nobody for the rule's days (`call.unreachable_days`) end, and a message goes out; how many.

    After a visit it asks whether all is well; to who stays away it is win-back, where a channel may carry that; about
    a service, declined work or a missed appointment it asks for a call back. A campaign's call just ends.
    """
    days = int(rule(branch, "call.unreachable_days", today))
    _first, before = day_bounds(branch, today - timedelta(days=days))
    values: dict[str, Any] = {
        "branch": branch.pk,
        "at": now(),
        "claimed": now() - CLAIM,
        "before": before,
        "reached": list(REACHED),
        "given_up": list(GIVEN_UP),
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNREACHED, values)
        rows = cursor.fetchall()
    _write_instead(branch, rows)
    return len(rows)


def _write_instead(branch: Branch, rows: list[tuple[str, int, int, str, str]]) -> None:
    """A message for each call that was given up, where there is one: (kind, customer, vehicle, subject, plate)."""
    for message, kinds in WRITTEN_INSTEAD.items():
        given_up = [row for row in rows if row[0] in kinds]
        told = [(who, car, key, {"plate": plate}, None) for _kind, who, car, key, plate in given_up]
        plan_many(message, branch, told)


@one_act
def mend_calls(branch: Branch, today: date) -> int:
    """Drop the calls that have lost their point, and weigh the others as of today; how many were dropped.

    To be run before the sweeps that open calls: those weigh the branch once more only when they have opened one.
    """
    values = {"branch": branch.pk, "at": now(), "in_shop": list(OPEN_STATES), "by_arrival": list(MOOT_BY_ARRIVAL)}
    dropped = written(_POINTLESS, values)
    rescore(branch=branch, today=today)
    return dropped
