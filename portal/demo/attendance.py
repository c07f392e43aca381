"""Who of the demo's technicians is at work today."""

from datetime import date, timedelta

from django.db.models import Min

from accounts.models import Branch
from dms.clock import day_bounds, now
from workshop.models import Attendance, Clocking


def come_to_work(branch: Branch, today: date) -> None:
    """Who worked on a car today came ten minutes before the first job; soon after midnight, in the evening before."""
    begins = min(day_bounds(branch, today)[0], now() - timedelta(hours=5))
    first = (
        Clocking.objects.filter(job__order__branch=branch, started_at__gte=begins)
        .values("technician").annotate(at=Min("started_at")).order_by("technician")
    )  # fmt: skip
    Attendance.objects.bulk_create(
        Attendance(membership_id=row["technician"], came_at=row["at"] - timedelta(minutes=10)) for row in first
    )
