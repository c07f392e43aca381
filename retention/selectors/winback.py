"""What contact does for lapsed cars: by lot where campaigns held some out, and as it was where people chose.

Drawn by lot, the difference is the campaign's doing. Where people chose whom to call it is not: they call those who are
likely to come. It is shown with that said, and at least without the other error, that who comes back at once can no
longer be called: only cars that are still away after `LANDMARK` days are compared, by whether they were reached until
then, and by whether they came in the `FOLLOWED` days after (landmark analysis: J. R. Anderson, K. C. Cain and R. D.
Gelber, Analysis of survival by tumor response, Journal of Clinical Oncology 1 (1983)).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Branch
from customers.models import Vehicle
from customers.services.forecast import add_months
from retention.selectors.campaigns import NO_VISIT, SENT
from retention.selectors.overview import cars_of
from retention.states import REACHED, CallKind
from retention.uplift import Group, Uplift, uplift

#: Days until which contact is looked for, and days after them in which a visit counts.
LANDMARK, FOLLOWED = 30, 90
#: Cases of so many months are compared.
MONTHS: Final = 12
#: The first case of a car in the window that was still open at the landmark. A day's end is in the branch's zone.
_CASES = """
    WITH cases AS (
        SELECT DISTINCT ON (c.vehicle_id) c.vehicle_id, c.opened_on,
            ((c.opened_on + %(landmark)s)::timestamp AT TIME ZONE %(zone)s) AS mark, c.returned_at
        FROM retention_lapsecase c JOIN customers_vehicle v ON v.id = c.vehicle_id
        WHERE v.branch_id = %(branch)s AND c.opened_on >= %(first)s AND c.opened_on <= %(last)s
        ORDER BY c.vehicle_id, c.opened_on, c.id
    ), judged AS (
        SELECT k.vehicle_id,
            EXISTS (
                SELECT 1 FROM retention_calltry t JOIN retention_calltask s ON s.id = t.task_id
                WHERE s.vehicle_id = k.vehicle_id AND s.kind = ANY(%(kinds)s) AND t.outcome = ANY(%(reached)s)
                    AND t.tried_at >= (k.opened_on::timestamp AT TIME ZONE %(zone)s) AND t.tried_at < k.mark
            ) OR EXISTS (
                SELECT 1 FROM customers_message g WHERE g.vehicle_id = k.vehicle_id AND (g.state = ANY(%(sent)s)
                        OR EXISTS (SELECT 1 FROM customers_message w
                            WHERE w.id = g.merged_into_id AND w.state = ANY(%(sent)s)))
                    AND g.kind = ANY(%(messages)s) AND g.created_at < k.mark
                    AND g.created_at >= (k.opened_on::timestamp AT TIME ZONE %(zone)s)
            ) AS contacted,
            EXISTS (
                SELECT 1 FROM reception_workorder o WHERE o.vehicle_id = k.vehicle_id AND o.state <> ALL(%(none)s)
                    AND o.arrived_at >= k.mark AND o.arrived_at < k.mark + make_interval(days => %(followed)s)
            ) AS came
        FROM cases k WHERE k.returned_at IS NULL OR k.returned_at >= k.mark
    )
"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE contacted AND came), count(*) FILTER (WHERE contacted),
        count(*) FILTER (WHERE NOT contacted AND came), count(*) FILTER (WHERE NOT contacted) FROM judged
"""
_MEMBERS = """
    SELECT count(*) FILTER (WHERE NOT held_out AND came), count(*) FILTER (WHERE NOT held_out),
        count(*) FILTER (WHERE held_out AND came), count(*) FILTER (WHERE held_out)
    FROM (
        SELECT m.held_out, EXISTS (
            SELECT 1 FROM reception_workorder o
            WHERE o.owner_id = m.customer_id AND o.branch_id = %(branch)s AND o.state <> ALL(%(none)s)
                AND o.arrived_at >= (m.wave_on::timestamp AT TIME ZONE %(zone)s)
                AND o.arrived_at < ((m.wave_on + p.window_days + 1)::timestamp AT TIME ZONE %(zone)s)
        ) AS came
        FROM retention_campaignmember m JOIN retention_campaign p ON p.id = m.campaign_id
        WHERE p.branch_id = %(branch)s AND p.holdout_percent > 0 AND m.wave_on >= %(since)s
            AND m.wave_on + p.window_days < %(today)s
            AND EXISTS (
                SELECT 1 FROM retention_lapsecase c WHERE c.vehicle_id = m.vehicle_id AND c.opened_on <= m.wave_on
                    AND (c.returned_at IS NULL OR c.returned_at >= (m.wave_on::timestamp AT TIME ZONE %(zone)s)))
    ) drawn
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two groups of lapsed cars and their difference; None while one of them is empty."""

    contacted: Group
    others: Group

    @property
    def difference(self) -> Uplift | None:
        """Share of the contacted less that of the others."""
        return uplift(self.contacted, self.others)


def _values(branch: Branch, today: date) -> dict[str, Any]:
    last = today - timedelta(days=LANDMARK + FOLLOWED)
    return {
        "branch": branch.pk, "zone": branch.zone, "today": today, "landmark": LANDMARK, "followed": FOLLOWED,
        "first": add_months(last, -MONTHS), "last": last, "since": add_months(today, -MONTHS), "none": list(NO_VISIT),
        "kinds": [CallKind.DUE, CallKind.LAPSE, CallKind.CAMPAIGN], "reached": list(REACHED), "sent": list(SENT),
        "messages": ["due_reminder", "campaign"],
    }  # fmt: skip


def chosen(branch: Branch, today: date) -> list[int]:
    """Of those contacted: came, all; of the others: came, all. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CASES + _COUNTS, _values(branch, today))
        return list(cursor.fetchone())


def drawn(branch: Branch, today: date) -> list[int]:
    """The same of lapsed members of campaigns that held some out, all of whose windows are over. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, _values(branch, today))
        return list(cursor.fetchone())


def compared(counts: list[int]) -> Compared:
    """The four numbers as two groups."""
    came, of, others_came, others = counts
    return Compared(Group(came, of), Group(others_came, others))


def winback_cars(branch: Branch, today: date, *, contacted: bool, came: bool) -> QuerySet[Vehicle]:
    """The cars of a group, or those of them that came."""
    where = f"{'' if contacted else 'NOT '}contacted{' AND came' if came else ''}"
    with connection.cursor() as cursor:
        cursor.execute(f"{_CASES} SELECT vehicle_id FROM judged WHERE {where}", _values(branch, today))  # noqa: S608
        return cars_of([pk for (pk,) in cursor.fetchall()])
