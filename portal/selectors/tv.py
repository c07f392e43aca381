"""What a television shows: cars by stage, and nothing by which a passer-by learns whose they are.

Plain values only: a template can show no more than what stands here.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from accounts.models import Branch
from dms.clock import now
from dms.gather import gather
from dms.templatetags.dms import masked_plate
from reception.models import WorkOrder
from reception.promises import finishes, look
from reception.selectors import promised
from reception.states import OPEN_STATES, SPINE
from workshop.models import Hold, Job
from workshop.states import HoldReason, JobState

#: So many fit on 1920 × 1080 without scrolling and are read from five metres.
MOST = 40
#: Up to so many are shown larger.
FEW = 16


@dataclass(frozen=True, slots=True)
class Car:
    """A car: its masked plate, how it stands to its promise (minutes left), in which bay, what it waits for."""

    plate: str
    plate_kind: str
    kind: str
    left: int
    promised_at: datetime | None
    bay: str
    waits: str

    @property
    def over(self) -> int:
        """Minutes past the promise."""
        return max(-self.left, 0)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the road with its place on the spine, and all of its cars that are shown."""

    label: str
    spine: list[dict[str, str]]
    cars: list[Car]


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything on a television. `more` cars did not fit: those whose promise is furthest away."""

    at: datetime
    stages: list[Stage]
    more: int

    @property
    def cars(self) -> list[Car]:
        """All cars that are shown."""
        return [car for stage in self.stages for car in stage.cars]

    @property
    def few(self) -> bool:
        """Whether there is room for larger letters."""
        return len(self.cars) <= FEW

    def count(self, kind: str) -> int:
        """Cars that stand to their promise like this."""
        return sum(car.kind == kind for car in self.cars)

    @property
    def late(self) -> int:
        """Cars past their promise."""
        return self.count("late")

    @property
    def held(self) -> int:
        """Cars that wait for something."""
        return sum(bool(car.waits) for car in self.cars)


def wall(branch: Branch) -> Wall:
    """Open orders by stage, the sooner promised first; without a promise, by arrival. Four queries."""
    at = now()
    orders = list(
        WorkOrder.objects.filter(branch=branch, state__in=OPEN_STATES).select_related("vehicle")
        .order_by(F("promised_at").asc(nulls_last=True), "id")
    )  # fmt: skip
    shown = orders[:MOST]
    holds, jobs = gather(
        Hold.objects.filter(order__in=shown, ended_at__isnull=True).order_by("began_at", "id"),
        Job.objects.filter(order__in=shown, bay__isnull=False).exclude(state__in=[JobState.QUEUED, JobState.DONE])
        .select_related("bay").order_by("id"),
    )  # fmt: skip
    waits = {hold.order_id: str(HoldReason(hold.reason).label) for hold in reversed(holds)}
    bays = {job.order_id: job.bay.label for job in reversed(jobs)}
    ends, by_stage = finishes(look(branch, at)), defaultdict(list)
    for order in shown:
        by_stage[_stage_of(order)].append(_car(order, at, ends.get(order.pk), waits, bays))
    stages = [Stage(str(label), _spine(place), by_stage[place]) for place, (label, _states) in enumerate(SPINE)]
    return Wall(at, [stage for stage in stages if stage.cars], len(orders) - len(shown))


def _stage_of(order: WorkOrder) -> int:
    return next(place for place, (_label, states) in enumerate(SPINE) if order.state in states)


def _spine(here: int) -> list[dict[str, str]]:
    """The spine without words, for a heading that says the stage."""
    return [{"label": "", "state": "past" if i < here else "now" if i == here else "next"} for i in range(len(SPINE))]


def _car(order: WorkOrder, at: datetime, expected: datetime | None, waits: dict[int, str], bays: dict[int, str]) -> Car:
    p, plate = promised(order, at, expected), order.vehicle.plate
    return Car(
        masked_plate(plate) if plate else "", str(order.vehicle.plate_kind), p.kind, p.minutes, order.promised_at,
        bays.get(order.pk, ""), waits.get(order.pk, ""),
    )  # fmt: skip
