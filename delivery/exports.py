"""Settlements and payments, to be taken out."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Branch
from delivery.claim_states import MakerState
from delivery.models import Deposit, InsuranceClaim, Invoice, MakerClaim, Payment, Receivable, Settlement
from reception.models import Line
from reception.states import LineState, Payer
from records.exports import Column, Table, register

PRICES = "price.view"


def _to_submit(branch: Branch) -> QuerySet[Line]:
    """The manufacturer's lines of the orders whose claim is a draft."""
    rows = Line.objects.filter(order__branch=branch, order__maker_claims__state=MakerState.DRAFT)
    return rows.filter(payer=Payer.MANUFACTURER, state=LineState.DONE)


def register_tables() -> None:
    """Called once the apps are ready."""
    register(
        Table(
            "settlements", _("Settlements"), PRICES,
            (
                Column(_("Slip"), "number"), Column(_("Kind"), "kind"), Column(_("State"), "state"),
                Column(_("Order"), "order__number"), Column(_("Plate"), "order__vehicle__plate"),
                Column(pgettext_lazy("export", "Issued"), "issued_at"),
                Column(_("Net"), "net"), Column(_("Tax"), "tax"),
                Column(_("Gross"), "gross"),
            ),
            lambda branch: Settlement.objects.filter(order__branch=branch), 45,
        ),
        Table(
            "payments", _("Payments"), PRICES,
            (
                Column(_("Slip"), "receivable__settlement__number"), Column(_("Payer"), "receivable__payer"),
                Column(_("How"), "method"), Column(_("Amount"), "amount"),
                Column(pgettext_lazy("export", "Received"), "received_at"),
                Column(pgettext_lazy("export", "Received by"), "received_by__name"),
            ),
            lambda branch: Payment.objects.filter(receivable__settlement__order__branch=branch), 46,
        ),
    )  # fmt: skip
    _register_drafts()
    _register_claims()
    _register_money()


def _register_drafts() -> None:
    register(
        Table(
            "maker_claims", _("Drafts of claims to the maker"), "claim.view",
            (
                Column(pgettext_lazy("export", "Claim"), "order__maker_claims__number"),
                Column(_("Order"), "order__number"),
                Column(_("VIN"), "order__vehicle__vin"), Column(_("Plate"), "order__vehicle__plate"),
                Column(_("Odometer"), "order__odometer_in"),
                Column(pgettext_lazy("export", "Arrived"), "order__arrived_at"),
                Column(_("Warranty start"), "order__vehicle__warranty_start_on"), Column(_("Code"), "code"),
                Column(_("Item"), "name"), Column(_("Quantity"), "quantity"), Column(_("Judgement"), "coverage"),
                Column(_("Cause"), "statement__cause"), Column(_("Correction"), "statement__correction"),
                Column(_("Gross"), "gross", PRICES),
            ),
            _to_submit, 47,
        ),
    )  # fmt: skip


def _register_claims() -> None:
    register(
        Table(
            "insurance_claims", _("Insurers' cases"), "claim.view",
            (
                Column(_("Order"), "order__number"), Column(_("Plate"), "order__vehicle__plate"),
                Column(_("Insurer"), "insurer__name"), Column(_("State"), "state"),
                Column(_("Policy number"), "policy_number"), Column(_("Report number"), "report_number"),
                Column(_("Reported on"), "reported_on"), Column(_("Accident on"), "accident_on"),
                Column(_("Place"), "place"), Column(_("Kind"), "case"),
                Column(_("Liability (%)"), "liability_percent"), Column(_("Surveyor"), "surveyor"),
                Column(_("Case closed on"), "closed_on"), Column(_("Papers handed in"), "handed_in_at"),
                Column(pgettext_lazy("claim", "Withdrawn"), "withdrawn_at"),
                Column(_("Why withdrawn"), "withdrawn_reason"),
            ),
            lambda branch: InsuranceClaim.objects.filter(order__branch=branch), 49,
        ),
        Table(
            "maker_claims_all", _("Claims to the maker"), "claim.view",
            (
                Column(pgettext_lazy("export", "Claim"), "number"), Column(_("Order"), "order__number"),
                Column(_("VIN"), "order__vehicle__vin"), Column(_("State"), "state"),
                Column(_("Claimed"), "claimed_amount", PRICES), Column(_("Accepted"), "accepted_amount", PRICES),
                Column(_("Reason"), "reason"), Column(_("Maker's number"), "reference"),
                Column(pgettext_lazy("claim", "Opened"), "opened_at"),
                Column(pgettext_lazy("claim", "Submitted"), "submitted_at"),
                Column(pgettext_lazy("claim", "Answered"), "answered_at"), Column(_("Paid"), "paid_at"),
                Column(_("Instead of"), "replaces__number"),
            ),
            lambda branch: MakerClaim.objects.filter(order__branch=branch), 50,
        ),
    )  # fmt: skip


def _register_money() -> None:
    register(
        Table(
            "receivables", _("Shares of payers"), PRICES,
            (
                Column(_("Slip"), "settlement__number"), Column(_("Order"), "settlement__order__number"),
                Column(_("Payer"), "payer"), Column(_("Name"), "customer__name", "customer.view"),
                Column(_("State"), "state"), Column(_("Net"), "net"), Column(_("Tax"), "tax"),
                Column(_("Gross"), "gross"), Column(_("Due on"), "due_on"),
            ),
            lambda branch: Receivable.objects.filter(settlement__order__branch=branch), 53,
        ),
        Table(
            "invoices", _("Invoices"), "till.pay",
            (
                Column(_("Slip"), "receivable__settlement__number"), Column(_("Kind"), "kind"),
                Column(_("State"), "state"), Column(_("Title"), "title"), Column(_("Tax number"), "tax_number"),
                Column(_("Number"), "number"), Column(_("Issued on"), "issued_on"), Column(_("Net"), "net"),
                Column(_("Tax"), "tax"), Column(_("Gross"), "gross"), Column(_("Instead of"), "reverses__number"),
            ),
            lambda branch: Invoice.objects.filter(receivable__settlement__order__branch=branch), 54,
        ),
        Table(
            "deposits", _("Deposits"), "till.pay",
            (
                Column(_("Number"), "number"), Column(_("Name"), "customer__name", "customer.view"),
                Column(_("Order"), "order__number"), Column(_("Left"), "left_amount"),
                Column(pgettext_lazy("export", "Received"), "taken_at"),
                Column(pgettext_lazy("export", "Received by"), "taken_by__name"),
            ),
            lambda branch: Deposit.objects.filter(branch=branch), 55,
        ),
    )  # fmt: skip
