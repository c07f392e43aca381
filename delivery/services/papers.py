"""Delivery's own paper: the receipt for old parts (旧件签收单)."""

from typing import Any

from django.utils import translation

from accounts.policies import Actor
from delivery.handover_selectors import KEPT_FOR
from dms.clock import now
from reception.models import Line, WorkOrder
from reception.services.papers import at_text, car_of, house_of
from reception.states import LineKind, OldParts
from records.models import IssuedPaper
from records.services.papers import issue_version, last_of
from records.states import PaperKind


def _fate(order: WorkOrder, line: Line) -> str:
    if line.payer in KEPT_FOR:
        return "claim"
    return "taken" if order.old_parts == OldParts.TAKE else "waived"


def old_parts_content(order: WorkOrder, parts: list[Line]) -> dict[str, Any]:
    """Everything of the receipt, in the active language; `fate` is taken, waived or claim."""
    branch = order.branch
    return {
        **car_of(order),
        "house": house_of(branch),
        "order_number": order.number,
        "issued_at": at_text(branch, now()),
        "parts": [
            {
                "name": line.label,
                "code": line.code,
                "quantity": str(line.quantity),
                "unit": line.unit_label,
                "fate": _fate(order, line),
            }
            for line in parts
        ],
    }


def issue_old_parts(order: WorkOrder, lines: list[Line], *, actor: Actor) -> IssuedPaper | None:
    """The receipt for the replaced parts of a bill; None when no part was fitted. The caller holds the order."""
    parts, spoken = [line for line in lines if line.kind == LineKind.PART], order.bringer.language
    if not parts:
        return None
    with translation.override(spoken):
        content = old_parts_content(order, parts)
    return issue_version(
        actor=actor, kind=PaperKind.OLD_PARTS, subject_key=order.subject_key, language=spoken, content=content
    )


def certificate_number(order: WorkOrder) -> str:
    """Of the certificate that stands; '' for a repair without one."""
    paper = last_of(order.branch_id, PaperKind.CERTIFICATE, order.subject_key)
    return paper.number if paper else ""
