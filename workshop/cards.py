"""The workshop's card on the order's page: what holds the car, who works on it, and what the checks found."""

from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from accounts.policies import Actor
from customers.models import Vehicle
from dms.clock import now
from dms.gather import gather
from reception.models import WorkOrder
from reception.states import State
from workshop.models import CheckedItem, Clocking, Comeback, HealthCheck, Hold, Inspection, Job, RoadTest, Wash
from workshop.selectors.health import last_sheet, sheet_from
from workshop.selectors.timeline import timeline
from workshop.states import HoldReason

#: Before these there is no work, so nothing is asked.
EARLY = (State.ARRIVED, State.INSPECTING, State.ESTIMATING, State.DECLINED)


def timeline_card(_actor: Actor, order: WorkOrder) -> dict[str, Any]:
    """Every move and what the workshop did, and the minutes of each stage. One query."""
    return {"timeline": timeline(order)}


def last_health(_actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """The car's last finished health check, on its own page."""
    sheet = last_sheet(vehicle)
    return {"sheet": sheet, "order": sheet.health.order} if sheet is not None else None


def work_card(_actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """Open holds with their age (minutes), jobs with their clocks, checks, comebacks, the health check.

    One query, and four more for a health check; none before work.
    """
    if order.state in EARLY:
        return None
    at = now()
    # What ended is asked for its parts only: an advisor who was waiting sees that they are here.
    here = Q(reason=HoldReason.PARTS, ended_at__gte=at - timedelta(days=1))
    holds = Hold.objects.filter(Q(ended_at__isnull=True) | here, order=order).select_related("owner", "job__line")
    running = Clocking.objects.filter(job=OuterRef("pk"), stopped_at__isnull=True).values("started_at")
    working = Job.objects.filter(order=order).select_related("line", "technician__user", "bay")
    back = Comeback.objects.filter(order=order).select_related("job__line", "technician__user").order_by("id")
    found, jobs, comebacks, made, wrong, washes, drives, sheets = gather(
        holds.order_by("began_at", "id"),
        working.annotate(since=Subquery(running[:1])).order_by("id"),
        back,
        Inspection.objects.filter(order=order).select_related("inspected_by").order_by("id"),
        CheckedItem.objects.filter(inspection__order=order, in_order=False).order_by("place", "id"),
        Wash.objects.filter(order=order).select_related("washed_by").order_by("id"),
        RoadTest.objects.filter(order=order).select_related("driver", "gate_pass").order_by("id"),
        HealthCheck.objects.filter(order=order).select_related("health_list", "finished_by").order_by("id"),
    )
    came = next((hold.ended_at for hold in found if hold.ended_at is not None), None)
    held = [(hold, int((at - hold.began_at).total_seconds() // 60)) for hold in found if hold.ended_at is None]
    if not (held or jobs or came):
        return None
    checks = [(check, [item for item in wrong if item.inspection_id == check.pk]) for check in made]
    sheet = sheet_from(sheets[0], order) if sheets else None
    shown = {"holds": held, "jobs": jobs, "came": came, "checks": checks, "comebacks": comebacks, "drives": drives}
    shown["washes"] = washes
    return {**shown, "health": {"sheet": sheet} if sheet else None}
