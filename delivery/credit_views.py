"""Pages of open credit and of deposits."""

import csv
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from customers.models import Customer
from delivery import credit_selectors as found
from delivery.forms import DepositForm, RefundForm, TermsForm
from delivery.models import Deposit
from delivery.scan import provider_for
from delivery.services import credit as acts
from delivery.services import deposit as deposits
from delivery.services.shares import named
from delivery.services.statements import issue_statement, subject_of
from dms.clock import branch_day
from dms.errors import Invalid, Refused
from dms.htmx import go, page
from dms.money import total
from reception.states import Payer
from records.exports import safe
from records.selectors import papers_for
from records.services import audit
from records.services.idempotency import fresh_key


@require_GET
@needs("till.pay")
def credit(request: HttpRequest) -> HttpResponse:
    """Who owes what, by age; with `?which=written_off` what the house gave up."""
    branch = actor_of(request).branch
    if request.GET.get("which") == "written_off":
        given_up = found.written_off(branch)
        shown: dict[str, object] = {"given_up": given_up, "currency": branch.currency, "today": branch_day(branch)}
        return page(request, "delivery/written_off.html", shown)
    rows = found.accounts(branch)
    sums = [total(row.ages[age] for row in rows) for age in range(len(found.AGES) + 1)]
    context: dict[str, object] = {
        "rows": rows, "sums": sums, "owed": total(sums), "currency": branch.currency, "today": branch_day(branch)
    }  # fmt: skip
    return page(request, "delivery/credit.html", context)


def _account(request: HttpRequest, payer: str, customer_id: int) -> found.Account:
    branch = actor_of(request).branch
    if payer not in Payer.values or bool(customer_id) != (payer == Payer.CUSTOMER):
        raise Http404
    customer = get_object_or_404(Customer, pk=customer_id, branch=branch) if customer_id else None
    return found.account_of(branch, payer, customer)


def _statement(request: HttpRequest, account: found.Account, form: Any = None, status: int = 200) -> HttpResponse:
    actor, terms = actor_of(request), account.terms
    initial = {"limit": terms.limit_amount, "days": terms.days} if terms else {}
    context: dict[str, object] = {
        "account": account,
        "currency": actor.branch.currency,
        "today": branch_day(actor.branch),
        "house": actor.branch.legal_label,
        "may_set": account.customer is not None and actor.can(acts.APPROVES),
        "form": form or TermsForm(initial=initial),
        "papers": papers_for(actor, subject_of(account.payer, account.key)),
    }
    return page(request, "delivery/statement.html", context, status=status)


@require_POST
@needs("till.pay")
def statement_paper(request: HttpRequest, payer: str, customer_id: int) -> HttpResponse:
    """Freeze the statement under a number of its own, and show the paper."""
    account = _account(request, payer, customer_id)
    paper = issue_statement(actor=actor_of(request), payer=account.payer, customer=account.customer)
    return go(request, reverse("records:paper", args=[paper.pk, "a4"]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def statement(request: HttpRequest, payer: str, customer_id: int) -> HttpResponse:
    """What one owes, slip by slip, to print; the manager sets the terms by a POST."""
    account, actor = _account(request, payer, customer_id), actor_of(request)
    if request.method != "POST":
        return _statement(request, account)
    form, status = TermsForm(request.POST), 422
    if form.is_valid() and account.customer is not None:
        try:
            acts.set_terms(actor=actor, customer_id=account.customer.pk, **form.cleaned_data)
            messages.success(request, _("The terms hold from now on."))
            return go(request, reverse("delivery:statement", args=[payer, customer_id]))
        except Invalid as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
    return _statement(request, account, form, status)


@require_POST
@needs("till.pay")
def credit_export(request: HttpRequest) -> HttpResponse:
    """All open credit as CSV; a POST, since it is kept who took it."""
    actor = actor_of(request)
    branch = actor.branch
    audit.write(branch, actor.user, "export", f"credit:{branch.pk}", {"form": "csv"})
    name = f"credit-{branch.code}-{branch_day(branch):%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(answer)
    writer.writerow([
        _("Who owes it"), _("Payer"), _("Slip"), _("Plate"), _("Slip of"), _("Due on"), _("Days overdue"), _("Amount"),
        _("Paid"), pgettext("share", "Written off"), _("Still owed"), _("Currency"),
    ])  # fmt: skip
    for account in found.accounts(branch):
        for debt in account.debts:
            share, slip = debt.share, debt.share.settlement
            texts = (account.label, share.get_payer_display(), slip.number, slip.order.vehicle.plate or "")
            writer.writerow([
                *(safe(str(text)) for text in texts), debt.issued_on, debt.due_on, max(debt.days, 0), share.gross,
                share.gross - share.written_off - debt.owed, share.written_off, debt.owed, branch.currency,
            ])  # fmt: skip
    return answer


def _refund_form(row: Deposit) -> RefundForm:
    return RefundForm(initial={"amount": row.left_amount}, auto_id=f"id_{row.pk}_%s")


def _deposit_page(request: HttpRequest, form: Any = None, status: int = 200, **more: Any) -> HttpResponse:
    actor = actor_of(request)
    rows = list(found.deposits_left(actor.branch))
    wrong: tuple[int, Any] = more.pop("wrong", (0, None))
    shown = [(row, wrong[1] if wrong[0] == row.pk else _refund_form(row)) for row in rows]
    context: dict[str, object] = {
        "rows": shown,
        "left": total(row.left_amount for row in rows),
        "form": form or DepositForm(initial={"key": fresh_key(), "who": request.GET.get("who", "")[:60]}),
        "may_refund": actor.can("till.reverse"),
        "currency": actor.branch.currency,
        "scan_on": provider_for(actor.branch) is not None,
    }
    return page(request, "delivery/deposits.html", context | more, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def deposit_list(request: HttpRequest) -> HttpResponse:
    """Deposits that are left; a POST takes one."""
    actor = actor_of(request)
    if request.method != "POST":
        return _deposit_page(request)
    form, status = DepositForm(request.POST), 422
    if form.is_valid():
        values = dict(form.cleaned_data)
        try:
            customer = named(actor, values.pop("who"))
            made = deposits.take_deposit(actor=actor, customer_id=customer.pk if customer else 0, **values)
            messages.success(request, _("Deposit %(number)s is taken.") % {"number": made.number})
            return go(request, reverse("delivery:deposits"))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _deposit_page(request, form, status)


@require_POST
@needs("till.reverse")
def deposit_refund(request: HttpRequest, deposit_id: int) -> HttpResponse:
    """Give back what is left of a deposit, or a part of it."""
    actor, form, status = actor_of(request), RefundForm(request.POST, auto_id=f"id_{deposit_id}_%s"), 422
    row = get_object_or_404(Deposit, pk=deposit_id, branch=actor.branch)
    if form.is_valid():
        try:
            deposits.refund_deposit(actor=actor, deposit_id=row.pk, **form.cleaned_data)
            messages.success(request, _("%(amount)s was given back.") % {"amount": form.cleaned_data["amount"]})
            return go(request, reverse("delivery:deposits"))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _deposit_page(request, status=status, wrong=(row.pk, form))
