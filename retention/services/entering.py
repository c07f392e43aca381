"""Monthly figures that people enter: costs, cars in the area, headcount, open days."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.services.forecast import add_months
from dms.clock import branch_day, now
from dms.errors import Invalid
from retention.models import EnteredFigure
from retention.states import Entered


def enter(*, actor: Actor, kind: str, month: date, value: Decimal) -> EnteredFigure:
    """Keep what holds for a month; what was entered before stays in its history. The same again is no new row.

    Raises `Forbidden` without `figures.view`; `Invalid` for another kind, a month to come or a number below zero.
    """
    check_may(actor, "figures.view")
    if actor.user is None:
        raise Invalid(_("Only a person can do this."), "person")
    if kind not in Entered.values:
        raise Invalid(_("There is no such figure."), "kind")
    month = month.replace(day=1)
    if month > add_months(branch_day(actor.branch).replace(day=1), 1):
        raise Invalid(_("Figures are entered up to next month."), "month")
    if value < 0 or value >= Decimal(10) ** 12:
        raise Invalid(_("A number from 0 up, please."), kind)
    last = EnteredFigure.objects.filter(branch=actor.branch, kind=kind, month=month).order_by("-id").first()
    if last is not None and last.value == value:
        return last
    return EnteredFigure.objects.create(
        branch=actor.branch, kind=kind, month=month, value=value, entered_at=now(), entered_by=actor.user
    )
