"""The next eight weeks: visits and hours that are to be expected, beside what is booked and what can be worked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import actor_of, needs
from accounts.models import Branch
from dms.charts import Chart, Point, Series
from dms.htmx import page
from reception.capacity import next_days
from retention.overview_views import cars_page
from retention.selectors.outlook import WEEKS, Week, due_cars, weeks_of
from retention.selectors.tallies import counted


@dataclass(slots=True)
class Room:
    """Of a week: appointments, and hours that the workshop has."""

    booked: int = 0
    hours: float = 0.0


@require_GET
@needs("retention.view")
def outlook(request: HttpRequest) -> HttpResponse:
    """The expected visits and hours are as of last night, as the page says; booked times and capacity are as of now."""
    branch = actor_of(request).branch
    tally = counted(branch, ["outlook"])["outlook"]
    weeks = weeks_of(tally.rows)
    rooms = _rooms(branch, weeks[0].first)
    context: dict[str, object] = {
        "tab": "overview", "on": tally.on, "visits": _visits(weeks, rooms), "hours": _hours(weeks, rooms),
        "share": round(100 * tally.rows["share"], 1), "usual": round(tally.rows["usual"], 1),
        "each": round(tally.rows["each"], 2),
    }  # fmt: skip
    return page(request, "retention/outlook.html", context)


def _rooms(branch: Branch, first: date) -> Mapping[date, Room]:
    """By first day of the week. Six queries."""
    found: dict[date, Room] = defaultdict(Room)
    for plan in next_days(branch, first, 7 * WEEKS):
        room = found[plan.on - timedelta(days=(plan.on - first).days % 7)]
        room.booked += len(plan.appointments)
        room.hours += float(plan.of_skill(None).capacity)
    return found


def _label(week: Week) -> str:
    return date_format(week.first, "m-d")


def _visits(weeks: Sequence[Week], rooms: Mapping[date, Room]) -> Chart:
    bars = [
        Point(
            _label(week), week.visits, reverse("retention:outlook_due", args=[week.first.isoformat()]),
            f"{week.visits:,} ({week.low:,}–{week.high:,})", week.low, week.high,
        )
        for week in weeks
    ]  # fmt: skip
    line = [Point(_label(week), rooms[week.first].booked) for week in weeks]
    values = {
        "visits": f"{weeks[0].visits:,}", "low": f"{weeks[0].low:,}", "high": f"{weeks[0].high:,}",
        "booked": rooms[weeks[0].first].booked, "all": f"{round(sum(week.visits for week in weeks)):,}",
    }  # fmt: skip
    told = _(
        "%(visits)s visits are expected next week (%(low)s to %(high)s), %(booked)s are booked; %(all)s in eight weeks."
    )
    series = [Series(_("Expected visits"), bars), Series(_("Booked"), line, "line")]
    return Chart(told % values, _("Week from"), series)


def _hours(weeks: Sequence[Week], rooms: Mapping[date, Room]) -> Chart:
    bars = [Point(_label(week), week.hours) for week in weeks]
    line = [Point(_label(week), round(rooms[week.first].hours, 1)) for week in weeks]
    series = [Series(_("Expected hours"), bars), Series(_("Capacity"), line, "line")]
    return Chart(_hours_told(weeks, rooms), _("Week from"), series)


def _hours_told(weeks: Sequence[Week], rooms: Mapping[date, Room]) -> str:
    """The fullest week, by its share of the capacity."""
    able = [week for week in weeks if rooms[week.first].hours]
    if not able:
        return _("No capacity is known for these weeks.")
    full = max(able, key=lambda week: week.hours / rooms[week.first].hours)
    room = rooms[full.first].hours
    values = {
        "week": _label(full), "hours": f"{full.hours:,}", "capacity": f"{room:,.1f}",
        "percent": round(100 * full.hours / room),
    }  # fmt: skip
    return _(
        "The fullest week begins on %(week)s: %(hours)s hours of the %(capacity)s that can be worked (%(percent)s %%)."
    ) % values  # fmt: skip


@require_GET
@needs("retention.view")
def due(request: HttpRequest, day: str) -> HttpResponse:
    """The cars whose service falls due in a week."""
    try:
        first = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    told = _("in the week from %(day)s") % {"day": date_format(first, "Y-m-d")}
    return cars_page(request, due_cars(actor_of(request).branch, first), _("Cars due"), told)
