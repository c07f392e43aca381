"""The hand-over of a new car: owner, warranty, what falls due first; and the news of it down the road."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import PackageTemplate
from customers.identifiers import normalise_plate, normalise_vin
from customers.import_states import HandOverSource
from customers.models import NewCar, Vehicle
from customers.services.people import register_customer
from customers.services.vehicles import change_vehicle, hand_over_ownership, record_reading, register_vehicle
from customers.signals import cars_handed_over
from customers.states import ReadingSource
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked


@one_act
def take_over(
    *,
    actor: Actor,
    owner: Mapping[str, Any],
    car: Mapping[str, Any],
    handed_over_on: date | None = None,
    km: int | None = None,
    packages: Sequence[PackageTemplate] = (),
    source: str = HandOverSource.FORM,
) -> NewCar:
    """A car that was sold: its owner, its warranty from the day of the hand-over unless told, its first forecast.

    `owner` are arguments of `register_customer`, `car` of `register_vehicle`; a car that is here already (it was made
    ready in the shop) is completed. `packages` were sold with it. Raises `Forbidden`, `Invalid` for a day to come or a
    car without plate and VIN, `Refused` for one that was handed over already.
    """
    check_may(actor, "customer.edit")
    day = handed_over_on or branch_day(actor.branch)
    if day > branch_day(actor.branch):
        raise Invalid(_("The hand-over lies in the future. Enter it on its day."), "handed_over_on")
    given = {**car, "warranty_start_on": car.get("warranty_start_on") or day}
    customer = register_customer(actor=actor, **owner)
    known = _known(actor, given)
    if known is None:
        vehicle = register_vehicle(actor=actor, **given)
    else:
        kept = {name: value for name, value in given.items() if value not in (None, "")}
        whole = {name: kept.get(name) or getattr(known, name) for name in ("vin", "model")}
        kept["incomplete"] = not all(whole.values())
        vehicle = change_vehicle(actor=actor, vehicle=known, version=known.version, **kept)
    hand_over_ownership(actor=actor, vehicle=vehicle, customer=customer, on=None if known else day)
    if km is not None:
        record_reading(actor=actor, vehicle=vehicle, km=km, source=ReadingSource.OFFICE)
    row = NewCar.objects.create(
        vehicle=vehicle, customer=customer, handed_over_on=day, packages=[one.pk for one in packages], source=source,
        entered_at=now(), entered_by=actor.person,
    )  # fmt: skip
    vehicle.refresh_from_db()
    cars_handed_over.send(sender=NewCar, cars=[row])
    return row


def _known(actor: Actor, given: Mapping[str, Any]) -> Vehicle | None:
    """The car of that VIN, else of that plate, held. Raises `Refused` when it was handed over before."""
    cars = locked(Vehicle.objects.filter(branch=actor.branch, merged_into__isnull=True))
    vin, plate = normalise_vin(given.get("vin") or ""), normalise_plate(given.get("plate") or "")
    found = (cars.filter(vin=vin).first() if vin else None) or (cars.filter(plate=plate).first() if plate else None)
    former = NewCar.objects.filter(vehicle=found).first() if found else None
    if former is not None:
        raise Refused(_("This car was handed over on %(day)s already.") % {"day": former.handed_over_on}, "known")
    return found
