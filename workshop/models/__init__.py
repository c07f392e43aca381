"""Tables of the workshop."""

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
    "CheckedOrder",
    "Clocking",
    "Hold",
    "Inspection",
    "IssuedBatch",
    "Job",
    "PartIssue",
    "Slot",
    "TimeRange",
]
