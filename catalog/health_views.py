"""The points of an inspection list: see, add, change, end; and the list that a house begins with."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from catalog.forms import HealthPointForm, saved
from catalog.health import points_of
from catalog.models import HealthList, HealthPoint
from catalog.services import health, keeping
from dms.htmx import go, page


def _back(request: HttpRequest, health_list_id: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    return go(request, reverse("catalog:health_points", args=[health_list_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def points(request: HttpRequest, health_list_id: int) -> HttpResponse:
    """What a list asks for, in its order, and a form for one more."""
    found = get_object_or_404(HealthList.objects.select_related("brand", "model__brand"), pk=health_list_id)
    if request.method == "POST" and found.ended_at is not None:
        raise Http404
    rows = points_of(found)
    last = max((row.position for row in rows), default=0)
    new = HealthPoint(health_list=found, position=last + 10)
    form = HealthPointForm(request.POST if request.method == "POST" else None, instance=new)
    if form.is_bound and saved(actor_of(request), form):
        return _back(request, found.pk)
    context: dict[str, Any] = {"list": found, "rows": rows, "form": form}
    return page(request, "catalog/health_points.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def point(request: HttpRequest, health_point_id: int) -> HttpResponse:
    """Change a point or end it; sheets that were begun keep it as it was."""
    row = get_object_or_404(HealthPoint.objects.select_related("health_list", "operation", "part"), pk=health_point_id)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    form = HealthPointForm(request.POST if do == "save" else None, instance=row)
    if do == "end":
        keeping.end(actor=actor_of(request), row=row)
        return _back(request, row.health_list_id)
    if form.is_bound and saved(actor_of(request), form):
        return _back(request, row.health_list_id)
    context: dict[str, Any] = {"row": row, "form": form}
    return page(request, "catalog/health_point.html", context, status=422 if form.errors else 200)


@require_POST
@needs("catalogue.edit")
def first(request: HttpRequest) -> HttpResponse:
    """The usual list, for a house that has none."""
    health.begin(actor=actor_of(request))
    return go(request, reverse("catalog:health_lists"))
