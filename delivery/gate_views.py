"""Pages of the gate: compare and let out, by force, by the printed list; its log."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.selectors import with_pin
from delivery.forms import GateForm
from delivery.gate_forms import ForceForm, ListedForm, OutingForm
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.htmx import go, page
from reception import gate_selectors as found
from reception.models import GatePass, WorkOrder
from reception.services.gate import Attempt, look, open_gate, wrong_car
from reception.services.gate_apart import end_forced, enter_listed, force_release
from reception.services.outings import come_back, go_out
from reception.states import FAILED, OUTINGS, GateOutcome

#: Empty lines of the printed list, for passes that are made after it.
EMPTY_LINES = range(6)
_ACTS = {"open": open_gate, "wrong": wrong_car}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("gate.open")
def gate(request: HttpRequest) -> HttpResponse:
    """The guard scans or types; the plate is shown to be compared; one tap lets the car out. Each act is a POST."""
    context: dict[str, object] = {"form": GateForm()}
    if request.method == "POST":
        form = GateForm(request.POST)
        if not form.is_valid():
            return page(request, "delivery/gate.html", {"form": form}, status=422)
        context |= _answer(request, form.cleaned_data["code"], request.POST.get("act", ""))
    return page(request, "delivery/gate.html", context)


def _answer(request: HttpRequest, code: str, act: str) -> dict[str, object]:
    try:
        attempt = _ACTS.get(act, look)(actor=actor_of(request), entered=code)
    except Refused as refused:
        return {"answered": True, "opened": False, "sentence": refused.sentence}
    shown = _shown(attempt)
    if act not in _ACTS and attempt.outcome not in FAILED:
        return shown | {"compare": True, "code": code, "comes_in": attempt.outcome == GateOutcome.BACK}
    return shown | {"answered": True, "opened": attempt.outcome not in FAILED}


def _shown(attempt: Attempt) -> dict[str, object]:
    gate_pass = attempt.gate_pass
    car = gate_pass.order.vehicle if gate_pass else None
    kind = gate_pass.get_kind_display() if gate_pass else ""
    return {"sentence": attempt.sentence, "car": car, "kind": kind}


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@needs("gate.open")
def gate_force(request: HttpRequest) -> HttpResponse:
    """Let a car out without a pass: plate, reason, photo, and the PIN of somebody who may."""
    actor = actor_of(request)
    people = list(with_pin(actor.branch, "gate.force"))
    posted = request.method == "POST"
    form = ForceForm(request.POST if posted else None, request.FILES if posted else None, people=people)
    status = 422 if posted else 200
    if posted and form.is_valid():
        try:
            row = _forced(request, form)
            messages.success(request, _("%(car)s was let out by force; it is kept.") % {"car": row.vehicle})
            return go(request, reverse("delivery:gate"))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return page(request, "delivery/gate_force.html", {"form": form, "people": people}, status=status)


def _forced(request: HttpRequest, form: ForceForm) -> WorkOrder:
    actor, data = actor_of(request), form.cleaned_data
    cars = found.cars_here(actor.branch, data["plate"])
    if not cars:
        raise Invalid(_("No car with this plate is here."), "plate")
    if len({order.vehicle_id for order in cars}) > 1:
        raise Invalid(_("Several cars end like this: type the whole plate."), "plate")
    force_release(
        actor=actor, order_id=cars[0].pk, by_id=int(data["by"]), pin=data["pin"], reason=data["reason"],
        photo=data["photo"],
    )  # fmt: skip
    return cars[0]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("gate.open")
def gate_listed(request: HttpRequest) -> HttpResponse:
    """Enter afterwards who left by the printed list, and when."""
    actor = actor_of(request)
    passes = list(found.unused_passes(actor.branch))
    form = ListedForm(request.POST or None, branch=actor.branch, passes=passes)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            pass_id = int(form.cleaned_data["gate_pass"])
            attempt = enter_listed(actor=actor, pass_id=pass_id, left_at=form.left_at())
            if attempt.outcome == GateOutcome.LISTED:
                messages.success(request, attempt.sentence)
                return go(request, reverse("delivery:gate_listed"))
            form.add_error(None, attempt.sentence)
        except Refused as refused:
            form.add_error("time" if refused.code == "left_at" else None, refused.sentence)
            status = refused.status
    return page(request, "delivery/gate_listed.html", {"form": form, "passes": passes}, status=status)


@require_GET
@needs("pass.issue")
def gate_list(request: HttpRequest) -> HttpResponse:
    """The live passes, to be printed for the guard: plate, number and the end of the code, never the code."""
    branch = actor_of(request).branch
    context: dict[str, object] = {
        "passes": found.live_passes(branch), "at": now(), "branch": branch, "empty": EMPTY_LINES
    }  # fmt: skip
    return page(request, "delivery/gate_list.html", context)


@require_GET
@needs("gate.force")
def gate_log(request: HttpRequest) -> HttpResponse:
    """What was let out by force, and what was tried in vain."""
    branch = actor_of(request).branch
    context: dict[str, object] = {
        "forced": found.forced(branch), "attempts": found.attempts(branch), "gone": found.GONE
    }  # fmt: skip
    return page(request, "delivery/gate_log.html", context)


@require_POST
@needs("gate.force")
def gate_end(request: HttpRequest, order_id: int) -> HttpResponse:
    """The order of a car that was let out by force ends."""
    actor = actor_of(request)
    order = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch)
    end_forced(actor=actor, order_id=order.pk)
    messages.success(request, _("The order has ended."))
    return go(request, reverse("delivery:gate_log"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("pass.issue")
def outings(request: HttpRequest) -> HttpResponse:
    """Cars that are out for a while; a POST makes the pass with which one goes out and comes in."""
    actor, status = actor_of(request), 200
    orders = list(found.cars_to_go(actor.branch))
    form = OutingForm(request.POST or None, orders=orders, initial={"order": request.GET.get("order", "")})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                go_out(actor=actor, order_id=int(said["order"]), kind=said["kind"], note=said["note"])
                messages.success(request, _("The gate pass is made: it opens on the way out and on the way in."))
                return go(request, reverse("delivery:outings"))
            except Refused as refused:
                form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
                status = refused.status
    context: dict[str, object] = {"rows": found.outings(actor.branch), "form": form, "any": bool(orders)}
    return page(request, "delivery/outings.html", context, status=status)


@require_POST
@needs("pass.issue")
def outing_back(request: HttpRequest, pass_id: int) -> HttpResponse:
    """The car is here again, or never left."""
    actor = actor_of(request)
    row = get_object_or_404(GatePass, pk=pass_id, branch=actor.branch, kind__in=OUTINGS)
    come_back(actor=actor, pass_id=row.pk)
    messages.success(request, _("The car is here."))
    return go(request, reverse("delivery:outings"))
