"""Work that a customer does not want now: why, and when it is offered again. It stays with the car until then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policies import Actor, check_may
from catalog.models import LabourOperation, Part
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import Line, WorkOrder
from reception.policies import check_unsettled
from reception.services.lines import labour_line, part_line
from reception.signals import lines_answered
from reception.states import DeclineReason, LineState
from records.selectors import rule

NOTE = 200
#: A later app that knows better than the rule when a line is offered again: by the wear of what was measured.
_knows_day: list[Callable[[Line, WorkOrder], date | None]] = []


def register_day(ask: Callable[[Line, WorkOrder], date | None]) -> None:
    """Ask this for the day of a declined line; called from `AppConfig.ready()`. Twice is once."""
    if ask not in _knows_day:
        _knows_day.append(ask)


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a customer does not want a line now, and when it is offered again (None: by wear, else by the rule).

    `who` of the customer's side said so, and `how` (None: at the desk).
    """

    reason: str | None = None
    note: str = ""
    revive_on: date | None = None
    who: str = ""
    how: str | None = None


def put_off(line: Line, why: Decline, order: WorkOrder) -> None:
    """An offered line is declined; the caller holds it. It stays with the car until it is offered again."""
    days = int(rule(order.branch, "declined.revive_days", branch_day(order.branch)))
    line.state = LineState.DECLINED
    line.declined_reason, line.declined_note = why.reason, why.note.strip()[:NOTE]
    line.declined_by_name, line.declined_how, line.declined_at = why.who[:60], why.how, now()
    known = None if why.revive_on else next(filter(None, (ask(line, order) for ask in _knows_day)), None)
    line.revive_on = why.revive_on or known or branch_day(order.branch) + timedelta(days=days)
    line.version += 1
    line.save(update_fields=[
        "state", "declined_reason", "declined_note", "declined_by_name", "declined_how", "declined_at", "revive_on",
        "version",
    ])  # fmt: skip


def check_decline(why: Decline, order: WorkOrder) -> None:
    """Who records it for the customer asks why. Raises `Invalid`."""
    if why.reason not in DeclineReason.values:
        raise Invalid(_("Ask why, and write it down."), "reason")
    if why.reason == DeclineReason.OTHER and not why.note.strip():
        raise Invalid(_("Write down the reason in the customer's words."), "note")
    if why.revive_on is not None and why.revive_on <= branch_day(order.branch):
        raise Invalid(_("Choose a day that lies ahead."), "revive_on")


@one_act
def decline_lines(*, actor: Actor, order_id: int, lines: Sequence[int], why: Decline) -> list[Line]:
    """The customer does not want these now: a draft was shown by word of mouth, an offered one is answered.

    Raises `Invalid` without a reason, `Refused` for lines that were answered already.
    """
    check_may(actor, "order.price")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_unsettled(order)
    check_decline(why, order)
    rows = list(locked(order.lines.filter(pk__in=lines, state__in=[LineState.DRAFT, LineState.OFFERED])))
    if len(rows) != len(set(lines)):
        raise Refused(_("The offer has changed since it was shown. Look at it again."), "stale")
    for row in rows:
        if row.state == LineState.DRAFT:
            row.state = LineState.OFFERED
            row.save(update_fields=["state"])
        put_off(row, why, order)
    lines_answered.send(sender=WorkOrder, order=order, actor=actor)
    return rows


def keep_for_later(
    *, order: WorkOrder, operation: LabourOperation | None, part: Part | None, finding: str, found_by: User | None,
    revive_on: date,
) -> list[Line]:  # fmt: skip
    """Work that was found and is not urgent stays with the car as declined, to be offered again on that day.

    The caller holds the order. Raises `Refused` for what has no price here.
    """
    told: dict[str, Any] = {"extra": True, "found_by": found_by, "finding": finding[:300]}
    made = [labour_line(order, operation, **told)] if operation is not None else []
    made += [part_line(order, part, Decimal(1), **told)] if part is not None else []
    for line in made:
        line.state, line.revived_from = LineState.OFFERED, _still_declined(line, order)
        line.save(update_fields=["state", "revived_from"])
        put_off(line, Decline(DeclineReason.LATER, "", revive_on), order)
    return made


def _still_declined(line: Line, order: WorkOrder) -> Line | None:
    """The same work as an earlier visit left it: this line takes its place, and the customer hears of it once."""
    same = Line.objects.filter(order__vehicle=order.vehicle_id, operation=line.operation_id, part=line.part_id)
    return same.filter(state=LineState.DECLINED, revived__isnull=True).exclude(order=order).order_by("-id").first()
