"""What the check-in page proposes before anybody searches: due maintenance, declined work, a diagnosis."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.utils.translation import gettext as _

from catalog.models import LabourOperation
from catalog.states import OperationKind
from customers.models import DueForecast
from dms.clock import branch_day
from reception.models import Line, WorkOrder
from reception.selectors import declined_before
from reception.states import VisitType

#: A maintenance that falls due this soon, in days or km, is proposed today.
SOON_DAYS, SOON_KM = 45, 1500
MOST_DIAGNOSES = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """A button: what the page posts after "add:", what it says, and why it is there."""

    value: str
    label: str
    why: str


def _due(order: WorkOrder, taken: set[str]) -> list[Proposal]:
    horizon = branch_day(order.branch) + timedelta(days=SOON_DAYS)
    km = order.odometer_in or order.vehicle.last_odometer or 0
    rows = DueForecast.objects.filter(vehicle=order.vehicle_id, closed_at__isnull=True).select_related("rule")
    rows = rows.annotate(codes=ArrayAgg("rule__operations__code"))
    left = [row for row in rows.order_by("due_on", "id") if not taken.issuperset(row.codes)]
    due = [row for row in left if row.due_on <= horizon or (row.due_km is not None and row.due_km <= km + SOON_KM)]
    if due or order.visit_type != VisitType.MAINTENANCE or taken:
        return [Proposal(f"rule:{row.rule_id}", row.rule.label, _("due")) for row in due]
    # Who comes for maintenance before it is due gets the next one, not an empty page.
    return [Proposal(f"rule:{row.rule_id}", row.rule.label, _("next due")) for row in left[:1]]


def _declined(before: list[Line]) -> list[Proposal]:
    return [Proposal(f"again:{row.pk}", row.label, _("declined before")) for row in before]


def _diagnoses() -> list[Proposal]:
    rows = LabourOperation.objects.filter(kind=OperationKind.DIAGNOSIS, active=True).order_by("code")
    return [Proposal(row.code, row.label, _("diagnosis")) for row in rows[:MOST_DIAGNOSES]]


def proposals(order: WorkOrder) -> list[Proposal]:
    """The nearest due maintenance first; what stands on the order already is not proposed again. Three queries."""
    before = declined_before(order.vehicle)
    taken = {line.code for line in order.lines.all()}
    offered = [*_due(order, taken)[:3], *_declined(before)[:3], *_diagnoses()]
    again = {f"again:{row.pk}": row.code for row in before}
    return [row for row in offered if again.get(row.value, row.value) not in taken]
