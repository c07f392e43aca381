"""The workshop's figures of a period: where cars wait, who is efficient, and what passes its checks at once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Branch
from dms.clock import day_bounds
from reception.states import State
from workshop.models import StageFact
from workshop.states import Level

#: Orders that the page names: those that waited longest.
MOST = 10

_STAGES = """
SELECT f.state, count(*), avg(f.worked), avg(f.held), avg(f.waited), percentile_cont(0.9) WITHIN GROUP (ORDER BY waited)
FROM workshop_stagefact f JOIN reception_workorder o ON o.id = f.order_id
WHERE o.branch_id = %(branch)s AND f.ended_at >= %(from)s AND f.ended_at < %(to)s GROUP BY f.state
"""

#: Jobs that were finished in the period by the clock that stopped last, with everybody's clocks on them.
_TECHNICIANS = """
WITH finished AS (
    SELECT DISTINCT j.id, j.technician_id, j.standard_hours, j.sold_hours FROM workshop_clocking c
    JOIN workshop_job j ON j.id = c.job_id JOIN reception_workorder o ON o.id = j.order_id
    WHERE c.stopped_at >= %(from)s AND c.stopped_at < %(to)s AND o.branch_id = %(branch)s AND j.state = 'done'
        AND NOT EXISTS (SELECT 1 FROM workshop_clocking l WHERE l.job_id = j.id AND l.stopped_at >= %(to)s)
), clocked AS (
    SELECT c.technician_id, sum(extract(epoch FROM c.stopped_at - c.started_at)) AS seconds
    FROM workshop_clocking c JOIN finished f ON f.id = c.job_id GROUP BY 1
), sold AS (
    SELECT coalesce(p.technician_id, f.technician_id) AS technician_id, count(*) AS jobs,
           sum(f.standard_hours * coalesce(p.percent, 100) / 100) AS standard,
           sum(f.sold_hours * coalesce(p.percent, 100) / 100) AS sold
    FROM finished f LEFT JOIN workshop_jobshare p ON p.job_id = f.id GROUP BY 1
), back AS (
    SELECT b.technician_id, count(*) AS comebacks FROM workshop_comeback b
    JOIN reception_workorder o ON o.id = b.order_id
    WHERE o.branch_id = %(branch)s AND b.returned_at >= %(from)s AND b.returned_at < %(to)s GROUP BY 1
)
SELECT u.name, coalesce(s.jobs, 0), coalesce(s.standard, 0), coalesce(s.sold, 0), c.seconds, coalesce(b.comebacks, 0)
FROM clocked c LEFT JOIN sold s USING (technician_id) LEFT JOIN back b USING (technician_id)
JOIN accounts_membership m ON m.id = c.technician_id JOIN accounts_user u ON u.id = m.user_id
ORDER BY u.name, c.technician_id
"""

#: Orders that passed their final check in the period, and those of them that no check had returned before.
_PASSES = """
WITH passed AS (
    SELECT i.order_id, min(i.inspected_at) AS at FROM workshop_inspection i
    JOIN reception_workorder o ON o.id = i.order_id
    WHERE o.branch_id = %(branch)s AND i.level = %(final)s AND i.passed
        AND i.inspected_at >= %(from)s AND i.inspected_at < %(to)s AND NOT EXISTS (
            SELECT 1 FROM workshop_inspection e
            WHERE e.order_id = i.order_id AND e.level = %(final)s AND e.passed AND e.inspected_at < %(from)s)
    GROUP BY 1
)
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT 1 FROM workshop_inspection f WHERE f.order_id = p.order_id AND NOT f.passed AND f.inspected_at < p.at))
FROM passed p
"""


@dataclass(frozen=True, slots=True)
class StageFigure:
    """One stage: how often it was left, and how its time was spent on average. Open hours, but for work."""

    state: str
    count: int
    worked: timedelta
    held: timedelta
    waited: timedelta
    #: Nine of ten waited no longer.
    waited_p90: timedelta

    @property
    def label(self) -> str:
        """The stage in words."""
        return str(State(self.state).label)


@dataclass(frozen=True, slots=True)
class TechnicianFigure:
    """One person: finished jobs with their standard and sold hours, and the hours of their clocks on finished jobs."""

    name: str
    jobs: int
    standard: Decimal
    sold: Decimal
    actual: timedelta
    #: Finished jobs that came back to this person before the gate.
    comebacks: int

    @property
    def efficiency(self) -> int | None:
        """Efficiency (工时效率): sold hours ÷ actual hours, in percent (DOMAIN.md); None without a clock."""
        seconds = int(self.actual.total_seconds())
        return round(self.sold * 3600 * 100 / seconds) if seconds else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page shows."""

    stages: list[StageFigure]
    technicians: list[TechnicianFigure]
    #: Orders that passed their final check; and those that no check had returned.
    passed: int
    at_once: int

    @property
    def first_pass(self) -> int | None:
        """First-pass rate (一次交验合格率), in percent; None when nothing was passed."""
        return round(100 * self.at_once / self.passed) if self.passed else None


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _period(branch: Branch, first: date, last: date) -> tuple[datetime, datetime]:
    return day_bounds(branch, first)[0], day_bounds(branch, last)[1]


def figures(branch: Branch, first: date, last: date) -> Figures:
    """The figures of the dates from `first` to `last`, both included. Three queries."""
    begins, ends = _period(branch, first, last)
    values = {"branch": branch.pk, "from": begins, "to": ends, "final": Level.FINAL}
    spent = {
        state: StageFigure(state, count, *(timedelta(seconds=round(seconds)) for seconds in times))
        for state, count, *times in _rows(_STAGES, values)
    }
    technicians = [
        TechnicianFigure(name, jobs, standard, sold, timedelta(seconds=round(seconds)), comebacks)
        for name, jobs, standard, sold, seconds, comebacks in _rows(_TECHNICIANS, values)
    ]
    passed, at_once = _rows(_PASSES, values)[0]
    return Figures([spent[state] for state in State.values if state in spent], technicians, passed, at_once)


def longest(branch: Branch, first: date, last: date, state: str) -> QuerySet[StageFact]:
    """The stretches of a stage in which cars waited or were held longest, with their orders. One query."""
    begins, ends = _period(branch, first, last)
    rows = StageFact.objects.filter(order__branch=branch, state=state, ended_at__gte=begins, ended_at__lt=ends)
    return rows.select_related("order__vehicle", "order__advisor").order_by("-waited", "-held", "id")[:MOST]
