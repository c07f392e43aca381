"""Invoices on their way through the provider: queued with the request, claimed, sent, followed, numbered.

What is not known (a timeout after the request went out, a process that died) is `unknown`: a person sends it again,
with the same key, or writes the number down by hand.
"""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.channels.base import Refusal, Unsure
from delivery.einvoice import Issued, content_of, provider_for
from delivery.models import EInvoice, Invoice
from delivery.services import invoices
from delivery.services.outgoing import BUDGET, claim, ended, give_up, once_more, one_after_another, try_again
from delivery.states import EInvoiceState
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked

#: How often one that the provider has accepted is asked after.
NEXT_LOOK = timedelta(minutes=5)
_ROWS = ("invoice__receivable__settlement__order__branch", "invoice__reverses", "branch")


def send_due(*, branch: Branch, seconds: float = BUDGET) -> int:
    """Send what may be sent now; how many were tried. Nothing where the branch has no provider."""
    if provider_for(branch) is None:
        return 0
    rows = EInvoice.objects.filter(branch=branch).select_related(*_ROWS)
    return one_after_another(lambda: claim(rows), deliver, seconds)


def deliver(row: EInvoice) -> None:
    """Ask the provider for an invoice that this process has just claimed."""
    provider = provider_for(row.branch)
    if provider is None:
        try_again(row, "no endpoint")
        return
    try:
        found = provider.issue(str(row.key), content_of(row.invoice))
    except Unsure as unsure:
        ended(row, EInvoiceState.UNKNOWN, unsure.code)
    except Refusal as refusal:
        try_again(row, refusal.code) if refusal.temporary else ended(row, EInvoiceState.FAILED, refusal.code)
    else:
        _heard(row, found)


def look_after(row: EInvoice) -> None:
    """Ask after one that the provider has accepted."""
    EInvoice.objects.filter(pk=row.pk).update(not_before_at=now() + NEXT_LOOK)
    provider = provider_for(row.branch)
    if provider is None:
        return
    try:
        _heard(row, provider.look(str(row.key)))
    except (Refusal, Unsure) as no:
        EInvoice.objects.filter(pk=row.pk, state=EInvoiceState.ACCEPTED).update(answer=no.code[:200])


def _heard(row: EInvoice, found: Issued) -> None:
    if found.state == "issued":
        _number(row, found)
        return
    state = EInvoiceState.ACCEPTED if found.state == "accepted" else EInvoiceState.FAILED
    if row.state == state:
        return
    rows = EInvoice.objects.filter(pk=row.pk, state__in=[EInvoiceState.CLAIMED, EInvoiceState.ACCEPTED])
    rows.update(state=state, answer=found.told[:200], not_before_at=now() + NEXT_LOOK)


@one_act
def _number(row: EInvoice, found: Issued) -> None:
    """The number is written down, once: by whoever holds the invoice's order."""
    invoices.hold_order(row.branch, row.invoice.receivable_id)
    trip = locked(EInvoice.objects.all()).get(pk=row.pk)
    if trip.state not in (EInvoiceState.CLAIMED, EInvoiceState.ACCEPTED) or found.issued_on is None:
        return
    trip.state, trip.answer = EInvoiceState.SENT, found.told[:200]
    if Invoice.objects.filter(number=found.number).exists():
        trip.state, trip.answer = EInvoiceState.FAILED, _("Another invoice has this number.")
        trip.save(update_fields=["state", "answer"])
        return
    trip.save(update_fields=["state", "answer"])
    invoices.issued_by_provider(trip.invoice, found.number, found.issued_on, found.link)


def give_up_claims() -> int:
    """What a dead process left is unknown; how many."""
    return give_up(EInvoice, EInvoiceState.UNKNOWN)


@one_act
def send_again(*, actor: Actor, invoice_id: int) -> EInvoice:
    """A person sends what failed or is unknown once more, with the same key. Raises `Refused` for any other."""
    check_may(actor, "till.pay")
    row = locked(EInvoice.objects.filter(branch=actor.branch)).get(invoice=invoice_id)
    if row.state not in (EInvoiceState.FAILED, EInvoiceState.UNKNOWN):
        told = {"state": row.get_state_display()}
        raise Refused(_("This invoice is “%(state)s”: there is nothing to send again.") % told)
    once_more(row)
    return row
