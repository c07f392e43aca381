"""The count sheet: blind, by bin."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from catalog.models import Stock
from catalog.selectors import bins, counts_of, shelf_of
from catalog.services import counting
from catalog.services.counting import Counted
from dms.htmx import go, page
from workshop.stores_forms import CountForm

Sheet = list[tuple[Stock, CountForm]]


def _forms(request: HttpRequest, place: str) -> Sheet:
    data = request.POST if request.method == "POST" else None
    return [(row, CountForm(data, prefix=str(row.part_id))) for row in shelf_of(actor_of(request).branch, place)]


def _taken(request: HttpRequest, sheet: Sheet) -> bool:
    """Whether every count was right and was written; a refusal stands at its part, with what was typed."""
    if not all(form.is_valid() for _row, form in sheet):
        return False
    counted = [
        Counted(row.part, form.cleaned_data["found"], form.cleaned_data["reason"])
        for row, form in sheet
        if form.cleaned_data["found"] is not None
    ]
    refused = counting.count(actor=actor_of(request), counted=counted)
    for row, form in sheet:
        if row.part_id in refused:
            form.add_error(None, refused[row.part_id])
    done = len(counted) - len(refused)
    if done:
        messages.success(request, _("%(n)d parts counted.") % {"n": done})
    return not refused


@needs("parts.stock")
@require_http_methods(["GET", "HEAD", "POST"])
def count(request: HttpRequest) -> HttpResponse:
    """A sheet of a bin; what is expected does not stand on it."""
    place = request.GET.get("bin", "").strip()[:20]
    sheet = _forms(request, place)
    if request.method == "POST" and _taken(request, sheet):
        return go(request, reverse("workshop:count"))
    branch = actor_of(request).branch
    context: dict[str, Any] = {
        "bins": bins(branch), "place": place, "chosen": "bin" in request.GET, "sheet": sheet,
        "last": counts_of(branch), "may_order": True,
    }  # fmt: skip
    return page(request, "workshop/count.html", context, status=422 if request.method == "POST" else 200)
