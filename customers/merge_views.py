"""Pages of those that stand here twice: the proposals, two side by side, and the merges with their undo."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.models import Branch
from accounts.policies import Actor
from customers.duplicates import Side, merges, pairs, sides
from customers.identifiers import region_of, shown_phone
from customers.merge_states import Twin
from customers.models import MergeRun
from customers.services import merging
from customers.services.people import LABELS as PEOPLE_LABELS
from customers.services.vehicles import LABELS as CAR_LABELS
from dms.htmx import go, page


@require_GET
@needs("records.merge")
def duplicates(request: HttpRequest) -> HttpResponse:
    """What looks alike, and what was merged of late."""
    branch = actor_of(request).branch
    return page(request, "customers/duplicates.html", {"pairs": pairs(branch), "merges": merges(branch)})


def _two(branch: Branch, what: str, first_id: int, second_id: int) -> tuple[Side, Side]:
    if what not in Twin.values or first_id == second_id:
        raise Http404
    found = sides(what, {first_id, second_id})
    if len(found) != 2 or any(side.row.branch_id != branch.pk or side.row.merged_into_id for side in found.values()):
        raise Http404
    return found[first_id], found[second_id]


def _facts(what: str, first: Side, second: Side) -> list[dict[str, Any]]:
    """The fields side by side, but for those that are empty in both; then what says which of the two has the life."""
    labels = PEOPLE_LABELS if what == Twin.CUSTOMER else CAR_LABELS | {"last_visit_on": _("Last visit")}
    shown = [(label, _shown(first.row, name), _shown(second.row, name)) for name, label in labels.items()]
    facts = [{"label": label, "first": a, "second": b, "differ": a != b} for label, a, b in shown if a or b]
    days = [timezone.localdate(side.row.created_at).isoformat() for side in (first, second)]
    many = merging.weights(what, [first.row.pk, second.row.pk])
    return [
        *facts,
        {"label": _("Entered on"), "first": days[0], "second": days[1], "differ": False},
        {"label": _("Records that belong to it"), "first": str(many[0]), "second": str(many[1]), "differ": False},
    ]


def _shown(row: Any, name: str) -> Any:
    told = getattr(row, f"get_{name}_display", None)
    if told is not None:
        return told()
    value = getattr(row, name)
    if name == "phone" and value:
        return shown_phone(value, region_of(row.branch.currency))
    if isinstance(value, date):
        return value.isoformat()
    return "" if value in (None, False) else _("yes") if value is True else value


@require_http_methods(["GET", "HEAD", "POST"])
@needs("records.merge")
def compare(request: HttpRequest, what: str, first_id: int, second_id: int) -> HttpResponse:
    """Two side by side; POST says which one stays."""
    actor = actor_of(request)
    first, second = _two(actor.branch, what, first_id, second_id)
    if request.method == "POST":
        keep = second_id if request.POST.get("keep") == str(second_id) else first_id
        run = merging.merge(actor=actor, what=what, kept_id=keep, lost_id=first_id if keep == second_id else second_id)
        undo = reverse("customers:merge_undo", args=[run.pk])
        messages.success(request, _("%(lost)s is now part of %(kept)s.") % _names(run), extra_tags=undo)
        return go(request, reverse("customers:duplicates"))
    context: dict[str, object] = {
        "what": what, "first": first, "second": second, "facts": _facts(what, first, second),
        "heading": Twin(what).label,
    }  # fmt: skip
    return page(request, "customers/compare.html", context)


def _names(run: MergeRun) -> dict[str, str]:
    return {"kept": run.names[0], "lost": run.names[1]}


def _merge(actor: Actor, merge_id: int) -> MergeRun:
    run = MergeRun.objects.filter(branch=actor.branch, pk=merge_id).first()
    if run is None:
        raise Http404
    return run


@require_POST
@needs("records.merge")
def apart(request: HttpRequest, what: str, first_id: int, second_id: int) -> HttpResponse:
    """They are two, and are not proposed again."""
    actor = actor_of(request)
    _two(actor.branch, what, first_id, second_id)
    merging.say_apart(actor=actor, what=what, ids=[first_id, second_id])
    messages.success(request, _("Kept: these are two."))
    return go(request, reverse("customers:duplicates"))


@require_POST
@needs("records.merge")
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Take them apart again."""
    actor = actor_of(request)
    run = merging.undo(actor=actor, merge_id=_merge(actor, merge_id).pk)
    messages.success(request, _("%(lost)s and %(kept)s are two again.") % _names(run))
    return go(request, reverse("customers:duplicates"))
