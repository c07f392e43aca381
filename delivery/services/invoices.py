"""Invoices: asked for, numbered, taken back. Every act locks the order first, as all at the till."""

from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from delivery.einvoice import provider_for
from delivery.models import EInvoice, Invoice, Receivable, Settlement
from delivery.states import EInvoiceState, InvoiceKind, InvoiceState, ReceivableState
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import WorkOrder
from reception.states import Payer

#: Nobody outside gets an invoice for what the house pays itself, or paid when the package was sold.
WITHOUT = (Payer.INTERNAL, Payer.GOODWILL, Payer.PACKAGE)
#: A tax number (纳税人识别号): 15 to 20 letters and digits.
SHORTEST, LONGEST = 15, 20


#: On the way: it may have a number already, and nobody here knows it.
ON_THE_WAY = (EInvoiceState.CLAIMED, EInvoiceState.ACCEPTED)


def hold_order(branch: Branch, receivable_id: int) -> None:
    """The order of a share, locked first of all rows, as by every act at the till."""
    order_id = Receivable.objects.values_list("settlement__order_id", flat=True).get(
        pk=receivable_id, settlement__order__branch=branch
    )
    locked(WorkOrder.objects.filter(branch=branch)).get(pk=order_id)


def _queue(invoice: Invoice, branch: Branch) -> Invoice:
    """On its way through the provider, where the branch has one; else it waits for a number by hand."""
    if provider_for(branch) is not None:
        EInvoice.objects.create(branch=branch, invoice=invoice, not_before_at=now())
    return invoice


def _end_trip(invoice: Invoice, *, known: bool = False) -> None:
    """It needs the provider no more. Raises `Refused` while it is on the way, and where nobody knows whether it was
    issued, unless its number is `known` now.
    """
    trip = locked(EInvoice.objects.filter(invoice=invoice)).first()
    if trip is None or trip.state in (EInvoiceState.SENT, EInvoiceState.CANCELLED):
        return
    if trip.state in ON_THE_WAY or (trip.state == EInvoiceState.UNKNOWN and not known):
        raise Refused(_("The provider may have issued this invoice already. Wait for its answer."), "on_the_way")
    trip.state = EInvoiceState.CANCELLED
    trip.save(update_fields=["state"])


def _tax_number(text: str, kind: str) -> str:
    number = "".join(text.split()).upper()
    if number and not (number.isascii() and number.isalnum() and SHORTEST <= len(number) <= LONGEST):
        raise Invalid(_("A tax number has 15 to 20 letters and digits."), "tax_number")
    if kind == InvoiceKind.SPECIAL and not number:
        raise Invalid(_("A special invoice needs tax number, address and bank account."), "tax_number")
    return number


@one_act
def request_invoice(
    *, actor: Actor, receivable_id: int, kind: str, title: str, tax_number: str = "", address: str = "", bank: str = ""
) -> Invoice:
    """An invoice for a share, to be issued. Raises `Invalid` for what is missing, `Refused` when there is one."""
    check_may(actor, "till.settle")
    hold_order(actor.branch, receivable_id)
    share = Receivable.objects.get(pk=receivable_id)
    if kind not in InvoiceKind.values:
        raise Invalid(_("Choose the kind of invoice."), "kind")
    if not title.strip():
        raise Invalid(_("Enter the title: the name or company that the invoice is made out to."), "title")
    number = _tax_number(tax_number, kind)
    if kind == InvoiceKind.SPECIAL and not (address.strip() and bank.strip()):
        raise Invalid(_("A special invoice needs tax number, address and bank account."), "address")
    if share.state == ReceivableState.CANCELLED or share.payer in WITHOUT:
        raise Refused(_("There is no invoice for this share."))
    if share.invoices.filter(state__in=[InvoiceState.REQUESTED, InvoiceState.ISSUED], reverses=None).exists():
        raise Refused(_("An invoice for this share was asked for already."))
    made = Invoice.objects.create(
        receivable=share, kind=kind, title=title.strip(), tax_number=number, address=address.strip(), bank=bank.strip(),
        net=share.net, tax=share.tax, gross=share.gross, requested_at=now(), requested_by=actor.person,
    )  # fmt: skip
    return _queue(made, actor.branch)


def _held(actor: Actor, invoice_id: int) -> Invoice:
    rows = Invoice.objects.filter(receivable__settlement__order__branch=actor.branch)
    hold_order(actor.branch, rows.values_list("receivable_id", flat=True).get(pk=invoice_id))
    return locked(rows).select_related("receivable__settlement").get(pk=invoice_id)


@one_act
def record_number(*, actor: Actor, invoice_id: int, number: str, issued_on: date | None = None) -> Invoice:
    """The tax office's number, as it was issued. The same number again is the same act.

    Raises `Invalid` for no number, one that another invoice has, or a day to come; `Refused` for what waits for none.
    """
    check_may(actor, "till.pay")
    invoice, typed = _held(actor, invoice_id), "".join(number.split())
    if not typed or len(typed) > 30 or not (typed.isascii() and typed.isalnum()):
        raise Invalid(_("Enter the number as it stands on the invoice: letters and digits."), "number")
    if invoice.state == InvoiceState.ISSUED and invoice.number == typed:
        return invoice
    if invoice.state != InvoiceState.REQUESTED:
        raise Refused(_("This invoice waits for no number."))
    day = issued_on or branch_day(actor.branch)
    if day > branch_day(actor.branch):
        raise Invalid(_("This day has not come yet."), "issued_on")
    if Invoice.objects.filter(number=typed).exists():
        raise Invalid(_("Another invoice has this number."), "number")
    _end_trip(invoice, known=True)
    invoice.number, invoice.issued_on, invoice.state = typed, day, InvoiceState.ISSUED
    invoice.issued_at, invoice.issued_by = now(), actor.person
    invoice.save()
    return invoice


def issued_by_provider(invoice: Invoice, number: str, issued_on: date, link: str) -> None:
    """The provider's number, under the name of whoever asked; the caller holds the order. An invoice whose slip was
    reversed meanwhile is taken back in red at once.
    """
    held = locked(Invoice.objects.all()).select_related("receivable__settlement__order__branch").get(pk=invoice.pk)
    held.number, held.issued_on, held.link, held.state = number, issued_on, link, InvoiceState.ISSUED
    held.issued_at, held.issued_by = now(), held.requested_by
    held.save()
    if held.reverses_id is None and held.receivable.state == ReceivableState.CANCELLED:
        branch = held.receivable.settlement.order.branch
        _red(Actor(held.requested_by, branch, frozenset()), held)


@one_act
def withdraw_invoice(*, actor: Actor, invoice_id: int) -> Invoice:
    """It was asked for by mistake. Raises `Refused` once it has a number, and for a red-letter one."""
    check_may(actor, "till.settle")
    invoice = _held(actor, invoice_id)
    if invoice.state != InvoiceState.REQUESTED or invoice.reverses_id is not None:
        raise Refused(_("Only an invoice that is not issued yet can be withdrawn; an issued one is taken back in red."))
    _end_trip(invoice)
    invoice.state = InvoiceState.CANCELLED
    invoice.save()
    return invoice


@one_act
def red_letter(*, actor: Actor, invoice_id: int) -> Invoice:
    """The red-letter invoice (红字) of an issued one, to be issued; the share may get another invoice after it."""
    check_may(actor, "till.reverse")
    return _red(actor, _held(actor, invoice_id))


def _red(actor: Actor, first: Invoice) -> Invoice:
    if first.state != InvoiceState.ISSUED or first.reverses_id is not None:
        raise Refused(_("Only an issued invoice is taken back in red."))
    first.state = InvoiceState.REVERSED
    first.save()
    made = Invoice.objects.create(
        receivable=first.receivable, kind=first.kind, reverses=first, title=first.title, tax_number=first.tax_number,
        address=first.address, bank=first.bank, net=-first.net, tax=-first.tax, gross=-first.gross,
        requested_at=now(), requested_by=actor.person,
    )  # fmt: skip
    return _queue(made, actor.branch)


def take_back_invoices(*, actor: Actor, slip: Settlement) -> None:
    """With a slip go its invoices: what has no number is withdrawn, what has one is taken back in red; so is what is on
    its way through the provider, once it has one.
    """
    live = Invoice.objects.filter(
        receivable__settlement=slip, reverses=None, state__in=[InvoiceState.REQUESTED, InvoiceState.ISSUED]
    )
    for invoice in locked(live).order_by("id"):
        if invoice.state == InvoiceState.ISSUED:
            _red(actor, invoice)
        elif not EInvoice.objects.filter(invoice=invoice, state__in=[*ON_THE_WAY, EInvoiceState.UNKNOWN]).exists():
            _end_trip(invoice)
            invoice.state = InvoiceState.CANCELLED
            invoice.save()
