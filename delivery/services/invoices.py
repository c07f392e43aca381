"""Invoices: asked for, numbered, taken back. Every act locks the order first, as all at the till."""

from datetime import date

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from delivery.models import Invoice, Receivable, Settlement
from delivery.states import InvoiceKind, InvoiceState, ReceivableState
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


def _hold_order(actor: Actor, receivable_id: int) -> None:
    order_id = Receivable.objects.values_list("settlement__order_id", flat=True).get(
        pk=receivable_id, settlement__order__branch=actor.branch
    )
    locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)


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
    _hold_order(actor, receivable_id)
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
    return Invoice.objects.create(
        receivable=share, kind=kind, title=title.strip(), tax_number=number, address=address.strip(), bank=bank.strip(),
        net=share.net, tax=share.tax, gross=share.gross, requested_at=now(), requested_by=actor.person,
    )  # fmt: skip


def _held(actor: Actor, invoice_id: int) -> Invoice:
    rows = Invoice.objects.filter(receivable__settlement__order__branch=actor.branch)
    _hold_order(actor, rows.values_list("receivable_id", flat=True).get(pk=invoice_id))
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
    invoice.number, invoice.issued_on, invoice.state = typed, day, InvoiceState.ISSUED
    invoice.issued_at, invoice.issued_by = now(), actor.person
    invoice.save()
    return invoice


@one_act
def withdraw_invoice(*, actor: Actor, invoice_id: int) -> Invoice:
    """It was asked for by mistake. Raises `Refused` once it has a number, and for a red-letter one."""
    check_may(actor, "till.settle")
    invoice = _held(actor, invoice_id)
    if invoice.state != InvoiceState.REQUESTED or invoice.reverses_id is not None:
        raise Refused(_("Only an invoice that is not issued yet can be withdrawn; an issued one is taken back in red."))
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
    return Invoice.objects.create(
        receivable=first.receivable, kind=first.kind, reverses=first, title=first.title, tax_number=first.tax_number,
        address=first.address, bank=first.bank, net=-first.net, tax=-first.tax, gross=-first.gross,
        requested_at=now(), requested_by=actor.person,
    )  # fmt: skip


def take_back_invoices(*, actor: Actor, slip: Settlement) -> None:
    """With a slip go its invoices: what has no number is withdrawn, what has one is taken back in red."""
    live = Invoice.objects.filter(
        receivable__settlement=slip, reverses=None, state__in=[InvoiceState.REQUESTED, InvoiceState.ISSUED]
    )
    for invoice in locked(live).order_by("id"):
        if invoice.state == InvoiceState.ISSUED:
            _red(actor, invoice)
        else:
            invoice.state = InvoiceState.CANCELLED
            invoice.save()
