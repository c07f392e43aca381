"""The page of shifts: a week, a line for each person, from and to in each cell."""

from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.policies import Actor
from accounts.roster import WEEK, Cell, Line, monday_of, week_of
from accounts.services.roster import Times, copy_week, save_week
from dms.clock import branch_day, check_year
from dms.errors import Invalid
from dms.htmx import go, page


def _monday(request: HttpRequest, actor: Actor) -> date:
    """The week of the address; this one for none, and for what is no week of ours."""
    today = branch_day(actor.branch)
    try:
        day = parse_date(request.GET.get("day", "")) or today
        check_year(day)
    except (ValueError, ValidationError):
        return monday_of(today)
    return monday_of(day)


def _typed(request: HttpRequest, lines: list[Line]) -> None:
    """What was typed takes the place of what is stored."""
    for cell in (cell for line in lines for cell in line.cells if not cell.over):
        if f"b-{cell.name}" in request.POST:
            cell.begins = request.POST.get(f"b-{cell.name}", "")[:8].strip()
            cell.ends = request.POST.get(f"e-{cell.name}", "")[:8].strip()


def _times(cell: Cell) -> Times:
    if not cell.begins and not cell.ends:
        return None
    try:
        begins, ends = parse_time(cell.begins), parse_time(cell.ends)
    except ValueError:
        begins = ends = None
    if begins is None or ends is None:
        raise Invalid(_("Give both times like 08:30, or none for somebody who is not there."), cell.name)
    return begins, ends


def _save(actor: Actor, lines: list[Line]) -> str:
    """Save the week; the sentence of the first cell that is wrong, which is then marked, or ''."""
    cells = [cell for line in lines for cell in line.cells]
    try:
        save_week(actor=actor, cells={(cell.member_id, cell.on): _times(cell) for cell in cells if not cell.over})
    except Invalid as refused:
        for cell in cells:
            cell.wrong = cell.name == refused.code
        return refused.sentence
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@needs("calendar.edit")
def roster(request: HttpRequest) -> HttpResponse:
    """See and write the shifts of a week, or take over those of the week before."""
    actor, told = actor_of(request), ""
    monday = _monday(request, actor)
    lines, here = week_of(actor.branch, monday), f"{reverse('accounts:roster')}?day={monday.isoformat()}"
    if request.method == "POST" and request.POST.get("do") == "copy":
        count = copy_week(actor=actor, monday=monday)
        messages.success(request, _("Shifts taken over from the week before: %(n)s.") % {"n": count})
        return go(request, here)
    if request.method == "POST":
        _typed(request, lines)
        told = _save(actor, lines)
        if not told:
            messages.success(request, _("Saved."))
            return go(request, here)
    days = [monday + timedelta(days=ahead) for ahead in range(WEEK)]
    context = {"lines": lines, "told": told, "monday": monday, "days": days, "today": branch_day(actor.branch)}
    context |= {"earlier": monday - timedelta(days=WEEK), "later": monday + timedelta(days=WEEK)}
    return page(request, "accounts/roster.html", context, status=422 if told else 200)
