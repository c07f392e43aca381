"""Invoices (发票): asked for by a payer, numbered by the tax office, taken back by a red-letter one."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from delivery.models.outgoing import Outgoing
from delivery.models.settlement import Receivable
from delivery.states import EINVOICE_EDGES, INVOICE_EDGES, EInvoiceState, InvoiceKind, InvoiceState
from dms.fields import MoneyField, Row, acted, one_of, person
from dms.history import tracked
from dms.workflow import edge_guard, first_state_guard

#: What a red-letter invoice takes back, and that it takes it back whole.
_RED = """
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM delivery_invoice f
        WHERE f.id = NEW.reverses_id AND f.receivable_id = NEW.receivable_id AND f.reverses_id IS NULL
        AND f.state IN ('issued', 'reversed') AND (f.net, f.tax, f.gross) = (-NEW.net, -NEW.tax, -NEW.gross)
    ) THEN
        RAISE EXCEPTION 'a red-letter invoice takes back an issued one, whole' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


@tracked()
class Invoice(Row):
    """An invoice for one payer's share. A red-letter one (红字) has the amounts of the first with the sign turned, and
    names it; `number` is the tax office's, empty until it is recorded.
    """

    receivable = models.ForeignKey(Receivable, models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=8, choices=InvoiceKind.choices, default=InvoiceKind.ORDINARY)
    state = models.CharField(max_length=10, choices=InvoiceState.choices, default=InvoiceState.REQUESTED)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    title = models.CharField(max_length=100)
    tax_number = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=120, blank=True)
    bank = models.CharField(max_length=120, blank=True)
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    number = models.CharField(max_length=30, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    requested_at = models.DateTimeField()
    requested_by = person(null=False)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = person()
    #: Where the provider keeps the invoice to look at; '' for one that was written down by hand.
    link = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            one_of("kind", InvoiceKind),
            one_of("state", InvoiceState),
            *acted("requested", "issued"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="invoice_net_tax_gross"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, gross__gt=0, net__gte=0, tax__gte=0, gross__lt=10**10)
                | Q(reverses__isnull=False, gross__lt=0, net__lte=0, tax__lte=0, gross__gt=-(10**10)),
                name="invoice_signed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[InvoiceState.REQUESTED, InvoiceState.CANCELLED], number="", issued_on=None)
                | (Q(state__in=[InvoiceState.ISSUED, InvoiceState.REVERSED], issued_on__isnull=False) & ~Q(number="")),
                name="invoice_numbered_when_issued",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="invoice_has_a_title"),
            # A special invoice (专票) is deducted by its receiver, and must say who that is.
            models.CheckConstraint(
                condition=~Q(kind=InvoiceKind.SPECIAL) | ~(Q(tax_number="") | Q(address="") | Q(bank="")),
                name="invoice_special_whole",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="invoice_number_once"),
            models.UniqueConstraint(
                fields=["receivable"],
                condition=Q(reverses__isnull=True, state__in=[InvoiceState.REQUESTED, InvoiceState.ISSUED]),
                name="invoice_live_once",
            ),
        ]
        triggers = [
            edge_guard("invoice", INVOICE_EDGES),
            first_state_guard("invoice", [InvoiceState.REQUESTED]),
            pgtrigger.Trigger(
                name="invoice_red_whole", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_RED
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number or self.title


@tracked()
class EInvoice(Outgoing):
    """An invoice's way through the provider. `key` goes with every try: issued once."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="trip")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=EInvoiceState.choices, default=EInvoiceState.WAITING)

    class Meta:
        constraints = [one_of("state", EInvoiceState)]
        indexes = [
            models.Index(
                fields=["branch", "not_before_at"],
                condition=Q(state__in=[EInvoiceState.WAITING, EInvoiceState.ACCEPTED]), name="einvoice_due",
            )
        ]  # fmt: skip
        triggers = [
            edge_guard("einvoice", EINVOICE_EDGES),
            first_state_guard("einvoice", [EInvoiceState.WAITING]),
        ]
