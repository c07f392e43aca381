"""Labels for parts on their way through the shop: on what is laid out for a car, and on the bag of what came off it."""

from collections.abc import Sequence
from typing import Any

import segno
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import Stock
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.templatetags.dms import plate_text
from reception.models import Line, WorkOrder
from reception.services.papers import at_text
from reception.states import LineKind, LineState, OldParts
from records.models import IssuedPaper
from records.services.papers import issue_version
from records.states import PaperKind
from workshop.services.rows import order_row
from workshop.services.scanning import LINE_MARK


def _content(order: WorkOrder, lines: Sequence[Line]) -> dict[str, Any]:
    branch = order.branch
    places = dict(
        Stock.objects.filter(branch=branch, part__in=[line.part_id for line in lines]).values_list("part_id", "place")
    )
    return {
        "house": {"name": branch.label, "address": "", "phone": ""},
        "plate": plate_text(order.vehicle.plate),
        "order_number": order.number,
        "promised_at": at_text(branch, order.promised_at)[5:],
        "taken": order.old_parts == OldParts.TAKE,
        "issued_at": at_text(branch, now()),
        "parts": [
            {
                "name": line.label,
                "code": line.code,
                "quantity": str(line.quantity),
                "unit": line.unit_label,
                "place": places.get(line.part_id or 0, ""),
                "mark": f"{LINE_MARK}{line.pk}",
                "qr": segno.make(f"{LINE_MARK}{line.pk}", error="m", micro=False).png_data_uri(scale=4, border=2),
            }
            for line in lines
        ],
    }


def _labels(actor: Actor, order_id: int, kind: PaperKind) -> IssuedPaper:
    check_may(actor, "parts.label")
    order = order_row(actor, order_id)
    order.branch = actor.branch
    lines = list(
        order.lines.filter(kind=LineKind.PART, state__in=[LineState.APPROVED, LineState.DONE]).order_by("id")
    )  # fmt: skip
    if not lines:
        raise Refused(_("This order has no agreed parts; there is nothing to label."))
    spoken = actor.person.language
    with translation.override(spoken):
        content = _content(order, lines)
    return issue_version(actor=actor, kind=kind, subject_key=order.subject_key, language=spoken, content=content)


@one_act
def part_labels(*, actor: Actor, order_id: int) -> IssuedPaper:
    """A label for each agreed part of an order: car, part, how many, until when. Raises `Refused` without parts."""
    return _labels(actor, order_id, PaperKind.PART_LABEL)


@one_act
def bag_labels(*, actor: Actor, order_id: int) -> IssuedPaper:
    """A label for the bag of each replaced part: car, part, and whether the customer takes it along."""
    return _labels(actor, order_id, PaperKind.BAG_LABEL)
