"""The page on which the house says, by brand and model, when a car has lapsed and when it is one of ours."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from catalog.models import Brand
from catalog.services.limits import Limits, set_limits
from dms.errors import Invalid
from dms.fields import number_of
from dms.htmx import go, page


def _number(request: HttpRequest, field: str) -> int:
    """Raises `Invalid` for what is no number; the field is its code."""
    found = number_of(request.POST.get(field, "").strip())
    if found is None:
        raise Invalid(_("A whole number, please."), field)
    return found


def _saved(request: HttpRequest, brands: list[Brand]) -> int:
    """What the form says of the brands and models that it shows. Raises `Invalid`."""
    limits = {
        row.pk: Limits(_number(request, f"months-{row.pk}"), _number(request, f"visits-{row.pk}")) for row in brands
    }
    models: dict[int, int | None] = {}
    for model in (model for row in brands for model in row.models.all()):
        field = f"model-{model.pk}"
        models[model.pk] = _number(request, field) if request.POST.get(field, "").strip() else None
    return set_limits(actor=actor_of(request), brands=limits, models=models)


@require_http_methods(["GET", "POST"])
@needs("rules.edit")
def brands(request: HttpRequest) -> HttpResponse:
    """Months and visits of every brand, months of every model."""
    rows = list(Brand.objects.order_by("name").prefetch_related("models"))
    refused: Invalid | None = None
    if request.method == "POST":
        try:
            changed = _saved(request, rows)
            messages.success(
                request, _("Saved; the next night judges by it.") if changed else _("Nothing was changed.")
            )
            return go(request, reverse("retention:brands"))
        except Invalid as error:
            refused = error
    context: dict[str, object] = {"brands": [_row(request, row) for row in rows], "refused": refused}
    return page(request, "retention/brands.html", context, status=refused.status if refused else 200)


def _row(request: HttpRequest, brand: Brand) -> dict[str, Any]:
    """What stands in the fields: what was typed, else what holds."""

    def said(field: str, holds: int | None) -> str:
        return request.POST.get(field, "" if holds is None else str(holds))

    models = [
        {"model": model, "field": f"model-{model.pk}", "months": said(f"model-{model.pk}", model.lapse_months)}
        for model in sorted(brand.models.all(), key=lambda model: model.name)
    ]
    return {
        "brand": brand, "models": models,
        "months_field": f"months-{brand.pk}", "months": said(f"months-{brand.pk}", brand.lapse_months),
        "visits_field": f"visits-{brand.pk}", "visits": said(f"visits-{brand.pk}", brand.retained_visits),
    }  # fmt: skip
