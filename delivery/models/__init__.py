"""Tables of the hand-back."""

from delivery.models.bill import billable, customer_share, live_slip, of_bill
from delivery.models.handover import Handover, ReturnedItem
from delivery.models.settlement import Payment, Receivable, SettledOrder, Settlement

__all__ = [
    "Handover",
    "Payment",
    "Receivable",
    "ReturnedItem",
    "SettledOrder",
    "Settlement",
    "billable",
    "customer_share",
    "live_slip",
    "of_bill",
]
