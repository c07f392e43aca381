"""What a health record holds: 13 elements of each settled order (JT/T 1132), and which of them are missing."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Branch
from dms.clock import local, now
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.states import LineKind
from records.selectors import rules_now

EXPORT, CHECK, ENDPOINT = "health_record.export", "health_record.check", "health_record.endpoint"
#: What is done about a missing element, by the rule `health_record.check`.
WHERE_EXPORTED, WARN, REFUSE = "exported", "warn", "refuse"


def said(branch: Branch) -> tuple[bool, str]:
    """Whether records are exported here, and what is done about a missing element (warn, refuse, ''). One query."""
    rules = rules_now(branch, [EXPORT, CHECK])
    exported, check = bool(rules[EXPORT]), str(rules[CHECK])
    return exported, (REFUSE if exported else "") if check == WHERE_EXPORTED else check


def content_of(order: WorkOrder, lines: Iterable[Line], slip: str) -> dict[str, Any]:
    """Everything of the record, as JSON; dates on the branch's clock, hours and quantities as text."""
    branch, rows = order.branch, list(lines)
    return {
        "company": branch.legal_name,
        "vin": order.vehicle.vin or "",
        "plate": order.vehicle.plate or "",
        "arrived_on": local(branch, order.arrived_at).date().isoformat(),
        "odometer_in": order.odometer_in,
        "settled_on": local(branch, now()).date().isoformat(),
        "slip": slip,
        "fault": "；".join(row.words for row in order.statements.order_by("id")),
        "items": [
            {"name": row.name or row.label, "hours": str(row.quantity)} for row in rows if row.kind == LineKind.LABOUR
        ],
        "parts": [
            {"name": row.name or row.label, "code": row.code, "quantity": str(row.quantity)}
            for row in rows
            if row.kind == LineKind.PART
        ],
    }


def missing(order: WorkOrder, lines: Iterable[Line]) -> list[str]:
    """A sentence for each element that is not there; date and number of the slip come with the slip."""
    found = content_of(order, lines, "-")
    asked = {
        "company": _("The branch has no legal name."),
        "vin": _("The car has no VIN."),
        "plate": _("The car has no plate."),
        "fault": _("The fault is not described: no statement of the customer."),
        "items": _("No repair item is done."),
    }
    told = [sentence for key, sentence in asked.items() if not found[key]]
    if found["odometer_in"] is None:
        told.append(_("The odometer was not read at arrival."))
    rows = list(lines)
    told += [
        _("“%(item)s” has no hours.") % {"item": row.label}
        for row in rows
        if row.kind == LineKind.LABOUR and row.quantity <= ZERO
    ]
    told += [
        _("“%(item)s” has no part number.") % {"item": row.label}
        for row in rows
        if row.kind == LineKind.PART and not row.code
    ]
    return told
