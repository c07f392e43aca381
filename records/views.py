"""Papers: read them, print them. Photos: look at them. Rules: see what holds, add what will hold."""

import re
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from dms.clock import branch_day
from dms.errors import Invalid
from dms.htmx import go, page
from dms.pdf import PdfUnavailable
from records.forms import ValueForm
from records.models import IssuedPaper, Photo
from records.policies import check_read_paper
from records.rules import RULES
from records.selectors import rule_standing, rules_standing
from records.services.papers import record_print
from records.services.render import SHEETS, html_of, parse_sheet, pdf_of, pdf_together
from records.services.rules import set_rule

#: One paper of a common file: its id and its sheet, as in "12.a4" or "13.a4-2".
_ONE = re.compile(r"([1-9][0-9]{0,17})\.([a-z0-9-]{2,8})")
MOST_TOGETHER = 6


def _paper(request: HttpRequest, paper_id: int) -> IssuedPaper:
    actor = actor_of(request)
    paper = get_object_or_404(IssuedPaper, pk=paper_id, branch=actor.branch)
    check_read_paper(actor, paper)
    return paper


@require_GET
@needs("")
def paper_pdf(request: HttpRequest, paper_id: int, sheet: str) -> HttpResponse:
    """The paper as PDF; as a printable page, with the reason, where no PDF can be made."""
    paper = _paper(request, paper_id)
    try:
        size, _copy = parse_sheet(paper, sheet)
    except Invalid as error:
        raise Http404(error.sentence) from error
    try:
        response = HttpResponse(pdf_of(paper, sheet), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{paper.number}-{sheet}.pdf"'
    except PdfUnavailable as error:
        style = static(f"css/papers/{size}.css")
        response = HttpResponse(html_of(paper, sheet, stylesheet=style, reason=str(error)))
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@needs("paper.print")
def paper_print(request: HttpRequest, paper_id: int) -> HttpResponse:
    """Count the copy, then show it: the second and later ones say that they are reprints."""
    paper = _paper(request, paper_id)
    size = request.POST.get("sheet", "")
    size = size if size in SHEETS[paper.kind] else SHEETS[paper.kind][0]
    copy = record_print(actor=actor_of(request), paper=paper)
    sheet = size if copy == 1 else f"{size}-{copy}"
    return go(request, reverse("records:paper", args=[paper.pk, sheet]))


@require_GET
@needs("")
def together_pdf(request: HttpRequest, sheets: str) -> HttpResponse:
    """Several papers as one PDF ("12.a4,13.a4-2"); their list, with the reason, where no PDF can be made."""
    found = [_ONE.fullmatch(one) for one in sheets.split(",")]
    if None in found or len(found) > MOST_TOGETHER:
        raise Http404
    papers = [(_paper(request, int(one[1])), one[2]) for one in found if one]
    try:
        response = HttpResponse(pdf_together(papers), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{papers[0][0].number}-{len(papers)}.pdf"'
    except Invalid as error:
        raise Http404(error.sentence) from error
    except PdfUnavailable as error:
        response = page(request, "records/together.html", {"papers": papers, "reason": str(error)})
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@needs("paper.print")
def together_print(request: HttpRequest) -> HttpResponse:
    """Count a copy of each paper, then show them as one file."""
    wanted = request.POST.getlist("paper")[:MOST_TOGETHER]
    papers = [_paper(request, int(one)) for one in wanted if one.isascii() and one.isdigit() and len(one) < 19]
    if not papers:
        raise Http404
    copies = [(paper, record_print(actor=actor_of(request), paper=paper)) for paper in papers]
    names = [f"{paper.pk}.{SHEETS[paper.kind][0]}{'' if copy == 1 else f'-{copy}'}" for paper, copy in copies]
    return go(request, reverse("records:together", args=[",".join(names)]))


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
