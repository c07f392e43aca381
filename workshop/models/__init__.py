"""Tables of the workshop."""

from workshop.models.facts import StageFact
from workshop.models.health import Finding, FindingLine, HealthCheck
from workshop.models.quality import CheckedItem, CheckItem, Comeback, Dispatch, RoadTest, Wash
from workshop.models.screens import Screen
from workshop.models.shares import JobShare
from workshop.models.work import (
    Attendance,
    CheckedOrder,
    Clocking,
    Hold,
    Inspection,
    IssuedBatch,
    Job,
    PartIssue,
    Slot,
    TimeRange,
)

__all__ = [
    "Attendance",
    "CheckItem",
    "CheckedItem",
    "CheckedOrder",
    "Clocking",
    "Comeback",
    "Dispatch",
    "Finding",
    "FindingLine",
    "HealthCheck",
    "Hold",
    "Inspection",
    "IssuedBatch",
    "Job",
    "JobShare",
    "PartIssue",
    "RoadTest",
    "Screen",
    "Slot",
    "StageFact",
    "TimeRange",
    "Wash",
]
