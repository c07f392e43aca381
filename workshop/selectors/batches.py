"""Reads of batches: what is left of them, and who got something of them."""

from collections.abc import Iterable

from django.db.models import F, Prefetch, Q

from accounts.models import Branch
from catalog.models import Batch
from reception.models import Line
from workshop.models import IssuedBatch

#: Batches that the page shows.
MOST = 60
#: Line → out of which batches its part came.
Origins = dict[int, list[IssuedBatch]]


def batches(branch: Branch, text: str) -> list[Batch]:
    """Batches whose number, part or supplier's order is `text`, else the newest; with the orders that got some.

    Two queries.
    """
    rows = Batch.objects.filter(branch=branch)
    if text:
        rows = rows.filter(Q(code__iexact=text) | Q(part__code__iexact=text) | Q(expected__order__number__iexact=text))
    issued = IssuedBatch.objects.filter(quantity__gt=F("returned")).select_related("issue__line__order__vehicle")
    return list(
        rows.select_related("part", "supplier", "expected__order")
        .prefetch_related(Prefetch("issued", issued.order_by("id")))
        .order_by("-id")[:MOST]
    )


def origins_of(lines: Iterable[Line]) -> Origins:
    """Line → out of which batches its part came, without what went back. One query."""
    found: Origins = {}
    rows = IssuedBatch.objects.filter(issue__line__in=[line.pk for line in lines], quantity__gt=F("returned"))
    for row in rows.select_related("batch__supplier", "issue").order_by("batch_id", "id"):
        found.setdefault(row.issue.line_id, []).append(row)
    return found
