"""Choices of the hand-back."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
    WRITTEN_OFF = "written_off", pgettext_lazy("share", "Written off")
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
    (R.OPEN, R.WRITTEN_OFF),
    (R.ON_ACCOUNT, R.WRITTEN_OFF),
    (R.WRITTEN_OFF, R.OPEN),  # taken back, or a refund
    (R.WRITTEN_OFF, R.ON_ACCOUNT),
    (R.WRITTEN_OFF, R.CANCELLED),
)
#: Nothing is owed of such a share.
CLOSED = (R.PAID, R.WRITTEN_OFF)


class WriteOffKind(models.TextChoices):
    """Why the house gives up a rest: that decides to which cost it belongs."""

    CONCESSION = "concession", _("The house carries it")
    BAD_DEBT = "bad_debt", _("Bad debt: the money will not come")


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


class InvoiceKind(models.TextChoices):
    """What the receiver may do with it: only keep it, or deduct its tax."""

    ORDINARY = "ordinary", _("Ordinary invoice")
    SPECIAL = "special", _("Special invoice")


class InvoiceState(models.TextChoices):
    """An invoice between the one who asks and the tax office."""

    REQUESTED = "requested", _("To be issued")
    ISSUED = "issued", pgettext_lazy("invoice", "Issued")
    REVERSED = "reversed", _("Taken back in red")
    CANCELLED = "cancelled", pgettext_lazy("invoice", "Withdrawn")


INVOICE_EDGES: tuple[tuple[str, str], ...] = (
    (InvoiceState.REQUESTED, InvoiceState.ISSUED),
    (InvoiceState.REQUESTED, InvoiceState.CANCELLED),
    (InvoiceState.ISSUED, InvoiceState.REVERSED),
)


class DepositKind(models.TextChoices):
    """What became of money that was paid in advance."""

    RECEIVED = "received", _("Deposit taken")
    USED = "used", _("Deposit used")
    RETURNED = "returned", _("Back into the deposit")
    REFUNDED = "refunded", _("Deposit given back")


class Moment(models.TextChoices):
    """When a point of the hand-back is looked at."""

    INTERNAL = "internal", _("Internal handover")
    WALK = "walk", _("Walk round with the customer")


class Asked(models.TextChoices):
    """Of which cars a point is asked: what was ordered and taken in decides."""

    ALWAYS = "always", _("of every car")
    PARTS = "parts", _("where parts were replaced")
    DECLINED = "declined", _("where something was declined")
    HANDBOOK = "handbook", _("where the maintenance handbook was taken in")
    NEW_OWNER = "new_owner", _("at the owner's first visit with this car")


#: Keys of the points that every house begins with and that are asked of every car; `points.FIRST_POINTS` has the words.
CHECKS: tuple[str, ...] = ("work", "clean", "old_parts", "kit")


class RecordKind(models.TextChoices):
    """A health record of a slip, or what takes it back after a reversal."""

    RECORD = "record", _("Record")
    WITHDRAWAL = "withdrawal", _("Withdrawal")


class RecordState(models.TextChoices):
    """Where a health record stands on its way to the register."""

    WAITING = "waiting", _("In the queue")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Taken by the register")
    FAILED = "failed", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    CANCELLED = "cancelled", _("Cancelled")


W = RecordState
RECORD_EDGES: tuple[tuple[str, str], ...] = (
    (W.WAITING, W.CLAIMED),
    (W.WAITING, W.CANCELLED),
    (W.CLAIMED, W.WAITING),
    (W.CLAIMED, W.SENT),
    (W.CLAIMED, W.FAILED),
    (W.CLAIMED, W.UNKNOWN),
    (W.FAILED, W.WAITING),
    (W.FAILED, W.CANCELLED),
    (W.UNKNOWN, W.WAITING),
)


class Way(models.TextChoices):
    """Where a row stands that goes to somebody outside: what every such table has in common."""

    WAITING = "waiting", _("In the queue")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Refused")
    UNKNOWN = "unknown", _("Unknown")


class ChargeState(models.TextChoices):
    """A code that a customer scans to pay."""

    PLANNED = "planned", _("Being prepared")
    OPEN = "open", _("Waits for the customer")
    PAID = "paid", _("Paid")
    CLOSED = "closed", pgettext_lazy("scan to pay", "Ended")


class EInvoiceState(models.TextChoices):
    """An invoice on its way through the provider."""

    WAITING = "waiting", _("In the queue")
    CLAIMED = "claimed", _("Being sent")
    ACCEPTED = "accepted", _("At the tax office")
    SENT = "sent", pgettext_lazy("invoice", "Issued")
    FAILED = "failed", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    CANCELLED = "cancelled", _("Cancelled")


E = EInvoiceState
EINVOICE_EDGES: tuple[tuple[str, str], ...] = (
    (E.WAITING, E.CLAIMED),
    (E.WAITING, E.CANCELLED),
    (E.CLAIMED, E.WAITING),
    (E.CLAIMED, E.ACCEPTED),
    (E.CLAIMED, E.SENT),
    (E.CLAIMED, E.FAILED),
    (E.CLAIMED, E.UNKNOWN),
    (E.ACCEPTED, E.SENT),
    (E.ACCEPTED, E.FAILED),
    (E.FAILED, E.WAITING),
    (E.FAILED, E.CANCELLED),
    (E.UNKNOWN, E.WAITING),
    (E.UNKNOWN, E.CANCELLED),
)


C = ChargeState
#: Money that comes after all is taken: the provider's clock and ours differ, and what it took is the customer's.
CHARGE_EDGES: tuple[tuple[str, str], ...] = (
    (C.PLANNED, C.OPEN),
    (C.PLANNED, C.CLOSED),
    (C.PLANNED, C.PAID),
    (C.OPEN, C.CLOSED),
    (C.OPEN, C.PAID),
    (C.CLOSED, C.PAID),
)


class RefundState(models.TextChoices):
    """Money on its way back through the provider of scan-to-pay."""

    WAITING = "waiting", _("In the queue")
    CLAIMED = "claimed", _("Being sent")
    ACCEPTED = "accepted", _("Under way to the customer")
    SENT = "sent", _("Paid back")
    FAILED = "failed", _("Refused")


F = RefundState
REFUND_EDGES: tuple[tuple[str, str], ...] = (
    (F.WAITING, F.CLAIMED),
    (F.CLAIMED, F.WAITING),
    (F.CLAIMED, F.ACCEPTED),
    (F.CLAIMED, F.SENT),
    (F.CLAIMED, F.FAILED),
    (F.ACCEPTED, F.SENT),
    (F.ACCEPTED, F.FAILED),
    (F.FAILED, F.WAITING),
)


class Verdict(models.TextChoices):
    """What became of a notification in the provider's name."""

    TAKEN = "taken", _("Taken")
    AGAIN = "again", _("Known already")
    UNSIGNED = "unsigned", _("Wrong signature")
    STALE = "stale", _("Too old")
    MERCHANT = "merchant", _("For another merchant")
    AMOUNT = "amount", _("Another amount")
    UNKNOWN = "unknown", _("Nothing of ours")
    UNREADABLE = "unreadable", _("Not to be read")
