"""Pages of imports: a file, its columns, what it would do, how far it is, what came of it."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.import_forms import FILL, ColumnsForm, FileForm
from customers.import_states import AT_WORK, ImportState
from customers.imports import reading, runs
from customers.models import ImportRun
from dms.errors import Invalid
from dms.htmx import go, page, polled

ACTS = {"start": runs.start, "again": runs.choose_again, "cancel": runs.cancel}


def _run(actor: Actor, run_id: int) -> ImportRun:
    run = reading.run_of(run_id, actor.branch)
    if run is None:
        raise Http404
    return run


def _to(run: ImportRun) -> str:
    return reverse("customers:import", args=[run.pk])


@require_http_methods(["GET", "HEAD", "POST"])
@needs("records.import")
def imports(request: HttpRequest) -> HttpResponse:
    """The latest imports, and a new one."""
    actor, posted = actor_of(request), request.method == "POST"
    form = FileForm(request.POST, request.FILES) if posted else FileForm()
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            return go(request, _to(runs.begin(actor=actor, kind=form.cleaned_data["kind"], file=file, name=file.name)))
        except Invalid as refused:
            form.add_error("file", refused.sentence)
    context: dict[str, object] = {"form": form, "runs": reading.runs_of(actor.branch)}
    return page(request, "customers/imports.html", context, status=422 if posted else 200)


@require_GET
@needs("records.import")
def one(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import, by its state."""
    run = _run(actor_of(request), run_id)
    if run.state == ImportState.MAPPING:
        return _columns(request, run, ColumnsForm(run=run))
    context: dict[str, object] = {"run": run, "at_work": run.state in AT_WORK, "share": reading.share_of(run)}
    if not context["at_work"]:
        context |= {"bad": reading.bad_rows(run), "more_bad": max(0, run.bad_rows - reading.SHOWN)}
    if run.state == ImportState.CHECKED:
        context |= {"doubts": reading.doubts(run), "first": reading.first_rows(run)}
    context |= {"counts": reading.counts_of(run), "may_merge": actor_of(request).can("records.merge")}
    return polled(request, "customers/import.html", context, part="run")


def _columns(request: HttpRequest, run: ImportRun, form: ColumnsForm, status: int = 200) -> HttpResponse:
    samples = [[row[place] if place < len(row) else "" for row in run.sample][:3] for place in range(len(run.header))]
    columns = [{"field": form[name], "samples": found} for name, found in zip(form.columns, samples, strict=True)]
    return page(request, "customers/import_columns.html", {"run": run, "form": form, "columns": columns}, status=status)


@require_POST
@needs("records.import")
def columns(request: HttpRequest, run_id: int) -> HttpResponse:
    """Choose what the columns are; the check begins."""
    actor = actor_of(request)
    run = _run(actor, run_id)
    form = ColumnsForm(request.POST, run=run)
    if not form.is_valid():
        return _columns(request, run, form, 422)
    try:
        fill_only = form.cleaned_data["before"] == FILL
        runs.choose(actor=actor, run_id=run.pk, mapping=form.mapping(), fill_only=fill_only)
    except Invalid as refused:
        form.add_error(None, refused.sentence)
        return _columns(request, run, form, 422)
    return go(request, _to(run))


@require_POST
@needs("records.import")
def act(request: HttpRequest, run_id: int, action: str) -> HttpResponse:
    """Run it, choose the columns again, or take it back."""
    actor = actor_of(request)
    run = _run(actor, run_id)
    if action not in ACTS:
        raise Http404
    ACTS[action](actor=actor, run_id=run.pk)
    if action == "cancel":
        messages.success(request, _("The import was cancelled."))
        return go(request, reverse("customers:imports"))
    return go(request, _to(run))


@require_GET
@needs("records.import")
def report(request: HttpRequest, run_id: int) -> HttpResponse:
    """The rows that were not imported, to be mended in a spreadsheet."""
    run = _run(actor_of(request), run_id)
    headers = {"Content-Disposition": f'attachment; filename="import-{run.pk}.csv"', "Cache-Control": "no-store"}
    rows = reading.report(run)
    return cast(HttpResponse, StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers))
