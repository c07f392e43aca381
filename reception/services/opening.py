"""An advisor ticks the opening checklist."""

from collections.abc import Collection

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day, now
from dms.fields import locked
from reception.models import DayCheck
from reception.opening import list_of


@one_act
def tick(*, actor: Actor, ticked: Collection[str]) -> DayCheck:
    """Keep what is ticked of today's list; the instant at which nothing is left is kept, until a tick is taken back.

    Raises `Forbidden`, for the system too: a list is one person's.
    """
    check_may(actor, "order.receive")
    person, day = actor.person, branch_day(actor.branch)
    made, _new = DayCheck.objects.get_or_create(branch=actor.branch, person=person, on=day)
    row = locked(DayCheck.objects.all()).get(pk=made.pk)
    row.items = {item.key: item.key in ticked for item in list_of(actor.branch, day)}
    if not all(row.items.values()):
        row.checked_at, row.checked_by = None, None
    elif row.checked_at is None:
        row.checked_at, row.checked_by = now(), person
    row.save(update_fields=["items", "checked_at", "checked_by"])
    return row
