"""The packages of a branch: sold against used, and what of their price is not earned yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from accounts.models import Branch
from dms.clock import branch_day
from dms.money import ZERO
from reception.models import Package, PackageUnits
from reception.packages import ended, ending, given_up, last_unit, running, used_up
from records.selectors import rule

PAGE = 50
Rows = Callable[[date, int], QuerySet[Package]]
RUNNING = "running"
#: The groups of the list: label, and which packages on that day with those days of notice.
GROUPS: dict[str, tuple[str | Promise, Rows]] = {
    RUNNING: (pgettext_lazy("packages", "Running"), lambda today, _days: running(today)),
    "ending": (pgettext_lazy("packages", "Ending soon"), ending),
    "last": (pgettext_lazy("packages", "Last unit"), lambda today, _days: last_unit(today)),
    "ended": (pgettext_lazy("packages", "Ended with units left"), lambda today, _days: ended(today)),
    "used": (pgettext_lazy("packages", "Used up"), lambda _today, _days: used_up()),
    "given_up": (pgettext_lazy("packages", "Given up"), lambda _today, _days: given_up()),
}


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all packages of a branch: units and, without tax in its currency, their price.

    `earned` is what the uses have released, `refunded` went back for what was given up; `deferred` is owed in work by
    what still runs, `forfeited` is left of all others. price = earned + refunded + deferred + forfeited.
    """

    packages: int
    units: int
    used: int
    price: Decimal
    earned: Decimal
    refunded: Decimal
    deferred: Decimal

    @property
    def forfeited(self) -> Decimal:
        """Paid for units that nobody can use any more."""
        return self.price - self.earned - self.refunded - self.deferred

    @property
    def used_percent(self) -> int:
        """Units used of those sold."""
        return round(100 * self.used / self.units) if self.units else 0


def totals_of(branch: Branch) -> Totals:
    """Entitled against used, and the deferred value. Three queries."""
    units = PackageUnits.objects.filter(package__branch=branch).aggregate(sold=Sum("sold"), used=Sum("used"))
    rows = Package.objects.filter(branch=branch)
    money = rows.aggregate(
        price=Coalesce(Sum("net"), ZERO), earned=Coalesce(Sum("released"), ZERO),
        refunded=Coalesce(Sum("refund_net"), ZERO),
    )  # fmt: skip
    open_value = Coalesce(Sum(F("net") - F("released")), ZERO)
    deferred = running(branch_day(branch)).filter(branch=branch).aggregate(value=open_value)["value"]
    return Totals(
        packages=rows.count(), units=units["sold"] or 0, used=units["used"] or 0, deferred=deferred, **money
    )  # fmt: skip


def packages_page(branch: Branch, group: str, before: int | None, size: int = PAGE) -> tuple[list[Package], int | None]:
    """Packages of a group, the last sold first, and the id before which the next ones come (keyset).

    Three queries, with what is in each.
    """
    days = int(rule(branch, "package.lead_days", branch_day(branch)))
    rows = GROUPS[group][1](branch_day(branch), days).filter(branch=branch)
    if before is not None:
        rows = rows.filter(id__lt=before)
    rows = rows.select_related("vehicle__model").prefetch_related("units__operation", "units__part")
    found = list(rows.order_by("-id")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
