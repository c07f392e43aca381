"""What a car has in packages: looked up here for its page, for the card of a known car and for the judgement."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.policies import Actor
from customers.models import Vehicle
from dms.clock import branch_day
from reception.models import Package, PackageUnits

#: Years of a car that buys a package each year.
MOST = 60


def units_of(vehicle: Vehicle) -> QuerySet[PackageUnits]:
    """Everything in the car's packages, what ends first standing first; those for life last."""
    rows = PackageUnits.objects.filter(package__vehicle=vehicle).select_related("package", "operation", "part")
    ends = F("package__ends_on").asc(nulls_last=True)
    return rows.order_by(ends, F("package__ends_km").asc(nulls_last=True), "package_id", "id")[:MOST]


def live(rows: Iterable[PackageUnits], today: date, km: int | None) -> list[PackageUnits]:
    """Of these, in their order, what can still be used on that day at that mileage."""
    return [row for row in rows if row.left > 0 and row.package.runs(today, km)]


def with_left() -> QuerySet[Any]:
    """Every branch's packages with how many units are `left` of each."""
    units = PackageUnits.objects.filter(package=OuterRef("pk")).order_by().values("package")
    return Package.objects.annotate(left=Subquery(units.annotate(n=Sum(F("sold") - F("used"))).values("n")))


def _runs(today: date) -> Q:
    """As `Package.runs`, at the last known kilometres."""
    in_days = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    driven = F("vehicle__last_odometer")
    in_km = Q(ends_km__isnull=True) | Q(vehicle__last_odometer__isnull=True) | Q(ends_km__gte=driven)
    return Q(given_up_at__isnull=True) & in_days & in_km


def running(today: date) -> QuerySet[Any]:
    """What can still be used on that day: a unit is left."""
    return with_left().filter(_runs(today), left__gt=0)


def ended(today: date) -> QuerySet[Package]:
    """What has ended with units that nobody used, and was not given up."""
    return with_left().filter(left__gt=0, given_up_at__isnull=True).exclude(_runs(today))


def given_up() -> QuerySet[Any]:
    """What customers gave up."""
    return with_left().filter(given_up_at__isnull=False)


def used_up() -> QuerySet[Package]:
    """What has no unit left."""
    return with_left().filter(left=0, given_up_at__isnull=True)


def ending(today: date, days: int) -> QuerySet[Package]:
    """Of those that run, what will have ended in so many days: by its date, or at the car's own pace."""
    pace = Coalesce(F("vehicle__last_odometer") + F("vehicle__km_per_day") * days, F("vehicle__last_odometer"))
    soon = Q(ends_on__lte=today + timedelta(days=days)) | Q(ends_km__isnull=False, ends_km__lt=F("foreseen"))
    return running(today).alias(foreseen=pace).filter(soon)


def last_unit(today: date) -> QuerySet[Package]:
    """Of those, what holds one unit and has held more: time to speak of another one."""
    bought = PackageUnits.objects.filter(package=OuterRef("pk"), used__gt=0)
    return running(today).filter(Exists(bought), left=1)


def card(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """On the vehicle's page: each package with what is left of it, sold against used. None when nobody may sell one."""
    rows, today = list(units_of(vehicle)), branch_day(actor.branch)
    packages: dict[int, dict[str, Any]] = {}
    for row in rows:
        one = packages.setdefault(
            row.package_id,
            {"package": row.package, "units": [], "over": not row.package.runs(today, vehicle.last_odometer)},
        )
        one["units"].append(row)
    if not rows and not actor.can("order.price"):
        return None
    return {
        "packages": sorted(packages.values(), key=lambda one: one["over"]), "vehicle": vehicle,
        "may_sell": actor.can("order.price"), "prices": actor.can("price.view"), "currency": actor.branch.currency,
    }  # fmt: skip
