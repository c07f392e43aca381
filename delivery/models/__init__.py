"""Tables of the hand-back."""

from delivery.models.bill import billable, customer_share, live_slip, of_bill
from delivery.models.drawer import DayClose, Drawer
from delivery.models.handover import Handover, ReturnedItem
from delivery.models.insurance import AssessedLine, Assessment, ClaimPaper, InsuranceClaim, Supplement, agreed_line
from delivery.models.settlement import Payment, Receivable, SettledOrder, Settlement

__all__ = [
    "AssessedLine",
    "Assessment",
    "ClaimPaper",
    "DayClose",
    "Drawer",
    "Handover",
    "InsuranceClaim",
    "Payment",
    "Receivable",
    "ReturnedItem",
    "SettledOrder",
    "Settlement",
    "Supplement",
    "agreed_line",
    "billable",
    "customer_share",
    "live_slip",
    "of_bill",
]
