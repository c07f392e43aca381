"""How many hours of which skill a day still has, and when an advisor is free.

A technician with several skills does one thing at a time. So what is left of a skill is not "its technicians' hours
less its bookings": for each group of skills, the bookings of the group must fit into the hours of those who have any
skill of it (Hall's theorem). With the half dozen skills of a house that is some dozens of sums, and it is exact.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.calendar import Calendar, Span, calendar_of, clipped, hours
from accounts.models import Bay, Branch, Membership, MembershipSkill, Shift, Skill
from accounts.roles import Role
from accounts.states import BayKind
from dms.clock import now
from dms.gather import gather
from dms.money import ZERO
from reception.appointment_states import TAKES_TIME
from reception.models import Appointment
from records.selectors import rules_now

CENT = Decimal("0.01")
#: Who works on cars, and who receives them.
HANDS = [Role.TECHNICIAN, Role.TEAM_LEADER]


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician's hours of a day; `skills` None: never entered, so able to do anything."""

    skills: frozenset[int] | None
    hours: Decimal

    def can(self, wanted: Iterable[int]) -> bool:
        return self.skills is None or not self.skills.isdisjoint(wanted)


@dataclass(frozen=True, slots=True)
class SkillDay:
    """A skill on a day, in hours: what its people work, what is booked, kept for walk-ins, and still to be had."""

    skill: Skill | None
    capacity: Decimal
    booked: Decimal
    reserve: Decimal
    left: Decimal

    @property
    def percent(self) -> int:
        """How full it is, of what may be booked."""
        may = self.capacity - self.reserve
        return min(100, int(100 * self.booked / may)) if may > 0 else 100


@dataclass(frozen=True, slots=True)
class Slot:
    """An advisor's time for one car; `taken` by an appointment, or free."""

    advisor: Membership
    starts_at: datetime
    ends_at: datetime
    taken: Appointment | None = None
    past: bool = False

    @property
    def free(self) -> bool:
        return self.taken is None and not self.past


@dataclass(slots=True)
class DayPlan:
    """A day of the branch as it can be booked."""

    on: date
    spans: list[Span]
    why_closed: str
    workers: list[Worker]
    bays: int
    reserve: Decimal
    minutes: int
    advisors: list[tuple[Membership, list[Span]]]
    appointments: list[Appointment] = field(default_factory=list)

    def _demand(self, but: int = 0) -> dict[int | None, Decimal]:
        found: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
        for row in self.appointments:
            if row.pk != but:
                found[row.skill_id] += row.hours
        return found

    def _whole(self) -> Decimal:
        """All hands, and not more than there are bays to work in."""
        people = sum((worker.hours for worker in self.workers), ZERO)
        return min(people, self.bays * hours(self.spans))

    def _hours_of(self, skills: Iterable[int]) -> Decimal:
        wanted = tuple(skills)
        return min(self._whole(), sum((one.hours for one in self.workers if one.can(wanted)), ZERO))

    def _bookable(self, capacity: Decimal) -> Decimal:
        return (capacity * (1 - self.reserve)).quantize(CENT)

    def left(self, skill_id: int | None, but: int = 0) -> Decimal:
        """Hours that can still be booked for a skill (None: whoever), without the appointment `but`; never below 0."""
        demand = self._demand(but)
        rest = self._bookable(self._whole()) - sum(demand.values(), ZERO)
        if skill_id is not None:
            others = [key for key in demand if key is not None and key != skill_id]
            for size in range(len(others) + 1):
                for group in combinations(others, size):
                    asked = sum((demand[key] for key in (skill_id, *group) if key in demand), ZERO)
                    rest = min(rest, self._bookable(self._hours_of((skill_id, *group))) - asked)
        return max(rest, ZERO)

    def of_skill(self, skill: Skill | None) -> SkillDay:
        """The skill's line of the day's table; None for the whole workshop."""
        capacity = self._whole() if skill is None else self._hours_of((skill.pk,))
        demand = self._demand()
        booked = sum(demand.values(), ZERO) if skill is None else demand.get(skill.pk, ZERO)
        kept = capacity - self._bookable(capacity)
        return SkillDay(skill, capacity, booked, kept, self.left(skill.pk if skill else None))

    def slots(self, at: datetime) -> list[Slot]:
        """Every advisor's slots in order of time; a slot that an appointment touches is taken."""
        step, found = timedelta(minutes=self.minutes), []
        for advisor, spans in self.advisors:
            mine = [row for row in self.appointments if row.advisor_id == advisor.user_id and row.starts_at]
            for begin, end in spans:
                start = begin
                while start + step <= end:
                    found.append(self._slot(advisor, start, start + step, mine, at))
                    start += step
        return sorted(found, key=lambda slot: (slot.starts_at, slot.advisor.pk))

    @staticmethod
    def _slot(advisor: Membership, start: datetime, end: datetime, mine: list[Appointment], at: datetime) -> Slot:
        here = (row for row in mine if row.starts_at and row.ends_at and row.starts_at < end and row.ends_at > start)
        return Slot(advisor, start, end, next(here, None), past=start <= at)

    def free(self, at: datetime) -> list[Slot]:
        """The first free advisor of each time: those with the fewest appointments of the day first."""
        busy: dict[int, int] = defaultdict(int)
        for row in self.appointments:
            busy[row.advisor_id or 0] += 1
        found: dict[datetime, Slot] = {}
        for slot in self.slots(at):
            known = found.get(slot.starts_at)
            if slot.free and (known is None or busy[slot.advisor.user_id] < busy[known.advisor.user_id]):
                found[slot.starts_at] = slot
        return list(found.values())


def appointments_between(branch: Branch, first: date, last: date) -> list[Appointment]:
    """Those that take time on these days, in order of time. One query."""
    rows = Appointment.objects.filter(branch=branch, on__gte=first, on__lte=last, state__in=TAKES_TIME)
    return list(rows.select_related("vehicle__model", "customer", "advisor", "skill").order_by("starts_at", "id"))


def plans(branch: Branch, first: date, last: date) -> list[DayPlan]:
    """Each day from `first` to `last` as it can be booked. Six queries, however many days."""
    calendar = calendar_of(branch, first, last)
    said = rules_now(branch, ["appointment.reserve", "appointment.slot_minutes"])
    people = Membership.objects.filter(branch=branch, active=True)
    wanted = Q(roles__overlap=[*HANDS, Role.SERVICE_ADVISOR])
    members, shifts, able, bays = gather(
        people.filter(wanted).select_related("user").order_by("id"),
        Shift.objects.filter(membership__branch=branch, works_on__gte=first, works_on__lte=last),
        MembershipSkill.objects.filter(membership__branch=branch),
        Bay.objects.filter(branch=branch, active=True).exclude(kind=BayKind.WASH),
    )
    booked = appointments_between(branch, first, last)
    team = _Team(calendar, members, shifts, able)
    reserve = Decimal(str(said["appointment.reserve"])) / 100
    found = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        found.append(
            DayPlan(
                on=day,
                spans=calendar.hours_of(day),
                why_closed=calendar.why_closed(day),
                workers=team.workers(day),
                bays=len(bays),
                reserve=reserve,
                minutes=int(said["appointment.slot_minutes"]),
                advisors=team.advisors(day),
                appointments=[row for row in booked if row.on == day],
            )
        )
    return found


def plan_of(branch: Branch, day: date) -> DayPlan:
    """One day as it can be booked. Six queries."""
    return plans(branch, day, day)[0]


class _Team:
    """Who is there when. A day without a single shift is one that nobody has planned yet: all are there."""

    def __init__(
        self,
        calendar: Calendar,
        members: Sequence[Membership],
        shifts: Sequence[Shift],
        able: Sequence[MembershipSkill],
    ) -> None:
        self.calendar, self.members = calendar, members
        self.shifts: dict[date, dict[int, Shift]] = defaultdict(dict)
        for shift in shifts:
            self.shifts[shift.works_on][shift.membership_id] = shift
        self.skills: dict[int, set[int]] = defaultdict(set)
        for row in able:
            self.skills[row.membership_id].add(row.skill_id)

    def _there(self, member: Membership, day: date, among: Sequence[Membership]) -> list[Span]:
        spans, shifts = self.calendar.hours_of(day), self.shifts[day]
        if not any(one.pk in shifts for one in among):
            return spans
        shift, zone = shifts.get(member.pk), ZoneInfo(self.calendar.branch.zone)
        if shift is None:
            return []
        begin = datetime.combine(day, shift.begins, tzinfo=zone)
        return clipped(spans, begin, datetime.combine(day, shift.ends, tzinfo=zone))

    def workers(self, day: date) -> list[Worker]:
        """The technicians of the day."""
        hands = [one for one in self.members if set(one.roles) & {str(role) for role in HANDS}]
        found = ((one, self._there(one, day, hands)) for one in hands)
        return [
            Worker(frozenset(self.skills[one.pk]) if one.pk in self.skills else None, hours(spans))
            for one, spans in found
            if spans
        ]

    def advisors(self, day: date) -> list[tuple[Membership, list[Span]]]:
        """The advisors of the day, with when they are there."""
        receive = [one for one in self.members if Role.SERVICE_ADVISOR in one.roles]
        found = ((one, self._there(one, day, receive)) for one in receive)
        return [(one, spans) for one, spans in found if spans]


def next_days(branch: Branch, first: date, count: int) -> list[DayPlan]:
    """So many days from `first` on."""
    return plans(branch, first, first + timedelta(days=count - 1))


def offered(plan: DayPlan, skill_id: int | None, wanted: Decimal, but: int = 0) -> list[Slot]:
    """The times at which so many hours of the skill can be booked on a day; none when the hours do not fit."""
    return plan.free(now()) if plan.left(skill_id, but) >= wanted else []
