"""Choices of the catalogue, and what the law promises for a repair."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class Energy(models.TextChoices):
    """What drives the car."""

    PETROL = "petrol", _("Petrol")
    HYBRID = "hybrid", _("Hybrid")
    ELECTRIC = "electric", _("Electric")


class OperationKind(models.TextChoices):
    """What an operation is for."""

    DIAGNOSIS = "diagnosis", _("Diagnosis")
    MAINTENANCE = "maintenance", _("Maintenance")
    REPAIR = "repair", _("Repair")
    BODY = "body", _("Body and paint")


class PackageRefund(models.TextChoices):
    """What a customer gets back who gives a package up."""

    NONE = "none", _("Nothing is paid back")
    UNUSED = "unused", _("The share of the unused units")
    WHOLE = "whole", _("The whole price while nothing was used")


class Guarantee(models.TextChoices):
    """Repair guarantee class (质保期) of an operation; the terms are in `GUARANTEE_TERMS`."""

    MINOR = "minor", _("First-level maintenance, minor and special repairs")
    LEVEL2 = "level2", _("Second-level maintenance")
    ASSEMBLY = "assembly", _("Whole vehicle or assembly")


@dataclass(frozen=True, slots=True)
class Term:
    """Whichever comes first, counted from completion."""

    days: int
    km: int


#: The least that the regulation asks (机动车维修管理规定, 质保期); a shop may promise more, never less.
GUARANTEE_TERMS: dict[Guarantee, Term] = {
    Guarantee.MINOR: Term(days=10, km=2_000),
    Guarantee.LEVEL2: Term(days=30, km=5_000),
    Guarantee.ASSEMBLY: Term(days=100, km=20_000),
}


class Origin(models.TextChoices):
    """Where a part comes from; the estimate and the slip must say it."""

    ORIGINAL = "original", _("Original part")
    BRAND = "brand", _("Brand part")
    RECONDITIONED = "reconditioned", _("Reconditioned part")


class Category(models.TextChoices):
    """What a part or a job is about, as warranties tell apart: wear has its own term, fluids have none."""

    GENERAL = "general", _("General")
    WEAR = "wear", _("Wear part")
    CONSUMABLE = "consumable", _("Fluids and filters")
    BATTERY = "battery", _("Starter battery")
    TYRE = "tyre", _("Tyre")
    DRIVE = "drive", _("Traction battery, motor, control")


class TermKind(models.TextChoices):
    """From when a warranty runs."""

    VEHICLE = "vehicle", _("Vehicle, from its warranty start")
    PART = "part", _("Part, from its fitting here")


class CareKey(models.TextChoices):
    """What about a car or its driver a care rule speaks to."""

    SMOKER = "smoker", _("Smoker's car")
    MUCH = "much", _("Drives much (80 km a day or more)")
    LITTLE = "little", _("Drives little (10 km a day or less)")


class PointGroup(models.TextChoices):
    """Where on the car a point of the inspection lies, in the order in which a technician goes round it."""

    LIGHTS = "lights", _("Lights and view")
    CABIN = "cabin", _("Cabin")
    ENGINE = "engine", _("Under the bonnet")
    BATTERY = "battery", _("Battery and electrics")
    TYRES = "tyres", _("Tyres")
    BRAKES = "brakes", pgettext_lazy("group of inspection points", "Brakes")
    CHASSIS = "chassis", _("Underbody")


class Direction(models.TextChoices):
    """What makes a measurement worse."""

    LESS = "less", _("Less is worse (tread, pads, voltage)")
    MORE = "more", _("More is worse (water in the brake fluid)")


def within(value: Decimal, limit: Decimal, direction: str) -> bool:
    """Whether a measurement is on the good side of a limit; on the limit it still is."""
    return value >= limit if direction == Direction.LESS else value <= limit


class Occasion(models.TextChoices):
    """For which visits a list of the inspection is."""

    EVERY = "every", _("Every visit")
    MAINTENANCE = "maintenance", _("Maintenance only")
    REPAIR = "repair", _("Repairs only")
    PDI = "pdi", _("Pre-delivery inspection only")


class MoveKind(models.TextChoices):
    """Why a stock row changed."""

    RECEIVE = "receive", _("Received")
    RESERVE = "reserve", _("Reserved")
    UNRESERVE = "unreserve", _("Reservation lifted")
    ISSUE = "issue", _("Issued")
    RETURN = "return", _("Returned")
    COUNT = "count", _("Counted")


class SupplyState(models.TextChoices):
    """The road of a part that is bought: asked for, ordered from a supplier, here."""

    REQUESTED = "requested", _("Requested")
    ORDERED = "ordered", _("On its way")
    PARTLY = "partly", _("Partly in")
    IN = "in", pgettext_lazy("supply", "In")
    CANCELLED = "cancelled", _("Called off")


S = SupplyState
SUPPLY_EDGES: tuple[tuple[str, str], ...] = (
    (S.REQUESTED, S.ORDERED),
    (S.REQUESTED, S.CANCELLED),
    (S.ORDERED, S.PARTLY),
    (S.ORDERED, S.IN),
    (S.ORDERED, S.CANCELLED),
    (S.PARTLY, S.IN),
    (S.PARTLY, S.CANCELLED),  # the rest does not come
)
#: Something is still to come.
COMING = (S.REQUESTED, S.ORDERED, S.PARTLY)
#: It is ordered, so its day counts.
ON_ITS_WAY = (S.ORDERED, S.PARTLY)


#: Units as they are written on Chinese papers → on English ones. A unit that is not here stays as it is.
UNITS_EN = {
    "件": "pc",
    "个": "pc",
    "只": "pc",
    "片": "pc",
    "套": "set",
    "副": "pair",
    "升": "L",
    "瓶": "bottle",
    "米": "m",
}


#: Labour is stored in hours; a Chinese bill counts 工时.
UNITS_ZH = {"h": "工时"}


def unit_label(unit: str) -> str:
    """The unit in the active language."""
    return (UNITS_EN if (get_language() or "").startswith("en") else UNITS_ZH).get(unit, unit)
