"""The load that promises are computed from, kept true by the workshop."""

from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from accounts.models import Bay, Membership
from accounts.policies import Actor
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid
from dms.fields import locked
from reception.models import Line, PlannedWork
from reception.promises import still_left


@one_act
def plan_line(*, actor: Actor, line_id: int, technician: Membership | None, bay: Bay | None) -> PlannedWork:
    """Who does the line, and where; None takes it back. Raises `Invalid` for people or bays of another branch.

    The caller judges whether the actor may dispatch.
    """
    if technician is not None and technician.branch_id != actor.branch.pk:
        raise Invalid(_("This person does not work in this branch."))
    if bay is not None and bay.branch_id != actor.branch.pk:
        raise Invalid(_("This bay is not in this branch."))
    row = _row(actor, line_id)
    row.technician, row.bay = technician, bay
    row.save(update_fields=["technician", "bay"])
    return row


@one_act
def hours_left(*, actor: Actor, line_id: int, hours: Decimal) -> PlannedWork:
    """The hours still to be worked on a line; 0 when it is finished."""
    row = _row(actor, line_id)
    row.hours_left, row.during = hours, None
    row.save(update_fields=["hours_left", "during"])
    return row


@one_act
def clock_runs(*, actor: Actor, line_id: int) -> None:
    """Somebody works on the line from now on; what is left shrinks by the minute (`reception.promises`)."""
    row = _row(actor, line_id)
    row.during = DateTimeTZRange(now(), None)
    row.save(update_fields=["during"])


@one_act
def clock_stops(*, actor: Actor, line_id: int) -> None:
    """The work pauses. What was worked is taken off; unfinished work never counts as nothing."""
    row = _row(actor, line_id)
    if row.during is not None:
        row.hours_left, row.during = still_left(row.hours_left, row.during.lower, now()), None
        row.save(update_fields=["hours_left", "during"])


def _row(actor: Actor, line_id: int) -> PlannedWork:
    line = Line.objects.select_related("operation").get(pk=line_id, order__branch=actor.branch)
    PlannedWork.objects.get_or_create(
        line=line,
        defaults={
            "skill_id": line.operation.skill_id if line.operation else None,
            "hours_left": line.standard_hours,
        },
    )
    return locked(PlannedWork.objects.filter(line=line)).get()
