"""Pages of retention: who is due, who stays away."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.models import Vehicle
from customers.selectors import phone_for
from customers.services import sentence
from dms.errors import Refused
from dms.htmx import go, page
from retention import selectors
from retention.forms import CaseForm
from retention.selectors import Cursor
from retention.selectors.base import group_of, narrowed
from retention.services import run, standings
from retention.services.lapses import keep_case
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


def _page(
    request: HttpRequest, actor: Actor, tab: str, rows: list[object], following: Cursor | None, choice: str = ""
) -> HttpResponse:
    context: dict[str, object] = {
        "tab": tab,
        "narrowed": choice,
        "may_call": actor.can("call.do"),
        "rows": rows,
        "after": f"{following[0].isoformat()}.{following[1]}" if following else "",
        "totals": selectors.totals(actor.branch),
        "updated_at": selectors.updated_at(actor.branch),
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
    """Cars that stay away, by both definitions; `?by=brand&key=3&kind=fixed` narrows them."""
    actor = actor_of(request)
    of, kind = group_of(request.GET), request.GET.get("kind", "")
    found, following = selectors.lapsed_page(actor.branch, _after(request.GET.get("after", "")), of=of, kind=kind)
    rows: list[object] = [{"lapsed": row, "phone": phone_for(actor, row.owner)} for row in found]
    return _page(request, actor, "lapsed", rows, following, choice=narrowed(of, kind))


@require_http_methods(["GET", "POST"])
@needs("call.do")
def case(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Whose a car is that stays away, and why it does."""
    actor = actor_of(request)
    vehicle = get_object_or_404(
        Vehicle.objects.select_related("model__brand", "branch"), pk=vehicle_id, branch=actor.branch
    )
    away = selectors.stays_away(vehicle)
    begin = {"owner": away.owner.pk if away and away.owner else None, "because": away.because_key if away else ""}
    form = CaseForm(request.POST if request.method == "POST" else None, branch=actor.branch, initial=begin)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                owner = form.cleaned_data["owner"]
                keep_case(actor=actor, vehicle_id=vehicle.pk, owner_id=owner.pk if owner else None,
                          because=form.cleaned_data["because"])  # fmt: skip
                messages.success(request, _("Saved."))
                return go(request, reverse("retention:lapsed"))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return page(request, "retention/case.html", {"form": form, "vehicle": vehicle, "away": away}, status=status)


@require_GET
@needs("retention.view")
def sweeps(request: HttpRequest) -> HttpResponse:
    """What the branch is looked through for by itself: last run, rows, time, next run."""
    branch = actor_of(request).branch
    context = {
        "tab": "sweeps",
        "totals": selectors.totals(branch),
        "updated_at": selectors.updated_at(branch),
        "standings": standings(branch),
    }
    return page(request, "retention/sweeps.html", context)


#: Pages that have the button, and lead back to themselves.
_TABS = {"due": "retention:due", "lapsed": "retention:lapsed", "sweeps": "retention:sweeps"}


@require_POST
@needs("retention.view")
def sweep(request: HttpRequest) -> HttpResponse:
    """Look through the branch now, without waiting for the turn: all of it, or one sweep."""
    made = run(actor=actor_of(request), only=request.POST.get("sweep", ""))
    told = [f"{Sweep(name).label} {rows}" for name, rows in made.items() if rows]
    if told:
        messages.success(request, _("Updated, new: %(told)s.") % {"told": " · ".join(told)})
    else:
        messages.success(request, _("Updated; nothing new."))
    return go(request, reverse(_TABS.get(request.POST.get("tab", ""), "retention:due")))
