"""Tables of the hand-back."""

from delivery.models.bill import billable, live_slip, of_bill, splits_of, with_rest
from delivery.models.credit import CreditTerms, Deposit, DepositMove
from delivery.models.drawer import DayClose, Drawer
from delivery.models.handover import HandedPoint, Handover, HandoverPoint, OldPartsHanded, ReturnedItem
from delivery.models.insurance import AssessedLine, Assessment, ClaimPaper, InsuranceClaim, Supplement, agreed_line
from delivery.models.invoice import EInvoice, Invoice
from delivery.models.pickup import Pickup, PickupDay
from delivery.models.scan import ScanBill, ScanCharge, ScanNotice, ScanRefund
from delivery.models.service_record import ServiceRecord
from delivery.models.settlement import Payment, Receivable, SettledOrder, Settlement, ShareTax
from delivery.models.split import Split
from delivery.models.warranty import MakerClaim
from delivery.models.write_off import WriteOff

__all__ = [
    "AssessedLine",
    "Assessment",
    "ClaimPaper",
    "CreditTerms",
    "DayClose",
    "Deposit",
    "DepositMove",
    "Drawer",
    "EInvoice",
    "HandedPoint",
    "Handover",
    "HandoverPoint",
    "InsuranceClaim",
    "Invoice",
    "MakerClaim",
    "OldPartsHanded",
    "Payment",
    "Pickup",
    "PickupDay",
    "Receivable",
    "ReturnedItem",
    "ScanBill",
    "ScanCharge",
    "ScanNotice",
    "ScanRefund",
    "ServiceRecord",
    "SettledOrder",
    "Settlement",
    "ShareTax",
    "Split",
    "Supplement",
    "WriteOff",
    "agreed_line",
    "billable",
    "live_slip",
    "of_bill",
    "splits_of",
    "with_rest",
]
