"""The page of the opening checklist."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from dms.clock import branch_day
from dms.htmx import go, page
from reception.opening import check_of, checks_of_day
from reception.services.opening import tick


@require_http_methods(["GET", "HEAD", "POST"])
@needs("order.receive")
def opening(request: HttpRequest) -> HttpResponse:
    """One's own list of today to tick, and how far the others are."""
    actor = actor_of(request)
    if request.method == "POST":
        row = tick(actor=actor, ticked=request.POST.getlist("item"))
        messages.success(request, _("Ready for the day.") if row.checked_at else _("Saved."))
        return go(request, reverse("reception:today" if row.checked_at else "reception:opening"))
    today = branch_day(actor.branch)
    context = {"day": today, "check": check_of(actor), "checks": checks_of_day(actor.branch, today)}
    return page(request, "reception/opening.html", context)
