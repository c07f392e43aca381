"""What pages and the report show of imports."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Branch
from customers.identifiers import region_of, shown_phone
from customers.import_states import ImportState, Outcome
from customers.imports.columns import label_of
from customers.imports.problems import sentence
from customers.models import ImportRow, ImportRun
from records.exports import safe

#: Rows that a page names; the report has all.
SHOWN = 50
FEW_LINES = 12
RECENT = 20
#: A list whose every row names an unknown model says so once, not a thousand times.
_DOUBTS = """
    SELECT p->>0, p->>1, p->>2, count(*), (array_agg(r.line ORDER BY r.number))[:%s]
    FROM customers_importrow r, jsonb_array_elements(r.problems) p
    WHERE r.run_id = %s AND r.outcome = 'waiting'
    GROUP BY 1, 2, 3 ORDER BY count(*) DESC, min(r.number) LIMIT %s
"""
FORESEEN: dict[str, str | Promise] = {
    "people": gettext_lazy("Customers in it"),
    "new_people": gettext_lazy("of these new"),
    "cars": gettext_lazy("Vehicles in it"),
    "new_cars": pgettext_lazy("vehicles", "of these new"),
}
MADE: dict[str, str | Promise] = {
    "made_people": gettext_lazy("New customers"),
    "changed_people": gettext_lazy("Customers completed"),
    "made_cars": gettext_lazy("New vehicles"),
    "changed_cars": gettext_lazy("Vehicles completed"),
    "owners": gettext_lazy("Owners entered"),
    "new_cars": gettext_lazy("New cars taken over"),
    "made_visits": gettext_lazy("New visits"),
    "readings": gettext_lazy("Odometer readings"),
    "same": gettext_lazy("Rows that were known already"),
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what is wrong with it, in sentences."""

    row: ImportRow
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class FirstRow:
    """A row as it will come, its phone as people read it."""

    row: ImportRow
    phone: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """One sentence that holds for many rows: the lines of the first, and how many more there are."""

    sentence: str
    lines: list[int]
    more: int


def runs_of(branch: Branch) -> list[ImportRun]:
    """The latest imports. One query."""
    return list(ImportRun.objects.filter(branch=branch).select_related("made_by").order_by("-pk")[:RECENT])


def runs_after(branch: Branch, after: int | None, size: int) -> list[ImportRun]:
    """Imports, the newest first, those before the id `after`. One query."""
    rows = ImportRun.objects.filter(branch=branch, **({"pk__lt": after} if after is not None else {}))
    return list(rows.order_by("-pk")[:size])


def bad_after(run: ImportRun, after: int | None, size: int) -> list[ImportRow]:
    """Rows that are not imported, those behind the number `after`; each knows its run. One query."""
    rows = ImportRow.objects.filter(run=run, outcome=Outcome.BAD, number__gt=after or 0).order_by("number")[:size]
    found = list(rows)
    for row in found:
        row.run = run
    return found


def run_of(run_id: int, branch: Branch) -> ImportRun | None:
    """An import of the branch. One query."""
    return ImportRun.objects.filter(pk=run_id, branch=branch).select_related("made_by", "branch").first()


def sentences_of(run: ImportRun, row: ImportRow) -> list[str]:
    """What is wrong with a row."""
    return [sentence((field, code, shown), label_of(run.kind, field)) for field, code, shown in row.problems]


def bad_rows(run: ImportRun) -> list[ShownRow]:
    """The first rows that are not imported. One query."""
    rows = ImportRow.objects.filter(run=run, outcome=Outcome.BAD).order_by("number")[:SHOWN]
    return [ShownRow(row, sentences_of(run, row)) for row in rows]


def doubts(run: ImportRun) -> list[Doubt]:
    """What rows come without, the most frequent first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DOUBTS, [FEW_LINES, run.pk, SHOWN])
        found = cursor.fetchall()
    return [
        Doubt(sentence((field, code, shown), label_of(run.kind, field)), lines, count - len(lines))
        for field, code, shown, count, lines in found
    ]


def first_rows(run: ImportRun) -> list[FirstRow]:
    """The first rows as they will come. One query."""
    rows = ImportRow.objects.filter(run=run).exclude(outcome=Outcome.BAD).order_by("number").defer("raw")[:10]
    region = region_of(run.branch.currency)
    return [FirstRow(row, shown_phone(row.phone, region) if row.phone else "") for row in rows]


def counts_of(run: ImportRun) -> list[tuple[str, int]]:
    """What a list would do, or has done, in words."""
    found: list[tuple[str, int]] = [(_("Rows of the list"), run.total_rows or run.read_rows)]
    if run.state == ImportState.CHECKED:
        found.append((_("Rows that can come"), run.counts["good"]))
    words = FORESEEN if run.state == ImportState.CHECKED else MADE
    found += [(str(words[key]), run.counts[key]) for key in words if run.counts.get(key)]
    return [*found, (_("Rows that are not imported"), run.bad_rows)]


def share_of(run: ImportRun) -> int | None:
    """Percent of the work that is done; None while nobody knows how much there is."""
    if run.state == "running" and run.total_rows:
        return min(100, 100 * run.done_rows // run.total_rows)
    return None


def report(run: ImportRun) -> Iterator[str]:
    """The rows that were not imported, as CSV: line, what is wrong, and the row as it came, to be mended."""
    yield "\ufeff" + _line(["#", "!", *run.header])
    rows = ImportRow.objects.filter(run=run, outcome=Outcome.BAD).order_by("number")
    for row in rows.iterator(2_000):
        yield _line([row.line, " ".join(sentences_of(run, row)), *(row.raw or [])])


def _line(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe(cell) for cell in cells])
    return out.getvalue()
