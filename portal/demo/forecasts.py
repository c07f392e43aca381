"""When the demo's cars are due: the functions of `customers.services.forecast`, over all cars at once.

One car after the other through `forecast_due` would take longer than all the rest of the demo.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from accounts.models import Branch
from catalog.models import MaintenanceRule
from customers.models import DueForecast
from customers.services.forecast import ASSUMED, LEAST, MOST, Pace, Start, due, first_start, own_pace
from customers.states import Basis
from dms.clock import branch_day
from dms.money import quantise
from portal.demo.catalogue import Catalogue
from portal.demo.customers import DemoCar, midday
from portal.demo.rows import Pile
from portal.demo.visits import Visit

Reading = tuple[datetime, int]
#: (due_on, id of the forecast, due_km)
Found = tuple[date, int, int | None]


class Forecasts:
    """Closed cycles for each service that was done, and the open one of every rule."""

    def __init__(self, pile: Pile, branch: Branch, catalogue: Catalogue) -> None:
        self.pile, self.branch, self.catalogue = pile, branch, catalogue
        self.averages: dict[tuple[Basis, int], list[Decimal]] = defaultdict(list)

    def write(self, cars: list[DemoCar], visits: Iterable[Visit]) -> None:
        """The forecasts of all cars, and the cars themselves with what their histories have made of them."""
        of_car: dict[int, list[Visit]] = defaultdict(list)
        for visit in visits:
            if visit.end == "released":
                of_car[visit.car.vehicle.pk].append(visit)
        for car in cars:
            car.vehicle.km_per_day = own_pace(car.readings)
            if car.vehicle.km_per_day is not None:
                for key in self._groups(car):
                    self.averages[key].append(car.vehicle.km_per_day)
        for car in cars:
            self._car(car, of_car[car.vehicle.pk])

    def _groups(self, car: DemoCar) -> list[tuple[Basis, int]]:
        return [(Basis.MODEL, car.model.pk), (Basis.BRAND, car.model.brand_id), (Basis.BRANCH, self.branch.pk)]

    def _pace(self, car: DemoCar, own: Decimal | None) -> Pace:
        """As `pace_of`: the car's own, else the nearest average."""
        if own is not None:
            return Pace(own, Basis.OWN)
        for key in self._groups(car):
            if paces := self.averages.get(key):
                return Pace(quantise(min(MOST, max(LEAST, sum(paces, Decimal(0)) / len(paces)))), key[0])
        return Pace(ASSUMED, Basis.HOUSE)

    def _car(self, car: DemoCar, visits: list[Visit]) -> None:
        nearest: Found | None = None
        for task in self.catalogue.tasks[car.model.pk]:
            found = self._rule(car, task.rule, [visit for visit in visits if task in visit.rules])
            if found is not None:
                nearest = min(nearest or found, found, key=lambda row: row[:2])
        vehicle = car.vehicle
        vehicle.next_due_on, vehicle.next_due_km = (nearest[0], nearest[2]) if nearest else (None, None)
        vehicle.last_visit_on = branch_day(self.branch, visits[-1].left_at) if visits else None
        vehicle.last_odometer = car.readings[-1][1] if car.readings else None
        self.pile.put(vehicle, created_at=midday(car.sold_on))

    def _rule(self, car: DemoCar, rule: MaintenanceRule, services: list[Visit]) -> Found | None:
        start = first_start(car.vehicle, rule, self._start(car.readings[0]) if car.readings else None)
        if start is None:
            return None
        for cycle, visit in enumerate(services, 1):
            before = [reading for reading in car.readings if reading[0] < visit.times["read"]]
            self._put(car, rule, cycle, start, before, closed_at=visit.times["release"])
            start = Start(branch_day(self.branch, visit.times["release"]), visit.km)
        return self._put(car, rule, len(services) + 1, start, car.readings)

    def _start(self, reading: Reading) -> Start:
        return Start(branch_day(self.branch, reading[0]), reading[1])

    def _put(
        self, car: DemoCar, rule: MaintenanceRule, cycle: int, start: Start, readings: list[Reading],
        closed_at: datetime | None = None,
    ) -> Found:  # fmt: skip
        pace = self._pace(car, own_pace(readings))
        last = self._start(readings[-1]) if readings else start
        due_on, due_km, predicted = due(rule, start, last, pace.km_per_day)
        row = self.pile.add(
            DueForecast, vehicle_id=car.vehicle.pk, rule_id=rule.pk, cycle=cycle, base_on=start.on, base_km=start.km,
            due_on=due_on, due_km=due_km, predicted_km=predicted, km_per_day=pace.km_per_day, basis=pace.basis,
            closed_at=closed_at,
        )  # fmt: skip
        return due_on, row, due_km
