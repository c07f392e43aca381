"""Invoices by the API: asked for, numbered, withdrawn, taken back in red."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from delivery import invoice_serializers as fields
from delivery.invoice_selectors import issued, one, to_issue
from delivery.models import Invoice, Receivable
from delivery.services import einvoices, invoices
from records.api import ActView


class Invoices(ActView):
    """What waits for a number, and what got one last."""

    permission = "till.pay"

    @extend_schema(responses=fields.InvoiceLists, summary="Invoices to be issued and issued")
    def get(self, request: Request) -> Response:
        branch = self.actor.branch
        return self.answer(self.show(fields.InvoiceLists, {"to_issue": to_issue(branch), "issued": issued(branch)}))


class InvoiceAsked(ActView):
    """An invoice for the whole of a share."""

    permission = "till.settle"
    keyed = True

    @extend_schema(request=fields.InvoiceNew, responses={201: fields.InvoiceShown}, summary="Ask for an invoice")
    def post(self, request: Request, receivable_id: int) -> Response:
        if not Receivable.objects.filter(pk=receivable_id, settlement__order__branch=self.actor.branch).exists():
            raise Http404
        sent = self.read(fields.InvoiceNew)

        def do() -> dict[str, Any]:
            made = invoices.request_invoice(actor=self.actor, receivable_id=receivable_id, **sent)
            return self.show(fields.InvoiceShown, one(made.pk))

        return self.act(do, 201)


class _OfInvoice(ActView):
    """An act on one invoice of the branch."""

    keyed = True

    def here(self, invoice_id: int) -> None:
        """Raises 404 for an invoice of another branch, before what was sent is read."""
        if not Invoice.objects.filter(pk=invoice_id, receivable__settlement__order__branch=self.actor.branch).exists():
            raise Http404

    def done(self, invoice_id: int, act: Any, status: int = 200) -> Response:
        """`act` gives the invoice that is shown."""
        self.here(invoice_id)
        return self.act(lambda: self.show(fields.InvoiceShown, one(act().pk)), status)


class InvoiceNumber(_OfInvoice):
    """The tax office's number, as it was issued."""

    permission = "till.pay"

    @extend_schema(request=fields.Number, responses=fields.InvoiceShown, summary="Write an invoice's number down")
    def post(self, request: Request, invoice_id: int) -> Response:
        self.here(invoice_id)
        sent = self.read(fields.Number)
        return self.done(invoice_id, lambda: invoices.record_number(actor=self.actor, invoice_id=invoice_id, **sent))


class InvoiceWithdrawn(_OfInvoice):
    """It was asked for by mistake."""

    permission = "till.settle"

    @extend_schema(request=None, responses=fields.InvoiceShown, summary="Withdraw an invoice without a number")
    def post(self, request: Request, invoice_id: int) -> Response:
        return self.done(invoice_id, lambda: invoices.withdraw_invoice(actor=self.actor, invoice_id=invoice_id))


class InvoiceRed(_OfInvoice):
    """The red-letter invoice of an issued one; it is shown, and waits for a number of its own."""

    permission = "till.reverse"

    @extend_schema(request=None, responses={201: fields.InvoiceShown}, summary="Take an invoice back in red")
    def post(self, request: Request, invoice_id: int) -> Response:
        return self.done(invoice_id, lambda: invoices.red_letter(actor=self.actor, invoice_id=invoice_id), 201)


class InvoiceAgain(_OfInvoice):
    """To the provider of e-invoices once more, after it refused or nobody knows the end."""

    permission = "till.pay"

    @extend_schema(request=None, responses=fields.InvoiceShown, summary="Send an e-invoice again")
    def post(self, request: Request, invoice_id: int) -> Response:
        if not Invoice.objects.filter(pk=invoice_id, trip__isnull=False).exists():
            raise Http404
        return self.done(invoice_id, lambda: einvoices.send_again(actor=self.actor, invoice_id=invoice_id).invoice)
