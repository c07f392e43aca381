"""The checklist's pages: what the three checks look at, by repair class; a manager changes it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.policies import Actor
from dms.htmx import go, page
from dms.kept import kept
from workshop.forms import CheckItemForm
from workshop.models import CheckItem
from workshop.selectors.checklist import kept_items
from workshop.services import checklist as services


def _saved(actor: Actor, form: CheckItemForm) -> bool:
    """Whether it was right and was written; a refusal becomes the form's error."""
    return kept(form, lambda: services.keep(actor=actor, item=form.item()))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def checklist(request: HttpRequest) -> HttpResponse:
    """The list, and a form for one more."""
    form = CheckItemForm(request.POST if request.method == "POST" else None)
    if form.is_bound and _saved(actor_of(request), form):
        messages.success(request, _("Saved."))
        return go(request, reverse("workshop:checklist"))
    context: dict[str, object] = {"form": form, "rows": kept_items()}
    return page(request, "workshop/checklist.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def check_item(request: HttpRequest, check_item_id: int) -> HttpResponse:
    """Change an item, take it out of use, or use it again."""
    actor, row = actor_of(request), get_object_or_404(CheckItem, pk=check_item_id)
    do = request.POST.get("do", "")
    form = CheckItemForm(request.POST if do == "save" else None, instance=row)
    if do in ("end", "again"):
        services.use(actor=actor, item_id=row.pk, again=do == "again")
    if do in ("end", "again") or (form.is_bound and _saved(actor, form)):
        messages.success(request, _("Saved."))
        return go(request, reverse("workshop:checklist"))
    context: dict[str, object] = {"form": form, "row": row}
    return page(request, "workshop/check_item.html", context, status=422 if form.errors else 200)
