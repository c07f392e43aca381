"""Reads of road tests."""

from collections.abc import Iterable

from django.db.models import Max, QuerySet

from accounts.models import Branch, User
from reception.models import WorkOrder
from workshop.models import RoadTest


def _tests() -> QuerySet[RoadTest]:
    return RoadTest.objects.select_related("order__vehicle__model", "gate_pass", "driver")


def under_way(user: User) -> RoadTest | None:
    """The drive that this person is on. One query."""
    return _tests().filter(driver=user, in_at__isnull=True).first()


def cars_out(branch: Branch) -> dict[int, RoadTest]:
    """By order, the drives under way at a branch. One query."""
    return {test.order_id: test for test in _tests().filter(order__branch=branch, in_at__isnull=True)}


def known_km(orders: Iterable[WorkOrder]) -> dict[int, int]:
    """By order, what the odometer said last: at reception, or after a road test. One query."""
    found = {order.pk: order.odometer_in for order in orders}
    last = RoadTest.objects.filter(order__in=found).values("order").annotate(last=Max("km_in"), out=Max("km_out"))
    for row in last:
        found[row["order"]] = max(row["last"] or 0, row["out"], found[row["order"]] or 0)
    return {pk: km for pk, km in found.items() if km is not None}
