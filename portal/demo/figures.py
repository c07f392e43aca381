"""What the demo's manager has entered for the months behind, and the targets that were set."""

from datetime import date
from decimal import Decimal

from customers.services.forecast import add_months
from dms.clock import branch_day
from portal.demo.people import Staff
from records.models import DatedRule
from retention.services.entering import enter
from retention.services.schedule import run
from retention.states import Entered

#: What a house of the demo's size pays and has in a month; a tenth more in winter.
MONTHLY = {
    Entered.COST: 62_000, Entered.OVERHEAD: 41_000, Entered.AREA: 5_400, Entered.PEOPLE: 16, Entered.DAYS: 28,
}  # fmt: skip
WINTER = (1, 2, 12)
TARGETS = {"show_rate": 85, "first_fix": 97, "on_time": 90, "fill_rate": 92, "efficiency": 100, "pass_rate": 95}
MONTHS = 14


def make_figures(staff: Staff) -> None:
    """Entered figures and targets; then the night counts what there was."""
    manager, today = staff.actor("manager"), branch_day(staff.branch)
    for back in range(MONTHS, 0, -1):
        month = add_months(today.replace(day=1), -back)
        for kind, value in MONTHLY.items():
            enter(actor=manager, kind=kind, month=month, value=Decimal(value) * _season(kind, month))
    for key, target in TARGETS.items():
        DatedRule.objects.create(
            branch=staff.branch, key=f"target.{key}", value=target, valid_from=date(today.year - 1, 1, 1),
            set_by=manager.user,
        )  # fmt: skip
    run(actor=manager, only="figures")


def _season(kind: Entered, month: date) -> Decimal:
    return Decimal("1.1") if kind == Entered.COST and month.month in WINTER else Decimal(1)
