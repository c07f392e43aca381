"""Rows of text out of CSV and XLSX files, one after the other: encoding, separator, where the names of columns stand.

Whatever the encoding, the same list gives the same rows (PROMISES.md 14).
"""

import codecs
import csv
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from django.utils.translation import gettext as _

from dms.errors import Invalid

XLSX = "xlsx"
#: A workbook is a zip: what it unpacks to is bounded, and its table of texts, which is held in memory, more so.
MOST_UNPACKED, MOST_TEXTS = 1 << 30, 96 << 20
#: Rows in which the names of the columns are looked for, rows shown as a sample, columns at the most.
HEAD_ROWS, SAMPLE, MOST_COLUMNS = 10, 5, 120
_BLOCK = 1 << 16
#: One cell; above this a quote was never closed.
csv.field_size_limit(1 << 17)
#: By the first bytes; UTF-32 is not among what people save.
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
Row = tuple[int, list[str]]
"""(line of the file in which the row ends, its cells as text)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written: `encoding` is `xlsx` for a workbook, `head_row` the rows above the columns' names."""

    encoding: str
    delimiter: str
    head_row: int
    header: list[str]
    sample: list[list[str]]


def shape_of(file: IO[bytes], is_head: Callable[[list[str]], bool]) -> Shape:
    """Look at a file. `is_head` tells whether a row names columns; without one it is the first that is not empty.

    Raises `Invalid` for what is no table.
    """
    encoding = encoding_of(file)
    delimiter = "" if encoding == XLSX else _delimiter(file, encoding)
    first: list[list[str]] = []
    for _line, cells in rows_of(file, encoding, delimiter):
        first.append(cells)
        if len(first) >= HEAD_ROWS + SAMPLE:
            break
    place = next((at for at, cells in enumerate(first[:HEAD_ROWS]) if is_head(cells)), 0)
    if not first or not any(first[place]):
        raise Invalid(_("There is no table in this file."))
    if len(first[place]) > MOST_COLUMNS:
        raise Invalid(_("This table has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    return Shape(encoding, delimiter, place, named(first[place]), first[place + 1 : place + 1 + SAMPLE])


def named(cells: list[str]) -> list[str]:
    """The names of the columns; the second of the same name gets a (2), one without a name its letter."""
    names: list[str] = []
    for place, cell in enumerate(cells):
        name = " ".join(cell.split())[:60] or _letter(place)
        count = 2
        while name in names:
            name = f"{' '.join(cell.split())[:60] or _letter(place)} ({count})"
            count += 1
        names.append(name)
    return names


def _letter(place: int) -> str:
    return chr(65 + place) if place < 26 else chr(64 + place // 26) + chr(65 + place % 26)


def rows_of(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[Row]:
    """Every row that is not empty, from the beginning of the file on. Raises `Invalid` for a broken one."""
    file.seek(0)
    found = _of_workbook(file) if encoding == XLSX else _of_text(file, encoding, delimiter)
    return ((line, cells) for line, cells in found if any(cells))


# --- Text ------------------------------------------------------------------------------------------------------------


def encoding_of(file: IO[bytes]) -> str:
    """By the mark at the beginning or the zero bytes of UTF-16; else UTF-8 where all of it is, else GB18030.

    GBK is a part of GB18030. Raises `Invalid` for an old workbook, a picture or whatever else is no text.
    """
    file.seek(0)
    head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return XLSX
    if head.startswith(_OLD_EXCEL):
        raise Invalid(_("This is an old Excel file (.xls). Save it as .xlsx or as CSV, then choose it again."))
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        # Chinese has no zero bytes, but separators, digits and line ends have one each.
        many = zeros.count(0) > len(head) // 16 and zeros.count(0) > 4 * (head.count(0) - zeros.count(0))
        if many and _decodes(file, name):
            return name
    for name in ("utf-8", "gb18030"):
        if _decodes(file, name):
            return name
    raise Invalid(_("This file is no table that can be read: neither CSV nor XLSX."))


def _decodes(file: IO[bytes], name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    file.seek(0)
    try:
        while block := file.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Lines with their ends. Not io.TextIOWrapper: it would close the upload, and NUL has to go before csv sees it."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    while block := file.read(_BLOCK):
        rest += decoder.decode(block).replace("\x00", "")
        *whole, rest = rest.split("\n")
        for line in whole:
            yield line + "\n"
        if len(rest) > 16 * _BLOCK:
            raise Invalid(_("There is no table in this file."))
    rest += decoder.decode(b"", final=True)
    # Old systems end a line with CR alone.
    yield from (rest.splitlines(keepends=True) if "\r" in rest else [rest] if rest else [])


def _delimiter(file: IO[bytes], encoding: str) -> str:
    file.seek(0)
    head = "".join(line for _turn, line in zip(range(HEAD_ROWS), _lines(file, encoding), strict=False))
    return max(",;\t|", key=head.count)


def _of_text(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(_lines(file, encoding), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [_plain(cell) for cell in cells]
    except csv.Error as error:
        raise Invalid(
            _("Line %(line)d cannot be read: a quotation mark is opened and never closed.") % {"line": reader.line_num}
        ) from error


def _plain(cell: str) -> str:
    """Without the mark of the encoding, spaces round it, and the `="…"` by which people keep Excel from counting."""
    text = cell.replace("\ufeff", "").strip()
    return text[2:-1] if len(text) > 3 and text.startswith('="') and text.endswith('"') else text


# --- Workbooks -------------------------------------------------------------------------------------------------------


def _check_workbook(file: IO[bytes]) -> None:
    """Raises `Invalid` for a zip that is no workbook, or that unpacks to more than is held here."""
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise Invalid(_("This workbook is broken. Open it in Excel and save it again.")) from error
    names = {entry.filename: entry.file_size for entry in entries}
    if "xl/workbook.xml" not in names:
        raise Invalid(_("This file is no table that can be read: neither CSV nor XLSX."))
    if sum(names.values()) > MOST_UNPACKED or names.get("xl/sharedStrings.xml", 0) > MOST_TEXTS:
        raise Invalid(_("This workbook is too large. Save the sheet as CSV, then choose that file."))


def _of_workbook(file: IO[bytes]) -> Iterator[Row]:
    """Rows of the first sheet; what formulas came to, not the formulas."""
    from openpyxl import load_workbook

    _check_workbook(file)
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # other programs write wrong ones, and cells beyond them would be left out
        for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
            yield line, _without_end([_text(value) for value in values[: MOST_COLUMNS + 1]])
    except Invalid:
        raise
    except Exception as error:  # openpyxl lets through whatever its XML and zip raise
        raise Invalid(_("This workbook is broken. Open it in Excel and save it again.")) from error


def _without_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    """A cell as somebody would type it: 13912345678.0 is 13912345678, midnight is a date."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return _plain(str(value).replace("\x00", ""))


def skipped(rows: Iterable[Row], count: int) -> Iterator[Row]:
    """The rows after the first `count`."""
    return (row for place, row in enumerate(rows) if place >= count)
