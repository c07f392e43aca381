"""Pages of retention: who is due, who stays away."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.selectors import phone_for
from customers.services import sentence
from dms.htmx import go, page
from retention import selectors
from retention.selectors import Cursor
from retention.services import run
from retention.states import Sweep


def _after(text: str) -> Cursor | None:
    """`2026-11-22.45` from an address; None for the first page and for anything else."""
    day, _dot, number = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def _page(request: HttpRequest, actor: Actor, tab: str, rows: list[object], following: Cursor | None) -> HttpResponse:
    context: dict[str, object] = {
        "tab": tab,
        "rows": rows,
        "after": f"{following[0].isoformat()}.{following[1]}" if following else "",
        "totals": selectors.totals(actor.branch),
        "runs": selectors.last_runs(actor.branch),
    }
    return page(request, f"retention/{tab}.html", context)


@require_GET
@needs("retention.view")
def due(request: HttpRequest) -> HttpResponse:
    """Services that are due soon or overdue, by date."""
    actor = actor_of(request)
    found, following = selectors.due_page(actor.branch, _after(request.GET.get("after", "")))
    rows: list[object] = [
        {
            "due": row,
            "phone": phone_for(actor, row.owner),
            "why": sentence(row.forecast) if row.forecast else "",
            "late": -row.days,
        }
        for row in found
    ]
    return _page(request, actor, "due", rows, following)


@require_GET
@needs("retention.view")
def lapsed(request: HttpRequest) -> HttpResponse:
    """Cars that stay away, by both definitions."""
    actor = actor_of(request)
    found, following = selectors.lapsed_page(actor.branch, _after(request.GET.get("after", "")))
    rows: list[object] = [{"lapsed": row, "phone": phone_for(actor, row.owner)} for row in found]
    return _page(request, actor, "lapsed", rows, following)


@require_POST
@needs("retention.view")
def sweep(request: HttpRequest) -> HttpResponse:
    """Look through the branch now, without waiting for the night."""
    made = run(actor=actor_of(request))
    reminders, cases = made[Sweep.REMINDERS], made[Sweep.LAPSE]
    if not reminders and not cases:
        messages.success(request, _("Updated; nothing new."))
    else:
        told = [
            ngettext("%(n)d new reminder", "%(n)d new reminders", reminders) % {"n": reminders},
            ngettext("%(n)d new lapse", "%(n)d new lapses", cases) % {"n": cases},
        ]
        messages.success(request, _("Updated: %(told)s.") % {"told": " · ".join(told)})
    return go(request, reverse("retention:lapsed" if request.POST.get("tab") == "lapsed" else "retention:due"))
