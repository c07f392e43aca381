"""When the demo's cars are due: their visits begin the cycles, the product's own sweep forecasts them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from accounts.models import Branch
from catalog.models import MaintenanceRule
from customers.models import DueForecast
from customers.services.forecast import add_months
from customers.states import Basis
from dms.clock import branch_day
from portal.demo.catalogue import Catalogue
from portal.demo.customers import DemoCar, midday
from portal.demo.rows import Pile
from portal.demo.visits import Visit

#: (date, km)
Start = tuple[date, int]


class Forecasts:
    """Closed cycles for each service that was done, and the start of the open one. The sweep makes all first cycles."""

    def __init__(self, pile: Pile, branch: Branch, catalogue: Catalogue) -> None:
        self.pile, self.branch, self.catalogue = pile, branch, catalogue

    def write(self, cars: list[DemoCar], visits: Iterable[Visit]) -> None:
        """The cycles of all cars, and the cars themselves with what their histories have made of them."""
        of_car: dict[int, list[Visit]] = defaultdict(list)
        for visit in visits:
            if visit.end == "released":
                of_car[visit.car.vehicle.pk].append(visit)
        for car in cars:
            self._car(car, of_car[car.vehicle.pk])

    def _car(self, car: DemoCar, visits: list[Visit]) -> None:
        for task in self.catalogue.tasks[car.model.pk]:
            self._rule(car, task.rule, [visit for visit in visits if task in visit.rules])
        vehicle = car.vehicle
        vehicle.last_visit_on = branch_day(self.branch, visits[-1].left_at) if visits else None
        vehicle.last_odometer = car.readings[-1][1] if car.readings else None
        self.pile.put(vehicle, created_at=midday(car.sold_on))

    def _rule(self, car: DemoCar, rule: MaintenanceRule, services: list[Visit]) -> None:
        start = (car.sold_on, 0)
        for cycle, visit in enumerate(services, 1):
            self._put(car, rule, cycle, start, closed_at=visit.times["release"])
            start = (branch_day(self.branch, visit.times["release"]), visit.km)
        if services:
            self._put(car, rule, len(services) + 1, start)

    def _put(
        self, car: DemoCar, rule: MaintenanceRule, cycle: int, start: Start, closed_at: datetime | None = None
    ) -> None:
        """A cycle as the car's true pace tells it; the sweep tells the open one anew, from the readings."""
        on, km = start
        days = [on + timedelta(days=rule.interval_km // car.pace)] if rule.interval_km else []
        days += [add_months(on, rule.interval_months)] if rule.interval_months else []
        self.pile.add(
            DueForecast, vehicle_id=car.vehicle.pk, rule_id=rule.pk, cycle=cycle, base_on=on, base_km=km,
            due_on=min(days), due_km=km + rule.interval_km if rule.interval_km else None,
            predicted_km=km + (min(days) - on).days * car.pace, km_per_day=car.pace, basis=Basis.OWN,
            closed_at=closed_at,
        )  # fmt: skip
