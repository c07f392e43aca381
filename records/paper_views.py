"""Papers: look at them, print them. No view draws: a file is made by the worker, and meanwhile its page says so."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from dms.errors import Invalid
from dms.fields import number_of
from dms.htmx import go, page
from records.models import IssuedPaper, PaperFile
from records.pieces import MOST, Piece, parse, url_of
from records.policies import check_pieces, check_print_paper, check_read_paper
from records.selectors import copies_printed, file_named
from records.services import files
from records.services.render import copies_of, html_of, printer_page_html
from records.states import FileState, FileTrouble

#: After so long the page that waits offers to print from the browser.
PATIENCE = timedelta(seconds=6)


def _papers(request: HttpRequest, ids: list[int]) -> dict[int, IssuedPaper]:
    """Papers of this branch that this person may read, by id. 404 for another's, 403 for another role's."""
    actor = actor_of(request)
    found = IssuedPaper.objects.filter(branch=actor.branch).select_related("branch").in_bulk(ids)
    if set(found) != set(ids):
        raise Http404
    for paper in found.values():
        check_read_paper(actor, paper)
    return found


def _pieces(request: HttpRequest, name: str) -> tuple[list[Piece], dict[int, IssuedPaper]]:
    """What a name means, and its papers. 404 for sheets that they have not and copies that were not printed."""
    try:
        pieces = parse(name)
        papers = _papers(request, [piece.paper_id for piece in pieces])
        check_pieces(pieces, papers)
    except Invalid as error:
        raise Http404(error.sentence) from error
    printed = copies_printed(papers.values())
    for piece in pieces:
        known = {row.copy for row in printed[piece.paper_id]} | {1}  # the original may be looked at unprinted
        if not known.issuperset(range(piece.first, piece.last + 1)):
            raise Http404(_("This copy was not printed."))
    return pieces, papers


@require_GET
@needs("")
def paper_pdf(request: HttpRequest, paper_id: int, sheet: str) -> HttpResponse:
    """A paper as PDF: "a4" is the original, "a4-2" its second copy."""
    return _file(request, f"{paper_id}.{sheet}")


@require_GET
@needs("")
def together_pdf(request: HttpRequest, sheets: str) -> HttpResponse:
    """Several papers as one PDF ("12.a4,13.a4-2")."""
    return _file(request, sheets)


def _file(request: HttpRequest, name: str) -> HttpResponse:
    """The file; the page that waits for it; the printable page, with the reason, where it cannot be made."""
    pieces, papers = _pieces(request, name)
    row = file_named(name)
    if row is not None and row.state == FileState.FAILED:
        return _printable(request, pieces, papers, str(FileTrouble(row.trouble).label))
    more = f"+{len(pieces) - 1}" if len(pieces) > 1 else ""
    title = f"{papers[pieces[0].paper_id].number}-{pieces[0].tail}{more}"
    return _answer(request, row, title, url_of(name), name)


def _answer(request: HttpRequest, row: PaperFile | None, title: str, url: str, name: str) -> HttpResponse:
    if row is not None and row.state == FileState.MADE:
        if getattr(request, "htmx", None):
            return go(request, url)
        pdf = PaperFile.objects.values_list("pdf", flat=True).get(pk=row.pk)
        response = HttpResponse(pdf, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{title}.pdf"'
    else:
        late = row is not None and timezone.now() - row.asked_at > PATIENCE
        context: dict[str, object] = {"row": row, "late": late, "url": url, "name": name, "title": title}
        # Being made is not made: who asks without a browser must not take this page for the paper.
        response = page(request, "records/preparing.html", context, part="state", status=202 if row else 200)
        if row is not None:
            response["Retry-After"] = "1"
            if not getattr(request, "htmx", None):
                files.hurry(row)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@needs("")
def prepare(request: HttpRequest, sheets: str) -> HttpResponse:
    """Ask for a file that nobody has asked for yet: an old paper, another sheet."""
    pieces, _papers_of = _pieces(request, sheets)
    files.want(actor_of(request).branch, pieces)
    return go(request, url_of(sheets))


@require_GET
@needs("")
def printable(request: HttpRequest, sheets: str) -> HttpResponse:
    """The papers as a page that the browser prints, with the reason why it is no PDF."""
    pieces, papers = _pieces(request, sheets)
    row = file_named(sheets)
    why = FileTrouble(row.trouble).label if row is not None and row.trouble else _("The PDF is not ready yet.")
    return _printable(request, pieces, papers, str(why))


def _printable(request: HttpRequest, pieces: list[Piece], papers: dict[int, IssuedPaper], reason: str) -> HttpResponse:
    """One paper as its own page; several as a list of their pages."""
    if len(pieces) > 1:
        rows = [(papers[piece.paper_id], piece) for piece in pieces]
        response = page(request, "records/together.html", {"rows": rows, "reason": reason})
    else:
        (piece,), (paper,) = pieces, papers.values()
        copies = copies_of(piece, copies_printed([paper])[paper.pk])
        style = static(f"css/papers/{piece.sheet}.css")
        response = HttpResponse(html_of(paper, piece.sheet, copies, stylesheet=style, reason=reason))
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@needs("")
def paper_print(request: HttpRequest, paper_id: int) -> HttpResponse:
    """Count the copies, then show them: what is printed later says that it is a reprint."""
    return _print(request, [paper_id], request.POST.get("sheet", ""))


@require_POST
@needs("")
def together_print(request: HttpRequest) -> HttpResponse:
    """Count the copies of each paper, then show them as one file."""
    ids = [number_of(one) for one in request.POST.getlist("paper")[:MOST]]
    return _print(request, [one for one in dict.fromkeys(ids) if one is not None])


def _print(request: HttpRequest, ids: list[int], sheet: str = "") -> HttpResponse:
    if not ids:
        raise Http404
    actor, found = actor_of(request), _papers(request, ids)
    for paper in found.values():
        check_print_paper(actor, paper)
    row = files.print_papers(actor=actor, papers=[found[one] for one in ids], sheet=sheet)
    return go(request, url_of(row.name))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("rules.edit")
def test_page(request: HttpRequest) -> HttpResponse:
    """The test page of continuous paper: a POST asks for one with the offset of today, then it is shown."""
    branch: Any = actor_of(request).branch
    url = reverse("records:test_page")
    if request.method == "POST":
        files.want_test_page(branch)
        return go(request, url)
    row = file_named(files.test_name(branch))
    if row is not None and row.state == FileState.FAILED:
        reason = str(FileTrouble(row.trouble).label)
        return HttpResponse(printer_page_html((row.x, row.y), reason=reason, stylesheet=static("css/papers/test.css")))
    return _answer(request, row, "test-page", url, "")
