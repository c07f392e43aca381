"""Parts at the line of an estimate: what is free, when the rest comes, what may be fitted instead. Four queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Branch
from catalog.models import Part, PartSubstitute, Stock
from catalog.selectors import expected_on
from dms.money import ZERO
from reception.models import Line
from reception.states import LineState

#: Lines whose part is not reserved yet.
ASKED = (LineState.DRAFT, LineState.OFFERED)


@dataclass(frozen=True, slots=True)
class Instead:
    """A part that may be fitted instead, and how much of it is free."""

    part: Part
    free: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Supply:
    """How a line's part stands: pieces (or litres) free, how much is missing, when more comes, what else would do."""

    free: Decimal
    short: Decimal
    comes_on: date | None
    instead: list[Instead]


def supply_of(branch: Branch, lines: Sequence[Line]) -> dict[int, Supply]:
    """Line → how its part stands; of lines not agreed to. No query without parts, else four."""
    wanted = [line for line in lines if line.part_id is not None and line.state in ASKED]
    if not wanted:
        return {}
    ids = {line.part_id for line in wanted if line.part_id is not None}
    rows = PartSubstitute.objects.filter(part__in=ids, ended_at__isnull=True, substitute__active=True)
    others: dict[int, list[PartSubstitute]] = defaultdict(list)
    for row in rows.select_related("substitute").order_by("id"):
        others[row.part_id].append(row)
    all_ids = ids | {row.substitute_id for found in others.values() for row in found}
    free = {row.part_id: row.on_hand - row.reserved for row in Stock.objects.filter(branch=branch, part__in=all_ids)}
    coming = expected_on(ids, branch)
    found = {}
    for line in wanted:
        part_id = line.part_id or 0
        here = free.get(part_id, ZERO)
        short = max(ZERO, line.quantity - here)
        instead = [Instead(row.substitute, free.get(row.substitute_id, ZERO), row.note) for row in others[part_id]]
        found[line.pk] = Supply(here, short, coming.get(part_id) if short else None, instead if short else [])
    return found
