"""Which car stands where: a bay is a place for one car, and taken while a clock of that car runs in it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Bay, Branch
from accounts.states import BayKind
from dms.templatetags.dms import plate_text
from reception.models import WorkOrder
from workshop.models import Clocking, Job


@dataclass(frozen=True, slots=True)
class Taken:
    """A job whose bay another car has: who works there (`clock`), and the bays that are free instead."""

    bay: Bay
    clock: Clocking
    free: list[Bay]

    def __str__(self) -> str:
        """A sentence: which car is there, under whose clock, and what is free."""
        car, name = plate_text(self.clock.job.order.vehicle.plate), self.clock.technician.user.name
        there = _("%(car)s is in %(bay)s under the clock of %(name)s.") % {"car": car, "bay": self.bay, "name": name}
        names = pgettext("between the items of a list", ", ").join(str(bay) for bay in self.free)
        hint = _("Free: %(bays)s.") % {"bays": names} if self.free else _("No other bay is free.")
        return f"{there} {hint}"


def taken_bays(branch: Branch) -> dict[int, Clocking]:
    """By bay, the first of the clocks that run there. One query."""
    clocks = Clocking.objects.filter(order__branch=branch, bay__isnull=False, stopped_at__isnull=True)
    rows = clocks.select_related("job__order__vehicle", "technician__user").order_by("-started_at", "-id")
    return {row.bay_id: row for row in rows if row.bay_id is not None}


def free_bays(branch: Branch, taken: Collection[int]) -> list[Bay]:
    """Bays for work in which no clock runs, by name. One query."""
    rows = Bay.objects.filter(branch=branch, active=True).exclude(kind=BayKind.WASH).exclude(pk__in=taken)
    return list(rows.order_by("name", "pk"))


def taken(bay: Bay, order: WorkOrder) -> Taken | None:
    """Who has the bay in which this car is to stand; None when it is free for it. One query, two if it is not."""
    clocks = taken_bays(order.branch)
    there = clocks.get(bay.pk)
    return Taken(bay, there, _like(bay, free_bays(order.branch, clocks))) if _other(there, order.pk) and there else None


def bays_taken(branch: Branch, jobs: Collection[Job]) -> dict[int, Taken]:
    """Of these jobs, by id, those that cannot start where they are to be done. One query, two if there are any."""
    clocks = taken_bays(branch) if any(job.bay_id for job in jobs) else {}
    met = [(job, job.bay, clock) for job in jobs if job.bay and _other(clock := clocks.get(job.bay.pk), job.order_id)]
    free = free_bays(branch, clocks) if met else []
    return {job.pk: Taken(bay, clock, _like(bay, free)) for job, bay, clock in met if clock}


def _other(clock: Clocking | None, order_id: int) -> bool:
    return clock is not None and clock.order_id != order_id


def _like(bay: Bay, free: list[Bay]) -> list[Bay]:
    """Those of the same kind come first."""
    return sorted(free, key=lambda one: one.kind != bay.kind)
