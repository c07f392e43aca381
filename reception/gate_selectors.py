"""Reads of the gate: what is live, what left without a pass, what was tried."""

from datetime import timedelta

from django.db.models import F, Q, QuerySet

from accounts.models import Branch
from customers.identifiers import normalise_plate
from dms.clock import branch_day, day_bounds, now
from reception.models import ForcedRelease, GateLog, GatePass, WorkOrder
from reception.states import FAILED, OPEN_STATES, OUTINGS, GateOutcome, State

#: How far back the gate's log goes on its page, and how many rows of each kind.
LOOK_BACK, MOST = timedelta(days=30), 100
#: A plate that fewer characters name is any car's.
LEAST = 3
GONE = (State.RELEASED, State.LEFT)


def live_passes(branch: Branch) -> QuerySet[GatePass]:
    """The passes that open the gate now, by plate: what stands on the printed list. One query."""
    rows = GatePass.objects.filter(
        branch=branch, used_at__isnull=True, revoked_at__isnull=True, valid_until__gt=now()
    ).select_related("order__vehicle__model__brand")
    return rows.order_by("order__vehicle__plate", "id")


def unused_passes(branch: Branch) -> QuerySet[GatePass]:
    """Passes of the last days that opened nothing, also those that have expired by now. One query."""
    rows = GatePass.objects.filter(
        branch=branch, used_at__isnull=True, revoked_at__isnull=True, valid_until__gt=now() - timedelta(days=3)
    ).select_related("order__vehicle")
    return rows.order_by("order__vehicle__plate", "id")


def outings(branch: Branch) -> QuerySet[GatePass]:
    """Cars that are out for a while or may go now, the longest out first. One query."""
    rows = GatePass.objects.filter(branch=branch, kind__in=OUTINGS, revoked_at__isnull=True, back_at__isnull=True)
    live = rows.filter(Q(used_at__isnull=False) | Q(valid_until__gt=now()))
    return live.select_related("order__vehicle", "issued_by", "paper").order_by(F("used_at").asc(nulls_last=True), "id")


def cars_to_go(branch: Branch) -> QuerySet[WorkOrder]:
    """Orders whose car may leave for a while, by plate. One query."""
    rows = WorkOrder.objects.filter(branch=branch, authorised_at__isnull=False, state__in=OPEN_STATES)
    return rows.exclude(state=State.SETTLED).select_related("vehicle").order_by("vehicle__plate", "id")


def cars_here(branch: Branch, plate: str) -> list[WorkOrder]:
    """Orders whose car has not left, by the whole plate or its end, the latest first. One query."""
    end = normalise_plate(plate)
    if len(end) < LEAST:
        return []
    rows = WorkOrder.objects.filter(branch=branch, vehicle__plate__endswith=end).exclude(state__in=GONE)
    return list(rows.filter(forced_release__isnull=True).select_related("vehicle").order_by("-id")[:9])


def forced_open(branch: Branch) -> QuerySet[ForcedRelease]:
    """Cars that were let out by force and whose order has not ended, the oldest first. One query."""
    rows = ForcedRelease.objects.filter(branch=branch).exclude(order__state__in=GONE)
    return rows.select_related("order__vehicle", "forced_by", "guard").order_by("id")


def forced(branch: Branch) -> QuerySet[ForcedRelease]:
    """What was let out by force of late, the latest first. One query."""
    rows = ForcedRelease.objects.filter(branch=branch, forced_at__gt=now() - LOOK_BACK)
    return rows.select_related("order__vehicle", "forced_by", "guard", "photo").order_by("-id")[:MOST]


def attempts(branch: Branch) -> QuerySet[GateLog]:
    """Failed attempts, and what left by the printed list, the latest first. One query."""
    rows = GateLog.objects.filter(
        branch=branch, attempted_at__gt=now() - LOOK_BACK, outcome__in=[*FAILED, GateOutcome.LISTED]
    ).select_related("gate_pass__order__vehicle", "attempted_by")
    return rows.order_by("-id")[:MOST]


def failed_today(branch: Branch) -> int:
    """Failed attempts of today. One query."""
    begins, _ends = day_bounds(branch, branch_day(branch))
    return GateLog.objects.filter(branch=branch, attempted_at__gte=begins, outcome__in=FAILED).count()
