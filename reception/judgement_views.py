"""The page of one line's judgement: what speaks for whom, a person's decision with its reason, goodwill."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.policies import Actor
from dms.clock import branch_day
from dms.errors import Refused
from dms.htmx import go, page
from reception.judgement_forms import GoodwillForm, payer_form
from reception.judging import findings
from reception.known import item_of, known_of
from reception.models import Line
from reception.offer_forms import DeclineForm
from reception.services import goodwill, lines
from reception.services.declines import Decline, decline_lines
from reception.states import JUDGEMENTS, ON_FORM, LineState
from records.selectors import rule


def _line(actor: Actor, order_id: int, line_id: int) -> Line:
    rows = Line.objects.filter(pk=line_id, order=order_id, order__branch=actor.branch)
    line = rows.select_related("order__vehicle__model__brand", "operation", "part", "statement", "overruled_by").first()
    if line is None:
        raise Http404
    line.order.branch = actor.branch
    return line


def _key(line: Line) -> str:
    return next(key for key, pair in JUDGEMENTS.items() if pair == (line.payer, line.coverage))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("order.view")
def judgement(request: HttpRequest, order_id: int, line_id: int) -> HttpResponse:
    """Findings with their sentences, and the buttons of those who may decide."""
    actor = actor_of(request)
    line, do = _line(actor, order_id, line_id), request.POST.get("do", "")
    payer = payer_form(request.POST if do == "decide" else None, _key(line))
    share = GoodwillForm(request.POST if do == "ask" else None)
    if do:
        try:
            if _done(actor, line, do, payer, share):
                messages.success(request, _("Saved."))
                return go(request, _back(line))
        except Refused as refused:
            form = {"decide": payer, "ask": share}.get(do)
            if form is not None:
                form.add_error(None, refused.sentence)
            else:
                messages.error(request, refused.sentence)
            return _shown(request, actor, line, payer, share, refused.status)
    return _shown(request, actor, line, payer, share, 422 if payer.errors or share.errors else 200)


def _done(actor: Actor, line: Line, do: str, payer: Any, share: Any) -> bool:
    """What the button says; whether it was one of ours and its form was right."""
    if do == "decide" and payer.is_valid():
        who, coverage = JUDGEMENTS[payer.cleaned_data["judgement"]]
        lines.adjust(
            actor=actor, line_id=line.pk, quantity=line.quantity, payer=who, coverage=coverage,
            statement=line.statement, reason=payer.cleaned_data["reason"],
        )  # fmt: skip
        return True
    if do == "ask" and share.is_valid():
        goodwill.ask_goodwill(actor=actor, line_id=line.pk, **share.cleaned_data)
        return True
    if do in ("approve", "refuse"):
        act = goodwill.approve_goodwill if do == "approve" else goodwill.refuse_goodwill
        act(actor=actor, line_id=line.pk)
        return True
    return False


@require_http_methods(["GET", "HEAD", "POST"])
@needs("order.price")
def decline(request: HttpRequest, order_id: int, line_id: int) -> HttpResponse:
    """The customer does not want this line now: why, and when it is offered again."""
    actor = actor_of(request)
    line = _line(actor, order_id, line_id)
    days = int(rule(actor.branch, "declined.revive_days", branch_day(actor.branch)))
    again = branch_day(actor.branch) + timedelta(days=days)
    form = DeclineForm(request.POST if request.method == "POST" else None, initial={"revive_on": again})
    status = 200
    if form.is_bound and form.is_valid():
        try:
            decline_lines(actor=actor, order_id=order_id, lines=[line.pk], why=Decline(**form.cleaned_data))
            messages.success(request, _("Kept with the car; it is offered again."))
            return go(request, _back(line))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    status = 422 if form.errors and status == 200 else status
    context: dict[str, object] = {"line": line, "order": line.order, "form": form, "back": _back(line)}
    return page(request, "reception/decline.html", context, status=status)


def _back(line: Line) -> str:
    here = "reception:check_in" if line.order.state in ON_FORM else "reception:order"
    return f"{reverse(here, args=[line.order_id])}#lines"


def _shown(request: HttpRequest, actor: Actor, line: Line, payer: Any, share: Any, status: int) -> HttpResponse:
    asked = list(line.goodwills.select_related("asked_by", "approved_by", "refused_by").order_by("-id"))
    open_line = line.state in (LineState.DRAFT, LineState.OFFERED)
    context: dict[str, object] = {
        "line": line, "order": line.order, "findings": findings(item_of(line), known_of(line.order)),
        "payer": payer if line.state == LineState.DRAFT and actor.can("order.price") else None,
        "asked": asked, "share": share if open_line and actor.can("order.price") else None,
        "may_approve": actor.can("discount.approve"), "back": _back(line), "prices": actor.can("price.view"),
    }  # fmt: skip
    context["waiting"] = next((row for row in asked if row.approved_at is None and row.refused_at is None), None)
    # Who came to answer a request finds it first.
    context["first"] = context["waiting"] is not None and context["may_approve"]
    return page(request, "reception/judgement.html", context, status=status)
