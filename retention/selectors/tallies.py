"""What the pages of retention show of all cars: counted each night, and here and now where no night has counted yet.

So a page says as of which day its numbers are. The lists behind them are always as of now.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from accounts.models import Branch
from customers.services.forecast import add_months
from dms.clock import branch_day
from retention.models import Tally
from retention.selectors import cohorts, winback
from retention.selectors.base import BYS, share_rows
from retention.selectors.outlook import outlook_rows
from retention.selectors.overview import Period, funnel, funnel_revenue
from retention.selectors.survival import gaps

#: Numbers of months of due dates that the funnel is counted for.
MONTHS: Final = (1, 3, 12)


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of a name as of the day `on`."""

    rows: Any
    on: date


def _funnel(months: int, branch: Branch, today: date) -> dict[str, Any]:
    period = Period(add_months(today, -months), today)
    found = funnel(branch, period)
    steps = {name: getattr(found, name) for name in found.__slots__}
    return steps | {"revenue": str(funnel_revenue(branch, period))}


def _shares(by: Any, branch: Branch, _today: date) -> list[list[Any]]:
    return share_rows(branch, by)


def _cohorts(by: Any, branch: Branch, today: date) -> list[list[Any]]:
    return cohorts.cohort_rows(branch, by, today)


def _gaps(branch: Branch, today: date) -> list[list[int]]:
    return [list(row) for row in gaps(branch, today)]


#: What the night counts, by name; each gives plain rows that can be kept.
TALLIES: Final[Mapping[str, Callable[[Branch, date], Any]]] = {
    **{f"funnel:{months}": partial(_funnel, months) for months in MONTHS},
    **{f"shares:{by}": partial(_shares, by) for by in BYS},
    **{f"cohorts:{by}": partial(_cohorts, by) for by in cohorts.BYS},
    "gaps": _gaps,
    "outlook": outlook_rows,
    "winback:chosen": winback.chosen,
    "winback:drawn": winback.drawn,
}


def counted(branch: Branch, names: Iterable[str]) -> dict[str, Counted]:
    """The rows of each name, of last night where it counted them. One query for all that are kept."""
    wanted = list(names)
    kept = Tally.objects.filter(branch=branch, name__in=wanted)
    found = {row.name: Counted(row.rows, row.on) for row in kept}
    today = branch_day(branch)
    return found | {name: Counted(TALLIES[name](branch, today), today) for name in wanted if name not in found}
