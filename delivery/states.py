"""Choices of the hand-back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reception.states import Payer


class SettlementKind(models.TextChoices):
    """A slip, or the negative slip that takes it back (负结算)."""

    NORMAL = "normal", _("Settlement")
    REVERSAL = "reversal", _("Reversal")


class SettlementState(models.TextChoices):
    """Whether a slip stands."""

    ISSUED = "issued", _("Issued")
    REVERSED = "reversed", _("Reversed")


SETTLEMENT_EDGES: tuple[tuple[str, str], ...] = ((SettlementState.ISSUED, SettlementState.REVERSED),)


class ReceivableState(models.TextChoices):
    """A payer's share on its own road."""

    OPEN = "open", _("Open")
    PAID = "paid", _("Paid")
    ON_ACCOUNT = "on_account", _("On account")
    CANCELLED = "cancelled", _("Cancelled")


#: Who pays later by right while a share is open; the customer does so on account.
LATER = (Payer.MANUFACTURER, Payer.INSURER)
R = ReceivableState
RECEIVABLE_EDGES: tuple[tuple[str, str], ...] = (
    (R.OPEN, R.PAID),
    (R.OPEN, R.ON_ACCOUNT),
    (R.OPEN, R.CANCELLED),
    (R.ON_ACCOUNT, R.PAID),
    (R.ON_ACCOUNT, R.CANCELLED),
    (R.PAID, R.OPEN),  # a refund
    (R.PAID, R.CANCELLED),
)


class Method(models.TextChoices):
    """How money moved."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    SCAN = "scan", _("Scan to pay")
    TRANSFER = "transfer", _("Bank transfer")
    DEPOSIT = "deposit", _("Deposit")


class PaymentKind(models.TextChoices):
    """Money in or back."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")


class DepositKind(models.TextChoices):
    """What became of money that was paid in advance."""

    RECEIVED = "received", _("Deposit taken")
    USED = "used", _("Deposit used")
    RETURNED = "returned", _("Back into the deposit")
    REFUNDED = "refunded", _("Deposit given back")


#: What the advisor looks at before the customer comes: key in `Handover.checks` → words.
CHECKS: dict[str, object] = {
    "work": _("Every ordered item is done and the fault is gone"),
    "clean": _("The car is clean inside and out"),
    "old_parts": _("Old parts are bagged or disposed of as agreed"),
    "kit": _("The protective kit is removed"),
}
