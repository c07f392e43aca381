"""The hours of the workshop: coming and going, and both clocks of a day with their corrections."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from dms.clock import branch_day, local
from dms.htmx import go, page
from workshop.forms import CorrectionForm, typed
from workshop.models import Attendance, Clocking
from workshop.selectors.hours import hours_of
from workshop.services import presence


def _day(request: HttpRequest) -> date:
    """The day that is asked for; today for one that is none."""
    today = branch_day(actor_of(request).branch)
    try:
        return min(parse_date(request.GET.get("on", "")) or today, today)
    except ValueError:
        return today


@needs("clock.correct")
def hours(request: HttpRequest) -> HttpResponse:
    """Who was there and what they worked on."""
    actor, on = actor_of(request), _day(request)
    day = timedelta(days=1)
    context: dict[str, object] = {
        "rows": hours_of(actor.branch, on), "on": on, "before": on - day,
        "after": on + day if on < branch_day(actor.branch) else None,
    }  # fmt: skip
    return page(request, "workshop/hours.html", context)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Raises `Invalid` with the first complaint."""
    said = typed(CorrectionForm(request.POST))
    return {"begins": said["begins_at"], "ends": said["ends_at"], "reason": said["reason"]}


def _back(request: HttpRequest, on: date) -> HttpResponse:
    messages.success(request, _("Corrected."))
    return go(request, f"{reverse('workshop:hours')}?on={on.isoformat()}")


@needs("clock.correct")
@require_POST
def correct_clock(request: HttpRequest, clocking_id: int) -> HttpResponse:
    """When a job was really worked on."""
    actor = actor_of(request)
    found = get_object_or_404(Clocking, pk=clocking_id, job__order__branch=actor.branch)
    row = presence.correct_clock(actor=actor, clocking_id=found.pk, **_typed(request))
    return _back(request, local(actor.branch, row.started_at).date())


@needs("clock.correct")
@require_POST
def correct_presence(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """When somebody really came and went."""
    actor = actor_of(request)
    found = get_object_or_404(Attendance, pk=attendance_id, membership__branch=actor.branch)
    row = presence.correct_presence(actor=actor, attendance_id=found.pk, **_typed(request))
    return _back(request, local(actor.branch, row.came_at).date())


@needs("job.work")
@require_POST
def come(request: HttpRequest) -> HttpResponse:
    """I am here."""
    presence.come(actor=actor_of(request))
    return go(request, reverse("workshop:me"))


@needs("job.work")
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """I go home."""
    presence.leave(actor=actor_of(request))
    return go(request, reverse("workshop:me"))
