"""Who works when: the shifts of a week."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import Branch, Membership, Shift
from accounts.roles import Role
from dms.clock import branch_day

#: Whose shifts count: those who receive cars, and those who work on them.
ON_ROSTER = [Role.SERVICE_ADVISOR, Role.TECHNICIAN, Role.TEAM_LEADER]
WEEK = 7


@dataclass(slots=True)
class Cell:
    """A person's day as it stands in the form: `HH:MM`, or empty for who is not there."""

    member_id: int
    on: date
    begins: str = ""
    ends: str = ""
    over: bool = False
    wrong: bool = False

    @property
    def name(self) -> str:
        """How the form names it: `12-2026-11-30`."""
        return f"{self.member_id}-{self.on.isoformat()}"


@dataclass(frozen=True, slots=True)
class Line:
    """A person's week."""

    member: Membership
    cells: list[Cell]


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def members_on_roster(branch: Branch) -> list[Membership]:
    """Everybody who receives cars or works on them, by name. One query."""
    rows = Membership.objects.filter(branch=branch, active=True, roles__overlap=ON_ROSTER)
    return list(rows.select_related("user").order_by("user__name", "id"))


def week_of(branch: Branch, monday: date) -> list[Line]:
    """The shifts of seven days, a line for each person. Two queries."""
    today, days = branch_day(branch), [monday + timedelta(days=ahead) for ahead in range(WEEK)]
    rows = Shift.objects.filter(membership__branch=branch, works_on__gte=days[0], works_on__lte=days[-1])
    known = {(row.membership_id, row.works_on): row for row in rows}
    lines = []
    for member in members_on_roster(branch):
        cells = []
        for day in days:
            row = known.get((member.pk, day))
            times = (row.begins.strftime("%H:%M"), row.ends.strftime("%H:%M")) if row else ("", "")
            cells.append(Cell(member.pk, day, *times, over=day < today))
        lines.append(Line(member, cells))
    return lines
