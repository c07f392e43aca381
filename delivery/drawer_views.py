"""Pages of the drawer and of the close of the day."""

import csv
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.models import Branch
from delivery import day_selectors as found
from delivery.forms import CountForm, FloatForm
from delivery.models import DayClose
from delivery.scan import provider_for
from delivery.scan_selectors import bill_of
from delivery.services import drawer as acts
from delivery.states import DepositKind, Method, PaymentKind, WriteOffKind
from dms.clock import FIRST_YEAR, branch_day
from dms.errors import Refused
from dms.fields import number_of
from dms.htmx import go, page
from reception.states import Payer
from records.exports import safe
from records.pieces import MOST, url_of
from records.services.files import print_papers

#: Kinds of the rows of a day: payments, and what became of deposits.
KINDS: dict[str, Any] = dict(PaymentKind.choices) | dict(DepositKind.choices)
WORDS: dict[str, Any] = {
    "methods": dict(Method.choices), "payers": dict(Payer.choices), "write_off_kinds": dict(WriteOffKind.choices)
}  # fmt: skip


def _drawer_page(request: HttpRequest, drawer: Any, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    mine = drawer is None or drawer.opened_by_id == actor.person.pk
    context: dict[str, object] = {
        "drawer": drawer,
        "mine": mine,
        "may_count": mine or actor.can(acts.OTHERS),
        "float": FloatForm(prefix="f", initial={"amount": drawer.float_amount if drawer else ""}),
        "count": CountForm(),
        "cash": found.cash_of(drawer) if drawer else (),
        "currency": actor.branch.currency,
    }
    return page(request, "delivery/drawer.html", context | forms, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def drawer(request: HttpRequest) -> HttpResponse:
    """My drawer: its float, what came and went, the count. A POST opens it or puts the float right."""
    actor, form = actor_of(request), FloatForm(request.POST or None, prefix="f")
    mine = found.open_drawer(actor.branch, actor.person)
    if request.method != "POST":
        return _drawer_page(request, mine, {})
    if not form.is_valid():
        return _drawer_page(request, mine, {"float": form}, 422)
    acts.set_float(actor=actor, amount=form.cleaned_data["amount"])
    messages.success(request, _("The drawer is open."))
    return go(request, reverse("delivery:drawer"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def drawer_of(request: HttpRequest, drawer_id: int) -> HttpResponse:
    """One drawer of the branch; a POST counts and closes it."""
    actor, form = actor_of(request), CountForm(request.POST or None)
    one = get_object_or_404(found.drawers_of(actor.branch), pk=drawer_id)
    if request.method != "POST":
        return _drawer_page(request, one, {})
    status = 422
    if form.is_valid():
        try:
            acts.close_drawer(actor=actor, drawer_id=one.pk, **form.cleaned_data)
            messages.success(request, _("The drawer is counted and closed."))
            return go(request, reverse("delivery:drawer_of", args=[one.pk]))
        except Refused as refused:
            form.add_error(None, refused.sentence)
            status = refused.status
    return _drawer_page(request, one, {"count": form}, status)


def _day(request: HttpRequest, branch: Branch) -> date:
    """The day that is asked for, by address or form; today for whatever is none."""
    try:
        asked = parse_date((request.POST.get("day") or request.GET.get("day") or "").strip())
    except ValueError:
        asked = None
    today = branch_day(branch)
    return asked if asked and asked.year >= FIRST_YEAR and asked <= today else today


def _batches(count: int) -> list[tuple[int, int, int]]:
    """(index of the first, first, last) slip of each file."""
    return [(first, first + 1, min(first + MOST, count)) for first in range(0, count, MOST)]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def day_close(request: HttpRequest) -> HttpResponse:
    """A day's money by method and cashier, drawers, refunds, reversals, open credit. A POST closes it."""
    actor, why = actor_of(request), ""
    branch, status = actor.branch, 200
    day = _day(request, branch)
    if request.method == "POST":
        try:
            made = acts.close_day(actor=actor, day=day)
            messages.success(request, _("The day is closed: %(number)s.") % {"number": made.number})
            return go(request, reverse("delivery:closed_day", args=[made.pk]))
        except Refused as refused:
            why, status = refused.sentence, refused.status
    content, close, today = found.day_content(branch, day), found.last_close(branch, day), branch_day(branch)
    context: dict[str, object] = WORDS | {
        "day": day,
        "content": content,
        "close": close,
        "changed": close is not None and close.content != content,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
        "waiting": found.left_open(branch, day),
        "batches": _batches(found.slips_of_day(branch, day).count()) if actor.can("till.settle") else [],
        "currency": branch.currency,
        "why": why,
        "scan_on": provider_for(branch) is not None,
        "bill": bill_of(branch, day),
    }
    return page(request, "delivery/day_close.html", context, status=status)


@require_POST
@needs("till.settle")
def print_day(request: HttpRequest) -> HttpResponse:
    """The slips of a day in one file, from the `from`-th on: as many as one file holds."""
    actor = actor_of(request)
    first = number_of(request.POST.get("from", "")) or 0
    papers = list(found.slips_of_day(actor.branch, _day(request, actor.branch))[first : first + MOST])
    if not papers:
        messages.warning(request, _("No slip was issued on this day."))
        return go(request, reverse("delivery:day_close"))
    return go(request, url_of(print_papers(actor=actor, papers=papers).name))


@require_GET
@needs("till.pay")
def closed_day(request: HttpRequest, close_id: int) -> HttpResponse:
    """A close as it was frozen, to print and to take out."""
    branch = actor_of(request).branch
    rows = DayClose.objects.select_related("closed_by", "replaces", "replaced_by")
    close = get_object_or_404(rows, pk=close_id, branch=branch)
    newer = getattr(close, "replaced_by", None)
    context = WORDS | {
        "close": close, "day": close.day, "content": close.content, "newer": newer, "currency": branch.currency,
        "bill": bill_of(branch, close.day),
    }  # fmt: skip
    return page(request, "delivery/closed_day.html", context)


@require_POST
@needs("till.pay")
def day_export(request: HttpRequest, close_id: int) -> HttpResponse:
    """The payments of a closed day as CSV for the accounts; a POST, since it is kept who took it."""
    branch = actor_of(request).branch
    get_object_or_404(DayClose, pk=close_id, branch=branch)
    close = acts.take_out_day(actor=actor_of(request), close_id=close_id)
    name = f"{close.number}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(answer)
    heading = (
        _("Day close"), pgettext("export", "Received"), _("Slip"), _("Order"), _("Plate"), _("Payer"), _("Kind"),
        _("Method"), _("Amount"), _("Currency"), _("Drawer"), pgettext("export", "Received by"), _("Reason"),
    )  # fmt: skip
    writer.writerow(heading)
    for row in close.content["rows"]:
        shown = (
            close.number, row["at"], row["slip"], row["order"], row["plate"], Payer(row["payer"]).label,
            KINDS[row["kind"]], Method(row["method"]).label,
        )  # fmt: skip
        # An amount is a number of ours, with its sign.
        writer.writerow([
            *(safe(str(cell)) for cell in shown), row["amount"], branch.currency,
            *(safe(str(row[key])) for key in ("drawer", "by", "reason")),
        ])  # fmt: skip
    return answer


#: What a row of the journal books, in words.
BOOKED: dict[str, Any] = {
    "owed": gettext_lazy("Owed by the payer"), "revenue": gettext_lazy("Revenue, net"),
    "tax": gettext_lazy("Output tax"),
    "money": gettext_lazy("Money"), "paid": gettext_lazy("Paid by the payer"), "deposit": gettext_lazy("Deposit"),
    "difference": gettext_lazy("Difference of a drawer"), "written_off": gettext_lazy("Written off by the house"),
}  # fmt: skip


@require_POST
@needs("till.pay")
def journal_export(request: HttpRequest, close_id: int) -> HttpResponse:
    """The bookings of a closed day as CSV: account, payer, method, debit and credit, which add up to the same."""
    branch = actor_of(request).branch
    get_object_or_404(DayClose, pk=close_id, branch=branch)
    close = acts.take_out_day(actor=actor_of(request), close_id=close_id)
    name = f"{close.number}-journal.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(answer)
    writer.writerow([
        _("Day close"), _("Day"), _("Account"), _("Booking"), _("Document"), _("Payer"), _("Method"), _("Tax rate"),
        _("Debit"), _("Credit side"), _("Currency"),
    ])  # fmt: skip
    for row in close.content.get("journal", ()):
        payer = Payer(row["payer"]).label if row["payer"] else ""
        method = Method(row["method"]).label if row["method"] else ""
        texts = (row["account"], BOOKED[row["what"]], row["document"], payer, method, row.get("rate", ""))
        cells = (safe(str(text)) for text in texts)
        writer.writerow([close.number, close.day, *cells, row["debit"], row["credit"], branch.currency])
    return answer
