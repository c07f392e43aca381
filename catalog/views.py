"""The lists of the catalogue: each with a page to see and add, and one to change and end a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.policies import Actor
from catalog.forms import (
    CareRuleForm,
    DeliveryForm,
    HealthListForm,
    InsurerForm,
    KeptForm,
    MenuForm,
    PackageForm,
    SubstituteForm,
    SupplierForm,
    TermForm,
    saved,
)
from catalog.models import (
    CareRule,
    ExpectedPart,
    HealthList,
    Insurer,
    Menu,
    PackageTemplate,
    PartSubstitute,
    Supplier,
    WarrantyTerm,
)
from catalog.selectors import rows_kept
from catalog.services import keeping
from dms.htmx import go, page

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list: its routes, words, form. `add` is what the button says."""

    route: str
    one: str
    model: Any
    form: type[KeptForm]
    heading: str | Promise
    intro: str | Promise
    add: str | Promise


DELIVERIES = Shelf(
    "catalog:deliveries", "catalog:delivery", ExpectedPart, DeliveryForm, gettext_lazy("Deliveries on their way"),
    gettext_lazy("The promise to a customer counts with these days."), gettext_lazy("Add a delivery"),
)  # fmt: skip
SUBSTITUTES = Shelf(
    "catalog:substitutes", "catalog:substitute", PartSubstitute, SubstituteForm, gettext_lazy("Substitutes"),
    gettext_lazy("Offered at the line when the part itself is not free."), gettext_lazy("Add a substitute"),
)  # fmt: skip
TERMS = Shelf(
    "catalog:terms", "catalog:term", WarrantyTerm, TermForm, gettext_lazy("Warranties of the makers"),
    gettext_lazy("By them a line is judged to be covered. Fluids and filters need a term of their own to be covered."),
    gettext_lazy("Add a warranty"),
)  # fmt: skip
CARE = Shelf(
    "catalog:care_rules", "catalog:care_rule", CareRule, CareRuleForm, gettext_lazy("Care rules"),
    gettext_lazy("Proposed at check-in for cars of this kind, with the sentence to tell the customer."),
    gettext_lazy("Add a care rule"),
)  # fmt: skip
SUPPLIERS = Shelf(
    "catalog:suppliers", "catalog:supplier", Supplier, SupplierForm, gettext_lazy("Suppliers"),
    gettext_lazy("Parts are ordered from them; the days until a delivery stand in a new order."),
    gettext_lazy("Add a supplier"),
)  # fmt: skip
INSURERS = Shelf(
    "catalog:insurers", "catalog:insurer", Insurer, InsurerForm, gettext_lazy("Insurers"),
    gettext_lazy("The companies whose cases are repaired here, and whom to call there."),
    gettext_lazy("Add an insurer"),
)  # fmt: skip
HEALTH = Shelf(
    "catalog:health_lists", "catalog:health_list", HealthList, HealthListForm, gettext_lazy("Inspection lists"),
    gettext_lazy("What a technician looks at. Of the lists that fit a car the narrowest is taken: model, brand, all."),
    gettext_lazy("Add a list"),
)  # fmt: skip
PACKAGES = Shelf(
    "catalog:packages", "catalog:package", PackageTemplate, PackageForm, gettext_lazy("Service packages"),
    gettext_lazy("Sold to a car and used up visit by visit. What was sold keeps its contents, price and end."),
    gettext_lazy("Add a package"),
)  # fmt: skip
MENUS = Shelf(
    "catalog:menus", "catalog:menu", Menu, MenuForm, gettext_lazy("Menus"),
    gettext_lazy("Work with its parts that is added to an estimate in one click."), gettext_lazy("Add a menu"),
)  # fmt: skip
SHELVES = (DELIVERIES, SUBSTITUTES, SUPPLIERS, INSURERS, TERMS, CARE, HEALTH, PACKAGES, MENUS)


def _shown(request: HttpRequest, shelf: Shelf, template: str, form: KeptForm, **more: Any) -> HttpResponse:
    tabs = [one for one in SHELVES if actor_of(request).can(keeping.KEEPERS[one.model])]
    context = {"shelf": shelf, "form": form, "tabs": tabs, **more}
    return page(request, template, context, status=422 if form.errors else 200)


def _list(shelf: Shelf) -> View:
    @require_http_methods(["GET", "HEAD", "POST"])
    @needs(keeping.KEEPERS[shelf.model])
    def listed(request: HttpRequest) -> HttpResponse:
        """What stands in the list, and a form for one more."""
        actor = actor_of(request)
        form = shelf.form(request.POST if request.method == "POST" else None)
        if form.is_bound and saved(actor, form):
            messages.success(request, _("Saved."))
            return go(request, reverse(shelf.route))
        return _shown(request, shelf, "catalog/list.html", form, rows=rows_kept(shelf.model, actor.branch))

    return listed


def _one(shelf: Shelf) -> View:
    @require_http_methods(["GET", "HEAD", "POST"])
    @needs(keeping.KEEPERS[shelf.model])
    def changed(request: HttpRequest, **ids: int) -> HttpResponse:
        """Change a row, end it, or (a delivery) receive it."""
        actor, posted = actor_of(request), request.method == "POST"
        row = next(iter(rows_kept(shelf.model, actor.branch, *ids.values())), None)
        if row is None:
            raise Http404
        form = shelf.form(request.POST if posted and request.POST.get("do") == "save" else None, instance=row)
        if posted and (saved(actor, form) if form.is_bound else _ended(request, actor, row)):
            messages.success(request, _("Saved."))
            return go(request, reverse(shelf.route))
        return _shown(request, shelf, "catalog/one.html", form, row=row)

    return changed


def _ended(request: HttpRequest, actor: Actor, row: Any) -> bool:
    """What the other two buttons do."""
    do = request.POST.get("do", "")
    if do == "receive" and isinstance(row, ExpectedPart):
        keeping.receive_expected(actor=actor, row=row)
    elif do == "end":
        keeping.end(actor=actor, row=row)
    else:
        return False
    return True


deliveries, delivery = _list(DELIVERIES), _one(DELIVERIES)
substitutes, substitute = _list(SUBSTITUTES), _one(SUBSTITUTES)
suppliers, supplier = _list(SUPPLIERS), _one(SUPPLIERS)
insurers, insurer = _list(INSURERS), _one(INSURERS)
terms, term = _list(TERMS), _one(TERMS)
care_rules, care_rule = _list(CARE), _one(CARE)
health_lists, health_list = _list(HEALTH), _one(HEALTH)
packages, package = _list(PACKAGES), _one(PACKAGES)
menus, menu = _list(MENUS), _one(MENUS)
