"""The till's page of a package: its price is paid, or it is given up and money goes back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.models import Vehicle
from delivery.services import packages as acts
from delivery.states import Method
from dms.errors import Refused
from dms.htmx import go, page
from reception.models import Package
from reception.services.packages import refund_of
from records.services.idempotency import fresh_key

WAYS_BACK = [choice for choice in Method.choices if choice[0] != Method.DEPOSIT]


class PayForm(forms.Form):
    """How the whole price is paid."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    method = forms.ChoiceField(label=gettext_lazy("How"), choices=Method.choices, widget=forms.RadioSelect)


class GiveUpForm(forms.Form):
    """Why the package ends, and how money goes back."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200,
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off"}),
    )  # fmt: skip
    method = forms.ChoiceField(label=gettext_lazy("How"), choices=WAYS_BACK, widget=forms.RadioSelect)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.pay")
def package(request: HttpRequest, package_id: int) -> HttpResponse:
    """What is in it, what was paid; a POST pays it (`do` = pay) or gives it up."""
    actor = actor_of(request)
    rows = Package.objects.select_related("vehicle__model", "template").prefetch_related("units")
    row = get_object_or_404(rows, pk=package_id, branch=actor.branch)
    if request.method != "POST":
        return _shown(request, row)
    ends = request.POST.get("do") == "give_up"
    form: forms.Form = GiveUpForm(request.POST, prefix="g") if ends else PayForm(request.POST, prefix="p")
    status = 422
    if form.is_valid():
        try:
            return _done(request, actor, row, form.cleaned_data, ends=ends)
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _shown(request, row, status, **{"give_up" if ends else "pay": form})


def _done(request: HttpRequest, actor: Actor, row: Package, values: dict[str, Any], *, ends: bool) -> HttpResponse:
    if ends:
        ended = acts.refund_package(actor=actor, package_id=row.pk, **values)
        told = {"number": ended.number, "amount": ended.refund_gross}
        messages.success(request, _("%(number)s has ended; %(amount)s goes back.") % told)
    else:
        acts.pay_package(actor=actor, package_id=row.pk, **values)
        messages.success(request, _("%(number)s is paid.") % {"number": row.number})
    return go(request, reverse("delivery:package", args=[row.pk]))


def _shown(request: HttpRequest, row: Package, status: int = 200, **came_back: forms.Form) -> HttpResponse:
    actor, paid = actor_of(request), acts.paid_for(row)
    begun = {"method": Method.SCAN, "key": fresh_key()}
    context: dict[str, object] = {
        "row": row, "paid": paid, "currency": actor.branch.currency, "may_refund": actor.can("till.reverse"),
        "back": refund_of(row)[1] if paid else 0, "open": paid < row.gross and row.given_up_at is None,
        "pay": PayForm(prefix="p", initial=begun), "give_up": GiveUpForm(prefix="g", initial=begun),
    }  # fmt: skip
    return page(request, "delivery/package.html", context | came_back, status=status)


def card(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """On the car's page, for who takes money: which packages are not paid here. One query, none for others."""
    if not actor.can("till.pay"):
        return None
    rows = list(acts.with_paid(Package.objects.filter(vehicle=vehicle, given_up_at__isnull=True)))
    return {"rows": rows, "currency": actor.branch.currency} if rows else None
