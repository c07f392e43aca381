"""The workshop's figures: a page of what the clocks, the holds and the checks have told."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from accounts.access import actor_of, needs
from dms.clock import branch_day
from dms.htmx import page
from reception.states import State
from workshop.selectors.figures import figures, longest

#: Periods to choose from, in days; the first one is shown unless another is asked for.
PERIODS = (30, 7, 90)


@needs("clock.correct")
def workshop_figures(request: HttpRequest) -> HttpResponse:
    """Time by stage, efficiency and first-pass rate of the last days, and the cars that waited longest."""
    branch = actor_of(request).branch
    asked, state = request.GET.get("days", ""), request.GET.get("stage", "")
    days = next((days for days in PERIODS if str(days) == asked), PERIODS[0])
    last = branch_day(branch)
    first = last - timedelta(days=days - 1)
    state = state if state in State.values else ""
    context: dict[str, object] = {
        "figures": figures(branch, first, last), "first": first, "last": last, "days": days, "periods": sorted(PERIODS),
        "stage": state, "stage_label": State(state).label if state else "",
        "longest": longest(branch, first, last, state) if state else (),
    }  # fmt: skip
    return page(request, "workshop/figures.html", context)
