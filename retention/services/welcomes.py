"""The first call to the owner of a new car."""

from collections.abc import Sequence
from datetime import timedelta

from customers.models import NewCar
from dms.clock import branch_day
from records.selectors import rule
from retention.services.calls import open_call
from retention.states import CallKind

#: A list may tell of cars that were sold years ago: their owners are no new ones.
NEW_DAYS = 60


def open_welcomes(*, cars: Sequence[NewCar]) -> int:
    """A call for each car that was handed over of late, some days after it (rule `welcome.days`); how many."""
    made = 0
    for row in cars:
        branch = row.vehicle.branch
        if row.handed_over_on < branch_day(branch) - timedelta(days=NEW_DAYS):
            continue
        days = int(rule(branch, "welcome.days", row.handed_over_on))
        due = row.vehicle.next_due_on
        made += open_call(
            branch=branch, kind=CallKind.WELCOME, vehicle=row.vehicle, customer=row.customer,
            subject_key=f"new_car:{row.pk}", due_on=row.handed_over_on + timedelta(days=days),
            reason={"handed_over_on": row.handed_over_on.isoformat(), "due_on": due.isoformat() if due else ""},
        )  # fmt: skip
    return made
