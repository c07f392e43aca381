"""Tables of the hand-back."""

from delivery.models.bill import billable, customer_share, live_slip, of_bill
from delivery.models.drawer import DayClose, Drawer
from delivery.models.handover import HandedPoint, Handover, HandoverPoint, OldPartsHanded, ReturnedItem
from delivery.models.settlement import Payment, Receivable, SettledOrder, Settlement

__all__ = [
    "DayClose",
    "Drawer",
    "HandedPoint",
    "Handover",
    "HandoverPoint",
    "OldPartsHanded",
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
