"""What of an order goes on its slip, and the slip that stands. Policies and selectors ask alike."""

from collections.abc import Iterable

from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from catalog.states import OperationKind
from delivery.models.settlement import Receivable, Settlement
from delivery.models.split import Split
from delivery.states import SettlementKind, SettlementState
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.states import LineState


def live_slip(order: WorkOrder) -> Settlement | None:
    """The slip that stands, if any."""
    return (
        Settlement.objects.filter(order=order, kind=SettlementKind.NORMAL, state=SettlementState.ISSUED)
        .select_related("paper")
        .first()
    )


def with_rest(rows: QuerySet[Receivable]) -> QuerySet[Receivable]:
    """Shares with `paid`, and with `rest`: what is neither paid nor written off."""
    money = DecimalField(max_digits=12, decimal_places=2)
    found = rows.annotate(paid=Coalesce(Sum("payments__amount"), ZERO, output_field=money))
    return found.annotate(rest=ExpressionWrapper(F("gross") - F("written_off") - F("paid"), output_field=money))


def billable(order: WorkOrder) -> list[Line]:
    """The lines that go on the slip: what is done; of a stopped order the diagnosis as well. One query."""
    lines = order.lines.filter(state__in=[LineState.DONE, LineState.APPROVED])
    return of_bill(order, lines.select_related("operation", "part", "statement").order_by("id"))


def of_bill(order: WorkOrder, lines: Iterable[Line]) -> list[Line]:
    """`billable` of lines that are at hand."""
    stopped = order.stopped_at is not None
    return [
        line
        for line in lines
        if line.state == LineState.DONE
        or (stopped and line.operation is not None and line.operation.kind == OperationKind.DIAGNOSIS)
    ]


def splits_of(order: WorkOrder) -> QuerySet[Split]:
    """Who takes over what, in the order of the decisions."""
    return Split.objects.filter(order=order).select_related("customer", "line").order_by("id")
