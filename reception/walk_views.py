"""The walk-round on a phone, and the same part of the check-in page while a phone works on it."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from dms.clock import local, now
from dms.errors import Stale
from dms.htmx import go, page
from reception import selectors
from reception.checkin import (
    differences_of,
    marks_initial,
    marks_of,
    renew_walk,
    taken_of,
    walk_etag,
    walk_initial,
    walk_link,
)
from reception.forms import SIGNER, MarkFormSet, WalkForm
from reception.models import WalkAround, WorkOrder
from reception.services import arrival
from reception.states import ON_FORM
from records.selectors import photos_of
from records.services.photos import keep_photo
from records.states import PhotoKind


def _order(actor: Actor, order_id: int) -> WorkOrder:
    order = selectors.order_of(order_id, actor.branch)
    if order is None:
        raise Http404
    order.branch = actor.branch
    return order


def _forms(request: HttpRequest, order: WorkOrder) -> tuple[WalkForm, Any]:
    data = request.POST if request.method == "POST" else None
    walk = getattr(order, "walk", None)
    signer = walk.signer if walk and walk.signer else order.bringer.name[:SIGNER]
    form = WalkForm(data, initial={**walk_initial(order), "signer": signer})
    return form, MarkFormSet(data, initial=marks_initial(order), prefix="marks")


def _keep(actor: Actor, order: WorkOrder, form: WalkForm, marks: Any) -> WalkAround:
    data = form.cleaned_data
    return arrival.walk_round(
        actor=actor, order_id=order.pk, fuel_quarters=int(data["fuel"]) if data["fuel"] else None,
        charge_percent=data["charge"], kit=data["kit"], marks=marks_of(marks), taken=taken_of(data),
        warning_lamps=data["other_lamps"], lamps=data["lamps"], signer=data["signer"], signature=data["signature"],
        version=data["walk_version"],
    )  # fmt: skip


@never_cache
@needs("order.receive")
def walk(request: HttpRequest, order_id: int) -> HttpResponse:
    """Outline, marks, photos, lamps, things, signature; saved as it is tapped, and once more by the button."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    if order.state not in ON_FORM:
        return go(request, reverse("reception:order", args=[order.pk]))
    form, marks = _forms(request, order)
    stale, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and marks.is_valid():
            try:
                _keep(actor, order, form, marks)
            except Stale as refused:
                stale, status, order = refused, HTTPStatus.CONFLICT, _order(actor, order_id)
                stale.values = differences_of(form, walk_initial(order))
                renew_walk(form, order)
            else:
                return _kept(request, actor, order)
    return page(request, "reception/walk.html", _context(actor, order, form, marks) | {"stale": stale}, status=status)


def _kept(request: HttpRequest, actor: Actor, order: WorkOrder) -> HttpResponse:
    """Without JavaScript the photos come with the form."""
    for file in request.FILES.getlist("photo"):
        keep_photo(actor=actor, file=file, kind=PhotoKind.ARRIVAL, subject_key=order.subject_key)
    messages.success(request, _("The walk-round is saved. The desk sees it."))
    return go(request, reverse("reception:walk", args=[order.pk]))


def _context(actor: Actor, order: WorkOrder, form: Any, marks: Any) -> dict[str, Any]:
    return {
        "order": order, "form": form, "marks": marks, "photos": photos_of(actor.branch, order.subject_key),
        "walk": getattr(order, "walk", None),
    }  # fmt: skip


@needs("order.receive")
@require_POST
def walk_draft(request: HttpRequest, order_id: int) -> HttpResponse:
    """The phone saves itself; the answer is the sentence to show."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    form, marks = _forms(request, order)
    if not (form.is_valid() and marks.is_valid()):
        return HttpResponse(_("Not saved: something typed cannot be used yet."), status=422)
    kept = _keep(actor, order, form, marks)
    answer = HttpResponse(_("Saved %(time)s") % {"time": local(actor.branch, now()).strftime("%H:%M:%S")})
    answer["X-Walk-Version"] = str(kept.version)
    return answer


@needs("order.receive")
def walk_panel(request: HttpRequest, order_id: int) -> HttpResponse:
    """The walk-round as the desk shows it, asked for again and again: 304 while nothing is new."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    if not request.headers.get("HX-Request"):  # no page of its own
        return go(request, reverse("reception:check_in", args=[order.pk]))
    form = WalkForm(initial=walk_initial(order))
    marks = MarkFormSet(initial=marks_initial(order), prefix="marks")
    context = _context(actor, order, form, marks) | walk_link(request, order)
    etag = walk_etag(order, context["photos"])
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    answer = page(request, "reception/walk_panel.html", context, part="panel")
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    return answer
