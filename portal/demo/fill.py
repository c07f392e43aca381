"""The whole demo in the order of the road: people, price list, customers, three years, and today."""

from datetime import timedelta
from random import Random
from typing import NamedTuple

from django.utils import translation

from customers.services.forecast_sweep import forecast_branch
from dms.clock import branch_day, day_bounds
from portal.demo import catalogue, people
from portal.demo.appointments import make_appointments
from portal.demo.attendance import come_to_work
from portal.demo.bills import Bills
from portal.demo.campaigns import make_campaigns
from portal.demo.care import Care
from portal.demo.claims import make_cases, make_insurers
from portal.demo.credit import make_credit
from portal.demo.customers import DemoCar, People, midday
from portal.demo.execution import Execution, Shelf
from portal.demo.figures import make_figures
from portal.demo.forecasts import Forecasts
from portal.demo.health import make_health
from portal.demo.history import History
from portal.demo.lists import make_lists
from portal.demo.packages import make_menus, make_packages
from portal.demo.people import Staff
from portal.demo.reminders import remind_of_the_past
from portal.demo.rows import Pile
from portal.demo.sales import make_leads, make_twin
from portal.demo.supply import make_purchases, make_recalls, make_supply
from portal.demo.till import make_till
from portal.demo.today import fill_today
from portal.demo.visits import YEARS_BACK, Life
from retention.services import run

#: Cars of the demo branch.
CARS = 300


class Filled(NamedTuple):
    """What was made: rows of the histories, cars, and orders of today."""

    rows: int
    cars: int
    today: int


@translation.override("zh-hans")  # what the services write of their own is in the language of the shop
def fill(seed: int) -> Filled:
    """Fill an empty database. The same seed on the same day gives the same people, cars, visits and amounts."""
    chance = Random(seed)  # noqa: S311  # demo data, no secret
    branch = people.make_branch()
    today = branch_day(branch)
    members = people.make_staff(branch)
    people.make_shifts(members, today)
    staff = people.staff_of(branch, members)
    price_list = catalogue.make(branch, today)
    make_supply(branch, price_list, today)
    make_health(price_list)
    pile = Pile()
    cars = People(pile, chance, branch, staff.user("advisor"), today).cars(price_list, CARS)
    visits = [visit for car in cars for visit in Life(car, price_list, branch, today, chance).live()]

    history = History(pile, staff, price_list, chance)
    written = history.write(visits)
    released = [row for row in written if row.visit.end == "released"]
    execution = Execution(pile, staff, chance)
    for row in released:
        execution.write(row)
    Bills(pile, staff, history.numbers, chance, day_bounds(branch, today)[0]).write(released)
    first, last = midday(today - YEARS_BACK - timedelta(days=3)), midday(today - timedelta(days=1)) + timedelta(hours=4)
    Shelf(pile, staff, price_list, chance).write(execution.taken, first, last)
    history.numbers.put(pile)
    Forecasts(pile, branch, price_list).write(cars, visits)
    rows = pile.write()
    forecast_branch(branch, today)
    make_recalls(cars, staff)
    make_purchases(staff, price_list, today)
    make_insurers()
    make_menus()
    make_packages(staff, [car.vehicle for car in cars if car.gone_on is None][40:])
    make_credit(staff)
    make_till(staff)
    make_lists(staff)
    here = fill_today(staff, price_list, cars, visits)
    _return(staff, cars, chance)
    return Filled(rows, len(cars), here)


def _return(staff: Staff, cars: list[DemoCar], chance: Random) -> None:
    """Who works today, who is expected, and whom the nights before would have found."""
    branch, today = staff.branch, branch_day(staff.branch)
    come_to_work(branch, today)
    make_appointments(staff, cars, chance)
    remind_of_the_past(branch, today)
    # Else nobody would be due or lapsed, and no stage would have its time, before the first night.
    for sweep in ("reminders", "lapse", "messages", "stages"):
        run(actor=staff.actor("manager"), only=sweep)
    make_campaigns(staff, today)
    Care(staff, chance).fill()
    make_leads(staff, cars)
    make_cases(staff)
    make_twin(staff, cars)
    make_figures(staff)
