"""The page on which a package is sold to a car."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from customers.models import Vehicle
from dms.clock import branch_day
from dms.errors import Refused
from dms.htmx import go, page
from reception.package_forms import SellForm, offered
from reception.services.packages import sell_package


@require_http_methods(["GET", "HEAD", "POST"])
@needs("order.price")
def sell(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Which package, when, for how much."""
    actor = actor_of(request)
    vehicle = get_object_or_404(Vehicle, pk=vehicle_id, branch=actor.branch, merged_into__isnull=True)
    form = SellForm(request.POST if request.method == "POST" else None, initial={"sold_on": branch_day(actor.branch)})
    if form.is_bound and form.is_valid():
        try:
            sold = sell_package(actor=actor, vehicle=vehicle, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        else:
            messages.success(request, _("Sold: %(number)s.") % {"number": sold.number})
            return go(request, reverse("customers:vehicle", args=[vehicle.pk]))
    context = {"form": form, "vehicle": vehicle, "some": offered().exists()}
    return page(request, "reception/package_sell.html", context, status=422 if form.errors else 200)
