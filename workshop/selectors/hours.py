"""The hours of a day: who was there, what they worked on, and what the clocks have to say against the sold hours."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import Branch, Membership
from dms.clock import day_bounds, now
from dms.gather import gather
from dms.money import ZERO
from records.selectors import rule
from workshop.models import Attendance, Clocking, Job, JobShare
from workshop.selectors.board import technicians
from workshop.states import JobState

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class PersonDay:
    """A person's day: stretches at work and on jobs, and the hours of the jobs they finished on it."""

    person: Membership
    presence: list[Attendance] = field(default_factory=list)
    clockings: list[Clocking] = field(default_factory=list)
    #: With this person's percent of each.
    finished: list[tuple[Job, int]] = field(default_factory=list)
    attended: timedelta = timedelta()
    worked: timedelta = timedelta()
    forgotten: bool = False

    @property
    def standard(self) -> Decimal:
        """Standard hours of the jobs finished, by share."""
        return sum((job.standard_hours * percent / 100 for job, percent in self.finished), ZERO)

    @property
    def sold(self) -> Decimal:
        """Sold hours of the jobs finished, by share."""
        return sum((job.sold_hours * percent / 100 for job, percent in self.finished), ZERO)

    @property
    def used(self) -> int | None:
        """Utilisation (利用率): hours on jobs of hours at work, in percent; None for somebody who was not there."""
        return round(100 * self.worked / self.attended) if self.attended else None


def _within(begins: datetime, ends: datetime | None, day: tuple[datetime, datetime], at: datetime) -> timedelta:
    """How much of a stretch lies in the day; what is open goes until now."""
    return max(min(ends or at, day[1]) - max(begins, day[0]), timedelta())


def hours_of(branch: Branch, on: date) -> list[PersonDay]:
    """Everybody who works on cars, by name. Three queries."""
    day, at = day_bounds(branch, on), now()
    longest = int(rule(branch, "clock.longest_hours", on)) * HOUR
    people, presence, clockings, finished, shares = gather(
        technicians(branch),
        _of_day(Attendance.objects.filter(membership__branch=branch), "came_at", "left_at", day)
        .select_related("corrected_by").order_by("came_at"),
        _of_day(Clocking.objects.filter(job__order__branch=branch), "started_at", "stopped_at", day)
        .select_related("job__line", "job__order__vehicle", "corrected_by").order_by("started_at"),
        _finished(branch, day),
        JobShare.objects.filter(job__in=_finished(branch, day).order_by().values("pk")).order_by("id"),
    )  # fmt: skip
    days = {person.pk: PersonDay(person) for person in people}
    for row in presence:
        if (mine := days.get(row.membership_id)) is not None:
            mine.presence.append(row)
            mine.attended += _within(row.came_at, row.left_at, day, at)
    for clock in clockings:
        if (mine := days.get(clock.technician_id)) is not None:
            mine.clockings.append(clock)
            mine.worked += _within(clock.started_at, clock.stopped_at, day, at)
            mine.forgotten |= clock.stopped_at is None and at - clock.started_at > longest
    _give(days, finished, shares)
    return list(days.values())


def _of_day(rows: QuerySet, begins: str, ends: str, day: tuple[datetime, datetime]) -> QuerySet:  # type: ignore[type-arg]  # of both clocks
    return rows.filter(Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": day[0]}), **{f"{begins}__lt": day[1]})


def _finished(branch: Branch, day: tuple[datetime, datetime]) -> QuerySet[Job]:
    """Jobs that are finished and whose last clock stopped on that day."""
    last = Clocking.objects.filter(stopped_at__gte=day[0], stopped_at__lt=day[1]).values("job")
    later = Clocking.objects.filter(stopped_at__gte=day[1]).values("job")
    return (
        Job.objects.filter(order__branch=branch, state=JobState.DONE, pk__in=last).exclude(pk__in=later).order_by("id")
    )


def _give(days: dict[int, PersonDay], finished: Iterable[Job], shares: Iterable[JobShare]) -> None:
    """Each job to who had it, or to those who shared it."""
    parts: dict[int, list[tuple[int | None, int]]] = defaultdict(list)
    for row in shares:
        parts[row.job_id].append((row.technician_id, row.percent))
    by_person: dict[int | None, list[tuple[Job, int]]] = defaultdict(list)
    for job in finished:
        for person, percent in parts[job.pk] or [(job.technician_id, 100)]:
            by_person[person].append((job, percent))
    for key, mine in days.items():
        mine.finished = by_person[key]


def at_work_since(membership: Membership) -> datetime | None:
    """Since when this person is at work; None when they are not. One query."""
    return (
        Attendance.objects.filter(membership=membership, left_at__isnull=True).values_list("came_at", flat=True).first()
    )
