"""Everything that the workshop did with one order: what its card and its timeline are made of, asked for once."""

from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from dms.gather import gather
from reception.models import WorkOrder
from workshop.models import (
    CheckedItem,
    Clocking,
    Comeback,
    Dispatch,
    HealthCheck,
    Hold,
    Inspection,
    Job,
    JobShare,
    PartIssue,
    RoadTest,
    Wash,
)

#: Where an order keeps it, as a prefetch would.
KEPT = "_work_of"


class Work(NamedTuple):
    """Rows in the order in which they came; holds by their beginning."""

    holds: list[Hold]
    jobs: list[Job]
    comebacks: list[Comeback]
    checks: list[Inspection]
    #: What a failed check found out of order.
    wrong: list[CheckedItem]
    washes: list[Wash]
    drives: list[RoadTest]
    sheets: list[HealthCheck]
    dispatches: list[Dispatch]
    clocks: list[Clocking]
    issues: list[PartIssue]
    shares: list[JobShare]


def work_of(order: WorkOrder) -> Work:
    """The work on an order. One query, and none when this object was asked before."""
    if KEPT not in order.__dict__:
        order.__dict__[KEPT] = _ask(order)
    kept: Work = order.__dict__[KEPT]
    return kept


def _ask(order: WorkOrder) -> Work:
    running = Clocking.objects.filter(job=OuterRef("pk"), stopped_at__isnull=True).values("started_at")
    jobs = Job.objects.filter(order=order).select_related("line", "technician__user", "bay")
    work = ("job__line", "technician__user")
    people = ("owner", "began_by", "ended_by", "job__line")
    rows = gather(
        Hold.objects.filter(order=order).select_related(*people).order_by("began_at", "id"),
        jobs.annotate(since=Subquery(running[:1])).order_by("id"),
        Comeback.objects.filter(order=order).select_related(*work).order_by("id"),
        Inspection.objects.filter(order=order).select_related("inspected_by").order_by("id"),
        CheckedItem.objects.filter(inspection__order=order, in_order=False).order_by("place", "id"),
        Wash.objects.filter(order=order).select_related("washed_by").order_by("id"),
        RoadTest.objects.filter(order=order).select_related("driver", "gate_pass").order_by("id"),
        HealthCheck.objects.filter(order=order).select_related("health_list", "finished_by").order_by("id"),
        Dispatch.objects.filter(job__order=order).select_related(*work, "bay", "dispatched_by").order_by("id"),
        Clocking.objects.filter(job__order=order).select_related(*work).order_by("id"),
        PartIssue.objects.filter(line__order=order).select_related("line", "issued_by").order_by("id"),
        JobShare.objects.filter(job__order=order).select_related("technician__user").order_by("-percent", "id"),
    )
    return Work(*rows)
