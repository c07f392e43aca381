"""The night counts what the pages of retention show of all cars, so that opening one costs a row and no scan."""

from datetime import date

from accounts.models import Branch
from retention.models import Tally
from retention.selectors.tallies import TALLIES
from retention.services.rollup import write_figures


def write_night(branch: Branch, today: date) -> int:
    """The figures by day and month, then the tallies; how many rows are new or changed. Run again on a day: 0."""
    return write_figures(branch, today) + write_tallies(branch, today)


def write_tallies(branch: Branch, today: date) -> int:
    """Count every tally anew."""
    before = {row.name: row.rows for row in Tally.objects.filter(branch=branch)}
    changed = 0
    for name, count in TALLIES.items():
        rows = count(branch, today)
        Tally.objects.update_or_create(branch=branch, name=name, defaults={"on": today, "rows": rows})
        changed += before.get(name) != rows
    return changed
