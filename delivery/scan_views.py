"""Scan-to-pay at the till: the code, the list of codes and refunds, the provider's bill; and where it reports."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from delivery import scan_selectors as found
from delivery.forms import DepositForm
from delivery.models import Receivable, ScanCharge, ScanRefund
from delivery.scan import named, provider_for
from delivery.services import scan, scan_bills, scan_refunds
from delivery.services.scan_notices import note
from delivery.services.shares import named as customer_named
from delivery.states import Verdict
from dms.clients import client_address
from dms.errors import Invalid, Refused
from dms.htmx import go, page, polled
from dms.money import ZERO
from reception.models import WorkOrder
from records.services.guesses import sender_of

#: More than any notification is.
LONGEST = 100_000
#: What the provider is answered: only what is known or new needs no second try.
STATUS = {
    Verdict.TAKEN: 204, Verdict.AGAIN: 204, Verdict.UNSIGNED: 401, Verdict.STALE: 401, Verdict.UNKNOWN: 404,
}  # fmt: skip


def _to(request: HttpRequest, charge: ScanCharge) -> HttpResponse:
    return go(request, reverse("delivery:scan_charge", args=[charge.pk]))


@require_POST
@needs("till.pay")
def scan_settle(request: HttpRequest, order_id: int) -> HttpResponse:
    """The slip, and the code over what the customer pays."""
    actor = actor_of(request)
    order = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch)
    charge = scan.settle_and_plan(actor=actor, order_id=order.pk, amount=request.POST.get("amount", ""))
    if charge is None:
        return go(request, reverse("delivery:paid", args=[order.pk]))
    return _to(request, scan.show(charge))


@require_POST
@needs("till.pay")
def scan_share(request: HttpRequest, receivable_id: int) -> HttpResponse:
    """The code over what is owed of a share, or over a part of it."""
    actor = actor_of(request)
    share = get_object_or_404(Receivable, pk=receivable_id, settlement__order__branch=actor.branch)
    amount = request.POST.get("amount", "")
    return _to(request, scan.show(scan.plan_for_share(actor=actor, receivable_id=share.pk, amount=amount)))


@require_POST
@needs("till.pay")
def scan_deposit(request: HttpRequest) -> HttpResponse:
    """The code for money in advance. What is missing is said on the page of deposits."""
    actor, form = actor_of(request), DepositForm(request.POST)
    form.fields["method"].required = False
    if not form.is_valid():
        raise Invalid(_("Write down whose deposit it is, and the amount."))
    customer = customer_named(actor, form.cleaned_data["who"])
    plan = scan.plan_for_deposit(
        actor=actor, customer_id=customer.pk if customer else 0, amount=form.cleaned_data["amount"]
    )
    return _to(request, scan.show(plan))


def _charge(request: HttpRequest, charge_id: int) -> ScanCharge:
    charge = found.charge_of(actor_of(request).branch, charge_id)
    if charge is None:
        raise Http404
    return charge


@require_GET
@needs("till.pay")
def scan_charge(request: HttpRequest, charge_id: int) -> HttpResponse:
    """One code, looked at again and again until it is paid."""
    charge = _charge(request, charge_id)
    share = charge.receivable
    context: dict[str, object] = {
        "charge": charge, "picture": found.picture_of(charge), "share": share,
        "order": share.settlement.order if share else charge.order, "live": charge.state in scan.LIVE,
        "who": share.settlement.order.payer.name if share else charge.customer and charge.customer.name,
        "currency": charge.branch.currency, "over": charge.amount - (charge.payment.amount if charge.payment else ZERO),
        "try_out": charge.code_url if settings.DEMO and charge.code_url.startswith("http:") else "",
    }  # fmt: skip
    return polled(request, "delivery/scan_charge.html", context, part="code")


@require_POST
@needs("till.pay")
def scan_ask(request: HttpRequest, charge_id: int) -> HttpResponse:
    """Ask the provider now, or once more for the code."""
    charge = scan.ask(_charge(request, charge_id))
    if charge.state in scan.LIVE and not charge.answer:
        messages.info(request, _("The provider knows of no payment yet."))
    return _to(request, charge)


@require_POST
@needs("till.pay")
def scan_end(request: HttpRequest, charge_id: int) -> HttpResponse:
    """End a code."""
    return _to(request, scan.end_by_hand(actor=actor_of(request), charge_id=_charge(request, charge_id).pk))


@require_GET
@needs("till.pay")
def scans(request: HttpRequest) -> HttpResponse:
    """Codes, money that is left over, refunds under way, and notifications that were refused."""
    branch = actor_of(request).branch
    provider = provider_for(branch)
    context: dict[str, Any] = {
        "seen": found.scans(branch, provider.name if provider else ""), "provider": provider,
        "currency": branch.currency, "may_again": actor_of(request).can("till.reverse"),
    }  # fmt: skip
    return page(request, "delivery/scans.html", context)


@require_POST
@needs("till.reverse")
def scan_refund_again(request: HttpRequest, refund_id: int) -> HttpResponse:
    """Send a refused refund once more."""
    actor = actor_of(request)
    row = get_object_or_404(ScanRefund, pk=refund_id, branch=actor.branch)
    scan_refunds.again(actor=actor, refund_id=row.pk)
    messages.success(request, _("It is sent again within a minute."))
    return go(request, reverse("delivery:scans"))


@require_POST
@needs("till.pay")
def scan_bill(request: HttpRequest) -> HttpResponse:
    """Fetch the provider's bill of a day."""
    day = parse_date(request.POST.get("day", "")[:10])
    if day is None:
        raise Http404
    try:
        scan_bills.fetch(actor=actor_of(request), day=day)
    except Refused as refused:
        messages.warning(request, refused.sentence)
    return go(request, reverse("delivery:day_close") + f"?day={day.isoformat()}")


@csrf_exempt  # a provider has no cookie of ours
@require_POST
def scan_notice(request: HttpRequest, provider: str) -> HttpResponse:
    """Where a provider reports. Believed by its signature alone; 404 where there is no such account."""
    account = named(provider)
    if account is None or len(request.body) > LONGEST:
        raise Http404
    sender = sender_of(client_address(request))
    verdict = note(provider=account, headers=request.headers, body=request.body, sender=sender)
    status = STATUS.get(verdict, 400)
    if status == 204:
        return HttpResponse(status=204)
    return JsonResponse({"code": "FAIL", "message": str(verdict)}, status=status)
