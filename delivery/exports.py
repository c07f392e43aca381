"""Settlements and payments, to be taken out."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.models import Payment, Settlement
from records.exports import Column, Table, register

PRICES = "price.view"


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
