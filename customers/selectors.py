"""Reads of customers and vehicles. Everything is asked for one branch; another branch's rows do not exist."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Reverse

from accounts.models import Branch
from accounts.policies import Actor
from customers.identifiers import masked_phone, normalise_plate, normalise_vin, region_of, shown_phone
from customers.models import (
    CareProfile,
    Consent,
    Customer,
    DueForecast,
    OdometerReading,
    Ownership,
    PastVisit,
    Recall,
    RecallVin,
    Vehicle,
)
from customers.states import Channel, OwnershipKind, Purpose
from dms.gather import gather

SHORTEST = 2
#: Characters from which a trigram index finds what stands in the middle.
TRIGRAM = 3
#: Cars looked at for two characters that many plates have.
SOME = 200
PAGE = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A car and its present owner, None where nobody is known."""

    vehicle: Vehicle
    owner: Customer | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the id after which the next ones come; None at the end."""

    rows: list[Found]
    after: int | None


@dataclass(frozen=True, slots=True)
class VehicleCard:
    """Everything that the page of a car shows."""

    vehicle: Vehicle
    owner: Customer | None
    ownerships: list[Ownership]
    readings: list[OdometerReading]
    forecasts: list[DueForecast]
    care: CareProfile | None
    past: list[PastVisit]
    consents: list[Consent] = field(default_factory=list)


def _vehicles(branch: Branch) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(branch=branch).select_related("model__brand")


def with_owners(vehicles: Sequence[Vehicle]) -> list[Found]:
    """The cars with their present owners, in the same order. One query."""
    current = Ownership.objects.filter(vehicle__in=vehicles, kind=OwnershipKind.OWNER, to_on__isnull=True)
    owners = {row.vehicle_id: row.customer for row in current.select_related("customer")}
    return [Found(vehicle, owners.get(vehicle.pk)) for vehicle in vehicles]


def _by_vehicle(branch: Branch, plate: str, vin: str) -> list[QuerySet[Vehicle, Any]]:
    """Cars by plate and by VIN, one query set for each index that they use."""
    cars, found = Vehicle.objects.filter(branch=branch).order_by(), []
    if len(plate) >= TRIGRAM:
        found.append(cars.filter(plate__contains=plate))
    elif len(plate) >= SHORTEST:  # no trigram can help: the end has its index, of the rest only some are looked at
        backwards = cars.alias(backwards=Reverse("plate")).filter(backwards__startswith=plate[::-1])
        found += [backwards[:SOME], cars.filter(plate__contains=plate)[:SOME]]
    if len(vin) >= 6 and vin.isalnum():
        found.append(cars.filter(vin_tail=vin[-6:], vin__endswith=vin))
    return [rows.values("pk") for rows in found]


def _by_customer(branch: Branch, text: str) -> QuerySet[Customer]:
    wanted = Q(name__istartswith=text)
    letters = re.sub(r"[\s'’]+", "", text).lower()
    if letters.isascii() and letters.isalpha():
        wanted |= Q(pinyin__startswith=letters) | Q(pinyin_initials__startswith=letters)
    digits = re.sub(r"[\s\-()+]+", "", text)
    if digits.isascii() and digits.isdigit() and len(digits) >= 4:
        wanted |= Q(phone_tail=digits[-4:], phone__endswith=digits)
    return Customer.objects.filter(wanted, branch=branch)


def find(branch: Branch, text: str, limit: int = 8) -> list[Found]:
    """Cars by part of the plate, the VIN's last 6 (or more), the owner's name, pinyin or last 4 (or more) of the phone.

    Case and full width do not matter; `%` and `_` are letters like others. Best first: the whole plate, the plate's
    end, the VIN's end, then the rest by plate; of two characters that many plates have, some. Nothing for less
    than two characters. Two queries.
    """
    typed = unicodedata.normalize("NFKC", text).replace("\x00", "").strip()[:60]
    if len(typed) < SHORTEST:
        return []
    plate, vin = normalise_plate(typed), normalise_vin(typed)
    owned = Ownership.objects.filter(
        customer__in=_by_customer(branch, typed), to_on__isnull=True, vehicle__branch=branch
    )
    # A union, not an OR over the join: each half then uses its own index.
    ids = owned.order_by().values("vehicle_id").union(*_by_vehicle(branch, plate, vin))
    first = Case(
        When(plate=plate or "-", then=Value(0)),
        When(plate__endswith=plate or "-", then=Value(1)),
        When(vin__endswith=vin or "-", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    found = _standing(
        _vehicles(branch), list(_vehicles(branch).filter(pk__in=ids).order_by(first, "plate", "pk")[:limit])
    )
    return with_owners(found) if found else []


R = TypeVar("R", Vehicle, Customer)


def _standing(rows: QuerySet[R], found: list[R]) -> list[R]:
    """What was found, with the kept one in the place of each that was merged, once. A query only where one was."""
    while merged := {row.merged_into_id for row in found if row.merged_into_id}:
        kept = rows.in_bulk(merged)
        found = [kept[row.merged_into_id] if row.merged_into_id else row for row in found]
    return list(dict.fromkeys(found))


def find_customers(branch: Branch, text: str, limit: int = 8) -> list[Customer]:
    """Customers by name, pinyin or the phone's last 4 (or more); nothing for less than two characters. One query."""
    typed = unicodedata.normalize("NFKC", text).replace("\x00", "").strip()[:60]
    if len(typed) < SHORTEST:
        return []
    rows = Customer.objects.filter(branch=branch)
    return _standing(rows, list(_by_customer(branch, typed).order_by("name", "pk")[:limit]))


def customers_after(branch: Branch, after: int | None, size: int) -> list[Customer]:
    """Customers of the branch, newest first, from the one after `after` on. One query."""
    rows = Customer.objects.filter(branch=branch, merged_into__isnull=True).order_by("-pk")
    return list((rows if after is None else rows.filter(pk__lt=after))[:size])


def vehicles_page(branch: Branch, after: int | None = None, size: int = PAGE) -> Page:
    """Cars of the branch, newest first, from the one after `after` on (keyset: no OFFSET). Two queries."""
    rows = _vehicles(branch).filter(merged_into__isnull=True).order_by("-pk")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: size + 1])
    shown = found[:size]
    return Page(with_owners(shown), shown[-1].pk if len(found) > size else None)


def customer_of(customer_id: int, branch: Branch) -> Customer | None:
    """The customer when it belongs to the branch; of a merged one the kept one."""
    rows = Customer.objects.filter(branch=branch)
    return next(iter(_standing(rows, list(rows.filter(pk=customer_id)))), None)


def vehicle_of(vehicle_id: int, branch: Branch) -> Vehicle | None:
    """The car when it belongs to the branch; of a merged one the kept one."""
    return next(iter(_standing(_vehicles(branch), list(_vehicles(branch).filter(pk=vehicle_id)))), None)


def owner_of(vehicle: Vehicle) -> Customer | None:
    """The present owner. One query."""
    row = vehicle.ownerships.filter(kind=OwnershipKind.OWNER, to_on__isnull=True).select_related("customer").first()
    return row.customer if row else None


def phone_for(actor: Actor, customer: Customer | None) -> str:
    """The number for those who may see customers, its end for the others."""
    if customer is None:
        return ""
    if actor.can("customer.view"):
        return shown_phone(customer.phone, region_of(actor.branch.currency))
    return masked_phone(customer.phone)


def consents_now(customer: Customer) -> list[Consent]:
    """The consents that hold: the latest line of each channel and purpose. One query."""
    latest = Consent.objects.filter(customer=customer).order_by("channel", "purpose", "-at", "-pk")
    return list(latest.distinct("channel", "purpose"))


def unasked(consents: Sequence[Consent]) -> list[Purpose]:
    """What nobody has said a word about yet, in any way. `consents` are those that hold."""
    asked = {row.purpose for row in consents}
    return [purpose for purpose in Purpose if purpose not in asked]


def may_reach(customer: Customer, channel: Channel, purpose: Purpose) -> bool:
    """Whether the latest word was yes; no word is no."""
    lines = Consent.objects.filter(customer=customer, channel=channel, purpose=purpose).order_by("-at", "-pk")
    return bool(lines.values_list("granted", flat=True).first())


def vehicle_card(vehicle_id: int, branch: Branch) -> VehicleCard | None:
    """A car with owners, 20 readings, open forecasts, care, consents; None for another branch. Three queries."""
    vehicle = _vehicles(branch).select_related("care__technician__user", "new_car").filter(pk=vehicle_id).first()
    if vehicle is None:
        return None
    ownerships, readings, forecasts, past = gather(
        vehicle.ownerships.select_related("customer").order_by("-from_on", "-pk"),
        vehicle.readings.select_related("by").order_by("-read_at", "-pk")[:20],
        vehicle.forecasts.filter(closed_at__isnull=True).select_related("rule").order_by("due_on"),
        vehicle.past_visits.order_by("-on", "-pk")[:20],
    )
    owner = next((row.customer for row in ownerships if row.kind == OwnershipKind.OWNER and row.to_on is None), None)
    return VehicleCard(
        vehicle=vehicle,
        owner=owner,
        ownerships=ownerships,
        readings=readings,
        forecasts=forecasts,
        care=getattr(vehicle, "care", None),
        past=past,
        consents=consents_now(owner) if owner else [],
    )


def open_recalls(vin: str) -> QuerySet[RecallVin]:
    """The recalls that are open for a VIN, the oldest first; none without a VIN. At most one query."""
    rows = RecallVin.objects.filter(vin=vin, done_at__isnull=True, recall__ended_at__isnull=True)
    return rows.select_related("recall__operation").order_by("recall_id") if vin else RecallVin.objects.none()


#: Cars that a recall's page names.
RECALLED = 50
_DONE = Count("vins", filter=Q(vins__done_at__isnull=False))


def recalls_listed() -> list[Recall]:
    """Every recall with `cars` and `done`, those that go on before those that ended, the newest first. One query."""
    rows = Recall.objects.select_related("brand", "operation").annotate(cars=Count("vins"), done=_DONE)
    return list(rows.order_by(F("ended_at").desc(nulls_first=True), "-id"))


def recall_cars(recall: Recall, branch: Branch) -> list[Found]:
    """Cars of the house on which it is still to be done, those that came last first. Two queries."""
    open_vins = recall.vins.filter(done_at__isnull=True).values("vin")
    cars = _vehicles(branch).filter(vin__in=open_vins, merged_into__isnull=True)
    return with_owners(list(cars.order_by(F("last_visit_on").desc(nulls_last=True), "pk")[:RECALLED]))


def recall_counts(recall: Recall) -> dict[str, int]:
    """Its cars, and how many of them are done. One query."""
    return Recall.objects.filter(pk=recall.pk).aggregate(cars=Count("vins"), done=_DONE)


def earlier_of(vehicle: Vehicle, most: int) -> QuerySet[PastVisit]:
    """The last visits from before this system, newest first."""
    return PastVisit.objects.filter(vehicle=vehicle).order_by("-on", "-pk")[:most]
