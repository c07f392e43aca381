"""Who knows a car: whom its customer wishes for, and who did it well the last time (熟悉该车的技师)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Branch
from customers.models import CareProfile
from dms.gather import gather
from reception.models import WorkOrder
from workshop.models import Job
from workshop.states import JobState


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody (a membership) who should rather have a car than others."""

    hand: int
    wished: bool

    @property
    def why(self) -> str:
        """In words."""
        return _("the customer's wish") if self.wished else _("did it well last time")


def preferred(branch: Branch, orders: Iterable[WorkOrder]) -> Mapping[int, Known]:
    """By order: the customer's wish, else who did the car last and nothing of it came back. One query."""
    cars = {order.vehicle_id: order.pk for order in orders}
    if not cars:
        return {}
    done = Job.objects.filter(
        order__branch=branch, order__vehicle__in=cars, order__released_at__isnull=False, state=JobState.DONE,
        technician__active=True,
    )  # fmt: skip
    wishes, last = gather(
        CareProfile.objects.filter(vehicle__in=cars, technician__branch=branch, technician__active=True).order_by("id"),
        done.select_related("order").order_by("order__vehicle", "-order__released_at", "id").distinct("order__vehicle"),
    )
    found = {
        cars[job.order.vehicle_id]: Known(job.technician_id, wished=False) for job in last if not job.return_cause
    }  # fmt: skip
    return found | {cars[row.vehicle_id]: Known(row.technician_id, wished=True) for row in wishes}
