"""Reads of invoices."""

from django.db.models import QuerySet

from accounts.models import Branch
from customers.models import Customer
from delivery.models import Invoice
from delivery.states import InvoiceState

#: Issued ones that the list still shows.
SHOWN = 50


def _of(branch: Branch) -> QuerySet[Invoice]:
    rows = Invoice.objects.filter(receivable__settlement__order__branch=branch)
    return rows.select_related("receivable__settlement__order", "receivable__customer", "reverses", "issued_by", "trip")


def one(invoice_id: int) -> Invoice:
    """An invoice with its way through the provider. One query."""
    return Invoice.objects.select_related("trip", "issued_by").get(pk=invoice_id)


def to_issue(branch: Branch) -> QuerySet[Invoice]:
    """What waits for a number, the oldest first. One query."""
    return _of(branch).filter(state=InvoiceState.REQUESTED).order_by("requested_at", "id")


def issued(branch: Branch) -> QuerySet[Invoice]:
    """What has a number, the latest first. One query."""
    done = _of(branch).filter(state__in=[InvoiceState.ISSUED, InvoiceState.REVERSED])
    return done.order_by("-issued_at", "-id")[:SHOWN]


def last_title(customer: Customer | None) -> dict[str, str]:
    """How this customer's last invoice was made out, to begin with; {} for the first. One query."""
    row = Invoice.objects.filter(receivable__customer=customer).order_by("-id").first() if customer else None
    if row is None:
        return {"title": customer.name} if customer else {}
    return {name: getattr(row, name) for name in ("kind", "title", "tax_number", "address", "bank")}
