"""Photos: look at them. Rules: see what holds, add what will hold. Papers stand in `paper_views`."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import actor_of, needs
from dms.clock import branch_day
from dms.errors import Invalid
from dms.htmx import go, page
from records.forms import ValueForm
from records.models import Photo
from records.rules import RULES
from records.selectors import rule_standing, rules_standing
from records.services.rules import set_rule


@require_GET
@needs("order.view")
def photo(request: HttpRequest, key: UUID, size: str) -> HttpResponse:
    """A photo of this branch, "full" or "small"."""
    row = get_object_or_404(Photo, key=key, branch=actor_of(request).branch)
    if size not in ("full", "small"):
        raise Http404
    with (row.image if size == "full" else row.thumbnail).open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=86400"
    return response


@require_GET
@needs("rules.edit")
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule: what it means, what holds today and since when, what is coming."""
    place = actor_of(request).branch
    return page(request, "records/rules.html", {"rows": rules_standing(place, branch_day(place))})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("rules.edit")
def rule(request: HttpRequest, key: str) -> HttpResponse:
    """One rule with all its values, and a form for the next one."""
    actor, posted = actor_of(request), request.method == "POST"
    if key not in RULES:
        raise Http404
    today = branch_day(actor.branch)
    form = ValueForm(request.POST if posted else None, rule=RULES[key], today=today)
    if posted and form.is_valid():
        try:
            set_rule(actor=actor, key=key, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return go(request, reverse("records:rules"))
        except Invalid as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
    standing, values = rule_standing(actor.branch, key, today)
    context: dict[str, object] = {"standing": standing, "values": values, "form": form}
    return page(request, "records/rule.html", context, status=422 if posted else 200)
