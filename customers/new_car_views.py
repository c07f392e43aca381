"""The page of a new car's hand-over."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from customers.forms import NewCarForm
from customers.models import NewCar
from customers.services import agree
from customers.services.new_cars import take_over
from dms.clock import branch_day
from dms.errors import Refused
from dms.htmx import go, page


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customer.edit")
def new_car(request: HttpRequest) -> HttpResponse:
    """A car that sales hand over to the workshop: owner, car, warranty, first service."""
    today = branch_day(actor_of(request).branch)
    form = NewCarForm(request.POST if request.method == "POST" else None, initial={"handed_over_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = take_over(actor=actor_of(request), **form.hand_over())
                agree(
                    actor=actor_of(request), customer=made.customer, purposes=form.purposes(), source=_("at the desk")
                )  # fmt: skip
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        else:
            messages.success(request, _told(made))
            return go(request, reverse("customers:vehicle", args=[made.vehicle_id]))
    return page(request, "customers/new_car.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _told(made: NewCar) -> str:
    due = made.vehicle.next_due_on
    if due is None:
        return _("Saved. No maintenance rule of this model says when it comes first.")
    return _("Saved. The first service is due about %(day)s.") % {"day": date_format(due, "DATE_FORMAT")}
