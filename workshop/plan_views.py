"""The plan of the day (派工方案): made on request, edited on the page, taken as a whole."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.access import actor_of, needs
from dms.clock import now
from dms.htmx import go, page
from workshop.forms import PlanRowForm
from workshop.selectors import technicians
from workshop.selectors.bays import free_bays
from workshop.services import planning
from workshop.services.planning import Choice


@needs("workshop.dispatch")
def plan(request: HttpRequest) -> HttpResponse:
    """Make a plan, lay an edited one out again, or dispatch as planned."""
    act = request.POST.get("act")
    if act == "take":
        return _take(request)
    actor, context = actor_of(request), dict[str, object]()
    if act == "again":
        context = {"plan": planning.again(actor=actor, choices=_choices(request)), "edited": True}
    elif act == "make":
        context = {"plan": planning.make(actor=actor, move="move" in request.POST)}
    context["may_skills"] = actor.can("skill.edit")
    return page(
        request,
        "workshop/plan.html",
        {**context, "people": technicians(actor.branch), "bays": free_bays(actor.branch, ()), "now": now()},
    )


def _choices(request: HttpRequest) -> list[Choice]:
    """The rows of the page, the earliest first. Raises `Invalid` for what no page sent."""
    rows = [PlanRowForm(request.POST, prefix=name).row() for name in request.POST.getlist("row")]
    rows.sort(key=lambda row: row["order"])
    return [
        Choice(row["job"], row["version"], row["technician"], row["bay"], row["wish"], out=row["out"]) for row in rows
    ]


def _take(request: HttpRequest) -> HttpResponse:
    count = planning.take(actor=actor_of(request), choices=_choices(request))
    messages.success(request, ngettext("%(n)d job dispatched.", "%(n)d jobs dispatched.", count) % {"n": count})
    return go(request, reverse("workshop:board"))
