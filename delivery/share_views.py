"""One payer's share of a slip: its money, now or later, and its paper."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from delivery.forms import InvoiceForm, PayForm, ReasonForm, WriteOffForm
from delivery.invoice_selectors import last_title
from delivery.models import Invoice, Receivable, WriteOff
from delivery.scan import provider_for
from delivery.scan_selectors import live_charge
from delivery.services import invoices, write_offs
from delivery.services.credit import APPROVES
from delivery.services.deposit import left_of
from delivery.services.invoices import WITHOUT
from delivery.services.payment import pass_if_settled, pay, put_on_account, still_owed
from delivery.states import ReceivableState
from dms.errors import Refused
from dms.htmx import go, page
from dms.money import ZERO
from records.services.idempotency import fresh_key


def _share(request: HttpRequest, receivable_id: int) -> Receivable:
    rows = Receivable.objects.select_related(
        "settlement__order__vehicle",
        "settlement__order__branch",
        "settlement__order__payer",
        "customer__credit_terms",
        "paper",
    )
    return get_object_or_404(rows, pk=receivable_id, settlement__order__branch=actor_of(request).branch)


def _may_ask(share: Receivable, known: list[Invoice]) -> bool:
    live = any(row.reverses_id is None and row.state in ("requested", "issued") for row in known)
    return not live and share.payer not in WITHOUT and share.state != ReceivableState.CANCELLED


def _has_terms(share: Receivable) -> bool:
    return share.customer is not None and hasattr(share.customer, "credit_terms")


def _given_up(share: Receivable) -> list[WriteOff]:
    rows = share.write_offs.select_related("written_by", "taken_back_by")
    return list(rows.order_by("id"))


def _write_off_form(share: Receivable, owed: Decimal) -> WriteOffForm:
    kind = WriteOffForm.usual(share.payer)
    return WriteOffForm(initial={"key": fresh_key(), "amount": owed, "kind": kind}, prefix="w")


def _share_page(
    request: HttpRequest, share: Receivable, form: Any = None, status: int = 200, **forms: Any
) -> HttpResponse:
    actor, left = actor_of(request), left_of(share.customer)
    owed = still_owed(share) if share.state in (ReceivableState.OPEN, ReceivableState.ON_ACCOUNT) else ZERO
    context: dict[str, object] = {
        "share": share,
        "slip": share.settlement,
        "order": share.settlement.order,
        "owed": owed,
        "payments": share.payments.select_related("received_by", "scan_charge", "scan_refund").order_by("id"),
        "form": form or PayForm(initial={"key": fresh_key(), "amount": owed, "method": "transfer"}, deposit=left),
        "invoices": (known := list(share.invoices.select_related("reverses", "trip").order_by("id"))),
        "may_ask": _may_ask(share, known),
        "may_red": actor.can("till.reverse"),
        "invoice": InvoiceForm(initial=last_title(share.customer), prefix="v"),
        "given_up": _given_up(share),
        "may_give_up": bool(owed) and actor.can(write_offs.APPROVES) and write_offs.may_be_written_off(share),
        "may_take_back": actor.can(write_offs.APPROVES),
        "write_off": _write_off_form(share, owed),
        "back": ReasonForm(prefix="b"),
        "may_pay": bool(owed) and actor.can("till.pay"),
        "scan_on": bool(owed) and provider_for(actor.branch) is not None,
        "code": live_charge(share) if owed else None,
        "may_credit": share.state == ReceivableState.OPEN and (actor.can(APPROVES) or _has_terms(share)),
    }
    return page(request, "delivery/share.html", context | forms, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def share(request: HttpRequest, receivable_id: int) -> HttpResponse:
    """What is owed of a share and what was paid; a POST takes money for it."""
    row, actor = _share(request, receivable_id), actor_of(request)
    if request.method != "POST":
        return _share_page(request, row)
    form, status = PayForm(request.POST, deposit=left_of(row.customer)), 422
    if form.is_valid():
        try:
            pay(actor=actor, receivable_id=row.pk, **form.cleaned_data)
            pass_if_settled(actor=actor, order_id=row.settlement.order_id)
            messages.success(request, _("The payment is written down."))
            return go(request, reverse("delivery:share", args=[row.pk]))
        except Refused as refused:
            form.add_error(None, refused.sentence)
            status = refused.status
    return _share_page(request, row, form, status)


@require_POST
@needs("till.pay")
def on_account(request: HttpRequest, receivable_id: int) -> HttpResponse:
    """The share is paid later; the last customer's share lets the car go."""
    row, actor = _share(request, receivable_id), actor_of(request)
    put_on_account(actor=actor, receivable_id=row.pk)
    pass_if_settled(actor=actor, order_id=row.settlement.order_id)
    messages.success(request, _("The share is on account."))
    return go(request, reverse("delivery:paid", args=[row.settlement.order_id]))


@require_POST
@needs("till.settle")
def invoice_ask(request: HttpRequest, receivable_id: int) -> HttpResponse:
    """An invoice is asked for; what is missing comes back with what was typed."""
    actor, form, status = actor_of(request), InvoiceForm(request.POST, prefix="v"), 422
    share = get_object_or_404(Receivable, pk=receivable_id, settlement__order__branch=actor.branch)
    if form.is_valid():
        try:
            invoices.request_invoice(actor=actor, receivable_id=share.pk, **form.cleaned_data)
            messages.success(request, _("The invoice is on the list of what is to be issued."))
            return go(request, reverse("delivery:share", args=[share.pk]))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _share_page(request, _share(request, share.pk), None, status, invoice=form)


@require_POST
@needs("discount.approve")
def write_off(request: HttpRequest, receivable_id: int) -> HttpResponse:
    """The house gives up what is still owed of a share, or a part of it."""
    row, form, status = _share(request, receivable_id), WriteOffForm(request.POST, prefix="w"), 422
    if form.is_valid():
        try:
            write_offs.write_off(actor=actor_of(request), receivable_id=row.pk, **form.cleaned_data)
            messages.success(request, _("The rest is written off; no money moved."))
            return go(request, reverse("delivery:share", args=[row.pk]))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _share_page(request, row, None, status, write_off=form)


@require_POST
@needs("discount.approve")
def write_off_back(request: HttpRequest, write_off_id: int) -> HttpResponse:
    """The payer pays after all: the share is owed again."""
    rows = WriteOff.objects.filter(receivable__settlement__order__branch=actor_of(request).branch)
    found, form, status = get_object_or_404(rows, pk=write_off_id), ReasonForm(request.POST, prefix="b"), 422
    if form.is_valid():
        try:
            write_offs.take_back(actor=actor_of(request), write_off_id=found.pk, **form.cleaned_data)
            messages.success(request, _("It is taken back: the share is owed again."))
            return go(request, reverse("delivery:share", args=[found.receivable_id]))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _share_page(request, _share(request, found.receivable_id), None, status, back=form, back_of=found.pk)


@require_POST
@needs("till.settle")
def invoice_withdraw(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """It was asked for by mistake."""
    row = get_object_or_404(Invoice, pk=invoice_id, receivable__settlement__order__branch=actor_of(request).branch)
    invoices.withdraw_invoice(actor=actor_of(request), invoice_id=row.pk)
    return go(request, reverse("delivery:share", args=[row.receivable_id]))


@require_POST
@needs("till.reverse")
def invoice_red(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """An issued invoice is taken back by a red-letter one."""
    row = get_object_or_404(Invoice, pk=invoice_id, receivable__settlement__order__branch=actor_of(request).branch)
    invoices.red_letter(actor=actor_of(request), invoice_id=row.pk)
    messages.success(request, _("The red-letter invoice is on the list of what is to be issued."))
    return go(request, reverse("delivery:share", args=[row.receivable_id]))
