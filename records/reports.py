"""Reports that are drawn whole, as the key figures of a month. Each app registers its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

from accounts.policies import Actor

PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Report:
    """A report: who may have it, and its PDF of the last whole week or month before a day."""

    key: str
    label: str | Promise
    permission: str
    #: Raises `dms.pdf.PdfUnavailable` and `PdfRefused`.
    draw: Callable[[Actor, date, str], bytes]


_reports: dict[str, Report] = {}


def register(*reports: Report) -> None:
    """Add reports; the same key twice is once."""
    _reports.update({report.key: report for report in reports})


def reports_for(actor: Actor) -> list[Report]:
    """The reports that this person may have."""
    return [report for report in _reports.values() if actor.can(report.permission)]


def report_for(actor: Actor, key: str) -> Report | None:
    """A report that this person may have."""
    return next((report for report in reports_for(actor) if report.key == key), None)


def is_report(key: str) -> bool:
    """Whether it is a report and no table."""
    return key in _reports
