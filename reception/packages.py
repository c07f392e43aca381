"""What a car has in packages: looked up here for its page, for the card of a known car and for the judgement."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from accounts.policies import Actor
from customers.models import Vehicle
from dms.clock import branch_day
from reception.models import PackageUnits

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
