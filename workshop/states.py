"""The small workflows of the workshop as data."""

from decimal import Decimal
from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.states import Occasion, within
from reception.states import VisitType


class JobState(models.TextChoices):
    """A job's own road."""

    QUEUED = "queued", _("Queued")
    ASSIGNED = "assigned", _("Dispatched")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    DONE = "done", _("Finished")


J = JobState
#: A paused job may go to somebody else; a finished one comes back when a check fails or the car is returned.
JOB_EDGES: tuple[tuple[str, str], ...] = (
    (J.QUEUED, J.ASSIGNED),
    (J.ASSIGNED, J.QUEUED),
    (J.ASSIGNED, J.RUNNING),
    (J.RUNNING, J.PAUSED),
    (J.RUNNING, J.DONE),
    (J.PAUSED, J.RUNNING),
    (J.PAUSED, J.ASSIGNED),
    (J.PAUSED, J.DONE),
    (J.ASSIGNED, J.PAUSED),  # only by undo: it was paused before somebody else got it
    (J.DONE, J.ASSIGNED),
)


class HoldReason(models.TextChoices):
    """What a car waits for."""

    APPROVAL = "approval", _("Customer's approval")
    PARTS = "parts", _("Parts")
    SUBLET = "sublet", _("Work given outside")
    TOOL = "tool", _("Tool or bay")
    INSURER = "insurer", _("Insurer")
    CUSTOMER = "customer", _("Customer")
    OTHER = "other", _("Something else")


class PauseReason(models.TextChoices):
    """Why a clock was stopped before the job was finished."""

    BREAK = "break", _("Break")
    PARTS = "parts", _("Waiting for parts")
    APPROVAL = "approval", _("Waiting for approval")
    HELP = "help", _("Helping at another car")
    SHIFT = "shift", _("End of shift")
    OTHER = "other", _("Something else")


#: A clock that is paused for one of these makes its job wait: what the hold is for.
WAITS: dict[str, HoldReason] = {
    PauseReason.PARTS: HoldReason.PARTS,
    PauseReason.APPROVAL: HoldReason.APPROVAL,
}


class Level(models.TextChoices):
    """The three checks (三检), in their order."""

    SELF = "self", _("Self check")
    LEADER = "leader", _("Team leader's check")
    FINAL = "final", _("Final inspection")


#: The permission for each level.
CHECK_PERMISSION: dict[str, str] = {
    Level.SELF: "check.self",
    Level.LEADER: "check.leader",
    Level.FINAL: "check.final",
}


class Colour(models.TextChoices):
    """How a point of the inspection stands; never shown by its colour only. From good to bad."""

    GREEN = "green", pgettext_lazy("colour of an inspection point", "In order")
    AMBER = "amber", pgettext_lazy("colour of an inspection point", "Soon")
    RED = "red", pgettext_lazy("colour of an inspection point", "Now")


#: Visits for which the house may have a list of its own; every other one counts as a repair.
OCCASIONS: dict[str, Occasion] = {
    VisitType.MAINTENANCE: Occasion.MAINTENANCE,
    VisitType.FIRST: Occasion.MAINTENANCE,
    VisitType.PDI: Occasion.PDI,
}
OTHERWISE = Occasion.REPAIR


class Limits(Protocol):
    """A point that may be measured."""

    direction: str | None
    green_limit: Decimal | None
    amber_limit: Decimal | None


def judged(point: Limits, value: Decimal | None) -> str:
    """The colour that a measurement has by the limits of its point; '' without one."""
    if value is None or not point.direction or point.green_limit is None or point.amber_limit is None:
        return ""
    if within(value, point.green_limit, point.direction):
        return Colour.GREEN
    return Colour.AMBER if within(value, point.amber_limit, point.direction) else Colour.RED


class Origin(models.TextChoices):
    """What sent a finished job back before the gate: one of the checks, the internal handover or the customer."""

    SELF = Level.SELF.value, _("Self check")
    LEADER = Level.LEADER.value, _("Team leader's check")
    FINAL = Level.FINAL.value, _("Final inspection")
    HANDOVER = "handover", _("Internal handover")
    CUSTOMER = "customer", _("Customer")


class WashPoint(models.TextChoices):
    """What a washed car is: ticked one by one."""

    OUTSIDE = "outside", _("Outside")
    INSIDE = "inside", _("Inside")
    WINDOWS = "windows", _("Windows")
    KIT = "kit", _("Protective kit removed")


#: Moves of the order that send the whole car back, and what that counts as.
RETURNS: dict[str, Origin] = {"return_internal": Origin.HANDOVER, "return_customer": Origin.CUSTOMER}
