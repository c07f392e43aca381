"""Three hundred cars and the people behind them, invented: no such person, phone number, plate or VIN is meant."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Any

from accounts.models import Branch, User
from catalog.models import VehicleModel
from catalog.states import Energy
from customers.identifiers import pinyin_of, vin_check_digit
from customers.models import CareProfile, Consent, Customer, Ownership, Vehicle
from customers.states import Channel, CustomerKind, OwnershipKind, PlateKind, Purpose
from portal.demo import words
from portal.demo.brands import CARS, Car
from portal.demo.catalogue import Catalogue
from portal.demo.rows import Pile

#: Model years as the tenth place of a VIN has them, from 2010 on (GB 16735).
YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
#: No letter at the end: those plates belong to the benchmark's cars (`bulk`).
PLATE_SHAPES = ("LDDDD", "DDDDD", "DLDDD", "DDLDD", "DDDLD", "LLDDD", "LDLDD")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ELSEWHERE = ("粤A", "粤S", "粤L", "粤X", "湘A", "赣B", "桂A", "鄂A")
MOBILE = (131, 132, 133, 135, 136, 137, 138, 139, 150, 151, 152, 155, 156, 157, 158, 159, 176, 180, 181, 186, 187, 188,
          189, 198)  # fmt: skip


@dataclass(slots=True)
class DemoCar:
    """A car with its people and its ways. `pace` is km a day; `gone_on` the day after which it did not come again."""

    vehicle: Vehicle
    model: VehicleModel
    car: Car
    owner: Customer
    bringer: Customer
    sold_on: date
    pace: int
    gone_on: date | None = None
    #: (instant, km), in order of time: the history adds to it.
    readings: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def electric(self) -> bool:
        """Whether it has no engine."""
        return self.car.energy == Energy.ELECTRIC


class People:
    """Makes customers and cars, each plate, VIN and phone number once."""

    def __init__(self, pile: Pile, chance: Random, branch: Branch, advisor: User, today: date) -> None:
        self.pile, self.chance, self.branch, self.advisor, self.today = pile, chance, branch, advisor, today
        self.taken: set[str] = set()
        self.firms: list[tuple[Customer, Customer]] = []
        self.guests = cycle(words.FOREIGN)

    def cars(self, catalogue: Catalogue, count: int) -> list[DemoCar]:
        """`count` cars; customers and ownerships are put on the pile, vehicles only when their history is known."""
        shares = [car.share for car in CARS]
        made = []
        for number in range(count):
            index = self.chance.choices(range(len(CARS)), shares)[0]
            made.append(self._car(number, CARS[index], catalogue.models[index]))
        return made

    def _once(self, make: Any) -> str:
        while (text := make()) in self.taken:
            pass
        self.taken.add(text)
        return str(text)

    def _car(self, number: int, car: Car, model: VehicleModel) -> DemoCar:
        owner, bringer = self._people(number)
        sold_on, gone_on = self._dates(number)
        vin, plate = self._vin(car, sold_on), self._once(lambda: self._plate(car.energy))
        vehicle = Vehicle(
            id=self.pile.next_id(Vehicle), branch=self.branch, plate=plate, vin=vin, vin_tail=vin[-6:], model=model,
            plate_kind=PlateKind.BLUE if car.energy == Energy.PETROL else PlateKind.NEV, year=sold_on.year,
            colour=self.chance.choice(words.COLOURS), warranty_start_on=sold_on,
        )  # fmt: skip
        self._owned(vehicle, owner, bringer, sold_on)
        self._cared(vehicle, owner)
        pace = 5 + round(115 * self.chance.betavariate(1.7, 4.3))  # 37 km a day on average, few above 80
        return DemoCar(vehicle, model, car, owner, bringer, sold_on, pace, gone_on)

    def _dates(self, number: int) -> tuple[date, date | None]:
        """Sold on, and the last day it came (None: it still comes). Every sixteenth is new, every fifth lapsed."""
        chance = self.chance
        if number % 16 == 5:
            return self.today - timedelta(days=chance.randint(3, 80)), None
        if number % 5 == 2:
            sold = self.today - timedelta(days=chance.randint(900, 2600))
            return sold, self.today - timedelta(days=chance.randint(220, 640))
        return self.today - timedelta(days=chance.randint(150, 2600)), None

    def _vin(self, car: Car, sold_on: date) -> str:
        year = YEARS[(sold_on.year - 2010) % len(YEARS)]

        def make() -> str:
            serial = f"{self.chance.randint(1000, 499_999):06d}"
            vin = f"{car.vin}0{year}{self.chance.choice('ABCDKNRW2')}{serial}"
            return vin[:8] + vin_check_digit(vin) + vin[9:]

        return self._once(make)

    def _plate(self, energy: Energy) -> str:
        chance = self.chance
        home = self.branch.plate_prefix if chance.random() < 0.88 else chance.choice(ELSEWHERE)
        if energy != Energy.PETROL:
            second = chance.choice(LETTERS + "0123456789" * 3)
            return f"{home}{'D' if energy == Energy.ELECTRIC else 'F'}{second}{chance.randint(0, 9999):04d}"
        shape = chance.choice(PLATE_SHAPES)
        return home + "".join(chance.choice(LETTERS if place == "L" else "0123456789") for place in shape)

    def _people(self, number: int) -> tuple[Customer, Customer]:
        """(owner, who brings it). A company's car is brought by a driver; some companies have several cars."""
        if number % 10 != 3:
            return (self._person(foreign=number % 12 == 7),) * 2
        if self.firms and self.chance.random() < 0.35:
            return self.chance.choice(self.firms)
        driver = self._person()
        name = self._once(self._firm_name)
        self.firms.append((self._customer(name, CustomerKind.COMPANY), driver))
        return self.firms[-1]

    def _firm_name(self) -> str:
        return f"深圳市{self.chance.choice(words.HOUSES)}{self.chance.choice(words.TRADES)}有限公司"

    def _person(self, *, foreign: bool = False) -> Customer:
        if foreign:
            name = next(self.guests)
            local = pinyin_of(name)[0].encode("ascii", "ignore").decode().replace("'", "")
            return self._customer(name, CustomerKind.PERSON, language="en", email=f"{local}@example.com")
        name = self.chance.choice(words.SURNAMES) + self.chance.choice(words.GIVEN)
        return self._customer(name, CustomerKind.PERSON)

    def _customer(self, name: str, kind: str, *, language: str = "zh-hans", email: str = "") -> Customer:
        full, initials = pinyin_of(name, company=kind == CustomerKind.COMPANY)
        # The middle block is zeros, as in printed examples: nobody's real number should stand in a demo.
        phone = self._once(lambda: f"+86{self.chance.choice(MOBILE)}0000{self.chance.randint(0, 9999):04d}")
        person = Customer(
            id=self.pile.next_id(Customer), branch=self.branch, kind=kind, name=name, pinyin=full,
            pinyin_initials=initials, phone=phone, phone_tail=phone[-4:], language=language, email=email,
        )  # fmt: skip
        self.pile.put(person, created_at=self._long_ago())
        self._consented(person)
        return person

    def _long_ago(self) -> datetime:
        return midday(self.today - timedelta(days=self.chance.randint(1100, 1200)))

    def _consented(self, person: Customer) -> None:
        wanted = (
            (Channel.SMS, Purpose.SERVICE, 0.85, words.SERVICE_WORDING),
            (Channel.PHONE, Purpose.CARE, 0.8, words.CARE_WORDING),
            (Channel.SMS, Purpose.MARKETING, 0.4, words.MARKETING_WORDING),
        )
        for channel, purpose, share, wording in wanted:
            at = self._long_ago()
            self.pile.add(
                Consent, customer_id=person.pk, channel=channel, purpose=purpose, wording=wording, source="接车登记表",
                granted=self.chance.random() < share, at=at, by_id=self.advisor.pk, created_at=at,
            )  # fmt: skip

    def _owned(self, vehicle: Vehicle, owner: Customer, bringer: Customer, sold_on: date) -> None:
        since = sold_on
        if self.chance.random() < 0.06 and (self.today - sold_on).days > 1200:
            since = sold_on + timedelta(days=self.chance.randint(60, 100))
            former = self._person()
            self.pile.add(
                Ownership, vehicle_id=vehicle.pk, customer_id=former.pk, from_on=sold_on, to_on=since,
                created_at=midday(sold_on),
            )  # fmt: skip
        people = [(owner, OwnershipKind.OWNER)] + ([(bringer, OwnershipKind.BRINGER)] if bringer != owner else [])
        for person, kind in people:
            self.pile.add(
                Ownership, vehicle_id=vehicle.pk, customer_id=person.pk, kind=kind, from_on=since,
                created_at=midday(since),
            )  # fmt: skip

    def _cared(self, vehicle: Vehicle, owner: Customer) -> None:
        smoker = self.chance.random() < 0.08
        notes = self.chance.choice(words.CARE_NOTES) if self.chance.random() < 0.12 else ""
        if smoker or notes:
            advice = words.SMOKER_ADVICE_EN if owner.language == "en" else words.SMOKER_ADVICE
            self.pile.add(
                CareProfile, vehicle_id=vehicle.pk, smoker=smoker, notes=notes, advice=advice if smoker else "",
                created_at=midday(self.today - timedelta(days=self.chance.randint(5, 700))),
            )  # fmt: skip


def midday(day: date) -> datetime:
    """An instant of that day that is the same date in every zone a demo may have."""
    return datetime.combine(day, time(6), tzinfo=UTC)
