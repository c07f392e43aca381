"""One's own saved lists: made, changed, taken out, ended, and how their letters went."""

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from dms.errors import Refused, Stale
from dms.htmx import go, page
from records.exports import table_for
from records.list_forms import ListForm
from records.models import ListMail, SavedList
from records.reports import is_report, report_for, reports_for
from records.services.export import answer_of
from records.services.list_mails import mail_now, send_again
from records.services.lists import end_list, take_list

NEEDS = "records.export"


def _mine(actor: Actor) -> QuerySet[SavedList]:
    return SavedList.objects.filter(branch=actor.branch, owner=actor.person, ended_at=None).order_by("name")


def _label(actor: Actor, key: str) -> str:
    found = table_for(actor, key) or report_for(actor, key)
    return str(found.label) if found else ""


@require_GET
@needs(NEEDS)
def lists(request: HttpRequest) -> HttpResponse:
    """One's own lists with their last letter, and what new ones can be made of. Three queries with session and user."""
    actor = actor_of(request)
    last = Prefetch("mails", ListMail.objects.order_by("list_id", "-on").distinct("list_id"), to_attr="last")
    rows = [
        {
            "list": row,
            "label": _label(actor, row.table),
            "report": is_report(row.table),
            "mail": next(iter(row.last), None),
        }
        for row in _mine(actor).prefetch_related(last)
    ]
    return page(request, "records/lists.html", {"rows": rows, "reports": reports_for(actor)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(NEEDS)
def new(request: HttpRequest, table: str) -> HttpResponse:
    """A new list of a table, or a report."""
    actor = actor_of(request)
    if not _label(actor, table):
        raise Http404
    return _edited(request, actor, table, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(NEEDS)
def change(request: HttpRequest, list_id: int) -> HttpResponse:
    """One's own list."""
    actor = actor_of(request)
    row = get_object_or_404(_mine(actor), pk=list_id)
    return _edited(request, actor, row.table, row)


def _edited(request: HttpRequest, actor: Actor, key: str, row: SavedList | None) -> HttpResponse:
    posted = request.method == "POST"
    form = ListForm(request.POST if posted else None, actor=actor, table=key, row=row)
    context: dict[str, object] = {"form": form, "label": _label(actor, key), "row": row, "report": is_report(key)}
    try:
        if posted and form.keep():
            messages.success(request, _("Saved."))
            return go(request, reverse("records:lists"))
    except Stale as stale:
        # After the comparison was shown, saving once more is meant.
        form.data = {**request.POST.dict(), "version": row.version if row else 0}
        return page(request, "records/list.html", context | {"stale": stale}, status=stale.status)
    return page(request, "records/list.html", context, status=422 if posted else 200)


@require_POST
@needs(NEEDS)
def out(request: HttpRequest, list_id: int) -> HttpResponse:
    """The list as a file."""
    actor = actor_of(request)
    row = get_object_or_404(_mine(actor), pk=list_id)
    try:
        table = take_list(actor=actor, row=row)
    except Refused as refused:
        return _told(request, refused)
    return answer_of(actor, table, row.form)


@require_POST
@needs(NEEDS)
def act(request: HttpRequest, list_id: int) -> HttpResponse:
    """End it, mail it now, or send a letter again that did not arrive."""
    actor, wanted = actor_of(request), request.POST.get("act", "")
    row = get_object_or_404(_mine(actor), pk=list_id)
    acts = {
        "end": (lambda: end_list(actor=actor, list_id=row.pk), _("The list is gone.")),
        "mail": (lambda: mail_now(actor=actor, list_id=row.pk), _("It is on its way to %(address)s.")),
        "again": (lambda: send_again(actor=actor, list_id=row.pk), _("It is on its way to %(address)s.")),
    }
    if wanted not in acts:
        raise Http404
    does, said = acts[wanted]
    try:
        does()
    except Refused as refused:
        return _told(request, refused)
    messages.success(request, said % {"address": actor.person.email})
    return go(request, reverse("records:lists"))


def _told(request: HttpRequest, refused: Refused) -> HttpResponse:
    messages.error(request, refused.sentence)
    return go(request, reverse("records:lists"))
