"""Pages of packages: one is sold to a car; those of the branch, sold against used."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import actor_of, needs
from catalog.selectors import packages_offered
from customers.models import Vehicle
from dms.clock import branch_day
from dms.errors import Refused
from dms.fields import number_of
from dms.htmx import go, page
from reception import package_report
from reception.package_forms import SellForm
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
    context = {"form": form, "vehicle": vehicle, "some": packages_offered().exists()}
    return page(request, "reception/package_sell.html", context, status=422 if form.errors else 200)


@require_GET
@needs("price.view")
def listed(request: HttpRequest) -> HttpResponse:
    """Sold against used, deferred value, and the packages by group."""
    branch = actor_of(request).branch
    group = request.GET.get("group", package_report.RUNNING)
    if group not in package_report.GROUPS:
        group = package_report.RUNNING
    rows, following = package_report.packages_page(branch, group, number_of(request.GET.get("before", "")))
    context: dict[str, object] = {
        "rows": rows, "following": following, "group": group, "currency": branch.currency,
        "groups": [(key, label) for key, (label, _rows) in package_report.GROUPS.items()],
        "totals": package_report.totals_of(branch),
    }  # fmt: skip
    return page(request, "reception/packages.html", context)
