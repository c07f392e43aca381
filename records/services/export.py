"""A table on its way out: who took which is kept before the first row leaves."""

import csv
import io
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any, cast

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid
from records.exports import BLOCK, Table, columns_for, rows_for, safe, table_for
from records.services import audit

PERMISSION = "records.export"
CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: A workbook is made whole before it is sent, and Excel opens no larger sheet than this one with pleasure.
MOST_ROWS = 200_000


@one_act
def take_out(*, actor: Actor, key: str, form: str) -> Table:
    """Keep who takes out what. Raises `Forbidden` for a table that is not theirs, `Invalid` for an unknown form."""
    check_may(actor, PERMISSION)
    table = table_for(actor, key)
    if table is None:
        raise Forbidden(_("Your role does not include this table."))
    if form not in (CSV, XLSX):
        raise Invalid(_("Choose CSV or XLSX."))
    keep_taken(actor, table, form, {})
    return table


def keep_taken(actor: Actor, table: Table, form: str, detail: dict[str, Any]) -> None:
    """Who takes which columns, with the conditions of a list. Raises `Invalid` for more rows than a workbook holds."""
    if form == XLSX and table.rows(actor.branch).order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
        raise Invalid(_("This table has more than %(most)d rows. Take it as CSV.") % {"most": MOST_ROWS})
    columns = [column.path for column in columns_for(actor, table)]
    detail = {"form": form, "columns": columns} | detail
    audit.write(actor.branch, actor.user, "export", f"export:{table.key}", detail)


def answer_of(actor: Actor, table: Table, form: str) -> HttpResponse:
    """The file as an answer; its rows are read while it leaves."""
    headers, kind = headers_of(actor, table.key, form), CONTENT_TYPES[form]
    if form == CSV:
        return cast(HttpResponse, StreamingHttpResponse(as_csv(actor, table), content_type=kind, headers=headers))
    return cast(HttpResponse, FileResponse(as_xlsx(actor, table), content_type=kind, headers=headers))


def headers_of(actor: Actor, key: str, form: str) -> dict[str, str]:
    """What says that the answer is a file of that day, and that nobody keeps a copy on the way."""
    name = f"{key}-{branch_day(actor.branch).isoformat()}.{form}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def as_csv(actor: Actor, table: Table) -> Iterator[str]:
    """Lines in blocks, UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out)
    for place, row in enumerate(rows_for(actor, table), 1):
        writer.writerow([safe(cell) for cell in row])
        if place % BLOCK == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def as_xlsx(actor: Actor, table: Table) -> IO[bytes]:
    """A workbook in a file that goes when it is closed; texts are texts, so nothing in them is counted."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(table.label)[:31])
    sheet.freeze_panes = "A2"

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(sheet)
        made._value, made.data_type = ILLEGAL_CHARACTERS_RE.sub("", value), "s"  # noqa: SLF001  # `value` would guess
        return made

    for row in rows_for(actor, table):
        sheet.append([cell(value) for value in row])
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    book.save(file)
    file.seek(0)
    return file
