"""What is in a package: see, add, take out."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from catalog.forms import PackageItemForm, saved
from catalog.models import PackageItem, PackageTemplate
from catalog.services import keeping
from dms.htmx import go, page


def _back(request: HttpRequest, template_id: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    return go(request, reverse("catalog:package_items", args=[template_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def items(request: HttpRequest, package_template_id: int) -> HttpResponse:
    """The items of a package, and a form for one more."""
    found = get_object_or_404(PackageTemplate, pk=package_template_id)
    if request.method == "POST" and found.ended_at is not None:
        raise Http404
    form = PackageItemForm(request.POST if request.method == "POST" else None, instance=PackageItem(template=found))
    if form.is_bound and saved(actor_of(request), form):
        return _back(request, found.pk)
    rows = found.items.filter(ended_at__isnull=True).select_related("operation", "part").order_by("id")
    context: dict[str, Any] = {"template": found, "rows": list(rows), "form": form}
    return page(request, "catalog/package_items.html", context, status=422 if form.errors else 200)


@require_POST
@needs("catalogue.edit")
def end_item(request: HttpRequest, package_item_id: int) -> HttpResponse:
    """No longer in the package; what was sold keeps it."""
    row = get_object_or_404(PackageItem, pk=package_item_id)
    keeping.end(actor=actor_of(request), row=row)
    return _back(request, row.template_id)
