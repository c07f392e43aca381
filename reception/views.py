"""Pages of reception: today, orders, check-in. The order's own page stands in `order_views`."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from accounts.roles import Role
from catalog.menus import search_menus
from catalog.selectors import search_operations, search_parts
from customers.selectors import find, vehicle_of
from customers.services import agree
from dms.clock import local, now
from dms.errors import Invalid, Refused, Stale
from dms.fields import number_of, uuid_of
from dms.htmx import go, page, polled
from reception import selectors
from reception.appointment_selectors import expected_today
from reception.checkin import Page, differences, draft_of, forms_for, missing, renew_walk, walk_etag, walk_link
from reception.known_car import card_of
from reception.models import WorkOrder
from reception.opening import open_check
from reception.option_groups import options_of
from reception.policies import check_unsigned
from reception.proposals import proposals
from reception.services import arrival, contract, draft, estimate, lines, sheets
from reception.services.arrival import walk_version
from reception.services.options import GROUPS
from reception.stamp import TODAY, stamp
from reception.states import ON_FORM
from reception.supply import supply_of
from records.pieces import url_of
from records.selectors import photos_of
from records.services.files import print_papers
from records.services.photos import keep_photo
from records.states import PhotoKind

MOST_FOUND = 8
#: The refusal of a reading below the last one: the page then asks for the reason.
LOWER = "odometer_lower"
#: What the signature lacks stands at the fields; everything typed is saved.
UNFINISHED = "unfinished"


def _order(actor: Actor, order_id: int) -> WorkOrder:
    order = selectors.order_of(order_id, actor.branch)
    if order is None:
        raise Http404
    order.branch = actor.branch  # the same row, already here
    return order


@needs("order.receive")
def today(request: HttpRequest) -> HttpResponse:
    """Arrivals, my cars by promise, what needs me."""
    actor = actor_of(request)
    roles = request.workplace.membership.roles  # type: ignore[attr-defined]
    seen = (stamp(actor.branch, *TODAY), actor.person.pk, get_language(), *roles)
    return polled(
        request, "reception/today.html", lambda: _today(actor, roles), part="today",
        stamp=":".join(str(one) for one in seen),
    )  # fmt: skip


def _today(actor: Actor, roles: Collection[str]) -> dict[str, object]:
    return {
        "today": selectors.today(actor),
        "opening": open_check(actor) if Role.SERVICE_ADVISOR in roles else None,
        "expected": expected_today(actor.branch) if actor.can("appointment.book") else [],
        "now": local(actor.branch, now()),
    }


@needs("order.view")
def orders(request: HttpRequest) -> HttpResponse:
    """Open orders, or all of them, newest first."""
    before = request.GET.get("before", "")
    everything = request.GET.get("all") == "1"
    rows, following = selectors.orders_page(
        actor_of(request).branch, open_only=not everything, before=number_of(before)
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


@never_cache  # a page that comes back out of the browser's memory would be of an old version
@needs("order.receive")
def check_in(request: HttpRequest, order_id: int) -> HttpResponse:
    """The one page of check-in. Each button saves everything first, so that nothing typed is lost."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    if order.state not in ON_FORM:
        return go(request, reverse("reception:order", args=[order.pk]))
    forms = forms_for(request, order)
    # What was not saved is of the version that it was typed into.
    more: dict[str, Any] = {"version": _version(request) if request.method == "POST" else order.version}
    if request.method == "POST" and forms.is_valid():
        try:
            return _kept(request, actor, order, forms)
        except Stale as stale:
            order = _order(actor, order_id)
            stale.values = differences(forms, order)
            more = {"version": order.version, "stale": stale}
            renew_walk(forms.form, order)
            # The same once more, by a double click. On an order that stands as shown it is the walk-round that somebody
            # else saved: its marks are not in the table, and nothing of them is dropped without a word.
            if not stale.values and _version(request) != order.version:
                return go(request, f"{reverse('reception:check_in', args=[order.pk])}#lines")
        except Refused as refused:
            if refused.code != UNFINISHED:
                forms.form.add_error("odometer_reason" if refused.code == LOWER else None, refused.sentence)
            order = _order(actor, order_id)
            more = {"version": order.version, "ask_reason": refused.code == LOWER}
    status = 200 if request.method != "POST" else HTTPStatus.CONFLICT if "stale" in more else 422
    return page(
        request, "reception/check_in.html", _check_in_context(request, actor, order, forms) | more, status=status
    )


def _version(request: HttpRequest) -> int | None:
    """The version of the order that the page was made from."""
    return number_of(request.POST.get("version", ""))


def _kept(request: HttpRequest, actor: Actor, order: WorkOrder, forms: Page) -> HttpResponse:
    """Save what was typed, then do what the button says. A refused act leaves what was saved."""
    draft.keep(actor=actor, order_id=order.pk, draft=draft_of(forms), version=_version(request))
    if people := forms.form.people():
        arrival.name_people(actor=actor, order_id=order.pk, people=people)
    do, _sep, what = request.POST.get("do", "save").partition(":")
    text = request.POST.get("find", "").strip()[:60]
    if do == "sign":
        if lacks := missing(forms, order):
            for field, sentence in lacks.items():
                forms.form.add_error(field, sentence)
            raise Refused(_("Something is missing before the signature."), UNFINISHED)
        return _signed(request, actor, order, forms.form.cleaned_data)
    if do in ("estimate", "send"):
        return _estimated(request, actor, order, send=do == "send")
    if do == "park":
        return go(request, reverse("reception:today"))
    if do == "save" and not text:
        messages.success(request, _("Saved."))
        return go(request, reverse("reception:check_in", args=[order.pk]))
    _change_lines(actor, order, do, what)
    query = f"?{urlencode({'find': text})}" if text and do in ("find", "save") else ""
    return go(request, f"{reverse('reception:check_in', args=[order.pk])}{query}#lines")


def _change_lines(actor: Actor, order: WorkOrder, do: str, what: str) -> None:
    """Add, remove, take a substitute, or write down what the customer agrees to, as the button says."""
    key, _sep, code = what.partition(":")
    if do == "agree":
        agree(actor=actor, customer=order.owner, purposes=[what], source=_("at check-in"))
    elif do == "add" and what:
        draft.add(actor=actor, order_id=order.pk, what=what)
    elif do in ("drop", "swap") and any(str(line.pk) == key for line in order.lines.all()):
        if do == "drop":
            lines.drop(actor=actor, line_id=int(key))
        else:
            lines.swap_part(actor=actor, line_id=int(key), code=code)


def _estimated(request: HttpRequest, actor: Actor, order: WorkOrder, *, send: bool) -> HttpResponse:
    """The estimate on paper, or on the customer's page."""
    if send:
        estimate.send_estimate(actor=actor, order_id=order.pk)
        told = _("Sent: the estimate stands on the customer's page, a message with the code %(code)s is on its way.")
        messages.success(request, told % {"code": order.status_code})
        return go(request, reverse("reception:check_in", args=[order.pk]))
    paper = sheets.issue_estimate(order, actor=actor)
    return go(request, url_of(print_papers(actor=actor, papers=[paper]).name))


def _signed(request: HttpRequest, actor: Actor, order: WorkOrder, data: dict[str, Any]) -> HttpResponse:
    chosen = {group: request.POST.get(f"choose-{group}", "") for group in GROUPS}
    contract.sign(
        actor=actor, order_id=order.pk, signer=data["signer"], signature=data["signature"],
        chosen={group: letter for group, letter in chosen.items() if letter},
    )  # fmt: skip
    contract.hand_to_workshop(actor=actor, order_id=order.pk)
    messages.success(request, _("Signed and handed to the workshop."))
    return go(request, reverse("reception:order", args=[order.pk]))


@needs("order.receive")
@require_POST
def autosave(request: HttpRequest, order_id: int) -> HttpResponse:
    """The page saves itself while somebody types; the answer is the sentence to show."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    check_unsigned(order)
    forms = forms_for(request, order)
    if not forms.is_valid():
        return HttpResponse(_("Not saved: something typed cannot be used yet."), status=422)
    kept = draft.keep(actor=actor, order_id=order.pk, draft=draft_of(forms), autosaved=True, version=_version(request))
    answer = HttpResponse(_("Saved %(time)s") % {"time": local(actor.branch, now()).strftime("%H:%M:%S")})
    answer["X-Version"] = str(kept.version)
    if forms.walk_touched:  # else the page may still show an older one
        answer["X-Walk-Version"] = str(walk_version(kept))
    return answer


@needs("order.receive")
@require_POST
def find_work(request: HttpRequest, order_id: int) -> HttpResponse:
    """Rows under the search field, while somebody types in it."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    return page(request, "reception/check_in.html", _found(request, actor, order), part="found")


def _found(request: HttpRequest, actor: Actor, order: WorkOrder) -> dict[str, Any]:
    text = (request.POST.get("find") or request.GET.get("find", "")).strip()[:60]
    return {
        "find": text,
        "operations": search_operations(actor.branch, text, MOST_FOUND) if text else [],
        "parts": search_parts(actor.branch, text, MOST_FOUND) if text else [],
        "menus": search_menus(actor.branch, text, MOST_FOUND) if text else [],
        "proposals": [] if text else proposals(order),
    }


def _check_in_context(request: HttpRequest, actor: Actor, order: WorkOrder, forms: Page) -> dict[str, Any]:
    return {
        "order": order,
        "form": forms.form,
        "marks": forms.marks,
        "card": card_of(actor.branch, order.vehicle, order.odometer_in, order.owner, but=order.pk),
        "lines": forms.lines,
        "supply": supply_of(actor.branch, [line for line, _form in forms.lines]),
        "options": options_of([line for line, _form in forms.lines]),
        "line_forms": [form for _line, form in forms.lines if form is not None],
        "totals": selectors.totals([line for line, _form in forms.lines]),
        "photos": (photos := photos_of(actor.branch, order.subject_key)),
        "walk": getattr(order, "walk", None),
        "walk_etag": walk_etag(order, photos),
        **walk_link(request, order),
        "several": len(order.statements.all()) > 1,
        **_found(request, actor, order),
    }


@needs("order.receive")
@require_POST
def add_photo(request: HttpRequest, order_id: int) -> HttpResponse:
    """A photo of the car at arrival, sent in the background."""
    actor = actor_of(request)
    order = _order(actor, order_id)
    file = request.FILES.get("photo")
    if file is None:
        raise Invalid(_("Choose a photo."))
    key = uuid_of(request.POST.get("key", ""))
    photo = keep_photo(actor=actor, file=file, kind=PhotoKind.ARRIVAL, subject_key=order.subject_key, key=key)
    return JsonResponse({"id": photo.pk})
