"""Pick-up slots at the desk; the customer's own stand on the status page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from delivery.forms import PickupForm
from delivery.pickup_selectors import day_of_pickups
from delivery.services import pickup
from dms.clock import branch_day, local
from dms.errors import Refused
from dms.htmx import go, page
from reception.models import WorkOrder


@require_GET
@needs("order.hand_back")
def pickups(request: HttpRequest) -> HttpResponse:
    """Who comes when today."""
    branch = actor_of(request).branch
    day = branch_day(branch)
    return page(request, "delivery/pickups.html", {"rows": day_of_pickups(branch, day), "day": day})


@require_POST
@needs("order.hand_back")
def pickup_agree(request: HttpRequest, order_id: int) -> HttpResponse:
    """Agree a slot or move it; a refusal stands above the page of the car."""
    actor = actor_of(request)
    order = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch)
    form = PickupForm(request.POST)
    try:
        if form.is_valid():
            row = pickup.agree(actor=actor, order_id=order.pk, starts_at=form.cleaned_data["starts_at"])
            when = f"{local(actor.branch, row.starts_at):%m-%d %H:%M}"
            messages.success(request, _("Pick-up agreed for %(when)s.") % {"when": when})
        else:
            messages.error(request, _("This is not one of the pick-up times. Choose one from the list."))
    except Refused as refused:
        messages.error(request, refused.sentence)
    return go(request, reverse("delivery:handover", args=[order.pk]))


@require_POST
@needs("order.hand_back")
def pickup_cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """Nothing is agreed any more."""
    actor = actor_of(request)
    order = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch)
    pickup.cancel(actor=actor, order_id=order.pk)
    messages.success(request, _("The pick-up time is free again."))
    return go(request, reverse("delivery:handover", args=[order.pk]))
