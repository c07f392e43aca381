"""Tables of the hand-back."""

from delivery.models.bill import billable, live_slip, of_bill, splits_of
from delivery.models.credit import CreditTerms, Deposit, DepositMove
from delivery.models.drawer import DayClose, Drawer
from delivery.models.handover import Handover, ReturnedItem
from delivery.models.settlement import Payment, Receivable, SettledOrder, Settlement
from delivery.models.split import Split

__all__ = [
    "CreditTerms",
    "DayClose",
    "Deposit",
    "DepositMove",
    "Drawer",
    "Handover",
    "Payment",
    "Receivable",
    "ReturnedItem",
    "SettledOrder",
    "Settlement",
    "Split",
    "billable",
    "live_slip",
    "of_bill",
    "splits_of",
]
