"""The check-in page kept as it is typed: any part may be missing, nothing that was typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.policies import Actor, check_may
from catalog.models import LabourOperation, Part
from dms.fields import locked
from reception.models import Statement, WorkOrder
from reception.policies import check_open
from reception.services.arrival import Mark, read_odometer, walk_round
from reception.services.contract import promise
from reception.services.lines import add_labour, add_part


@dataclass(frozen=True, slots=True)
class Draft:
    """What the page holds; None is "not entered yet". Odometer in km, fuel in quarters, charge in percent."""

    visit_type: str
    old_parts: str
    wash: bool
    waits: bool
    pay_method: str
    odometer: int | None = None
    odometer_reason: str = ""
    fuel_quarters: int | None = None
    charge_percent: int | None = None
    kit: bool = False
    lamps: str = ""
    words: Sequence[str] = ()
    taken: Sequence[tuple[str, str]] = ()
    marks: Sequence[Mark] = field(default_factory=tuple)
    promised_at: datetime | None = None


@transaction.atomic
def keep(*, actor: Actor, order_id: int, draft: Draft) -> WorkOrder:
    """Write all of the draft or nothing of it. Raises what the single services raise."""
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_open(order)
    order.visit_type, order.old_parts, order.pay_method = draft.visit_type, draft.old_parts, draft.pay_method
    order.wash, order.waits = draft.wash, draft.waits
    order.save(update_fields=["visit_type", "old_parts", "pay_method", "wash", "waits"])
    if draft.odometer is not None:
        read_odometer(actor=actor, order_id=order_id, km=draft.odometer, reason=draft.odometer_reason)
    if draft.fuel_quarters is not None or draft.charge_percent is not None:
        walk_round(
            actor=actor,
            order_id=order_id,
            fuel_quarters=draft.fuel_quarters,
            charge_percent=draft.charge_percent,
            kit=draft.kit,
            marks=draft.marks,
            taken=draft.taken,
            warning_lamps=draft.lamps,
        )
    _keep_words(order, draft.words)
    if draft.promised_at is not None:
        promise(actor=actor, order_id=order_id, at=draft.promised_at)
    return order


def _keep_words(order: WorkOrder, words: Sequence[str]) -> None:
    """Statements in their order: changed in place, so that lines keep theirs; surplus ones without lines go."""
    rows = list(order.statements.order_by("id"))
    said = [text.strip() for text in words if text.strip()]
    for index, text in enumerate(said):
        if index >= len(rows):
            Statement.objects.create(order=order, words=text)
        elif rows[index].words != text:
            rows[index].words = text
            rows[index].save(update_fields=["words"])
    for row in rows[len(said) :]:
        if not row.lines.exists():
            row.delete()


@transaction.atomic
def add_by_code(*, actor: Actor, order_id: int, code: str) -> None:
    """Add the operation or part with this code. Raises LabourOperation.DoesNotExist for an unknown one."""
    part = Part.objects.filter(code=code).first()
    if part is not None:
        add_part(actor=actor, order_id=order_id, part=part, quantity=Decimal(1))
        return
    add_labour(actor=actor, order_id=order_id, operation=LabourOperation.objects.get(code=code))
