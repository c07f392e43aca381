"""Work that is known already: a due maintenance, what was declined before, what was done here and came back.

The caller holds the order (`lines.order_to_price`).
"""

from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.models import MaintenanceRule
from dms.errors import Invalid
from reception.models import Line, Statement, WorkOrder
from reception.services.lines import free_line, labour_line, part_line
from reception.states import LineState


def add_rule(order: WorkOrder, rule: MaintenanceRule, statement: Statement | None = None) -> list[Line]:
    """Everything that a due maintenance takes: its operations and its parts."""
    made = [labour_line(order, operation, statement=statement) for operation in rule.operations.order_by("code")]
    needs = rule.needs.select_related("part").order_by("part__code")
    return made + [part_line(order, need.part, need.quantity, statement=statement) for need in needs]


def add_again(order: WorkOrder, declined_id: int) -> Line:
    """Work that the customer declined before, offered anew at today's price."""
    old = _of_this_car(order, declined_id, LineState.DECLINED)
    line = _same(order, old) if old else None
    if old is None or line is None:
        raise Invalid(_("This car has no such declined work."))
    line.revived_from = old
    line.save(update_fields=["revived_from"])
    return line


def add_fault(order: WorkOrder, line_id: int, statement: Statement | None = None) -> Line:
    """What was done on this car before and did not hold; the judgement finds its guarantee."""
    old = _of_this_car(order, line_id, LineState.DONE)
    line = _same(order, old, statement) if old else None
    if line is None:
        raise Invalid(_("This was not done on this car."))
    return line


def _of_this_car(order: WorkOrder, line_id: int, state: LineState) -> Line | None:
    rows: QuerySet[Line] = Line.objects.filter(pk=line_id, order__vehicle=order.vehicle_id, state=state)
    return rows.select_related("operation", "part").first()


def _same(order: WorkOrder, old: Line, statement: Statement | None = None) -> Line:
    """The same operation or part in the same quantity at today's price; work that no catalogue names by its words."""
    if old.operation is not None:
        return labour_line(order, old.operation, hours=Decimal(old.quantity), statement=statement)
    if old.part is not None:
        return part_line(order, old.part, Decimal(old.quantity), statement=statement)
    return free_line(order, old.name, Decimal(old.quantity), statement=statement)
