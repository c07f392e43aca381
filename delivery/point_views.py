"""The pages of the hand-back's list: what is looked at and explained; a manager changes it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.policies import Actor
from delivery.forms import PointForm
from delivery.handover_selectors import kept_points
from delivery.models import HandoverPoint
from delivery.services import points as services
from dms.htmx import go, page
from dms.kept import kept


def _saved(actor: Actor, form: PointForm) -> bool:
    """Whether it was right and was written; a refusal becomes the form's error."""
    return kept(form, lambda: services.keep(actor=actor, point=form.point()))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def points(request: HttpRequest) -> HttpResponse:
    """The list, and a form for one more."""
    form = PointForm(request.POST if request.method == "POST" else None)
    if form.is_bound and _saved(actor_of(request), form):
        messages.success(request, _("Saved."))
        return go(request, reverse("delivery:points"))
    context: dict[str, object] = {"form": form, "rows": kept_points()}
    return page(request, "delivery/points.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def point(request: HttpRequest, point_id: int) -> HttpResponse:
    """Change a point, take it out of use, or use it again."""
    actor, row = actor_of(request), get_object_or_404(HandoverPoint, pk=point_id)
    do = request.POST.get("do", "")
    form = PointForm(request.POST if do == "save" else None, instance=row)
    if do in ("end", "again"):
        services.use(actor=actor, point_id=row.pk, again=do == "again")
    if do in ("end", "again") or (form.is_bound and _saved(actor, form)):
        messages.success(request, _("Saved."))
        return go(request, reverse("delivery:points"))
    context: dict[str, object] = {"form": form, "row": row}
    return page(request, "delivery/point.html", context, status=422 if form.errors else 200)
