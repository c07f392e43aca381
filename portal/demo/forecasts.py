"""When the demo's cars are due: the functions of `customers.services.forecast`, over all cars at once."""

from collections.abc import Iterable
from datetime import date, datetime

from accounts.models import Branch
from catalog.models import MaintenanceRule
from customers.models import DueForecast
from customers.services.forecast import ASSUMED, Pace, Start, due, first_start, own_pace
from customers.states import Basis
from dms.clock import branch_day
from portal.demo.catalogue import Catalogue
from portal.demo.customers import DemoCar, midday
from portal.demo.rows import Pile
from portal.demo.visits import Visit


class Forecasts:
    """Closed cycles for each service that was done, and the open one of every rule."""

    def __init__(self, pile: Pile, branch: Branch, catalogue: Catalogue) -> None:
        self.pile, self.branch, self.catalogue = pile, branch, catalogue

    def write(self, car: DemoCar, visits: Iterable[Visit]) -> None:
        """The rows of one car, and the nearest date on the car. Its visits in order of time."""
        released = [visit for visit in visits if visit.end == "released"]
        own = own_pace(car.readings)
        nearest: tuple[date, int, int | None] | None = None
        for task in self.catalogue.tasks[car.model.pk]:
            services = [visit for visit in released if task in visit.rules]
            found = self._rule(car, task.rule, services)
            if found is not None:
                nearest = min(nearest or found, found, key=lambda row: row[:2])
        car.vehicle.km_per_day = own
        car.vehicle.next_due_on, car.vehicle.next_due_km = (nearest[0], nearest[2]) if nearest else (None, None)

    def _rule(self, car: DemoCar, rule: MaintenanceRule, services: list[Visit]) -> tuple[date, int, int | None] | None:
        first = self._start(car.readings[0]) if car.readings else None
        start = first_start(car.vehicle, rule, first)
        if start is None:
            return None
        for cycle, visit in enumerate(services, 1):
            before = [reading for reading in car.readings if reading[0] < visit.times["read"]]
            self._put(car, rule, cycle, start, before, closed_at=visit.times["release"])
            start = Start(branch_day(self.branch, visit.times["release"]), visit.km)
        return self._put(car, rule, len(services) + 1, start, car.readings)

    def _start(self, reading: tuple[datetime, int]) -> Start:
        return Start(branch_day(self.branch, reading[0]), reading[1])

    def _put(
        self, car: DemoCar, rule: MaintenanceRule, cycle: int, start: Start, readings: list[tuple[datetime, int]],
        closed_at: datetime | None = None,
    ) -> tuple[date, int, int | None]:  # fmt: skip
        own = own_pace(readings)
        pace = Pace(own, Basis.OWN) if own is not None else Pace(ASSUMED, Basis.HOUSE)
        last = self._start(readings[-1]) if readings else start
        due_on, due_km, predicted = due(rule, start, last, pace.km_per_day)
        row = self.pile.add(
            DueForecast, vehicle_id=car.vehicle.pk, rule_id=rule.pk, cycle=cycle, base_on=start.on, base_km=start.km,
            due_on=due_on, due_km=due_km, predicted_km=predicted, km_per_day=pace.km_per_day, basis=pace.basis,
            closed_at=closed_at,
        )  # fmt: skip
        return due_on, row, due_km


def put_vehicle(pile: Pile, car: DemoCar, visits: list[Visit], branch: Branch) -> None:
    """The car with what its history has made of it."""
    last = max((visit.left_at for visit in visits if visit.end == "released"), default=None)
    car.vehicle.last_visit_on = branch_day(branch, last) if last else None
    car.vehicle.last_odometer = car.readings[-1][1] if car.readings else None
    pile.put(car.vehicle, created_at=midday(car.sold_on))
