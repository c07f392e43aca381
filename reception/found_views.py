"""Findings in free words: the advisor prices one, or puts it aside with a reason."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from dms.htmx import go, page
from dms.kept import kept
from reception import selectors
from reception.found_forms import FoundForm
from reception.models import FoundWork
from reception.order_page import order_page
from reception.services import found as services


@needs("extra.offer")
@require_POST
def found(request: HttpRequest, found_id: int) -> HttpResponse:
    """Make lines of a finding, or put it aside; what cannot be kept comes back as it was typed."""
    actor = actor_of(request)
    row = FoundWork.objects.filter(pk=found_id, order__branch=actor.branch).first()
    order = selectors.order_of(row.order_id, actor.branch) if row else None
    if row is None or order is None:
        raise Http404
    form, aside = FoundForm(request.POST, prefix=f"found-{row.pk}"), request.POST.get("do") == "aside"

    def write() -> None:
        said = form.cleaned_data
        if aside:
            services.put_aside(actor=actor, found_id=row.pk, reason=said["reason"])
        else:
            services.price(actor=actor, found_id=row.pk, needed=form.needed(), more=said["more"])

    if not kept(form, write):
        context = order_page(order, actor, found={row.pk: form})
        return page(request, "reception/order.html", context, status=422)
    messages.success(request, _("Put aside.") if aside else _("It stands in the extra work; look at its price."))
    return go(request, reverse("reception:order", args=[order.pk]))
