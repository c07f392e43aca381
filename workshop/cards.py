"""The workshop's card on the order's page: what holds the car, who works on it, and what the checks found."""

from datetime import datetime, timedelta
from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle
from dms.clock import now
from reception.models import WorkOrder
from reception.states import State
from workshop.models import Hold
from workshop.selectors.health import last_sheet, sheet_from
from workshop.selectors.order_work import work_of
from workshop.selectors.timeline import timeline
from workshop.states import HoldReason

#: Before these there is no work, so nothing is asked.
EARLY = (State.ARRIVED, State.INSPECTING, State.ESTIMATING, State.DECLINED)


def timeline_card(_actor: Actor, order: WorkOrder) -> dict[str, Any]:
    """Every move and what the workshop did, and the minutes of each stage. One query (`work_of`)."""
    return {"timeline": timeline(order)}


def last_health(_actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """The car's last finished health check, on its own page."""
    sheet = last_sheet(vehicle)
    return {"sheet": sheet, "order": sheet.health.order} if sheet is not None else None


def work_card(_actor: Actor, order: WorkOrder) -> dict[str, Any] | None:
    """Open holds with their age (minutes), jobs with their clocks, checks, comebacks, the health check.

    One query (`work_of`), and four more for a health check; none before work.
    """
    if order.state in EARLY:
        return None
    at, work = now(), work_of(order)
    # What ended is told for its parts only: an advisor who was waiting sees that they are here.
    came = next((hold.ended_at for hold in work.holds if _arrived(hold, at)), None)
    held = [(hold, int((at - hold.began_at).total_seconds() // 60)) for hold in work.holds if hold.ended_at is None]
    if not (held or work.jobs or came):
        return None
    checks = [(check, [item for item in work.wrong if item.inspection_id == check.pk]) for check in work.checks]
    sheet = sheet_from(work.sheets[0], order) if work.sheets else None
    shown = {"holds": held, "jobs": work.jobs, "came": came, "checks": checks, "comebacks": work.comebacks}
    return {**shown, "drives": work.drives, "washes": work.washes, "health": {"sheet": sheet} if sheet else None}


def _arrived(hold: Hold, at: datetime) -> bool:
    """Whether this was a wait for parts that ended within a day."""
    return hold.reason == HoldReason.PARTS and hold.ended_at is not None and hold.ended_at >= at - timedelta(days=1)
