"""The workshop's card on the order's page: what holds the car, and who works on it."""

from typing import Any

from django.db.models import OuterRef, Subquery

from accounts.policies import Actor
from dms.clock import now
from dms.gather import gather
from reception.models import WorkOrder
from reception.states import State
from workshop.models import Clocking, Hold, Job

#: Before these there is no work, so nothing is asked.
EARLY = (State.ARRIVED, State.INSPECTING, State.ESTIMATING, State.DECLINED)


def work_card(_actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """Open holds with their age (minutes) and jobs with technician and clock. One query, none before the work."""
    if order.state in EARLY:
        return None
    at = now()
    holds = Hold.objects.filter(order=order, ended_at__isnull=True).select_related("owner", "job__line")
    running = Clocking.objects.filter(job=OuterRef("pk"), stopped_at__isnull=True).values("started_at")
    working = Job.objects.filter(order=order).select_related("line", "technician__user", "bay")
    found, jobs = gather(holds.order_by("began_at", "id"), working.annotate(since=Subquery(running[:1])).order_by("id"))
    held = [(hold, int((at - hold.began_at).total_seconds() // 60)) for hold in found]
    return {"holds": held, "jobs": jobs} if held or jobs else None
