"""Calls to make: opened once each, claimed by a caller, closed by what came of them."""

from collections.abc import Mapping
from datetime import date

from django.db.models import QuerySet

from accounts.models import Branch, User
from customers.models import Customer, Vehicle
from dms.act import one_act
from dms.clock import branch_day, now
from reception.models import WorkOrder
from reception.states import OPEN_STATES, LineState
from retention.models import CallTask
from retention.services.looking import written
from retention.services.scores import WORTH, rescore, worth_values
from retention.states import MOOT_BY_ARRIVAL, CallKind, CallState, DroppedWhy

_VALUE = f"""
    UPDATE retention_calltask SET value = {WORTH.format(vehicle="retention_calltask.vehicle_id")} WHERE id = %(id)s
"""  # noqa: S608  # constants


@one_act
def open_call(
    *,
    branch: Branch,
    kind: str,
    vehicle: Vehicle,
    customer: Customer,
    subject_key: str,
    due_on: date,
    reason: Mapping[str, str] | None = None,
    advisor: User | None = None,
) -> bool:
    """A call to make from `due_on` (the branch's calendar) on; False when there is one of this kind and subject.

    `reason` holds frozen strings for the sentence of its kind (`retention.scripts`); `advisor` may not make the call.
    """
    task, made = CallTask.objects.get_or_create(
        kind=CallKind(kind),
        subject_key=subject_key,
        defaults={
            "branch": branch, "vehicle": vehicle, "customer": customer, "due_on": due_on,
            "reason": dict(reason or {}), "advisor": advisor,
        },
    )  # fmt: skip
    if made:
        written(_VALUE, {"id": task.pk, **worth_values(branch)})
        rescore(branch=branch, today=branch_day(branch), ids=[task.pk])
    return made


def drop(tasks: QuerySet[CallTask], why: DroppedWhy) -> int:
    """Close what is still open of these: nobody calls any more; how many."""
    return tasks.filter(state=CallState.OPEN).update(
        state=CallState.DROPPED, closed_at=now(), dropped_why=why, taken_at=None, taken_by=None
    )


def came_in(*, order: WorkOrder) -> int:
    """The car stands in the shop: what it should have been called for has lost its point; how many calls."""
    return drop(CallTask.objects.filter(vehicle_id=order.vehicle_id, kind__in=MOOT_BY_ARRIVAL), DroppedWhy.MOOT)


def offers_answered(*, order: WorkOrder) -> int:
    """Nothing of the order waits for an answer: nobody need ask; how many calls."""
    if order.lines.filter(state=LineState.OFFERED).exists() and order.state in OPEN_STATES:
        return 0
    asked = CallTask.objects.filter(vehicle_id=order.vehicle_id, kind=CallKind.ANSWER)
    return drop(asked.filter(subject_key__startswith=f"{order.subject_key}:"), DroppedWhy.MOOT)
