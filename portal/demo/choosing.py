"""Which cars come today."""

from datetime import date, timedelta

from portal.demo.customers import DemoCar
from portal.demo.plans import PLANS, Plan
from portal.demo.visits import Visit
from reception.states import State, VisitType

S = State


def choose(cars: list[DemoCar], visits: list[Visit], today: date) -> list[DemoCar]:
    """A car for each plan: those due soonest, with an engine where oil is changed, and one that was just here."""
    last = {visit.car.vehicle.pk: visit for visit in visits}  # visits of a car stand in order of time
    back = max(
        (visit for visit in last.values() if visit.kind == VisitType.REPAIR and visit.end == "released"),
        key=lambda visit: visit.arrived_at,
    )
    # Who was here last month does not come today.
    lately = today - timedelta(days=40)
    still = [
        car
        for car in cars
        if car.gone_on is None
        and car is not back.car
        and car.vehicle.last_visit_on
        and car.vehicle.last_visit_on < lately
    ]
    by_due = sorted(still, key=lambda car: abs(((car.vehicle.next_due_on or today) - today).days))
    engines: list[DemoCar] = []
    others: list[DemoCar] = []
    for car in by_due:
        (others if car.electric else engines).append(car)
    pools = {True: iter(engines), False: iter(others)}
    return [back.car if plan.special == "comeback" else next(pools[not _fits_electric(plan)]) for plan in PLANS]


def _fits_electric(plan: Plan) -> bool:
    """Some cars have no engine; they are given to plans that change no oil."""
    return plan.special == "tool" or plan.target in (S.INSPECTING, S.QUEUED, S.HANDING_OVER, S.DECLINED)
