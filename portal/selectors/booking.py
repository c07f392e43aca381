"""What the public booking page offers: days and times that are really free."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.models import Branch, Skill
from dms.clock import branch_day, now
from reception.appointment_states import BOOKABLE
from reception.capacity import DayPlan, next_days
from records.selectors import rule

#: Days that are offered side by side.
DAYS = 7


@dataclass(frozen=True, slots=True)
class DayChoice:
    """A day: how many times are free for this work, and why it is closed."""

    on: date
    times: list[datetime] = field(default_factory=list)
    why_closed: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The days around the one that is looked at, and its free times."""

    day: date
    kind: str
    days: list[DayChoice]
    times: list[datetime]


def days_ahead(branch: Branch) -> int:
    """For how many days customers may book."""
    return int(rule(branch, "appointment.days_ahead", branch_day(branch)))


def _times(plan: DayPlan, skill_id: int | None, hours: Decimal, but: int) -> list[datetime]:
    return [slot.starts_at for slot in plan.free(now())] if plan.left(skill_id, but) >= hours else []


def choice_of(
    branch: Branch, day: date, kind: str, hours: Decimal | None = None, skill_id: int | None = None, but: int = 0
) -> Choice:
    """Seven days from `day` on with their free times for this work; without hours and skill, as usual for the kind."""
    usual, key = BOOKABLE.get(kind, ("1.0", ""))
    if hours is None:
        hours = Decimal(usual)
        skill_id = Skill.objects.filter(key=key).values_list("pk", flat=True).first()
    last = branch_day(branch) + timedelta(days=days_ahead(branch))
    plans = [plan for plan in next_days(branch, day, DAYS) if plan.on <= last]
    days = [DayChoice(plan.on, _times(plan, skill_id, hours, but), plan.why_closed) for plan in plans]
    return Choice(day, kind, days, days[0].times if days else [])
