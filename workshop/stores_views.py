"""Pages of the parts counter that speak with suppliers: requests, orders, goods in."""

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.models import Branch
from catalog.models import ExpectedPart, SupplierOrder
from catalog.selectors import last_goods
from catalog.services import goods_in as goods_in_service
from catalog.services import purchasing
from catalog.services.goods_in import Arrived
from catalog.states import ON_ITS_WAY
from dms.errors import Refused
from dms.htmx import go, page
from dms.templatetags.dms import plate_text
from dms.templatetags.dms import quantity as shown
from reception.models import Line
from records.exports import safe
from records.services.idempotency import fresh_key, once
from workshop import selectors
from workshop.forms import complaint
from workshop.selectors.stores import Bought
from workshop.services import scanning, stores
from workshop.stores_forms import AskForm, DayForm, GoodsForm, PlaceForm, ScanForm


def _said(request: HttpRequest, route: str, said: str, *ids: int) -> HttpResponse:
    messages.success(request, said)
    return go(request, reverse(route, args=ids))


def _wrong(request: HttpRequest, form: Any) -> None:
    """The first complaint of a form, as a message: the page is asked for again by GET."""
    messages.error(request, complaint(form))


@needs("parts.issue")
@require_POST
def request_part(request: HttpRequest, line_id: int) -> HttpResponse:
    """Ask for what a car is short of."""
    actor = actor_of(request)
    line = get_object_or_404(Line, pk=line_id, order__branch=actor.branch)
    stores.request(actor=actor, line_id=line.pk)
    return _said(request, "workshop:parts", _("Asked for; order it from a supplier under “Purchasing”."))


@needs("parts.issue")
@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """One scan and Enter: the line goes out, or comes back. The same page's scan sent twice is one."""
    actor, form = actor_of(request), ScanForm(request.POST)
    if not form.is_valid():
        _wrong(request, form)
        return go(request, reverse("workshop:parts"))
    typed = form.cleaned_data
    back, amount = typed["back"], typed["quantity"]
    act = scanning.take_back if back else scanning.issue
    done = once(
        actor=actor, key=f"{typed['key']}:scan", route="workshop:scan", body=f"{typed['code']} {amount} {back}",
        act=lambda: _what(act(actor=actor, code=typed["code"], quantity=amount), back=back),
    )  # fmt: skip
    return _said(request, "workshop:parts", done)


def _what(moved: scanning.Scanned, *, back: bool) -> str:
    line = moved.issue.line
    values = {
        "part": line.label, "n": shown(moved.quantity), "unit": line.unit_label,
        "plate": plate_text(line.order.vehicle.plate or ""),
    }  # fmt: skip
    said = (
        _("Back: %(part)s, %(n)s %(unit)s, from %(plate)s")
        if back
        else _("Issued: %(part)s, %(n)s %(unit)s, for %(plate)s")
    )
    return (said % values)[:200]


@needs("parts.issue")
@require_POST
def fit_instead(request: HttpRequest, line_id: int) -> HttpResponse:
    """A substitute for what is missing."""
    actor = actor_of(request)
    line = get_object_or_404(Line, pk=line_id, order__branch=actor.branch)
    made = scanning.instead(actor=actor, line_id=line.pk, code=request.POST.get("code", "")[:40])
    if made.pk == line.pk:
        return _said(request, "workshop:parts", _("%(part)s is fitted instead.") % {"part": made.label})
    return _said(request, "workshop:parts", _("The advisor asks the customer about %(part)s.") % {"part": made.label})


def _shown(request: HttpRequest, ask: AskForm, place: PlaceForm) -> HttpResponse:
    actor = actor_of(request)
    context: dict[str, object] = {
        "bought": selectors.purchases(actor.branch), "ask": ask, "place": place,
        "may_order": actor.can("parts.stock"),
    }  # fmt: skip
    return page(request, "workshop/purchases.html", context, status=422 if ask.errors or place.errors else 200)


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def purchases(request: HttpRequest) -> HttpResponse:
    """What is asked for, and what is on its way."""
    return _shown(request, AskForm(), PlaceForm(branch=actor_of(request).branch))


@needs("parts.stock")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a part that no car waits for."""
    actor = actor_of(request)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, PlaceForm(branch=actor.branch))
    purchasing.ask(actor=actor, **form.cleaned_data)
    return _said(request, "workshop:purchases", _("Asked for."))


@needs("parts.stock")
@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Order the ticked requests from a supplier."""
    actor = actor_of(request)
    form = PlaceForm(request.POST, branch=actor.branch)
    if form.is_valid():
        try:
            order = purchasing.place(actor=actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            said = _("%(number)s is ordered.") % {"number": order.number}
            return _said(request, "workshop:supplier_order", said, order.pk)
    return _shown(request, AskForm(), form)


@needs("parts.stock")
@require_POST
def call_off(request: HttpRequest, item_id: int) -> HttpResponse:
    """A request, or the rest of an ordered part, is not wanted any more."""
    actor = actor_of(request)
    row = get_object_or_404(ExpectedPart, pk=item_id, branch=actor.branch)
    purchasing.call_off(actor=actor, item_id=row.pk)
    if row.order_id is None:
        return _said(request, "workshop:purchases", _("Called off."))
    return _said(request, "workshop:supplier_order", _("Called off."), row.order_id)


def _supplier_order(request: HttpRequest, order_id: int) -> SupplierOrder:
    rows = SupplierOrder.objects.select_related("supplier", "branch", "ordered_by")
    return get_object_or_404(rows, pk=order_id, branch=actor_of(request).branch)


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def supplier_order(request: HttpRequest, supplier_order_id: int) -> HttpResponse:
    """An order: its items, who waits for them, and its day."""
    order = _supplier_order(request, supplier_order_id)
    return _order_page(request, order)


def _order_page(
    request: HttpRequest, order: SupplierOrder, forms: list[tuple[Bought, GoodsForm]] | None = None, status: int = 200
) -> HttpResponse:
    rows = selectors.items_of(order)
    coming = [row.item for row in rows if row.item.to_come > 0 and row.item.ended_at is None]
    days = [item.expected_on for item in coming if item.expected_on]
    context: dict[str, object] = {
        "order": order, "rows": rows, "coming": coming, "day": DayForm(initial={"expected_on": max(days, default="")}),
        "may_order": actor_of(request).can("parts.stock"), "key": fresh_key(),
        "goods": forms if forms is not None else _goods_forms(rows, order.branch),
    }  # fmt: skip
    return page(request, "workshop/supplier_order.html", context, status=status)


@needs("parts.stock")
@require_POST
def move_order(request: HttpRequest, supplier_order_id: int) -> HttpResponse:
    """The supplier names another day."""
    order, form = _supplier_order(request, supplier_order_id), DayForm(request.POST)
    if not form.is_valid():
        _wrong(request, form)
        return go(request, reverse("workshop:supplier_order", args=[order.pk]))
    day: date = form.cleaned_data["expected_on"]
    purchasing.move(actor=actor_of(request), order_id=order.pk, expected_on=day)
    return _said(request, "workshop:supplier_order", _("Saved."), order.pk)


def _goods_forms(rows: list[Bought], branch: Branch, data: Any = None) -> list[tuple[Bought, GoodsForm]]:
    """A form for each item that is still to come; the cost and the bin of the last time stand in it."""
    items = [row.item for row in rows if row.item.state in ON_ITS_WAY]
    known = last_goods(branch, [item.part_id for item in items])
    forms = []
    for row in rows:
        if row.item in items:
            cost, place = known.get(row.item.part_id, (None, ""))
            first = {"quantity": shown(row.item.to_come), "unit_cost": cost, "place": place}
            first["origin"] = row.item.part.origin
            forms.append((row, GoodsForm(data, prefix=str(row.item.pk), initial=first)))
    return forms


@needs("parts.stock")
@require_POST
def goods_in(request: HttpRequest, supplier_order_id: int) -> HttpResponse:
    """What came of an order goes into the stock; the same form sent twice is one delivery."""
    actor, order = actor_of(request), _supplier_order(request, supplier_order_id)
    forms = _goods_forms(selectors.items_of(order), actor.branch, request.POST)
    if not all(form.is_valid() for _row, form in forms):
        return _order_page(request, order, forms, status=422)
    came = [Arrived(row.item.pk, **form.cleaned_data) for row, form in forms if form.cleaned_data.get("quantity")]
    # What was typed, not what it means: the second time nothing is to come any more.
    sent = str(sorted((name, text) for name, text in request.POST.items() if name != "csrfmiddlewaretoken"))
    once(
        actor=actor, key=f"{request.POST.get('key', '')[:32]}:goods", route=f"goods:{order.pk}", body=sent,
        act=lambda: ",".join(str(batch.pk) for batch in goods_in_service.receive(actor=actor, arrived=came)),
    )  # fmt: skip
    return _said(request, "workshop:supplier_order", _("Received into the stock."), order.pk)


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def find_order(request: HttpRequest) -> HttpResponse:
    """The order of a scanned number, or the one that brings a scanned part."""
    text, branch = request.GET.get("q", "").strip()[:40], actor_of(request).branch
    found = selectors.order_of(branch, text) if text else None
    if found is None:
        messages.error(request, _("No order on its way has the number or the part “%(text)s”.") % {"text": text})
        return go(request, reverse("workshop:purchases"))
    return go(request, reverse("workshop:supplier_order", args=[found]))


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def batches(request: HttpRequest) -> HttpResponse:
    """A batch, and every order and car that got something of it."""
    text = request.GET.get("q", "").strip()[:40]
    rows = selectors.batches(actor_of(request).branch, text)
    return page(
        request,
        "workshop/batches.html",
        {"rows": rows, "text": text, "may_order": actor_of(request).can("parts.stock")},
    )


class _Echo:
    """A file that gives back what is written: a row becomes a line of CSV."""

    @staticmethod
    def write(text: str) -> str:
        return text


def _csv(order: SupplierOrder) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    yield "\ufeff"  # by which Excel knows UTF-8
    yield write([_("Order"), _("Part number"), _("Name"), _("Quantity"), _("Unit"), _("Comes on")])
    for row in selectors.items_of(order):
        item = row.item
        cells = [order.number, item.part.code, item.part.name, item.quantity, item.part.unit, item.expected_on or ""]
        yield write([safe(cell) for cell in cells])


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def supplier_order_csv(request: HttpRequest, supplier_order_id: int) -> HttpResponse:
    """The order as a table for the supplier."""
    order = _supplier_order(request, supplier_order_id)
    response = HttpResponse("".join(_csv(order)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{order.number}.csv"'
    return response
