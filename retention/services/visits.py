"""A car came back: what retention closes in the same step in which the order moves."""

from datetime import date, timedelta

from accounts.policies import Actor
from catalog.models import MaintenanceRule
from customers.models import DueForecast, Vehicle
from customers.services import close_due, forecast_due, note_visit
from customers.services.outbox import plan_many
from dms.act import one_act
from dms.clock import branch_day, now
from dms.fields import locked
from reception.maintenance import rules_done
from reception.models import WorkOrder
from retention.due_messages import SURVEY
from retention.models import LapseCase, Reminder
from retention.states import ClosedWhy, LapseState, ReminderState


@one_act
def checked_in(*, order: WorkOrder) -> int:
    """The walk-round began: the car has come back. Closes its open cases of lapse; how many.

    A mere registration of an arrival can be a slip of the finger and closes nothing; at the walk-round somebody stands
    at the car. The car is locked, so that a sweep that is just opening a case is waited for.
    """
    locked(Vehicle.objects.all()).get(pk=order.vehicle_id)
    return LapseCase.objects.filter(vehicle_id=order.vehicle_id, state=LapseState.OPEN).update(
        state=LapseState.RETURNED, returned_at=now(), returned_order=order
    )


@one_act
def visit_ended(*, actor: Actor, order: WorkOrder) -> None:
    """The visit is over, with work or without: it is the car's last visit (date in the branch) and a return.

    An order that was cancelled before the walk-round is no visit. The date is noted at the end and not at the
    arrival, since the check-in page shows the visit before this one.
    """
    if order.released_at is None and not order.log.filter(action="inspect").exists():
        return
    note_visit(actor=actor, vehicle=order.vehicle, on=branch_day(order.branch, order.released_at))
    checked_in(order=order)


@one_act
def released(*, actor: Actor, order: WorkOrder) -> list[MaintenanceRule]:
    """The car left the gate: the services done in this order begin their next cycle; which.

    A service was done when every operation of its rule is a finished labour line. The cycle begins on the day of the
    release in the branch's zone, at the odometer reading of the reception in km. The reminders of the closed cycles
    are closed with this order as the proof. A second time nothing is left to close.
    """
    visit_ended(actor=actor, order=order)
    on = branch_day(order.branch, order.released_at)
    km = order.odometer_in if order.odometer_in is not None else order.vehicle.last_odometer or 0
    rules = rules_done(order)
    for rule in rules:
        _close(order, rule, on, km)
    forecast_due(vehicle=order.vehicle)
    _ask_for_marks(order, on)
    return rules


def _ask_for_marks(order: WorkOrder, on: date) -> None:
    """The survey stands on the status page; a message on the day after tells of it, where a channel may carry that."""
    context = {"plate": order.vehicle.plate, "code": order.status_code}
    row = (order.contact_id, order.vehicle_id, f"{order.subject_key}:survey", context, on + timedelta(days=1))
    plan_many(SURVEY, order.branch, [row])


def _close(order: WorkOrder, rule: MaintenanceRule, on: date, km: int) -> None:
    """Close what is open of the rule, cycle by cycle, unless this very service has begun its next cycle already."""
    cycles = DueForecast.objects.filter(vehicle_id=order.vehicle_id, rule=rule)
    if cycles.filter(closed_at__isnull=True, cycle__gt=1, base_on=on, base_km=km).exists():
        return
    close_due(vehicle=order.vehicle, rule=rule, on=on, km=km)
    closed = cycles.filter(closed_at__isnull=False).values("cycle")
    Reminder.objects.filter(vehicle_id=order.vehicle_id, rule=rule, state=ReminderState.OPEN, cycle__in=closed).update(
        state=ReminderState.CLOSED, closed_at=now(), closed_why=ClosedWhy.DONE, closed_order=order
    )
