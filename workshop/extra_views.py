"""Extra work (增项), reported from the job or from a check: named by the catalogue, or in free words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from reception.models import WorkOrder
from workshop.answers import back
from workshop.forms import ExtraForm, typed
from workshop.models import Job
from workshop.services import extra as services


@needs("extra.report")
@require_POST
def extra(request: HttpRequest, job_id: int) -> HttpResponse:
    """From the job in hand."""
    pk = get_object_or_404(Job, pk=job_id, order__branch=actor_of(request).branch).pk
    return _report(request, "workshop:me", job_id=pk)


@needs("extra.report")
@require_POST
def check_extra(request: HttpRequest, order_id: int) -> HttpResponse:
    """From a check of the car."""
    pk = get_object_or_404(WorkOrder, pk=order_id, branch=actor_of(request).branch).pk
    return _report(request, "workshop:checks", order_id=pk)


def _report(
    request: HttpRequest, route: str, *, job_id: int | None = None, order_id: int | None = None
) -> HttpResponse:
    said, actor = typed(ExtraForm(request.POST, request.FILES)), actor_of(request)
    if said["operation"] or said["part"]:
        services.report(actor=actor, job_id=job_id, order_id=order_id, **said)
    else:
        services.report_words(
            actor=actor, job_id=job_id, order_id=order_id, finding=said["finding"], photo=said["photo"]
        )
    return back(request, route, _("Reported; the advisor asks the customer."))
