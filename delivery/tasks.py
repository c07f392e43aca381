"""Leaves for the worker."""

from celery import shared_task

#: So many are asked after in one go, one request each; the rest comes with the next nudge.
MOST_SCANS = 20


@shared_task
def send_records() -> None:
    """Every few minutes: what a dead worker left becomes unknown, then each branch sends what waits. May run twice."""
    from accounts.models import Branch
    from delivery.models import ServiceRecord
    from delivery.services.service_records import give_up_claims, send_due
    from delivery.states import RecordState

    give_up_claims()
    waiting = ServiceRecord.objects.filter(state=RecordState.WAITING).values("branch")
    for branch in Branch.objects.filter(pk__in=waiting):
        send_due(branch=branch)


@shared_task
def send_invoices() -> None:
    """Every minute: what a dead worker left becomes unknown, what waits is sent, what was accepted is asked after."""
    from accounts.models import Branch
    from delivery.models import EInvoice
    from delivery.services.einvoices import give_up_claims, look_after, send_due
    from delivery.states import EInvoiceState
    from dms.clock import now

    give_up_claims()
    waiting = EInvoice.objects.filter(state=EInvoiceState.WAITING, not_before_at__lte=now()).values("branch")
    for branch in Branch.objects.filter(pk__in=waiting):
        send_due(branch=branch)
    accepted = EInvoice.objects.filter(state=EInvoiceState.ACCEPTED, not_before_at__lte=now())
    for row in accepted.select_related("branch", "invoice").order_by("not_before_at")[:MOST_SCANS]:
        look_after(row)


@shared_task
def look_after_scans() -> None:
    """Every ten seconds: codes that are shown are asked after and ended, refunds sent and followed. May run twice."""
    from delivery.models import ScanCharge, ScanRefund
    from delivery.services import scan, scan_refunds
    from delivery.states import RefundState
    from dms.clock import now

    due = ScanCharge.objects.filter(state__in=scan.LIVE, not_before_at__lte=now())
    for charge in due.select_related("branch", "receivable__settlement").order_by("not_before_at")[:MOST_SCANS]:
        scan.look_after(charge)
    scan_refunds.send_due()
    under_way = ScanRefund.objects.filter(state=RefundState.ACCEPTED, not_before_at__lte=now())
    for row in under_way.select_related("charge").order_by("not_before_at")[:MOST_SCANS]:
        scan_refunds.look_after(row)


@shared_task
def fetch_scan_bills() -> None:
    """Every hour: the provider's bill of yesterday, once it is there."""
    from delivery.services.scan_bills import fetch_yesterdays

    fetch_yesterdays()
