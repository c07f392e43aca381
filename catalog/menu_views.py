"""What is in a menu: see, add, take out."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from catalog.forms import MenuItemForm, saved
from catalog.menus import priced_menus
from catalog.models import Menu, MenuItem
from catalog.services import keeping
from dms.htmx import go, page


def _back(request: HttpRequest, menu_id: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    return go(request, reverse("catalog:menu_items", args=[menu_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.edit")
def items(request: HttpRequest, menu_id: int) -> HttpResponse:
    """The items of a menu with what they cost here, and a form for one more."""
    found = get_object_or_404(Menu, pk=menu_id)
    if request.method == "POST" and found.ended_at is not None:
        raise Http404
    form = MenuItemForm(request.POST if request.method == "POST" else None, instance=MenuItem(menu=found))
    if form.is_bound and saved(actor_of(request), form):
        return _back(request, found.pk)
    context: dict[str, Any] = {"priced": priced_menus(actor_of(request).branch, [found])[0], "form": form}
    return page(request, "catalog/menu_items.html", context, status=422 if form.errors else 200)


@require_POST
@needs("catalogue.edit")
def end_item(request: HttpRequest, menu_item_id: int) -> HttpResponse:
    """No longer in the menu; estimates keep what was added."""
    row = get_object_or_404(MenuItem, pk=menu_item_id)
    keeping.end(actor=actor_of(request), row=row)
    return _back(request, row.menu_id)
