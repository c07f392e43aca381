"""The work order's own page: its next step, extra work, the promise."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import actor_of, needs
from accounts.policies import Actor
from dms.errors import Refused
from dms.fields import number_of
from dms.htmx import go, page
from reception import selectors
from reception.checkin import CHOICES
from reception.models import WorkOrder
from reception.offer_forms import APPROVE, DECLINE, PromiseForm
from reception.order_page import Extra, extra_of, order_page, promise_form
from reception.policies import check_open, check_reason
from reception.promise_anew import proposal_anew
from reception.services import contract, lines, sheets
from reception.services import estimate as send
from reception.services.declines import Decline
from reception.services.flow import move
from reception.services.statements import tell_since
from reception.states import ROAD
from records.pieces import url_of
from records.services.files import print_papers


def _order(actor: Actor, order_id: int) -> WorkOrder:
    order = selectors.order_of(order_id, actor.branch)
    if order is None:
        raise Http404
    return order


def _back(request: HttpRequest, order: WorkOrder, said: str = "") -> HttpResponse:
    if said:
        messages.success(request, said)
    return go(request, reverse("reception:order", args=[order.pk]))


def _shown(request: HttpRequest, order: WorkOrder, status: int = 200, **came_back: Any) -> HttpResponse:
    return page(request, "reception/order.html", order_page(order, actor_of(request), **came_back), status=status)


@needs("order.view")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Spine, promised and now, authorised and current, one next step; then the work."""
    return _shown(request, _order(actor_of(request), order_id))


@needs("order.view")
@require_POST
def step(request: HttpRequest, order_id: int, action: str) -> HttpResponse:
    """One move of the road; the service judges it again."""
    if action not in {transition.action for transition in ROAD.transitions}:
        raise Http404
    actor = actor_of(request)
    row = _order(actor, order_id)
    version, note = request.POST.get("version", ""), request.POST.get("note", "")[:300]
    check_reason(action, note)
    # A version that is none was never shown by us: it counts as an old one.
    seen = (number_of(version) or 0) if version else None
    move(order_id=row.pk, action=action, actor=actor, note=note.strip(), version=seen)
    return _back(request, row)


@needs("order.receive")
@require_POST
def to_workshop(request: HttpRequest, order_id: int) -> HttpResponse:
    """Keys, order and walk-round sheet go to the workshop."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    contract.hand_to_workshop(actor=actor, order_id=row.pk)
    return _back(request, row, _("Handed to the workshop."))


@needs("extra.offer")
@require_POST
def price(request: HttpRequest, order_id: int) -> HttpResponse:
    """Prices of extra work: keep them, send the drafts to the customer, or remove one."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    do, _sep, what = request.POST.get("do", "save").partition(":")
    if do == "drop":
        return _drop(request, row, what)
    if do == "swap":
        return _swap(request, row, what)
    extra = extra_of(row, actor, request.POST)
    if extra is not None and not all(form.is_valid() for form in extra.forms):
        return _shown(request, row, 422, extra=extra)
    prices, send = _prices(extra) if extra else [], do == "send"
    sent = _("It stands on the customer's page now, and a message with the code is on its way.")
    return _tried(
        request, row, lambda: lines.price(actor=actor, order_id=row.pk, prices=prices, send=send),
        sent if send else _("Saved."),
    )  # fmt: skip


def _drop(request: HttpRequest, order: WorkOrder, what: str) -> HttpResponse:
    line = next((line for line in order.lines.all() if str(line.pk) == what), None)
    if line is None:
        raise Http404
    return _tried(request, order, lambda: lines.drop(actor=actor_of(request), line_id=line.pk), _("Removed."))


def _swap(request: HttpRequest, order: WorkOrder, what: str) -> HttpResponse:
    """A substitute for a draft's part, priced anew."""
    line_id, _sep, code = what.partition(":")
    line = next((line for line in order.lines.all() if str(line.pk) == line_id), None)
    if line is None:
        raise Http404
    act = partial(lines.swap_part, actor=actor_of(request), line_id=line.pk, code=code)
    return _tried(request, order, act, _("The substitute stands in the offer; look at its price."))


def _prices(extra: Extra) -> list[lines.Price]:
    rows = [row for row in [*extra.drafts, *extra.offered, *extra.again] if row.price.is_bound]
    return [lines.Price(row.line.pk, **row.price.cleaned_data) for row in rows]


@needs("extra.offer")
@require_POST
def answer(request: HttpRequest, order_id: int) -> HttpResponse:
    """What the customer said to the offered lines, by whom and how."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    extra = extra_of(row, actor, request.POST)
    if extra is None:
        return _back(request, row)
    if not extra.signer.is_valid() or not all(form.is_valid() for form in extra.forms):
        return _shown(request, row, 422, extra=extra)
    said = [(one.line.pk, one.answer.cleaned_data) for one in extra.offered if one.answer.is_bound]
    approved = [(pk, data["shown"]) for pk, data in said if data["answer"] == APPROVE]
    declined = {pk: data["shown"] for pk, data in said if data["answer"] == DECLINE}
    why = {
        pk: Decline(data["reason"] or None, data["note"], data["revive_on"])
        for pk, data in said
        if data["answer"] == DECLINE
    }

    def write() -> None:
        contract.answer_extra(
            actor=actor, order_id=row.pk, approved=approved, declined=list(declined), shown=declined, why=why,
            **extra.signer.cleaned_data,
        )  # fmt: skip

    return _tried(request, row, write, _("The answer is recorded."))


def _tried(request: HttpRequest, order: WorkOrder, act: Callable[[], Any], said: str) -> HttpResponse:
    """Act and go back; a refusal stands on the page above what is true now."""
    try:
        act()
    except Refused as refused:
        messages.error(request, refused.sentence)
        fresh = _order(actor_of(request), order.pk)
        return _shown(request, fresh, refused.status)
    return _back(request, order, said)


@needs("order.receive")
@require_POST
def statement_since(request: HttpRequest, order_id: int, statement_id: int) -> HttpResponse:
    """Since when the customer notices it."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    if not any(said.pk == statement_id for said in row.statements.all()):
        raise Http404
    since = request.POST.get("since", "")
    act = partial(tell_since, actor=actor, order_id=row.pk, statement_id=statement_id, since=since)
    return _tried(request, row, act, _("Saved."))


@needs("order.receive")
@require_safe
def promise_times(request: HttpRequest, order_id: int) -> HttpResponse:
    """The times that could be promised now, with what stands in the way; for the form that changes the promise."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    check_open(row)
    offer = proposal_anew(row)
    context = {
        "order": row, "promising": promise_form(row), "why": offer.why,
        "choices": [(choice.at, CHOICES[choice.key]) for choice in offer.choices],
    }  # fmt: skip
    return page(request, "reception/promise_times.html", context, part="times")


@needs("order.receive")
@require_POST
def promise(request: HttpRequest, order_id: int) -> HttpResponse:
    """Another promised time, with the reason."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    form = PromiseForm(request.POST)
    if form.is_valid():
        try:
            contract.promise(actor=actor, order_id=row.pk, **form.promised())
            return _back(request, row, _("The new promise is kept beside the first."))
        except Refused as refused:
            form.add_error(None, refused.sentence)
    return _shown(request, row, 422, promise=form)


@needs("order.receive")
@require_POST
def estimate(request: HttpRequest, order_id: int) -> HttpResponse:
    """The estimate as the lines stand now, and its copies."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    paper = sheets.issue_estimate(row, actor=actor)
    return go(request, url_of(print_papers(actor=actor, papers=[paper]).name))


@needs("order.price")
@require_POST
def send_estimate(request: HttpRequest, order_id: int) -> HttpResponse:
    """The estimate goes to the customer's page before anything is signed, and a message tells of it."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    told = _("Sent: the estimate stands on the customer's page, a message with the code %(code)s is on its way.")
    return _tried(
        request, row, lambda: send.send_estimate(actor=actor, order_id=row.pk), told % {"code": row.status_code}
    )


@needs("order.price")
@require_POST
def withdraw(request: HttpRequest, order_id: int, line_id: int) -> HttpResponse:
    """Agreed work that is not done after all."""
    actor = actor_of(request)
    row = _order(actor, order_id)
    if not any(line.pk == line_id for line in row.lines.all()):
        raise Http404
    return _tried(request, row, lambda: lines.withdraw(actor=actor, line_id=line_id), _("Withdrawn; it is not billed."))
