"""The whole demo in the order of the road: people, price list, customers, three years, and today."""

from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import NamedTuple

from customers.services import forecast_due
from dms.clock import branch_day, now
from portal.demo import catalogue, people
from portal.demo.bills import Bills
from portal.demo.customers import DemoCar, People, midday
from portal.demo.execution import Execution, Shelf
from portal.demo.forecasts import Forecasts, put_vehicle
from portal.demo.history import History
from portal.demo.rows import Pile
from portal.demo.today import fill_today
from portal.demo.visits import YEARS_BACK, Life, Visit

#: Cars of the demo branch.
CARS = 300


class Filled(NamedTuple):
    """What was made: rows of the histories, cars, and orders of today."""

    rows: int
    cars: int
    today: int


def fill(seed: int) -> Filled:
    """Fill an empty database. The same seed on the same day gives the same people, cars, visits and amounts."""
    chance = Random(seed)  # noqa: S311  # demo data, no secret
    branch = people.make_branch()
    today, at = branch_day(branch), now()
    members = people.make_staff(branch)
    people.make_shifts(members, today)
    staff = people.staff_of(branch, members)
    price_list = catalogue.make(branch, today)
    pile = Pile()
    cars = People(pile, chance, branch, staff.user("advisor"), today).cars(price_list, CARS)
    visits = [visit for car in cars for visit in Life(car, price_list, branch, today, chance).live()]

    history = History(pile, staff, price_list, chance)
    written = history.write(visits)
    released = [row for row in written if row.visit.end == "released"]
    execution = Execution(pile, staff, chance)
    for row in released:
        execution.write(row)
    Bills(pile, staff, history.numbers, chance, at).write(released)
    first, last = midday(today - YEARS_BACK - timedelta(days=3)), midday(today - timedelta(days=1)) + timedelta(hours=4)
    Shelf(pile, staff, price_list, chance).write(execution.taken, first, last)
    history.numbers.put(pile)
    _finish_cars(pile, cars, visits, Forecasts(pile, branch, price_list))
    rows = pile.write()
    for car in cars:
        if car.vehicle.km_per_day is None:  # without a pace of its own it takes the average of the written ones
            forecast_due(vehicle=car.vehicle)
    return Filled(rows, len(cars), fill_today(staff, price_list, cars, visits))


def _finish_cars(pile: Pile, cars: list[DemoCar], visits: list[Visit], forecasts: Forecasts) -> None:
    of_car: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        of_car[visit.car.vehicle.pk].append(visit)
    for car in cars:
        own = of_car[car.vehicle.pk]
        forecasts.write(car, own)
        put_vehicle(pile, car, own, forecasts.branch)
