"""What was behind the customer's statements, and what was done about them."""

from accounts.policies import Actor
from dms.act import one_act
from dms.fields import locked
from reception.models import Line, Statement


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
