"""Pages of trade-in leads: taken down at a car, listed, contacted and closed."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from customers.selectors import phone_for, vehicle_of
from dms.errors import Refused
from dms.htmx import go, page
from retention.condition import in_words
from retention.lead_states import LeadState
from retention.models import TradeInLead
from retention.services import leads

_IN = {"class": "in", "autocomplete": "off"}
MOST = 50


class LeadForm(forms.Form):
    """What the customer would like, and a word for sales."""

    asked_price = forms.DecimalField(
        label=gettext_lazy("Price the customer asks"), required=False, min_value=0, max_digits=12, decimal_places=2,
        widget=forms.NumberInput(attrs=_IN),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Note for sales"), required=False, max_length=leads.LONGEST,
        widget=forms.Textarea(attrs={**_IN, "rows": 2}),
    )  # fmt: skip


@require_GET
@needs("lead.handle")
def listed(request: HttpRequest) -> HttpResponse:
    """Those that wait, the oldest first, then the latest closed ones."""
    actor = actor_of(request)
    rows = TradeInLead.objects.filter(branch=actor.branch)
    rows = rows.select_related("vehicle__model__brand", "customer", "opened_by", "branch")
    waiting = rows.exclude(state=LeadState.CLOSED).order_by("pk")[:MOST]
    context: dict[str, object] = {
        "rows": [
            {"lead": row, "phone": phone_for(actor, row.customer), "condition": in_words(row.condition)}
            for row in waiting
        ],
        "closed": rows.filter(state=LeadState.CLOSED).order_by("-closed_at")[:MOST],
    }
    return page(request, "retention/leads.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("lead.open")
def new(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """A customer asks what this car is worth."""
    actor = actor_of(request)
    vehicle = vehicle_of(vehicle_id, actor.branch)
    if vehicle is None:
        raise Http404
    form = LeadForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            leads.open_lead(actor=actor, vehicle=vehicle, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _("Sales have this lead now."))
            return go(request, reverse("customers:vehicle", args=[vehicle.pk]))
    context: dict[str, object] = {
        "vehicle": vehicle, "form": form, "condition": in_words(leads.condition_of(vehicle)),
    }  # fmt: skip
    return page(request, "retention/lead_new.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@needs("lead.handle")
def act(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Contacted, or closed with what came of it."""
    actor = actor_of(request)
    row = get_object_or_404(TradeInLead, pk=lead_id, branch=actor.branch)
    if request.POST.get("do") == "contacted":
        leads.contacted(actor=actor, lead_id=row.pk)
    else:
        leads.close_lead(actor=actor, lead_id=row.pk, result=request.POST.get("result", ""))
    return go(request, reverse("retention:leads"))
