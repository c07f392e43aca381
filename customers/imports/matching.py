"""Which of our customers and cars a block of rows speaks of: a fixed number of queries, whatever the block's size."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from django.db.models import QuerySet

from accounts.models import Branch
from customers.import_states import ImportKind
from customers.imports.checks import Checked
from customers.models import Customer, Ownership, Vehicle
from customers.states import OwnershipKind
from dms.fields import locked


class Named(Protocol):
    """A row of a file, cleaned or kept."""

    name: str
    phone: str
    plate: str
    vin: str


@dataclass(slots=True)
class Known:
    """What is here of a block's customers and cars."""

    by_plate: dict[str, Vehicle] = field(default_factory=dict)
    by_vin: dict[str, Vehicle] = field(default_factory=dict)
    people: dict[tuple[str, str], Customer] = field(default_factory=dict)
    #: The present owner's row of a car, with the customer.
    owners: dict[int, Ownership] = field(default_factory=dict)

    def car(self, row: Named) -> Vehicle | None:
        """The car that a row means: by its VIN, which stays with it, before the plate, which may move."""
        return (self.by_vin.get(row.vin) if row.vin else None) or (self.by_plate.get(row.plate) if row.plate else None)

    def add_car(self, vehicle: Vehicle) -> None:
        """One that was written just now."""
        if vehicle.plate:
            self.by_plate[vehicle.plate] = vehicle
        if vehicle.vin:
            self.by_vin[vehicle.vin] = vehicle


def look(branch: Branch, kind: str, rows: Iterable[Named], *, hold: bool = False) -> Known:
    """Look a block up; `hold` locks what is found, in the order of the keys, for those who write it."""
    block, known = list(rows), Known()
    cars = Vehicle.objects.filter(branch=branch).order_by("pk")
    cars = locked(cars) if hold else cars
    plates, vins = {row.plate for row in block} - {""}, {row.vin for row in block} - {""}
    ids = {*_ids(branch, "plate", plates), *_ids(branch, "vin", vins)}
    _add_cars(known, list(cars.filter(pk__in=ids)) if ids else [], cars)
    if kind == ImportKind.VISITS:
        return known
    here = {car.pk for car in (*known.by_plate.values(), *known.by_vin.values())}
    present = Ownership.objects.filter(vehicle__in=here, kind=OwnershipKind.OWNER, to_on__isnull=True)
    known.owners = {row.vehicle_id: row for row in present.select_related("customer")}
    people = Customer.objects.filter(branch=branch).order_by("-pk")
    people = locked(people) if hold else people
    names, phones = {row.name for row in block} - {""}, {row.phone for row in block}
    tails = {phone[-4:] for phone in phones}
    for customer in people.filter(phone_tail__in=tails, phone__in=phones, name__in=names) if names else ():
        known.people[customer.name, customer.phone] = _kept(customer)  # of two the earlier one
    return known


def _add_cars(known: Known, found: list[Vehicle], cars: QuerySet[Vehicle]) -> None:
    """The cars under their plates and VINs, a merged one's under those as well: its list may still name it so."""
    kept = cars.in_bulk({one.merged_into_id for one in found if one.merged_into_id}) if found else {}
    for vehicle in found:
        standing = kept.get(vehicle.merged_into_id, vehicle) if vehicle.merged_into_id else vehicle
        for place, text in ((known.by_plate, vehicle.plate), (known.by_vin, vehicle.vin)):
            if text:
                place[text] = standing


def _kept(customer: Customer) -> Customer:
    """Of a merged one the one it was merged into; few are."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def _ids(branch: Branch, name: str, texts: set[str]) -> list[int]:
    """The cars' keys. That none of the texts is empty is said: PostgreSQL does not look into a list of thousands, and
    without it cannot use the index of those that are not empty.
    """
    if not texts:
        return []
    cars = Vehicle.objects.filter(branch=branch, **{f"{name}__in": texts}).exclude(**{name: ""})
    return list(cars.order_by().values_list("pk", flat=True))


def puzzles(row: Checked, known: Known, kind: str) -> None:
    """What only shows beside our own rows: a car that nobody can tell, a visit of a car that is not here."""
    code = puzzle_of(row, known, kind)
    if code:
        row.wrong("vin" if row.vin else "plate", code, row.vin or row.plate)


def puzzle_of(row: Named, known: Known, kind: str) -> str:
    """The code of the problem, or ""."""
    by_vin, by_plate = known.by_vin.get(row.vin), known.by_plate.get(row.plate)
    if kind == ImportKind.VISITS and by_vin is None and by_plate is None:
        return "unknown_car"
    if row.vin and by_vin and row.plate and by_plate and by_vin.pk != by_plate.pk:
        return "two_cars"
    if row.vin and by_vin is None and by_plate and by_plate.vin and by_plate.vin != row.vin:
        return "other_vin"
    return ""
