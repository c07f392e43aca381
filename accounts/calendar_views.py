"""Special days of the branch: closed, or open at other hours than in its week."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.calendar import calendar_of, coming_holidays
from accounts.forms import SpecialDayForm
from accounts.models import SpecialDay
from accounts.services.calendar import remove_day, set_day
from dms.clock import branch_day
from dms.errors import Invalid
from dms.htmx import go, page

#: How far ahead the page looks.
DAYS = 365


@require_http_methods(["GET", "HEAD", "POST"])
@needs("calendar.edit")
def days(request: HttpRequest) -> HttpResponse:
    """The special days and public holidays to come; the form adds one."""
    actor, form = actor_of(request), SpecialDayForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            set_day(actor=actor, **form.cleaned_data)
        except Invalid as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        else:
            messages.success(request, _("Saved."))
            return go(request, reverse("accounts:special_days"))
    today = branch_day(actor.branch)
    calendar = calendar_of(actor.branch, today, today + timedelta(days=DAYS))
    context: dict[str, Any] = {
        "form": form,
        "days": sorted(calendar.special.values(), key=lambda row: row.on),
        "holidays": coming_holidays(calendar, today, DAYS),
    }
    return page(request, "accounts/special_days.html", context, status=422 if form.errors else 200)


@require_POST
@needs("calendar.edit")
def day_remove(request: HttpRequest, special_id: int) -> HttpResponse:
    """The week holds again on that date."""
    actor = actor_of(request)
    row = get_object_or_404(SpecialDay, pk=special_id, branch=actor.branch)
    remove_day(actor=actor, special_id=row.pk)
    messages.success(request, _("Removed; the week's hours and the public holidays hold again."))
    return go(request, reverse("accounts:special_days"))
