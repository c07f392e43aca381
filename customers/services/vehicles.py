"""Writes of vehicles: the car, its owners, its odometer."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from accounts.policies import Actor, check_may
from customers.identifiers import normalise_plate, normalise_vin, plate_kind
from customers.models import CareProfile, Customer, OdometerReading, Ownership, Vehicle
from customers.services.forecast import forecast_due
from customers.services.versions import apply, check_version
from customers.states import OwnershipKind, ReadingSource
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid
from dms.fields import locked

#: Above this a reading is a typing error.
MOST_KM = 3_000_000
LABELS: dict[str, str | Promise] = {
    "plate": gettext_lazy("Plate"),
    "plate_kind": gettext_lazy("Kind of plate"),
    "vin": gettext_lazy("VIN"),
    "model": gettext_lazy("Model"),
    "year": gettext_lazy("Year"),
    "colour": gettext_lazy("Colour"),
    "incomplete": gettext_lazy("Not complete yet"),
    "warranty_start_on": gettext_lazy("Warranty from"),
}


def _cleaned(values: dict[str, Any]) -> dict[str, Any]:
    """Values as they are stored; an unchosen `plate_kind` follows the plate. Raises `Invalid` for too long ones."""
    cleaned = dict(values)
    if "plate" in cleaned:
        cleaned["plate"] = normalise_plate(cleaned["plate"])
        if not cleaned.get("plate_kind"):
            cleaned["plate_kind"] = plate_kind(cleaned["plate"])
    if "vin" in cleaned:
        cleaned["vin"] = normalise_vin(cleaned["vin"])
    if len(cleaned.get("plate", "")) > 20 or len(cleaned.get("vin", "")) > 20:
        raise Invalid(_("A plate or a VIN has at most 20 characters."))
    return cleaned


def _tail(cleaned: dict[str, Any]) -> dict[str, str]:
    return {"vin_tail": cleaned["vin"][-6:]} if "vin" in cleaned else {}


def _refuse_known(actor: Actor, cleaned: dict[str, Any], but: int = 0) -> None:
    """Raises `Invalid` when another car here has this plate or VIN."""
    for name in ("plate", "vin"):
        text = cleaned.get(name, "")
        if text and Vehicle.objects.filter(branch=actor.branch, **{name: text}).exclude(pk=but).exists():
            raise Invalid(_("%(text)s is known here already. Look it up instead.") % {"text": text}, "known")


def _raced() -> Invalid:
    return Invalid(_("Somebody has just entered this car. Look it up instead."), "known")


@one_act
def register_vehicle(
    *,
    actor: Actor,
    plate: str = "",
    vin: str = "",
    owner: Customer | None = None,
    km: int | None = None,
    **values: Any,
) -> Vehicle:
    """A new car of the actor's branch, with its owner and a first reading (km) where known.

    Raises `Forbidden` without `customer.edit`; `Invalid` without plate and VIN, or when one is known here already.
    """
    check_may(actor, "customer.edit")
    given = {name: value for name, value in values.items() if name in LABELS}
    cleaned = _cleaned({"plate": plate, "vin": vin, **given})
    if not cleaned["plate"] and not cleaned["vin"]:
        raise Invalid(_("Give the plate or the VIN."))
    _refuse_known(actor, cleaned)
    cleaned["incomplete"] = bool(cleaned.get("incomplete")) or not (cleaned["vin"] and cleaned.get("model"))
    try:
        with transaction.atomic():
            vehicle = Vehicle.objects.create(branch=actor.branch, **cleaned, **_tail(cleaned))
    except IntegrityError as error:
        raise _raced() from error
    if owner is not None:
        hand_over_ownership(actor=actor, vehicle=vehicle, customer=owner)
    if km is not None:
        return record_reading(actor=actor, vehicle=vehicle, km=km, source=ReadingSource.OFFICE).vehicle
    forecast_due(vehicle=vehicle)
    return vehicle


@one_act
def change_vehicle(*, actor: Actor, vehicle: Vehicle, version: int, **values: Any) -> Vehicle:
    """Change what is given of plate, plate_kind, vin, model, year, colour, incomplete, warranty_start_on.

    Raises `Forbidden`, `Invalid`, or `Stale` when somebody saved since `version`.
    """
    check_may(actor, "customer.edit")
    row = locked(Vehicle.objects.filter(branch=actor.branch)).get(pk=vehicle.pk)
    cleaned = _cleaned({name: value for name, value in values.items() if name in LABELS})
    check_version(row, version, cleaned, LABELS)
    if not cleaned.get("plate", row.plate) and not cleaned.get("vin", row.vin):
        raise Invalid(_("Give the plate or the VIN."))
    _refuse_known(actor, cleaned, but=row.pk)
    try:
        with transaction.atomic():
            apply(row, {**cleaned, **_tail(cleaned)})
    except IntegrityError as error:
        raise _raced() from error
    forecast_due(vehicle=row)
    return row


def _check_km(km: int, last: OdometerReading | None, reason: str) -> None:
    """Raises `Invalid` for an impossible number, or one below the last without a reason."""
    if not 0 <= km <= MOST_KM:
        raise Invalid(_("An odometer shows between 0 and 3,000,000 km."))
    if last is not None and km < last.km and not reason.strip():
        raise Invalid(
            _(
                "The last reading was %(last)d km, this one is lower. Say why: "
                "was the earlier one a typing error, or the odometer changed?"
            )
            % {"last": last.km},
            "odometer_lower",
        )


@one_act
def record_reading(
    *,
    actor: Actor,
    vehicle: Vehicle,
    km: int,
    read_at: datetime | None = None,
    source: str = ReadingSource.RECEPTION,
    reason: str = "",
    subject_key: str = "",
) -> OdometerReading:
    """Keep a reading in km, refresh the car's last one, and forecast anew. The caller judges whether the actor may.

    A lower reading needs a reason and stays beside the earlier one, which may have been the typing error.
    Raises `Invalid`, also for an instant in the future.
    """
    row = locked(Vehicle.objects.filter(branch=actor.branch)).get(pk=vehicle.pk)
    at = read_at or now()
    if at > now():
        raise Invalid(_("A reading cannot lie in the future."))
    before = row.readings.filter(read_at__lte=at).order_by("-read_at", "-pk").first()
    _check_km(km, before, reason)
    reading = OdometerReading.objects.create(
        vehicle=row,
        km=km,
        read_at=at,
        source=source,
        reason=reason.strip(),
        subject_key=subject_key,
        by=actor.user,
    )
    # A back-dated reading fills the history and does not turn the odometer back.
    latest = row.readings.order_by("-read_at", "-pk").first()
    row.last_odometer = latest.km if latest else km
    row.save(update_fields=["last_odometer"])
    forecast_due(vehicle=row)
    return reading


@one_act
def note_visit(*, actor: Actor, vehicle: Vehicle, on: date) -> None:
    """Remember the last visit (date in the branch); an earlier one changes nothing."""
    row = locked(Vehicle.objects.filter(branch=actor.branch)).get(pk=vehicle.pk)
    if row.last_visit_on is None or row.last_visit_on < on:
        row.last_visit_on = on
        row.save(update_fields=["last_visit_on"])


@one_act
def hand_over_ownership(
    *, actor: Actor, vehicle: Vehicle, customer: Customer, on: date | None = None, kind: str = OwnershipKind.OWNER
) -> Ownership:
    """Make the customer owner (or bringer, payer, contact) from a date on; an earlier owner's row is closed.

    Raises `Forbidden`; `Invalid` for another branch's customer or a date before the present owner's first.
    """
    check_may(actor, "customer.edit")
    row = locked(Vehicle.objects.filter(branch=actor.branch)).get(pk=vehicle.pk)
    if customer.branch_id != actor.branch.pk:
        raise Invalid(_("This customer belongs to another branch."))
    day = on or branch_day(actor.branch)
    present = row.ownerships.filter(kind=kind, to_on__isnull=True)
    same = present.filter(customer=customer).first()
    if same is not None:
        return same
    if kind == OwnershipKind.OWNER:
        for earlier in present:
            if day < earlier.from_on:
                raise Invalid(_("The present owner has had the car since %(day)s.") % {"day": earlier.from_on})
            earlier.to_on = day
            earlier.save(update_fields=["to_on"])
    return Ownership.objects.create(vehicle=row, customer=customer, kind=kind, from_on=day)


@one_act
def set_care(
    *, actor: Actor, vehicle: Vehicle, smoker: bool = False, notes: str = "", advice: str = "",
    technician: Membership | None = None,
) -> CareProfile:  # fmt: skip
    """Write the care profile of a car. Raises `Forbidden`, and `Invalid` for a technician of another branch."""
    check_may(actor, "customer.edit")
    if technician is not None and technician.branch_id != actor.branch.pk:
        raise Invalid(_("Choose a technician of this branch."))
    row = locked(Vehicle.objects.filter(branch=actor.branch)).get(pk=vehicle.pk)
    profile, _made = CareProfile.objects.update_or_create(
        vehicle=row,
        defaults={"smoker": smoker, "notes": notes.strip(), "advice": advice.strip(), "technician": technician},
    )
    return profile
