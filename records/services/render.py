"""Files of issued papers, drawn from their frozen content and from nothing else. Only the worker draws."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from dms.pdf import PdfRefused, PdfUnavailable, render_apart, warm
from records.kinds import IMPACT, KINDS
from records.models import IssuedPaper, PaperFile, PaperPrint
from records.pieces import Piece, parse
from records.selectors import copies_printed
from records.services import files
from records.states import FileState

log = logging.getLogger(__name__)
STYLES = settings.BASE_DIR / "static" / "css" / "papers"
#: Sheets of each kind; the first is the default.
SHEETS: dict[str, tuple[str, ...]] = {str(kind): form.sheets for kind, form in KINDS.items()}
#: Margins in mm of a sheet of 241 × 139.7, clockwise from the top; `impact.css` has the same.
IMPACT_MARGINS = (25, 16, 9, 16)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a paper; one that was not printed at the first time says that it is a reprint."""

    number: int = 1
    reprint: bool = False


def copies_of(piece: Piece, printed: Sequence[PaperPrint]) -> list[Copy]:
    """The copies that a piece names. Those of the first act bear its instant; what came later is a reprint."""
    begun = printed[0].printed_at if printed else None
    at = {row.copy: row.printed_at for row in printed}
    numbers = range(piece.first, piece.last + 1)
    return [Copy(number, number > 1 and at.get(number, begun) != begun) for number in numbers]


def html_of(
    paper: IssuedPaper,
    sheet: str,
    copies: Sequence[Copy] = (Copy(),),
    *,
    stylesheet: str = "",
    reason: str = "",
    offset: tuple[int, int] = (0, 0),
) -> str:
    """The paper as HTML in its own language; `stylesheet` and `reason` are for the page shown instead of a PDF."""
    content: dict[str, Any] = paper.content
    context = {
        "paper": paper,
        "content": content,
        "sheet": sheet,
        "copies": copies,
        "stylesheet": stylesheet or f"{sheet}.css",
        "reason": reason,
        "margins": _margins(offset) if sheet == IMPACT and not stylesheet else "",
        "seal": "-".join(re.findall("....", paper.content_hash[:12].upper())),
        "qr": _qr(str(content.get("qr", ""))),
    }
    with translation.override(paper.language):
        return render_to_string(f"documents/{paper.kind}.html", context)


def _margins(offset: tuple[int, int]) -> str:
    """Margins of a sheet that is moved: what one side gains the other loses, so that every line stays as it is."""
    (x, y), (top, right, bottom, left) = offset, IMPACT_MARGINS
    return f"{top + y}mm {right - x}mm {bottom - y}mm {left + x}mm"


def _qr(text: str) -> str:
    # From our own library and drawn as SVG: nothing of `text` gets into the markup.
    return mark_safe(segno.make(text, error="m").svg_inline(border=2, svgclass="qr", omitsize=True)) if text else ""  # noqa: S308


def printer_page_html(offset: tuple[int, int], *, reason: str = "", stylesheet: str = "") -> str:
    """The test page of continuous paper: rulers and crosshairs at known places, moved by the offset in mm."""
    context = {
        "x": offset[0],
        "y": offset[1],
        "crosses": [(x, y) for y in (30, 80, 120) for x in (30, 120, 210)],
        "across": range(0, 241, 5),
        "down": range(0, 140, 5),
        "reason": reason,
        "stylesheet": stylesheet or "test.css",
    }
    return render_to_string("documents/test_page.html", context)


def documents_of(file: PaperFile) -> list[str]:
    """Every copy of the file as HTML. Two queries."""
    if file.paper_id is None:
        return [printer_page_html((file.x, file.y))]
    pieces = parse(file.name)
    papers = IssuedPaper.objects.filter(branch=file.branch_id).in_bulk([piece.paper_id for piece in pieces])
    printed = copies_printed(papers.values())
    return [
        html_of(papers[piece.paper_id], piece.sheet, [copy], offset=(file.x, file.y))
        for piece in pieces
        for copy in copies_of(piece, printed[piece.paper_id])
    ]


def make(file: PaperFile) -> bool:
    """Draw a waiting file in a child with limits and keep it; false when it was not made or another worker has it.

    Raises `PdfUnavailable`.
    """
    if not files.take(file):
        return False
    first, *more = documents_of(file)
    try:
        files.keep(file, render_apart(first, *more, base=STYLES))
    except PdfRefused as error:
        log.warning("file %s of papers was not made: %s", file.pk, error)
        files.give_up(file, error.trouble)
        return False
    return True


def render_next(file_id: int | None = None) -> PaperFile | None:
    """Draw this file, if it still waits, else the newest that waits; None when there is nothing to draw, or no way."""
    try:
        warm()
    except PdfUnavailable as error:
        if files.without_library():
            log.warning("%s", error)
        return None
    waiting = PaperFile.objects.filter(state=FileState.WAITING).defer("pdf").order_by("-id")
    file = (waiting.filter(pk=file_id).first() if file_id else None) or waiting.first()
    if file is None:  # what dead workers left is looked for when nobody has to wait for that
        files.recover()
        file = waiting.first()
    if file is not None:
        make(file)
    return file
