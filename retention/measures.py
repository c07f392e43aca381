"""What the key figures are made of: measures, each a number with its instant and whom it belongs to.

`FACTS` is the one place that says what is counted. The nightly roll-up adds it up by day; a day that is not written yet
is read from it directly; and the list behind a figure is its rows. Each fact is (subject, id, at, advisor_id,
technician_id, vehicle_id, visit_type, measure, value); the subject is `order`, `appointment`, `package` or `person`.

Values of the statement: `branch`, `zone`, `from` and `to` (instants, `to` not included), and the dated rule of what an
hour of a technician costs (`rate_from`, `rates`).
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reception.appointment_states import AppointmentState
from reception.states import LineKind, LineState, Payer, State, VisitType
from workshop.states import JobState, Level

#: A repair that comes back with the same fault within so many days counts against the first-time fix (DOMAIN.md).
COMEBACK_DAYS: Final = 30

_ARRIVED = """
    SELECT 'order' AS subject, o.id, o.arrived_at AS at, o.advisor_id, NULL::bigint AS technician_id, o.vehicle_id,
        o.visit_type, m.measure, m.value::numeric
    FROM reception_workorder o LEFT JOIN reception_appointment a ON a.order_id = o.id
    CROSS JOIN LATERAL (VALUES ('arrived', 1), ('arrived_booked', (a.id IS NOT NULL)::int)) m (measure, value)
    WHERE o.branch_id = %(branch)s AND o.arrived_at >= %(from)s AND o.arrived_at < %(to)s AND o.state <> ALL(%(none)s)
"""
#: Due by its time, also when it was moved to another one; who never had a time is not due.
_APPOINTMENTS = """
    SELECT 'appointment', a.id, a.starts_at, a.advisor_id, NULL, a.vehicle_id, a.kind, m.measure, m.value
    FROM reception_appointment a
    CROSS JOIN LATERAL (VALUES ('due', 1), ('due_arrived', (a.state = %(came)s)::int)) m (measure, value)
    WHERE a.branch_id = %(branch)s AND a.starts_at >= %(from)s AND a.starts_at < %(to)s AND a.state = ANY(%(expected)s)
"""
#: By the slip that stands: a reversed one takes its money out of its day.
_SETTLED = """
    SELECT 'order', o.id, o.settled_at, o.advisor_id, NULL, o.vehicle_id, o.visit_type, m.measure, m.value
    FROM reception_workorder o
    CROSS JOIN LATERAL (
        SELECT sum(l.net) FILTER (WHERE l.kind = %(labour)s AND l.payer <> ALL(%(unpaid)s)) AS labour,
            sum(l.net) FILTER (WHERE l.kind = %(part)s AND l.payer <> ALL(%(unpaid)s)) AS parts,
            sum(round(l.unit_cost * l.quantity, 2)) FILTER (WHERE l.kind = %(part)s) AS cost
        FROM reception_line l WHERE l.order_id = o.id AND l.state = %(done)s
    ) s
    CROSS JOIN LATERAL (
        VALUES ('slips', 1), ('labour', s.labour), ('parts', s.parts), ('parts_cost', s.cost)
    ) m (measure, value)
    WHERE o.branch_id = %(branch)s AND o.settled_at >= %(from)s AND o.settled_at < %(to)s
"""
#: Ready is what the customer was promised: washed, or the wash waived, or through the last check.
_RELEASED = """
    SELECT 'order', o.id, o.released_at, o.advisor_id, NULL, o.vehicle_id, o.visit_type, m.measure, m.value
    FROM reception_workorder o
    CROSS JOIN LATERAL (
        SELECT count(*) AS repairs, count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM reception_line r JOIN reception_workorder b ON b.id = r.order_id
            WHERE r.returns_of_id = l.id AND b.arrived_at < o.released_at + make_interval(days => %(comeback)s)
        )) AS back
        FROM reception_line l
        WHERE l.order_id = o.id AND l.state = %(done)s AND l.kind = %(labour)s AND o.visit_type = ANY(%(repairs)s)
    ) s
    CROSS JOIN LATERAL (VALUES
        ('released', 1), ('promised', (o.first_promised_at IS NOT NULL)::int),
        ('on_time', (coalesce(o.washed_at, o.wash_waived_at, o.quality_at, o.stopped_at) <= o.first_promised_at)::int),
        ('repairs', s.repairs), ('back', s.back)
    ) m (measure, value)
    WHERE o.branch_id = %(branch)s AND o.released_at >= %(from)s AND o.released_at < %(to)s
"""
_ANSWERED = """
    SELECT 'order', o.id, y.answered_at, o.advisor_id, NULL, o.vehicle_id, o.visit_type, m.measure, m.value
    FROM retention_survey y JOIN reception_workorder o ON o.id = y.order_id
    CROSS JOIN LATERAL (VALUES ('answers', 1), ('marks', y.score)) m (measure, value)
    WHERE o.branch_id = %(branch)s AND y.answered_at >= %(from)s AND y.answered_at < %(to)s
"""
#: Its first passed final check; at once: no check had returned it before.
_CHECKED = """
    SELECT 'order', o.id, i.inspected_at, o.advisor_id, NULL, o.vehicle_id, o.visit_type, m.measure, m.value
    FROM workshop_inspection i JOIN reception_workorder o ON o.id = i.order_id
    CROSS JOIN LATERAL (VALUES ('checked', 1), ('at_once', (NOT EXISTS (
        SELECT 1 FROM workshop_inspection f
        WHERE f.order_id = i.order_id AND NOT f.passed AND f.inspected_at < i.inspected_at
    ))::int)) m (measure, value)
    WHERE o.branch_id = %(branch)s AND i.level = %(final)s AND i.passed
        AND i.inspected_at >= %(from)s AND i.inspected_at < %(to)s
        AND NOT EXISTS (
            SELECT 1 FROM workshop_inspection e
            WHERE e.order_id = i.order_id AND e.level = i.level AND e.passed AND e.inspected_at < i.inspected_at)
"""
_ASKED = """
    SELECT 'order', o.id, d.created_at, o.advisor_id, NULL, o.vehicle_id, o.visit_type, m.measure, m.value
    FROM catalog_partdemand d
    JOIN reception_line l ON d.subject_key = 'line:' || l.id JOIN reception_workorder o ON o.id = l.order_id
    CROSS JOIN LATERAL (VALUES ('asked', 1), ('filled', (d.short = 0)::int)) m (measure, value)
    WHERE d.branch_id = %(branch)s AND d.created_at >= %(from)s AND d.created_at < %(to)s
"""
#: The house's own definition of revenue from the relationship: what packages were sold for, less what went back.
_PACKAGES = """
    SELECT 'package', p.id, m.at, NULL, NULL, p.vehicle_id, NULL, 'packages', m.value
    FROM reception_package p
    CROSS JOIN LATERAL (VALUES (p.sold_at, p.net), (p.given_up_at, -p.refund_net)) m (at, value)
    WHERE p.branch_id = %(branch)s AND m.at >= %(from)s AND m.at < %(to)s
"""
#: Clocks that stand still, with what an hour costs by the rule of its day. A car stands in one bay at a time.
_CLOCKED = """
    SELECT 'order', j.order_id, c.started_at, o.advisor_id, c.technician_id, o.vehicle_id, o.visit_type, m.measure,
        m.value
    FROM workshop_clocking c JOIN workshop_job j ON j.id = c.job_id JOIN reception_workorder o ON o.id = j.order_id
    CROSS JOIN LATERAL (SELECT extract(epoch FROM c.stopped_at - c.started_at) / 3600 AS hours) h
    CROSS JOIN LATERAL (VALUES ('clocked', h.hours), ('labour_cost', round(h.hours * coalesce((
        SELECT r.rate FROM unnest(%(rate_from)s::date[], %(rates)s::numeric[]) r (since, rate)
        WHERE r.since <= (c.started_at AT TIME ZONE %(zone)s)::date ORDER BY r.since DESC LIMIT 1
    ), 0), 2))) m (measure, value)
    WHERE o.branch_id = %(branch)s AND c.stopped_at IS NOT NULL
        AND c.started_at >= %(from)s AND c.started_at < %(to)s
"""
_IN_BAYS = """
    SELECT 'order', s.order_id, s.began, o.advisor_id, NULL, o.vehicle_id, o.visit_type, 'bay_hours',
        extract(epoch FROM upper(s.span) - lower(s.span)) / 3600
    FROM (
        SELECT order_id, lower(span) AS began, span FROM (
            SELECT j.order_id, unnest(range_agg(tstzrange(c.started_at, c.stopped_at))) AS span
            FROM workshop_clocking c JOIN workshop_job j ON j.id = c.job_id
            JOIN reception_workorder p ON p.id = j.order_id
            WHERE p.branch_id = %(branch)s AND j.bay_id IS NOT NULL AND c.stopped_at IS NOT NULL
                AND c.started_at >= %(from)s - interval '1 day' AND c.started_at < %(to)s + interval '1 day'
            GROUP BY j.order_id
        ) g
    ) s JOIN reception_workorder o ON o.id = s.order_id
    WHERE s.began >= %(from)s AND s.began < %(to)s
"""
#: A finished job belongs to the day on which its last clock stopped; of a shared one everybody has a part.
_FINISHED = """
    SELECT 'order', j.order_id, c.at, o.advisor_id, m.technician_id, o.vehicle_id, o.visit_type, m.measure, m.value
    FROM (
        SELECT k.job_id, max(k.stopped_at) AS at FROM workshop_clocking k
        WHERE k.job_id IN (
            SELECT w.job_id FROM workshop_clocking w WHERE w.stopped_at >= %(from)s AND w.stopped_at < %(to)s)
        GROUP BY k.job_id
    ) c
    JOIN workshop_job j ON j.id = c.job_id JOIN reception_workorder o ON o.id = j.order_id
    CROSS JOIN LATERAL (
        SELECT coalesce(p.technician_id, j.technician_id) AS technician_id, 'sold' AS measure,
            j.sold_hours * coalesce(p.percent, 100) / 100 AS value
        FROM (SELECT 1) one LEFT JOIN workshop_jobshare p ON p.job_id = j.id
        UNION ALL
        SELECT coalesce(p.technician_id, j.technician_id), 'jobs', coalesce(p.percent, 100) / 100.0
        FROM (SELECT 1) one LEFT JOIN workshop_jobshare p ON p.job_id = j.id
        UNION ALL
        SELECT w.technician_id, 'worked', extract(epoch FROM w.stopped_at - w.started_at) / 3600
        FROM workshop_clocking w WHERE w.job_id = j.id AND w.stopped_at IS NOT NULL
    ) m
    WHERE o.branch_id = %(branch)s AND j.state = %(job_done)s AND c.at >= %(from)s AND c.at < %(to)s
"""
_ATTENDED = """
    SELECT 'person', a.membership_id, a.came_at, NULL, a.membership_id, NULL, NULL, 'attended',
        extract(epoch FROM a.left_at - a.came_at) / 3600
    FROM workshop_attendance a JOIN accounts_membership p ON p.id = a.membership_id
    WHERE p.branch_id = %(branch)s AND a.left_at IS NOT NULL AND a.came_at >= %(from)s AND a.came_at < %(to)s
"""
_ALL: Final = (
    _ARRIVED, _APPOINTMENTS, _SETTLED, _RELEASED, _ANSWERED, _CHECKED, _ASKED, _PACKAGES, _CLOCKED, _IN_BAYS, _FINISHED,
    _ATTENDED,
)  # fmt: skip
FACTS: Final = " UNION ALL ".join(_ALL)

#: Of the house as it stands: written once for each day and never counted anew, since nobody could.
SNAPSHOTS: Final = (
    "days",
    "bay_days",
    "bay_open_hours",
    "technician_days",
    "people_days",
    "shift_hours",
    "stock_value",
)
#: Of a month and its brand: cars, not visits.
OF_MONTHS: Final = ("base", "new", "seen", "away", "active")

#: Measures whose rows can be looked at, in words.
LISTED: Final[Mapping[str, str | Promise]] = {
    "arrived": _("Cars that arrived"), "arrived_booked": _("Arrived with an appointment"),
    "due": _("Appointments due"), "due_arrived": _("Appointments that were met"),
    "slips": _("Orders settled"), "labour": _("Labour sold"), "parts": _("Parts sold"),
    "parts_cost": _("Cost of the parts"), "labour_cost": _("Cost of the clocked hours"),
    "released": _("Visits delivered"), "promised": _("Delivered with a promise"), "on_time": _("Ready in time"),
    "repairs": _("Completed repairs"), "back": _("Repairs that came back"),
    "answers": _("Answers"), "marks": _("Marks"), "checked": _("Cars that passed"),
    "at_once": _("Passed without a return"), "asked": _("Lines requested"),
    "filled": _("Lines filled at once"), "packages": _("Packages sold and given up"), "clocked": _("Clocked hours"),
    "bay_hours": _("Hours in a bay"), "sold": _("Sold hours of finished jobs"),
    "worked": _("Actual hours of finished jobs"), "attended": _("Attended hours"),
}  # fmt: skip

#: What the house pays itself is no revenue.
UNPAID: Final = [Payer.INTERNAL, Payer.GOODWILL]
_CONSTANTS: Final[Mapping[str, Any]] = {
    "none": [State.CANCELLED, State.DECLINED, State.LEFT],
    "came": AppointmentState.ARRIVED,
    "expected": [AppointmentState.BOOKED, AppointmentState.ARRIVED, AppointmentState.NO_SHOW],
    "labour": LineKind.LABOUR, "part": LineKind.PART, "done": LineState.DONE,
    "unpaid": UNPAID,
    "comeback": COMEBACK_DAYS,
    "repairs": [VisitType.REPAIR, VisitType.ACCIDENT, VisitType.WARRANTY, VisitType.COMEBACK_OUT, VisitType.RESCUE],
    "final": Level.FINAL, "job_done": JobState.DONE,
}  # fmt: skip


def values_of(branch_id: int, zone: str, rates: Mapping[Any, Any]) -> dict[str, Any]:
    """The values of `FACTS` but `from` and `to`; `rates`: what an hour costs, by the day from which on it does."""
    return {
        **_CONSTANTS, "branch": branch_id, "zone": zone, "rate_from": list(rates), "rates": list(rates.values()),
    }  # fmt: skip
