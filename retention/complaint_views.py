"""Pages of complaints: the list with its ages, one with its history, a new one at the desk."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.models import Vehicle
from customers.selectors import owner_of, phone_for
from dms.errors import Invalid, Refused
from dms.fields import number_of
from dms.htmx import go, page
from reception.models import WorkOrder
from retention.forms import ComplaintForm, OwnerForm, ReasonForm, ResultForm, marks_of
from retention.models import Complaint
from retention.selectors import complaints as selectors
from retention.services import complaints
from retention.states import ComplaintSource, ComplaintState


def _after(text: str) -> selectors.Cursor | None:
    """`2026-11-22.45` from an address; None for the first page and for anything else."""
    day, _dot, number = text.partition(".")
    found = number_of(number)
    try:
        return (date.fromisoformat(day), found) if found is not None else None
    except ValueError:
        return None


@require_GET
@needs("complaint.handle")
def listed(request: HttpRequest) -> HttpResponse:
    """Complaints, the longest overdue first."""
    actor = actor_of(request)
    which = request.GET.get("which", selectors.LIVE)
    rows, following = selectors.complaints_page(
        actor.branch, which, actor.user.pk if actor.user else None, _after(request.GET.get("after", ""))
    )
    context: dict[str, object] = {
        "rows": rows,
        "which": which,
        "totals": selectors.complaint_totals(actor.branch),
        "after": f"{following[0].isoformat()}.{following[1]}" if following else "",
    }
    return page(request, "retention/complaints.html", context)


def _complaint(actor: Actor, complaint_id: int) -> Complaint:
    row = selectors.complaint_of(complaint_id, actor.branch)
    if row is None:
        raise Http404
    return row


def _shown(request: HttpRequest, row: Complaint, bound: forms.Form | None = None, status: int = 200) -> HttpResponse:
    actor, first = actor_of(request), {"version": row.version}
    context: dict[str, Any] = {
        "card": selectors.complaint_card(row),
        "complaint": row,
        "phone": phone_for(actor, row.customer),
        "answer": ResultForm(initial={**first, "result": row.result}) if row.state == ComplaintState.OPEN else None,
        "reason": ReasonForm(initial=first) if row.state != ComplaintState.OPEN else None,
        "marks": marks_of(row.survey) if row.survey else [],
        "may_open_order": actor.can("order.view"),
        "may_call": actor.can("call.do"),
    }
    if bound is not None:
        bound.data = {**bound.data.dict(), "version": row.version}  # type: ignore[attr-defined]  # QueryDict
        context["answer" if isinstance(bound, ResultForm) else "reason"] = bound
    return page(request, "retention/complaint.html", context, status=status)


@require_GET
@needs("complaint.handle")
def complaint(request: HttpRequest, complaint_id: int) -> HttpResponse:
    """One complaint: the words, the result, the second call, the history."""
    return _shown(request, _complaint(actor_of(request), complaint_id))


def _answered(actor: Actor, row: Complaint, data: dict[str, Any]) -> None:
    complaints.answer(actor=actor, complaint_id=row.pk, version=data["version"], result=data["result"])


def _closed(actor: Actor, row: Complaint, data: dict[str, Any]) -> None:
    complaints.close(actor=actor, complaint_id=row.pk, version=data["version"], note=data["note"])


def _reopened(actor: Actor, row: Complaint, data: dict[str, Any]) -> None:
    complaints.reopen(actor=actor, complaint_id=row.pk, version=data["version"], note=data["note"])


def _assigned(actor: Actor, row: Complaint, data: dict[str, Any]) -> None:
    complaints.assign(
        actor=actor, complaint_id=row.pk, version=data["version"], membership_id=data["membership"]
    )  # fmt: skip


#: What the page can do: its form, and the service.
ACTS: dict[str, tuple[type[forms.Form], Callable[[Actor, Complaint, dict[str, Any]], None]]] = {
    "answer": (ResultForm, _answered),
    "close": (ReasonForm, _closed),
    "reopen": (ReasonForm, _reopened),
    "assign": (OwnerForm, _assigned),
}


@require_POST
@needs("complaint.handle")
def act(request: HttpRequest, complaint_id: int, action: str) -> HttpResponse:
    """Answer, close, open again, give to somebody else. Nothing typed is lost when it will not do."""
    actor = actor_of(request)
    row = _complaint(actor, complaint_id)
    if action not in ACTS:
        raise Http404
    kind, does = ACTS[action]
    form = kind(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(str(next(iter(form.errors.values()))[0]))
        does(actor, row, form.cleaned_data)
    except Refused as refused:
        if kind is OwnerForm or not form.is_bound:
            raise
        form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        return _shown(request, _complaint(actor, complaint_id), form, status=refused.status)
    messages.success(request, _("Saved."))
    return go(request, reverse("retention:complaint", args=[row.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("complaint.open")
def new(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Take down a complaint at the desk; `order` in the address names the visit that it is about."""
    actor = actor_of(request)
    vehicle = get_object_or_404(Vehicle.objects.select_related("model"), pk=vehicle_id, branch=actor.branch)
    number = number_of(request.GET.get("order", ""))
    order = WorkOrder.objects.filter(pk=number or 0, vehicle=vehicle).select_related("advisor", "contact").first()
    customer = order.contact if order else owner_of(vehicle)
    if customer is None:
        raise Refused(_("Enter the owner of the car first."))
    form = ComplaintForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        complaints.open_complaint(
            actor=actor, vehicle=vehicle, customer=customer, order=order, words=form.cleaned_data["words"],
            source=ComplaintSource.DESK,
        )  # fmt: skip
        messages.success(request, _("The complaint is taken down; its owner sees it now."))
        back = reverse("reception:order", args=[order.pk]) if order else reverse("customers:vehicle", args=[vehicle.pk])
        return go(request, back)
    context: dict[str, object] = {"form": form, "vehicle": vehicle, "order": order, "customer": customer}
    return page(request, "retention/complaint_new.html", context, status=422 if request.method == "POST" else 200)
