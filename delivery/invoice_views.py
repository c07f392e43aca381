"""Invoices: what is to be issued, and what was. They are asked for on the page of a share."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from delivery.forms import NumberForm
from delivery.invoice_selectors import issued, to_issue
from delivery.models import EInvoice, Invoice
from delivery.services import invoices as acts
from delivery.services.einvoices import send_again
from delivery.states import EInvoiceState
from dms.errors import Refused
from dms.htmx import go, page


def _list(request: HttpRequest, wrong: tuple[int, Any] = (0, None), status: int = 200) -> HttpResponse:
    branch = actor_of(request).branch
    rows = [
        (row, wrong[1] if row.pk == wrong[0] else NumberForm(auto_id=f"id_{row.pk}_%s")) for row in to_issue(branch)
    ]
    context: dict[str, object] = {
        "rows": rows, "issued": issued(branch), "currency": branch.currency,
        "again": (EInvoiceState.FAILED, EInvoiceState.UNKNOWN), "on_the_way": acts.ON_THE_WAY,
    }  # fmt: skip
    return page(request, "delivery/invoices.html", context, status=status)


@require_GET
@needs("till.pay")
def invoice_list(request: HttpRequest) -> HttpResponse:
    """What waits for a number, the oldest first, and what got one last."""
    return _list(request)


@require_POST
@needs("till.pay")
def again(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Send an invoice to the provider once more."""
    actor = actor_of(request)
    row = get_object_or_404(EInvoice, invoice=invoice_id, branch=actor.branch)
    send_again(actor=actor, invoice_id=row.invoice_id)
    messages.success(request, _("It is sent again within some minutes."))
    return go(request, reverse("delivery:invoices"))


@require_POST
@needs("till.pay")
def number(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """The tax office's number is written down."""
    actor, form, status = actor_of(request), NumberForm(request.POST, auto_id=f"id_{invoice_id}_%s"), 422
    row = get_object_or_404(Invoice, pk=invoice_id, receivable__settlement__order__branch=actor.branch)
    if form.is_valid():
        try:
            acts.record_number(actor=actor, invoice_id=row.pk, **form.cleaned_data)
            messages.success(request, _("Invoice %(number)s is written down.") % form.cleaned_data)
            return go(request, reverse("delivery:invoices"))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _list(request, (row.pk, form), status)
