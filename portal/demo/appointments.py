"""The appointments of this week: some of today, one that was missed, a few that wait for a time."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from accounts.policies import Actor
from dms.clock import as_of, branch_day, day_bounds, now
from portal.demo.customers import DemoCar
from portal.demo.people import Staff
from reception.appointment_states import Source
from reception.capacity import plan_of, plans
from reception.models import WorkOrder
from reception.services import appointments
from reception.services.appointments import Wish
from reception.states import VisitType
from retention.services import expected

#: Cars booked on each of the days from today on.
A_DAY = (6, 7, 5, 6, 4, 3, 3)
#: What they come for, in their own words.
ASKED = [
    (VisitType.MAINTENANCE, "做保养"),
    (VisitType.MAINTENANCE, "做保养\n雨刮刮不干净"),
    (VisitType.REPAIR, "过减速带底盘响"),
    (VisitType.MAINTENANCE, "做保养，顺便看看刹车"),
    (VisitType.RECALL, "收到召回通知"),
]
WAITING = 2


def make_appointments(staff: Staff, cars: list[DemoCar], chance: Random) -> int:
    """Book the week through the services, as if it had been done yesterday; how many. Of today only what is to come."""
    branch, actor = staff.branch, staff.actor("advisor")
    today, made = branch_day(branch), 0
    visits = WorkOrder.objects.filter(branch=branch, arrived_at__gte=now() - timedelta(days=40))
    lately = set(visits.values_list("vehicle_id", flat=True))
    free = iter(sorted((car for car in cars if car.gone_on is None and car.vehicle.pk not in lately), key=_due))
    _missed(actor, next(free), today)
    at = now()
    # Before today began: what is today's was booked then, whatever hour it is now.
    with as_of(day_bounds(branch, today)[0] - timedelta(hours=6)):
        for plan, number in zip(plans(branch, today, today + timedelta(days=len(A_DAY) - 1)), A_DAY, strict=True):
            slots = [slot for slot in plan.slots(now()) if slot.free and slot.starts_at > at]
            for index in sorted(chance.sample(range(len(slots)), min(number, len(slots)))):
                slot, car = slots[index], next(free, None)
                if car is None:
                    return made
                kind, words = ASKED[made % len(ASKED)]
                wish = Wish(plate=car.vehicle.plate, kind=kind, words=words, waits=made % 3 == 0)
                appointments.book(
                    actor=actor,
                    wish=wish,
                    starts_at=slot.starts_at,
                    advisor_id=slot.advisor.user_id,
                    source=Source.CALL,
                )
                made += 1
        made += _waiting(actor, free, today)
    return made


def _missed(actor: Actor, car: DemoCar, today: date) -> None:
    """The car that was expected on the last working day and did not come: customer care has a call to make."""
    for back in range(1, 12):
        day = today - timedelta(days=back)
        with as_of(day_bounds(actor.branch, day)[0] - timedelta(hours=6)):
            slots = [slot for slot in plan_of(actor.branch, day).slots(now()) if slot.free]
            if slots:
                wish = Wish(plate=car.vehicle.plate, kind=VisitType.MAINTENANCE, words="做保养")
                appointments.book(actor=actor, wish=wish, starts_at=slots[0].starts_at, source=Source.CALL)
                break
    expected.missed(actor.branch, today)


def _waiting(actor: Actor, free: Iterator[DemoCar], today: date) -> int:
    made = 0
    for ahead, car in zip(range(WAITING), free, strict=False):
        wish = Wish(plate=car.vehicle.plate, kind=VisitType.REPAIR, words="空调异味")
        appointments.wait(actor=actor, wish=wish, on=today + timedelta(days=ahead), source=Source.CALL)
        made += 1
    return made


def _due(car: DemoCar) -> tuple[date, int]:
    return car.vehicle.next_due_on or date.max, car.vehicle.pk
