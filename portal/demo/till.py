"""What lies at the till: invoices in each state, e-invoices and health records on their way to nobody who is there."""

from collections.abc import Iterable
from datetime import timedelta

from delivery.models import EInvoice, Receivable, ServiceRecord, Settlement, billable
from delivery.service_record import content_of
from delivery.services.invoices import record_number, red_letter, request_invoice, withdraw_invoice
from delivery.states import EInvoiceState, RecordState, SettlementKind
from dms.clock import now
from portal.demo.people import Staff
from reception.states import Payer

#: A number of a fully digitalised invoice has 20 digits: year, region, and the rest.
NUMBER = "26442000000012345{:03d}"
#: States of the latest records, each with the states before it and what the register answered.
WAYS: tuple[tuple[tuple[RecordState, ...], str], ...] = (
    ((), ""),
    ((RecordState.CLAIMED, RecordState.SENT), "http 200 ok"),
    ((RecordState.CLAIMED, RecordState.FAILED), "http 422 VIN 与车牌不符"),
    ((RecordState.CLAIMED, RecordState.UNKNOWN), "TimeoutError"),
)
#: Shares with an invoice that is written down by hand; each of the next ones goes through the provider.
BY_HAND = 5
#: States of an e-invoice, what the provider answered last, and how often it was asked.
TRIPS: tuple[tuple[tuple[EInvoiceState, ...], str, int], ...] = (
    ((EInvoiceState.CLAIMED, EInvoiceState.WAITING), "http 503", 3),
    ((EInvoiceState.CLAIMED, EInvoiceState.FAILED), "http 422 购买方税号校验不通过", 1),
)


def make_till(staff: Staff) -> None:
    """Of the latest slips."""
    shares = Receivable.objects.filter(
        settlement__order__branch=staff.branch, payer=Payer.CUSTOMER, gross__gt=0, customer__isnull=False
    )
    _invoices(staff, list(shares.select_related("customer").order_by("-id")[: BY_HAND + len(TRIPS)]))
    slips = Settlement.objects.filter(order__branch=staff.branch, kind=SettlementKind.NORMAL)
    _records(staff, slips.select_related("order__vehicle", "order__branch").order_by("-id")[: len(WAYS)])


def _invoices(staff: Staff, shares: list[Receivable]) -> None:
    """To be issued, issued, taken back in red (the red-letter one waits, and one has its number), withdrawn."""
    cashier = staff.actor("cashier")
    made = [
        request_invoice(
            actor=cashier, receivable_id=share.pk, kind="ordinary", title=share.customer.name if share.customer else "-"
        )
        for share in shares
    ]
    if len(made) < BY_HAND:
        return
    for invoice, (way, answer, tries) in zip(made[BY_HAND:], TRIPS, strict=False):
        trip = EInvoice.objects.create(branch=staff.branch, invoice=invoice, not_before_at=now())
        for state in way:
            trip.state, trip.answer, trip.tries, trip.claimed_at = state, answer, tries, now()
            trip.not_before_at = now() + timedelta(minutes=2 ** (tries - 1))
            trip.save()
    for number, invoice in enumerate(made[1:4], 1):
        record_number(actor=cashier, invoice_id=invoice.pk, number=NUMBER.format(number))
    red_letter(actor=cashier, invoice_id=made[2].pk)
    taken_back = red_letter(actor=cashier, invoice_id=made[3].pk)
    record_number(actor=cashier, invoice_id=taken_back.pk, number=NUMBER.format(9))
    withdraw_invoice(actor=cashier, invoice_id=made[4].pk)


def _records(staff: Staff, slips: Iterable[Settlement]) -> None:
    for slip, (way, answer) in zip(slips, WAYS, strict=False):
        row = ServiceRecord.objects.create(
            branch=staff.branch, settlement=slip, content=content_of(slip.order, billable(slip.order), slip.number),
            not_before_at=now(),
        )  # fmt: skip
        for state in way:
            row.state, row.answer = state, answer
            row.claimed_at = row.claimed_at or now()
            row.sent_at = now() if state == RecordState.SENT else None
            row.tries = 1
            row.save()
