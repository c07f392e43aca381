"""Files of issued papers, made from their frozen content and from nothing else."""

import re
from datetime import timedelta
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from dms.clock import now
from dms.errors import Invalid
from dms.pdf import render
from records.models import IssuedPaper, PaperFile
from records.states import PaperKind

STYLES = settings.BASE_DIR / "static" / "css" / "papers"
#: Formats of each kind; the first is the one that is made in the background.
SHEETS: dict[str, tuple[str, ...]] = {
    PaperKind.WORK_ORDER: ("a4",),
    PaperKind.SETTLEMENT: ("a4",),
    PaperKind.GATE_PASS: ("a4", "roll"),
}
_SHEET = re.compile(r"(a4|roll)(?:-([1-9][0-9]{0,2}))?")


def parse_sheet(paper: IssuedPaper, sheet: str) -> tuple[str, int]:
    """Size and copy: "a4" is the original, "a4-2" its first reprint. Raises `Invalid` for what this paper has not."""
    found = _SHEET.fullmatch(sheet)
    if found is None or found[1] not in SHEETS[paper.kind] or found[2] == "1":
        raise Invalid(_("This paper has no such format."))
    copy = int(found[2] or 1)
    if copy > 1 and not paper.prints.filter(copy=copy).exists():
        raise Invalid(_("This copy was not printed."))
    return found[1], copy


def html_of(paper: IssuedPaper, sheet: str, *, stylesheet: str = "", reason: str = "") -> str:
    """The paper as HTML in its own language; `stylesheet` and `reason` are for the page shown instead of a PDF."""
    size, copy = parse_sheet(paper, sheet)
    content: dict[str, Any] = paper.content
    context = {
        "paper": paper,
        "content": content,
        "sheet": size,
        "copy": copy,
        "stylesheet": stylesheet or f"{size}.css",
        "reason": reason,
        "seal": "-".join(re.findall("....", paper.content_hash[:12].upper())),
        "qr": _qr(str(content.get("qr", ""))),
    }
    with translation.override(paper.language):
        return render_to_string(f"documents/{paper.kind}.html", context)


def _qr(text: str) -> str:
    # From our own library and drawn as SVG: nothing of `text` gets into the markup.
    return mark_safe(segno.make(text, error="m").svg_inline(border=2, svgclass="qr", omitsize=True)) if text else ""  # noqa: S308


def pdf_of(paper: IssuedPaper, sheet: str) -> bytes:
    """The stored file, or one made now and not kept: reading changes nothing. Raises `PdfUnavailable`."""
    parse_sheet(paper, sheet)
    stored = PaperFile.objects.filter(paper=paper, sheet=sheet).first()
    return bytes(stored.pdf) if stored else render(html_of(paper, sheet), base=STYLES)


def pdf_together(sheets: list[tuple[IssuedPaper, str]]) -> bytes:
    """Several papers as one file, to be printed in one act; not kept. Raises `Invalid` for a format that one has not,
    `PdfUnavailable`.
    """
    first, *others = (html_of(paper, sheet) for paper, sheet in sheets)
    return render(first, *others, base=STYLES)


def file_of(*, paper: IssuedPaper, sheet: str) -> bytes:
    """The file of a paper, rendered once and kept. Raises `PdfUnavailable`."""
    pdf = pdf_of(paper, sheet)
    PaperFile.objects.bulk_create([PaperFile(paper=paper, sheet=sheet, pdf=pdf)], ignore_conflicts=True)
    return pdf


def render_some(*, most: int) -> int:
    """Make the files of up to `most` papers that have none yet, newest first; how many were made.

    Somebody waits for the newest. What is older than a week and was never asked for is made when it is.
    """
    fresh = IssuedPaper.objects.filter(files__isnull=True, issued_at__gt=now() - timedelta(days=7))
    waiting = list(fresh.order_by("-id")[:most])
    for paper in waiting:
        file_of(paper=paper, sheet=SHEETS[paper.kind][0])
    return len(waiting)
