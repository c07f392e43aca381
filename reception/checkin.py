"""Between the check-in form and the draft it means."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from dms.clock import local
from reception.forms import CheckIn, MarkFormSet
from reception.models import WorkOrder
from reception.selectors import last_marks
from reception.services.arrival import Mark
from reception.services.draft import Draft
from reception.states import Thing


def _initial(order: WorkOrder) -> dict[str, Any]:
    walk = getattr(order, "walk", None)
    taken = list(order.taken.all())
    return {
        "odometer": order.odometer_in,
        "visit_type": order.visit_type,
        "fuel": "" if walk is None or walk.fuel_quarters is None else str(walk.fuel_quarters),
        "charge": walk.charge_percent if walk else None,
        "kit": order.kit_at is not None,
        "lamps": walk.warning_lamps if walk else "",
        "things": [row.kind for row in taken],
        "valuables": next((row.what for row in taken if row.what), ""),
        "words": "\n".join(row.words for row in order.statements.all()),
        "promise": local(order.branch, order.promised_at).replace(tzinfo=None) if order.promised_at else None,
        "old_parts": order.old_parts,
        "wash": "yes" if order.wash else "no",
        "waits": order.waits,
        "pay_method": order.pay_method,
        "signer": order.bringer.name,
    }


def _marks(order: WorkOrder) -> list[dict[str, Any]]:
    walk = getattr(order, "walk", None)
    rows = list(walk.marks.order_by("id")) if walk else last_marks(order.vehicle, order.pk)
    return [
        {
            "view": row.view,
            "x": row.x,
            "y": row.y,
            "zone": row.zone,
            "kind": row.kind,
            "severity": row.severity,
            "carried": walk is None or row.carried_from_id is not None,
        }
        for row in rows
    ]


def forms_for(request: HttpRequest, order: WorkOrder) -> tuple[CheckIn, Any]:
    """The page's form and its marks, bound when the request posts them."""
    data = request.POST if request.method == "POST" else None
    return CheckIn(data, initial=_initial(order)), MarkFormSet(data, initial=_marks(order), prefix="marks")


def draft_of(form: CheckIn, marks: Any) -> Draft:
    """What the valid forms mean."""
    data = form.cleaned_data
    taken = [(kind, data["valuables"] if kind == Thing.VALUABLE else "") for kind in data["things"]]
    return Draft(
        visit_type=data["visit_type"],
        old_parts=data["old_parts"],
        wash=data["wash"] == "yes",
        waits=data["waits"],
        pay_method=data["pay_method"],
        odometer=data["odometer"],
        odometer_reason=data["odometer_reason"],
        fuel_quarters=int(data["fuel"]) if data["fuel"] else None,
        charge_percent=data["charge"],
        kit=data["kit"],
        lamps=data["lamps"],
        words=data["words"].splitlines(),
        taken=taken,
        promised_at=data["promise"],
        marks=[
            Mark(
                view=row.get("view", ""),
                zone=row["zone"],
                x=row.get("x") or Decimal(0),
                y=row.get("y") or Decimal(0),
                kind=row["kind"],
                severity=row["severity"],
            )
            for row in (form.cleaned_data for form in marks)
            if row and not row.get("DELETE")
        ],
    )
