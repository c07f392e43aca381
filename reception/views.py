"""Pages of reception: today, orders, check-in. The order's own page stands in `order_views`."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from catalog.selectors import search_operations, search_parts
from customers.selectors import find, vehicle_card, vehicle_of
from dms.clock import local, now
from dms.errors import Refused
from dms.htmx import go, page
from reception import selectors
from reception.checkin import draft_of, forms_for
from reception.models import WorkOrder
from reception.services import arrival, contract, draft, lines
from reception.states import State

ON_FORM = (State.ARRIVED, State.INSPECTING, State.ESTIMATING)


def _order(actor: Actor, order_id: int) -> WorkOrder:
    order = selectors.order_of(order_id, actor.branch)
    if order is None:
        raise Http404
    return order


@needs("order.receive")
def today(request: HttpRequest) -> HttpResponse:
    """Arrivals, my cars by promise, what needs me."""
    actor = actor_of(request)
    return page(request, "reception/today.html", {"today": selectors.today(actor), "now": local(actor.branch, now())})


@needs("order.view")
def orders(request: HttpRequest) -> HttpResponse:
    """Open orders, or all of them, newest first."""
    before = request.GET.get("before", "")
    everything = request.GET.get("all") == "1"
    rows, following = selectors.orders_page(
        actor_of(request).branch, open_only=not everything, before=int(before) if before.isdecimal() else None
    )
    return page(request, "reception/orders.html", {"rows": rows, "following": following, "everything": everything})


@needs("order.receive")
def register(request: HttpRequest) -> HttpResponse:
    """Which car arrived? The search is posted, so that no plate or phone stands in an address."""
    actor = actor_of(request)
    text = request.POST.get("q", "")[:80]
    found = find(actor.branch, text) if text else []
    return page(request, "reception/register.html", {"text": text, "found": found})


@needs("order.receive")
@require_POST
def arrive(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """A known car arrives: open its visit and go to the check-in page."""
    actor = actor_of(request)
    vehicle = vehicle_of(vehicle_id, actor.branch)
    if vehicle is None:
        raise Http404
    order = arrival.arrive(actor=actor, vehicle=vehicle)
    return go(request, reverse("reception:check_in", args=[order.pk]))


@needs("order.receive")
def check_in(request: HttpRequest, order_id: int) -> HttpResponse:
    """The one page of check-in. Each button saves everything first, so that nothing typed is lost."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    if order.state not in ON_FORM:
        return go(request, reverse("reception:order", args=[order.pk]))
    form, marks = forms_for(request, order)
    if request.method == "POST" and form.is_valid() and marks.is_valid():
        try:
            draft.keep(actor=actor, order_id=order.pk, draft=draft_of(form, marks))
            return _after_save(request, actor, order, form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
    status = 422 if request.method == "POST" else 200
    return page(
        request, "reception/check_in.html", _check_in_context(request, actor, order, form, marks), status=status
    )


def _after_save(request: HttpRequest, actor: Actor, order: WorkOrder, data: dict[str, Any]) -> HttpResponse:
    do, _sep, what = request.POST.get("do", "save").partition(":")
    here = reverse("reception:check_in", args=[order.pk])
    if do == "add" and what:
        draft.add_by_code(actor=actor, order_id=order.pk, code=what)
    elif do == "drop" and what.isdecimal():
        lines.drop(actor=actor, line_id=int(what))
    elif do == "park":
        return go(request, reverse("reception:today"))
    elif do == "sign":
        contract.sign(actor=actor, order_id=order.pk, signer=data["signer"], signature=data["signature"])
        contract.hand_to_workshop(actor=actor, order_id=order.pk)
        messages.success(request, _("Signed and handed to the workshop."))
        return go(request, reverse("reception:order", args=[order.pk]))
    text = request.POST.get("find", "")[:60]
    query = f"?{urlencode({'find': text})}" if do == "find" and text else ""
    return go(request, f"{here}{query}#lines" if do in ("add", "drop", "find") else here)


def _check_in_context(request: HttpRequest, actor: Actor, order: WorkOrder, form: Any, marks: Any) -> dict[str, Any]:
    text = (request.POST.get("find") or request.GET.get("find", ""))[:60]
    rows = list(order.lines.all())
    sums = selectors.totals(rows)
    return {
        "order": order,
        "form": form,
        "marks": marks,
        "card": vehicle_card(order.vehicle_id, actor.branch),
        "lines": rows,
        "totals": sums,
        "operations": search_operations(actor.branch, text),
        "parts": search_parts(actor.branch, text) if text else [],
        "find": text,
        "promises": selectors.proposed_promises(actor.branch, sums.hours),
        "declined": selectors.declined_before(order.vehicle),
    }
