"""What was behind the customer's statements, and what was done about them."""

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.fields import locked
from reception.models import Line, Statement, WorkOrder
from reception.policies import check_open


@one_act
def correct(*, actor: Actor, line_id: int, correction: str, cause: str = "") -> None:
    """What was behind the customer's statement and what was done, in the technician's words; a second line adds to it.

    A line that answers none speaks to the order's first statement; without any there is nothing to answer.
    """
    line = Line.objects.get(pk=line_id, order__branch=actor.branch)
    said = Statement.objects.filter(order_id=line.order_id)
    statement = locked(said.filter(pk=line.statement_id) if line.statement_id else said).order_by("id").first()
    if statement is None or not (correction.strip() or cause.strip()):
        return
    statement.correction = "\n".join(filter(None, [statement.correction, correction.strip()]))[:1000]
    statement.cause = "\n".join(filter(None, [statement.cause, cause.strip()]))[:1000]
    statement.save(update_fields=["correction", "cause"])


@one_act
def tell_since(*, actor: Actor, order_id: int, statement_id: int, since: str) -> Statement:
    """Since when the customer notices it, and how often; asked again later, while the order is open."""
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_open(order)
    row = locked(Statement.objects.filter(order=order)).get(pk=statement_id)
    row.since = since.strip()[:80]
    row.save(update_fields=["since"])
    return row
