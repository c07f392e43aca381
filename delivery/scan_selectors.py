"""Reads of scan-to-pay."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import segno
from django.db.models import Q, QuerySet, Sum
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Branch
from delivery.models import Receivable, ScanBill, ScanCharge, ScanNotice, ScanRefund
from delivery.states import ChargeState, ReceivableState, RefundState, SettlementKind, SettlementState, Verdict
from dms.clock import now
from dms.money import ZERO
from reception.models import WorkOrder
from reception.states import Payer, State

#: Codes, and notifications that were refused, which the list still shows.
SHOWN, REFUSED = 50, 20
_LIVE = (ChargeState.PLANNED, ChargeState.OPEN)


@dataclass(frozen=True, slots=True)
class Scans:
    """The list of a branch: money that is left over first, then what goes back, codes, and refused notifications."""

    over: list[ScanCharge]
    refunds: list[ScanRefund]
    charges: list[ScanCharge]
    refused: list[ScanNotice]


def _charges(branch: Branch) -> QuerySet[ScanCharge]:
    return ScanCharge.objects.filter(branch=branch).select_related(
        "receivable__settlement__order__vehicle", "customer", "order", "asked_by", "deposit__customer", "payment"
    )


def scans(branch: Branch, provider: str) -> Scans:
    """Four queries. Notifications that name nothing of ours stand with every branch of the account."""
    rows = _charges(branch)
    refunds = ScanRefund.objects.filter(branch=branch)
    refunds = refunds.select_related("charge__receivable__settlement", "charge__deposit")
    bad = ScanNotice.objects.exclude(verdict__in=[Verdict.TAKEN, Verdict.AGAIN])
    bad = bad.filter(Q(charge__branch=branch) | Q(charge=None, provider=provider)).select_related("charge")
    return Scans(
        over=list(rows.filter(receivable__isnull=False, deposit__left_amount__gt=0).order_by("-paid_at")[:SHOWN]),
        refunds=list(refunds.exclude(state=RefundState.SENT).order_by("-id")[:SHOWN]),
        charges=list(rows.order_by("-id")[:SHOWN]),
        refused=list(bad.order_by("-id")[:REFUSED]),
    )


def charge_of(branch: Branch, charge_id: int) -> ScanCharge | None:
    """A code with everything that its page says. One query."""
    return (
        _charges(branch).select_related("branch", "receivable__settlement__order__payer").filter(pk=charge_id).first()
    )


def picture_of(charge: ScanCharge) -> SafeString | str:
    """The code as SVG; '' while there is none, or no more."""
    if charge.state != ChargeState.OPEN:
        return ""
    drawn = segno.make(charge.code_url, error="m").svg_inline(border=2, svgclass="qr", omitsize=True)
    return mark_safe(drawn)  # noqa: S308 - drawn by segno from the provider's text


def live_charge(share: Receivable) -> ScanCharge | None:
    """The code that is shown for a share now. One query."""
    return share.scan_charges.filter(state__in=_LIVE, expires_at__gt=now()).first()


def open_share(order: WorkOrder) -> tuple[Receivable, Decimal] | None:
    """What the payer of an order that stands at the till owes of its slip now; None where nothing is to be paid.

    One query, none for other orders.
    """
    if order.state != State.HANDING_OVER:
        return None
    rows = Receivable.objects.filter(
        settlement__order=order, settlement__state=SettlementState.ISSUED, settlement__kind=SettlementKind.NORMAL,
        payer=Payer.CUSTOMER, customer=order.payer_id, state=ReceivableState.OPEN,
    )  # fmt: skip
    share = rows.annotate(paid=Sum("payments__amount", default=ZERO)).select_related("settlement__issued_by").first()
    return (share, share.gross - share.written_off - share.paid) if share is not None else None


def bill_of(branch: Branch, day: date) -> ScanBill | None:
    """The provider's bill of that day, where it was fetched. One query."""
    return ScanBill.objects.filter(branch=branch, day=day).first()
