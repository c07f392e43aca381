"""Recalls: the list, and one campaign with its VINs."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from customers.models import Recall
from customers.recall_forms import RecallForm, VinsForm
from customers.selectors import recall_cars, recall_counts, recalls_listed
from customers.services import recalls as services
from dms.errors import Invalid, Refused
from dms.htmx import go, page

METHODS = require_http_methods(["GET", "HEAD", "POST"])


@METHODS
@needs("recall.edit")
def recalls(request: HttpRequest) -> HttpResponse:
    """Every campaign with how many of its cars are done, and a form for one more."""
    form = RecallForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        row = services.keep_recall(actor=actor_of(request), row=form.save(commit=False))
        messages.success(request, _("Saved. Now add its VINs."))
        return go(request, reverse("customers:recall", args=[row.pk]))
    context: dict[str, object] = {"rows": recalls_listed(), "form": form}
    return page(request, "customers/recalls.html", context, status=422 if form.errors else 200)


@METHODS
@needs("recall.edit")
def recall(request: HttpRequest, recall_id: int) -> HttpResponse:
    """Change a campaign, add VINs, end it."""
    actor, do = actor_of(request), request.POST.get("do", "")
    row = Recall.objects.select_related("brand", "operation").filter(pk=recall_id).first()
    if row is None:
        raise Http404
    form = RecallForm(request.POST if do == "save" else None, instance=row)
    vins = VinsForm(request.POST if do == "vins" else None, request.FILES or None)
    try:
        if do == "end":
            services.end_recall(actor=actor, recall_id=row.pk)
        elif do == "save" and form.is_valid():
            services.keep_recall(actor=actor, row=form.save(commit=False))
        elif do == "vins" and vins.is_valid():
            return _listed(request, row, services.list_vins(actor=actor, recall_id=row.pk, text=vins.text()))
        if do in ("end", "save") and not form.errors:
            messages.success(request, _("Saved."))
            return go(request, reverse("customers:recalls"))
    except Invalid as refused:
        vins.add_error("vins", refused.sentence)
    except Refused as refused:
        form.add_error(None, refused.sentence)
    context: dict[str, object] = {"row": row, "form": form, "vins": vins, "counts": recall_counts(row)}
    context["cars"] = [] if row.ended_at else recall_cars(row, actor.branch)
    wrong = form.errors or vins.errors
    return page(request, "customers/recall.html", context, status=422 if wrong else 200)


def _listed(request: HttpRequest, row: Recall, listed: services.Listed) -> HttpResponse:
    """How many VINs were added, and what was no VIN."""
    figures = {"added": listed.added, "known": listed.known, "wrong": listed.wrong}
    said = _("%(added)d VINs added, %(known)d stood there already, %(wrong)d words were no VIN.") % figures
    messages.success(request, f"{said} {' · '.join(listed.wrong_some)}".strip())
    return go(request, reverse("customers:recall", args=[row.pk]))
