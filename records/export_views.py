"""Tables to take out. A POST, since it is kept who took what."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from dms.htmx import page
from records.exports import columns_for, known, tables_for
from records.services.export import CSV, answer_of, take_out


@require_GET
@needs("records.export")
def exports(request: HttpRequest) -> HttpResponse:
    """The tables of this person, with their columns."""
    actor = actor_of(request)
    rows = [{"table": one, "columns": columns_for(actor, one)} for one in tables_for(actor)]
    return page(request, "records/exports.html", {"rows": rows})


@require_POST
@needs("records.export")
def export(request: HttpRequest, key: str) -> HttpResponse:
    """One table as a file."""
    if not known(key):
        raise Http404
    actor, form = actor_of(request), request.POST.get("form", CSV)
    return answer_of(actor, take_out(actor=actor, key=key, form=form), form)
