"""Lists of the stock: minimum and maximum, ABC, dead stock; each as a page and as CSV."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.models import Branch
from catalog import planning
from catalog.services import levels
from dms.fields import number_of
from dms.htmx import go, page
from records.exports import safe

#: Heading of a column, and how its cells are shown: text, number, money or time.
Column = tuple[str | Promise, str]
PART: tuple[Column, ...] = ((gettext_lazy("Part number"), "text"), (gettext_lazy("Name"), "text"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: its words, its columns, and for a branch (part's id, whether it stands out, cells)."""

    label: str | Promise
    says: str | Promise
    columns: tuple[Column, ...]
    rows: Callable[[Branch], list[tuple[int, bool, list[Any]]]]


def _levels(branch: Branch) -> list[tuple[int, bool, list[Any]]]:
    return [
        (
            row.part.pk, row.below,
            [
                row.part.code, row.part.label, row.available, row.weekly, row.minimum, row.maximum,
                row.proposed_minimum, row.proposed_maximum,
            ],
        )
        for row in planning.levels(branch)
    ]  # fmt: skip


def _abc(branch: Branch) -> list[tuple[int, bool, list[Any]]]:
    rows = planning.abc(branch)
    return [
        (row.part.pk, False, [row.part.code, row.part.label, row.group, row.used, row.cost, row.value]) for row in rows
    ]


def _dead(branch: Branch) -> list[tuple[int, bool, list[Any]]]:
    rows = planning.dead(branch, planning.dead_months(branch))
    return [
        (row.part.pk, False, [row.part.code, row.part.label, row.place, row.on_hand, row.last_at, row.value])
        for row in rows
    ]


SHEETS: dict[str, Sheet] = {
    "levels": Sheet(
        gettext_lazy("Minimum and maximum"),
        gettext_lazy("Proposed from the demand of 26 weeks, the supplier's days and the service level of the rules."),
        (
            *PART, (gettext_lazy("Available"), "number"), (gettext_lazy("Demand a week"), "number"),
            (gettext_lazy("Minimum"), "number"), (gettext_lazy("Maximum"), "number"),
            (gettext_lazy("Proposed minimum"), "number"), (gettext_lazy("Proposed maximum"), "number"),
        ),
        _levels,
    ),
    "abc": Sheet(
        gettext_lazy("ABC"),
        gettext_lazy("By what the use of twelve months was worth at cost: A to 80 %, B to 95 %, C the rest."),
        (
            *PART, (gettext_lazy("Class"), "text"), (gettext_lazy("Used in a year"), "number"),
            (gettext_lazy("Unit cost, net"), "money"), (gettext_lazy("Value"), "money"),
        ),
        _abc,
    ),
    "dead": Sheet(
        gettext_lazy("Dead stock"),
        gettext_lazy("On the shelf, and not issued for the months of the rules; the dearest first."),
        (
            *PART, (gettext_lazy("Bin"), "text"), (pgettext_lazy("stock", "On hand"), "number"),
            (gettext_lazy("Issued last"), "time"), (gettext_lazy("Value"), "money"),
        ),
        _dead,
    ),
}  # fmt: skip


def _sheet(name: str) -> Sheet:
    if name not in SHEETS:
        raise Http404
    return SHEETS[name]


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def stock_list(request: HttpRequest, listing: str) -> HttpResponse:
    """One of the lists."""
    sheet, actor = _sheet(listing), actor_of(request)
    rows = [
        (pk, stands, [(kind, label, cell) for (label, kind), cell in zip(sheet.columns, cells, strict=True)])
        for pk, stands, cells in sheet.rows(actor.branch)
    ]
    context: dict[str, object] = {
        "sheet": sheet, "name": listing, "sheets": SHEETS, "rows": rows, "may_order": actor.can("parts.stock"),
    }  # fmt: skip
    return page(request, "workshop/stock.html", context)


@needs("parts.view")
@require_http_methods(["GET", "HEAD"])
def stock_csv(request: HttpRequest, listing: str) -> HttpResponse:
    """The same as a table."""
    sheet, out = _sheet(listing), io.StringIO()
    writer = csv.writer(out)
    writer.writerow([str(label) for label, _kind in sheet.columns])
    for _pk, _stands, cells in sheet.rows(actor_of(request).branch):
        writer.writerow([safe("" if cell is None else cell) for cell in cells])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{listing}.csv"'
    return response


@needs("parts.stock")
@require_POST
def stock_act(request: HttpRequest) -> HttpResponse:
    """Take the proposals of the ticked parts over, or ask for what is missing of them."""
    actor = actor_of(request)
    ids = [pk for pk in map(number_of, request.POST.getlist("part")) if pk is not None]
    if request.POST.get("do") == "fill":
        asked = levels.fill_up(actor=actor, part_ids=ids)
        messages.success(request, _("Asked for: %(n)d parts.") % {"n": len(asked)})
        return go(request, reverse("workshop:purchases"))
    changed = levels.take_over(actor=actor, part_ids=ids)
    messages.success(request, _("Minimum and maximum of %(n)d parts changed.") % {"n": changed})
    return go(request, reverse("workshop:stock_list", args=["levels"]))
