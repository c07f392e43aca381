"""The key figures of the last whole week or month as a PDF, for the managers' Monday and the month's first day."""

from datetime import date, timedelta
from itertools import groupby

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.policies import Actor
from customers.services.forecast import add_months
from dms.pdf import render_apart
from records.reports import Report, register
from records.services.render import STYLES
from records.states import Rhythm
from retention.figure_pages import rows_of
from retention.selectors.exceptions import exceptions, unknown_messages
from retention.selectors.key_figures import Period


def last_whole(on: date, rhythm: str) -> Period:
    """The month before the one of `on`, or for a weekly report the last seven days from Monday to Sunday."""
    if rhythm == Rhythm.MONTH:
        first = on.replace(day=1)
        return Period(add_months(first, -1), first - timedelta(days=1))
    monday = on - timedelta(days=on.weekday())
    return Period(monday - timedelta(days=7), monday - timedelta(days=1))


def html_of(actor: Actor, on: date, rhythm: str) -> str:
    """The report as HTML in the active language."""
    period, branch = last_whole(on, rhythm), actor.branch
    rows = rows_of(branch, period)
    context = {
        "branch": branch, "period": period, "stylesheet": "a4.css",
        "exceptions": exceptions(branch), "unknown": unknown_messages(branch),
        "groups": [(group, list(found)) for group, found in groupby(rows, key=lambda row: row.figure.group)],
    }  # fmt: skip
    return render_to_string("documents/figures.html", context)


def draw(actor: Actor, on: date, rhythm: str) -> bytes:
    """The PDF, in the active language. Raises `PdfUnavailable` and `PdfRefused`."""
    return render_apart(html_of(actor, on, rhythm), base=STYLES)


def register_report() -> None:
    """Called once the apps are ready."""
    register(Report("key_figures", _("Key figures as PDF"), "figures.view", draw))
