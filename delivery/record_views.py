"""The queue of health records: what waits, what was sent, what failed and why."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from delivery.models import ServiceRecord
from delivery.selectors import service_records
from delivery.service_record import said
from delivery.services.service_records import send_again
from delivery.states import RecordState
from dms.htmx import go, page


@require_GET
@needs("records.export")
def records(request: HttpRequest) -> HttpResponse:
    """The latest records, those that wait for a person first."""
    branch = actor_of(request).branch
    context: dict[str, object] = {
        "rows": service_records(branch), "exported": said(branch)[0],
        "again": (RecordState.FAILED, RecordState.UNKNOWN),
    }  # fmt: skip
    return page(request, "delivery/service_records.html", context)


@require_POST
@needs("records.export")
def record_again(request: HttpRequest, record_id: int) -> HttpResponse:
    """Send a record once more."""
    actor = actor_of(request)
    row = get_object_or_404(ServiceRecord, pk=record_id, branch=actor.branch)
    send_again(actor=actor, record_id=row.pk)
    messages.success(request, _("It is sent again within some minutes."))
    return go(request, reverse("delivery:service_records"))
