"""The technician's inspection sheet: point by point, each saved by itself; without scripts by form and redirect."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from dms.htmx import go, page
from reception.models import WorkOrder
from workshop.forms import MarkForm, typed
from workshop.models import Finding
from workshop.selectors.health import Sheet, health_of
from workshop.services import health as services
from workshop.states import Colour


def _order(request: HttpRequest, order_id: int) -> WorkOrder:
    """404 for another branch's order."""
    rows = WorkOrder.objects.select_related("vehicle__model", "branch")
    return get_object_or_404(rows, pk=order_id, branch=actor_of(request).branch)


def _finding(request: HttpRequest, finding_id: int) -> Finding:
    """404 for another branch's finding."""
    rows = Finding.objects.select_related("health")
    return get_object_or_404(rows, pk=finding_id, health__order__branch=actor_of(request).branch)


def _back(request: HttpRequest, order_id: int, place: str = "", said: str = "") -> HttpResponse:
    if said:
        messages.success(request, said)
    return go(request, reverse("workshop:health", args=[order_id]) + place)


def _context(request: HttpRequest, order: WorkOrder, sheet: Sheet) -> dict[str, Any]:
    return {
        "order": order, "sheet": sheet, "colours": Colour.choices, "open": sheet.health.finished_at is None,
        "may_report": actor_of(request).can("extra.report"),
    }  # fmt: skip


@needs("job.work")
def sheet(request: HttpRequest, order_id: int) -> HttpResponse:
    """The sheet of a car; one that nobody has begun is begun from the job."""
    order = _order(request, order_id)
    found = health_of(order)
    if found is None:
        raise Http404
    return page(request, "workshop/health.html", _context(request, order, found))


@needs("job.work")
@require_POST
def begin(request: HttpRequest, order_id: int) -> HttpResponse:
    """Begin the sheet, or go on with it."""
    order = _order(request, order_id)
    services.begin(actor=actor_of(request), order_id=order.pk)
    return _back(request, order.pk)


@needs("job.work")
@require_POST
def mark(request: HttpRequest, finding_id: int) -> HttpResponse:
    """One point; htmx gets its row and what is left, everybody else goes back to the row."""
    found = _finding(request, finding_id)
    said = typed(MarkForm(request.POST, request.FILES))
    services.mark(actor=actor_of(request), finding_id=found.pk, **said)
    if not getattr(request, "htmx", None):
        return _back(request, found.health.order_id, f"#point-{found.pk}")
    order = _order(request, found.health.order_id)
    fresh = health_of(order)
    point = next(point for point in fresh.points if point.found.pk == found.pk) if fresh else None
    context = _context(request, order, fresh) | {"point": point, "marked": True} if fresh else {}
    return page(request, "workshop/health_row.html", context)


@needs("job.work")
@require_POST
def rest(request: HttpRequest, order_id: int) -> HttpResponse:
    """All others green."""
    order = _order(request, order_id)
    services.rest_green(actor=actor_of(request), order_id=order.pk)
    return _back(request, order.pk, "#finish")


@needs("job.work")
@require_POST
def finish(request: HttpRequest, order_id: int) -> HttpResponse:
    """The sheet is complete."""
    order = _order(request, order_id)
    services.finish(actor=actor_of(request), order_id=order.pk)
    return _back(request, order.pk, said=_("The sheet is finished; the customer sees it."))


@needs("extra.report")
@require_POST
def propose(request: HttpRequest, finding_id: int) -> HttpResponse:
    """A bad point becomes extra work."""
    found = _finding(request, finding_id)
    services.propose(actor=actor_of(request), finding_id=found.pk)
    return _back(request, found.health.order_id, f"#point-{found.pk}", _("Reported; the advisor asks the customer."))
