"""Who is due and who stays away: lists are pages by keyset, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from customers.models import Customer, DueForecast, Vehicle
from customers.selectors import with_owners
from customers.services.forecast import add_months
from dms.clock import branch_day
from reception.models import WorkOrder
from reception.states import OPEN_STATES
from retention.models import LapseCase, Reminder, SweepRun
from retention.selectors.base import Group, in_group
from retention.states import LapseBy, LapseKind, LapseState, ReminderState, Sweep

PAGE = 30
#: Reminders on the vehicle's page.
A_FEW = 5

Cursor = tuple[date, int]
"""Where the next page begins: the date and the id of the last row."""


@dataclass(frozen=True, slots=True)
class DueRow:
    """A service to remind of. `days` until it is due (negative: overdue); `forecast` says why."""

    reminder: Reminder
    vehicle: Vehicle
    owner: Customer | None
    forecast: DueForecast | None
    days: int
    in_shop: bool


@dataclass(frozen=True, slots=True)
class Away:
    """A car that stays away: since when, and by which definitions; `months` are whole ones since the last visit."""

    opened_on: date
    last_visit_on: date | None
    months: int | None
    due_on: date | None
    fixed: bool
    predicted: bool
    reasons: list[str]
    owner: User | None
    because: str
    because_key: str


@dataclass(frozen=True, slots=True)
class LapsedRow:
    """A lapsed car and its owner."""

    vehicle: Vehicle
    owner: Customer | None
    away: Away


@dataclass(frozen=True, slots=True)
class Totals:
    """How many reminders are open, and how many cars have lapsed by one definition or both."""

    due: int
    lapsed: int


def whole_months(first: date, last: date) -> int:
    """Whole months from one date to another: 31 Jan to 28 Feb is one."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1


def _open_reminders(branch: Branch) -> QuerySet[Reminder]:
    return Reminder.objects.filter(vehicle__branch=branch, state=ReminderState.OPEN)


def _lapsed_cars(branch: Branch, of: Group | None = None, kind: str = "") -> QuerySet[Vehicle]:
    cases = LapseCase.objects.filter(vehicle=OuterRef("pk"), state=LapseState.OPEN)
    if kind in LapseKind.values:
        cases = cases.filter(kind=kind)
    if of is not None and of.by == "advisor":
        cases = cases.filter(owner=of.key)
        of = None
    cars = Vehicle.objects.filter(Exists(cases), branch=branch)
    return in_group(cars, branch, of) if of is not None else cars


def totals(branch: Branch) -> Totals:
    """Two queries."""
    return Totals(_open_reminders(branch).count(), _lapsed_cars(branch).count())


def last_runs(branch: Branch) -> list[SweepRun]:
    """The latest run of each sweep that ended, well or not. One query."""
    runs = SweepRun.objects.filter(branch=branch, finished_at__isnull=False).select_related("asked_by")
    return list(runs.order_by("-sweep", "-started_at", "-id").distinct("sweep"))


def updated_at(branch: Branch) -> datetime | None:
    """When the lists were last made anew, by a turn or a person. One query."""
    runs = SweepRun.objects.filter(branch=branch, sweep__in=(Sweep.REMINDERS, Sweep.LAPSE), error="")
    at: datetime | None = runs.aggregate(at=Max("finished_at"))["at"]
    return at


def last_slots(branch: Branch) -> dict[str, datetime]:
    """The latest turn that each sweep has taken. One query."""
    taken = SweepRun.objects.filter(branch=branch, slot_at__isnull=False).values_list("sweep").annotate(Max("slot_at"))
    return dict(taken)


def _forecasts(reminders: Sequence[Reminder]) -> dict[tuple[int, int, int], DueForecast]:
    rows = DueForecast.objects.filter(vehicle__in={row.vehicle_id for row in reminders}).select_related("rule")
    return {(row.vehicle_id, row.rule_id, row.cycle): row for row in rows.filter(closed_at__isnull=True)}


def due_page(branch: Branch, after: Cursor | None = None, size: int = PAGE) -> tuple[list[DueRow], Cursor | None]:
    """Open reminders, the longest overdue first, and where the next page begins. Three queries."""
    rows = _open_reminders(branch).select_related("vehicle__model__brand", "rule").order_by("due_on", "id")
    in_shop = WorkOrder.objects.filter(vehicle=OuterRef("vehicle"), state__in=OPEN_STATES)
    rows = rows.annotate(in_shop=Exists(in_shop))
    if after is not None:
        rows = rows.filter(Q(due_on=after[0], id__gt=after[1]) | Q(due_on__gt=after[0]))
    found = list(rows[: size + 1])
    shown, today = found[:size], branch_day(branch)
    owners = {row.vehicle.pk: row.owner for row in with_owners([row.vehicle for row in shown])}
    forecasts = _forecasts(shown)
    page = [
        DueRow(
            reminder=row,
            vehicle=row.vehicle,
            owner=owners[row.vehicle_id],
            forecast=forecasts.get((row.vehicle_id, row.rule_id, row.cycle)),
            days=(row.due_on - today).days,
            in_shop=row.in_shop,
        )
        for row in shown
    ]
    return page, (shown[-1].due_on, shown[-1].pk) if len(found) > size else None


def why_lapsed(case: LapseCase) -> str:
    """Why a case was opened, in one sentence."""
    values = {
        "last": date_format(case.last_visit_on, "DATE_FORMAT") if case.last_visit_on else "",
        "due": date_format(case.due_on, "DATE_FORMAT") if case.due_on else "",
        "limit": case.allowed or 0,
        "by": LapseBy(case.allowed_by).label if case.allowed_by else "",
    }
    if case.kind == LapseKind.FIXED and case.allowed:
        return _("No visit since %(last)s, for longer than the %(limit)d months %(by)s.") % values
    if case.kind == LapseKind.FIXED:
        return _("No visit since %(last)s.") % values
    if case.allowed is None:
        return _("Its service was due on %(due)s.") % values
    return _("Its service was due on %(due)s, and more than %(limit)d days have passed since.") % values


def _away(cases: list[LapseCase], last_visit_on: date | None, today: date) -> Away:
    kinds = {case.kind: case for case in sorted(cases, key=lambda case: case.kind)}
    predicted = kinds.get(LapseKind.PREDICTED)
    return Away(
        opened_on=min(case.opened_on for case in cases),
        last_visit_on=last_visit_on,
        months=whole_months(last_visit_on, today) if last_visit_on else None,
        due_on=predicted.due_on if predicted else None,
        fixed=LapseKind.FIXED in kinds,
        predicted=predicted is not None,
        reasons=[why_lapsed(case) for case in kinds.values()],
        owner=next((case.owner for case in kinds.values() if case.owner), None),
        because=next((case.get_because_display() for case in kinds.values() if case.because), ""),
        because_key=next((case.because for case in kinds.values() if case.because), ""),
    )


def lapsed_page(
    branch: Branch, after: Cursor | None = None, size: int = PAGE, of: Group | None = None, kind: str = ""
) -> tuple[list[LapsedRow], Cursor | None]:
    """Lapsed cars, the latest to lapse first: they are the easiest to win back. Three queries.

    `of` a row of `lapse_shares`, and `kind` a definition: the cars behind its numbers.
    """
    opened = Max("lapses__opened_on", filter=Q(lapses__state=LapseState.OPEN))
    rows = (
        _lapsed_cars(branch, of, kind).select_related("model__brand").annotate(opened=opened).order_by("-opened", "-id")
    )
    if after is not None:
        rows = rows.filter(Q(opened=after[0], id__lt=after[1]) | Q(opened__lt=after[0]))
    found = list(rows[: size + 1])
    shown, today = found[:size], branch_day(branch)
    cases: dict[int, list[LapseCase]] = {}
    for case in LapseCase.objects.filter(vehicle__in=shown, state=LapseState.OPEN).select_related("owner"):
        cases.setdefault(case.vehicle_id, []).append(case)
    page = [
        LapsedRow(row.vehicle, row.owner, _away(cases[row.vehicle.pk], row.vehicle.last_visit_on, today))
        for row in with_owners(shown)
        if row.vehicle.pk in cases
    ]
    return page, (shown[-1].opened, shown[-1].pk) if len(found) > size else None


def reminders_of(vehicle: Vehicle, limit: int = A_FEW) -> list[Reminder]:
    """The car's reminders, open ones first, then the latest. One query."""
    rows = Reminder.objects.filter(vehicle=vehicle).select_related("rule", "closed_order")
    return list(rows.order_by("-state", "-due_on", "-id")[:limit])


def stays_away(vehicle: Vehicle) -> Away | None:
    """Whether the car stays away; None: it does not. One query."""
    cases = list(LapseCase.objects.filter(vehicle=vehicle, state=LapseState.OPEN).select_related("owner"))
    return _away(cases, vehicle.last_visit_on, branch_day(vehicle.branch)) if cases else None


def sweep_rows() -> dict[str, float]:
    """New rows of the latest finished run of each sweep, at all branches together. One query."""
    last = SweepRun.objects.filter(finished_at__isnull=False, error="").order_by(
        "branch", "sweep", "-started_at", "-id"
    )
    found = dict.fromkeys(Sweep.values, 0.0)
    for run in last.distinct("branch", "sweep"):
        found[run.sweep] += run.rows
    return found
