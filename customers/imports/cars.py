"""A block of customers, their cars, owners and first readings: some statements a block, whatever stands in it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from customers.import_states import HandOverSource, ImportKind, Outcome
from customers.imports import copying
from customers.imports.matching import Known
from customers.imports.past import Told, begin_with, odometers, seen_last
from customers.models import Customer, ImportRow, ImportRun, NewCar, Ownership, Vehicle
from customers.signals import cars_handed_over
from customers.states import CustomerKind, OwnershipKind, PlateKind
from dms.clock import now

_PEOPLE = """
    UPDATE customers_customer c SET phone = n.phone, phone_tail = right(n.phone, 4), email = n.email,
        born_on = n.born_on, note = n.note, version = c.version + 1
    FROM jsonb_to_recordset(%s::jsonb) AS n(id bigint, phone text, email text, born_on date, note text)
    WHERE c.id = n.id
"""
_CARS = """
    UPDATE customers_vehicle v SET plate = n.plate, plate_kind = n.plate_kind, vin = n.vin, vin_tail = right(n.vin, 6),
        model_id = n.model_id, year = n.year, colour = n.colour, warranty_start_on = n.warranty_start_on,
        incomplete = n.incomplete, version = v.version + 1
    FROM jsonb_to_recordset(%s::jsonb) AS n(id bigint, plate text, plate_kind text, vin text, model_id bigint,
        year int, colour text, warranty_start_on date, incomplete boolean)
    WHERE v.id = n.id
"""
_OWNED = ("vehicle_id", "customer_id", "kind", "from_on")
_PERSON = ("phone", "email", "born_on", "note")
_CAR = ("plate", "plate_kind", "vin", "model_id", "year", "colour", "warranty_start_on", "incomplete")


def write(run: ImportRun, rows: list[ImportRow], known: Known, today: date) -> Counter[str]:
    """Write the rows, set their outcome, and say how many of what were new or changed."""
    block = _Block(run, known, today)
    for row in rows:
        block.take(row)
    return block.keep()


class _Block:
    """What a block comes to, before it is written."""

    def __init__(self, run: ImportRun, known: Known, today: date) -> None:
        self.run, self.known, self.today = run, known, today
        self.people: list[Customer] = []
        self.cars: list[Vehicle] = []
        #: By key, so that two rows of one customer are one change.
        self.changed_people: dict[int, Customer] = {}
        self.changed_cars: dict[int, Vehicle] = {}
        self.owners: list[tuple[Vehicle, Customer, date, Ownership | None]] = []
        self.told: list[Told] = []
        self.handed_over: list[NewCar] = []

    def take(self, row: ImportRow) -> None:
        """Match a row, and note what it brings."""
        vehicle = self.known.car(row)
        person = self._person(row, vehicle) if row.name else None
        news = [person is not None and person.pk is None, vehicle is None and bool(row.plate or row.vin)]
        changes = [person is not None and not news[0] and self._fill(person, row.cleaned | {"phone": row.phone})]
        if row.plate or row.vin:
            if vehicle is None:
                vehicle = self._new_car(row)
            else:
                changes.append(self._change_car(vehicle, row))
            changes.append(self._own(vehicle, person, row))
            self._drove(vehicle, row.cleaned)
            if self.run.kind == ImportKind.NEW_CARS and person is not None:
                self._new(vehicle, person, row)
        row.outcome = Outcome.MADE if any(news) else Outcome.CHANGED if any(changes) else Outcome.SAME

    def _new(self, vehicle: Vehicle, person: Customer, row: ImportRow) -> None:
        day = date.fromisoformat(row.cleaned["handed_over_on"])
        self.handed_over.append(
            NewCar(
                vehicle=vehicle, customer=person, handed_over_on=day, packages=row.cleaned.get("packages", []),
                source=HandOverSource.IMPORT, entered_at=now(), entered_by=self.run.started_by,
            )
        )  # fmt: skip

    def _person(self, row: ImportRow, vehicle: Vehicle | None) -> Customer:
        """The customer of that name and number, or the car's owner of that name, or a new one."""
        found = self.known.people.get((row.name, row.phone))
        owner = self.known.owners.get(vehicle.pk) if vehicle and vehicle.pk else None
        same = owner is not None and owner.customer.name == row.name and not (row.phone and owner.customer.phone)
        if found is None and owner is not None and same:
            found = owner.customer
        if found is None:
            told = row.cleaned
            found = Customer(
                branch=self.run.branch, name=row.name, phone=row.phone, phone_tail=row.phone[-4:],
                kind=told.get("kind", CustomerKind.PERSON), language=told.get("language", "zh-hans"),
                pinyin=told["pinyin"], pinyin_initials=told["pinyin_initials"], email=told.get("email", ""),
                born_on=told.get("born_on"), note=told.get("note", ""),
            )  # fmt: skip
            self.people.append(found)
        self.known.people[row.name, row.phone] = found
        return found

    def _fill(self, person: Customer, told: dict[str, Any]) -> bool:
        """Gaps are filled; where the file goes before ours, what stands here is changed. Whether anything was."""
        changed = False
        for name in _PERSON:
            changed |= self._set(person, name, told.get(name))
        if changed and person.pk:
            self.changed_people[person.pk] = person
        return changed

    def _set(self, row: Customer | Vehicle, name: str, value: Any) -> bool:
        here = getattr(row, name)
        shown = here.isoformat() if isinstance(here, date) else here
        if value in (None, "") or shown == value or (here not in (None, "") and self.run.fill_only):
            return False
        setattr(row, name, value)
        return True

    def _new_car(self, row: ImportRow) -> Vehicle:
        told = row.cleaned
        vehicle = Vehicle(
            branch=self.run.branch, plate=row.plate, vin=row.vin, vin_tail=row.vin[-6:],
            plate_kind=told.get("plate_kind", PlateKind.OTHER), model_id=told.get("model"), year=told.get("year"),
            colour=told.get("colour", ""), warranty_start_on=told.get("warranty_start_on"),
            incomplete=not (row.vin and told.get("model")),
        )  # fmt: skip
        self.cars.append(vehicle)
        self.known.add_car(vehicle)
        return vehicle

    def _change_car(self, vehicle: Vehicle, row: ImportRow) -> bool:
        told, changed = row.cleaned, False
        if self._set(vehicle, "plate", row.plate):
            vehicle.plate_kind, changed = told["plate_kind"], True
        given = {name: told.get(name) for name in ("year", "colour", "warranty_start_on")}
        for name, value in {"vin": row.vin, "model_id": told.get("model"), **given}.items():
            changed |= self._set(vehicle, name, value)
        vehicle.incomplete = vehicle.incomplete and not (vehicle.vin and vehicle.model_id)
        if changed and vehicle.pk:
            self.changed_cars[vehicle.pk] = vehicle
        return changed

    def _own(self, vehicle: Vehicle, person: Customer | None, row: ImportRow) -> bool:
        """A car without an owner gets one; another owner than here stays, unless the file goes before ours."""
        if person is None:
            return False
        present = self.known.owners.get(vehicle.pk) if vehicle.pk else None
        if present is not None and present.customer == person:
            return False
        if present is not None and self.run.fill_only:
            row.problems = [*row.problems, ["name", "owner_kept", row.name]]
            return False
        since = date.fromisoformat(row.cleaned.get("owned_from") or self.today.isoformat())
        if present is not None:
            since = max(since, present.from_on)
        self.owners.append((vehicle, person, since, present))
        return True

    def _drove(self, vehicle: Vehicle, told: dict[str, Any]) -> None:
        last = told.get("last_visit_on")
        read = told.get("read_on") or last
        day = date.fromisoformat(read) if read else self.today
        self.told.append(Told(vehicle, told.get("km"), day, date.fromisoformat(last) if last else None))

    # --- Writing ---

    def keep(self) -> Counter[str]:
        """All of it: about a dozen statements."""
        new = {id(car) for car in self.cars}
        begin_with([one for one in self.told if id(one.vehicle) in new])
        copying.create(self.people)
        copying.create(self.cars)
        _update(_PEOPLE, _PERSON, self.changed_people.values())
        _update(_CARS, _CAR, self.changed_cars.values())
        ends = [(old, since) for _car, _person, since, old in self.owners if old is not None]
        for old, since in ends:
            old.to_on = since
        Ownership.objects.bulk_update([old for old, _since in ends], ["to_on"])
        copying.copy("customers_ownership", _OWNED, (
            (car.pk, person.pk, OwnershipKind.OWNER.value, since) for car, person, since, _old in self.owners
        ))  # fmt: skip
        readings = odometers(self.run, self.told, {car.pk for car in self.cars})
        seen_last([one for one in self.told if id(one.vehicle) not in new])
        return Counter(
            made_people=len(self.people), made_cars=len(self.cars), changed_people=len(self.changed_people),
            changed_cars=len(self.changed_cars), owners=len(self.owners), readings=readings,
            new_cars=self._hand_over(),
        )  # fmt: skip

    def _hand_over(self) -> int:
        """Cars of which no hand-over is known yet; the apps down the road hear of them in the same act."""
        cars = [one.vehicle for one in self.handed_over]
        known = set(NewCar.objects.filter(vehicle__in=cars).values_list("vehicle_id", flat=True))
        rows = [one for one in self.handed_over if one.vehicle.pk not in known]
        for one in rows:  # both were written after the row was made
            one.vehicle, one.customer = one.vehicle, one.customer
        NewCar.objects.bulk_create(rows)
        if rows:
            cars_handed_over.send(sender=NewCar, cars=rows)
        return len(rows)


def _update(statement: str, names: tuple[str, ...], rows: Iterable[Customer | Vehicle]) -> None:
    from django.db.backends.postgresql.psycopg_any import Jsonb

    values = [{"id": row.pk} | {name: _plain(getattr(row, name)) for name in names} for row in rows]
    if values:
        with connection.cursor() as cursor:
            cursor.execute(statement, [Jsonb(values)])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
