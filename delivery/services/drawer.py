"""The cashier's drawer: opened by the day's first cash, counted and closed at its end; and the close of the day."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from delivery.day_selectors import day_content, holds, last_close
from delivery.models import DayClose, Drawer
from dms.act import one_act
from dms.clock import branch_day, day_bounds, now
from dms.errors import Forbidden, Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from records.services import audit
from records.services.numbers import take_number
from records.states import CounterKind

#: Who may count a drawer that its cashier left open.
OTHERS = "discount.approve"


def _open(actor: Actor) -> Drawer | None:
    rows = Drawer.objects.filter(branch=actor.branch, opened_by=actor.person, closed_at__isnull=True)
    return locked(rows).first()


def _mine(actor: Actor) -> tuple[Drawer, bool]:
    """The open drawer of this person, locked, made when there is none; and whether it was made."""
    found = _open(actor)
    if found is not None:
        return found, False
    made = Drawer(branch=actor.branch, opened_at=now(), opened_by=actor.person)
    # Two first payments at once open one drawer: the second waits here, and finds it.
    Drawer.objects.bulk_create([made], ignore_conflicts=True)
    found = _open(actor)
    if found is None:
        raise Refused(_("The drawer was closed at this moment. Try again."))
    return found, True


def drawer_for_cash(actor: Actor) -> Drawer:
    """The drawer in which this person's cash lies now. Raises `Refused` while yesterday's is not counted."""
    drawer, _made = _mine(actor)
    opened = branch_day(actor.branch, drawer.opened_at)
    if opened != branch_day(actor.branch):
        raise Refused(
            _("Your drawer of %(day)s is still open. Count and close it first.") % {"day": opened.isoformat()}
        )
    return drawer


def _money(value: Decimal | str) -> Decimal:
    amount = quantise(value)
    if amount < ZERO:
        raise Invalid(_("Enter an amount of zero or more."))
    return amount


@one_act
def set_float(*, actor: Actor, amount: Decimal | str) -> Drawer:
    """Open the drawer with so much change in it, or put the float of the open one right."""
    check_money(actor, "till.pay")
    value, (drawer, _made) = _money(amount), _mine(actor)
    drawer.float_amount = value
    drawer.save(update_fields=["float_amount"])
    return drawer


@one_act
def close_drawer(*, actor: Actor, drawer_id: int, counted: Decimal | str, reason: str = "") -> Drawer:
    """Count and close. Raises `Invalid` for a difference without a reason, `Refused` for a closed drawer, `Forbidden`
    for somebody else's unless the manager counts it.
    """
    check_money(actor, "till.pay")
    drawer = locked(Drawer.objects.filter(branch=actor.branch)).get(pk=drawer_id)
    if drawer.opened_by_id != actor.person.pk and not actor.can(OTHERS):
        raise Forbidden(_("This is somebody else's drawer; they count it, or the manager does."))
    if drawer.closed_at is not None:
        raise Refused(_("This drawer is closed already."))
    value = _money(counted)
    expected = holds(drawer)
    if value != expected and not reason.strip():
        raise Invalid(
            _("Counted %(counted)s, expected %(expected)s: write down why there is a difference of %(difference)s.")
            % {"counted": value, "expected": expected, "difference": value - expected},
            "reason",
        )
    drawer.expected_amount, drawer.counted_amount, drawer.reason = expected, value, reason.strip()
    drawer.closed_at, drawer.closed_by = now(), actor.person
    drawer.save()
    return drawer


@one_act
def close_day(*, actor: Actor, day: date) -> DayClose:
    """The numbered close of a day. Again after more money came, it replaces the last one.

    Raises `Invalid` for a day to come, `Refused` while a drawer of it is open and when nothing changed.
    """
    check_money(actor, "till.pay")
    branch = actor.branch
    if day > branch_day(branch):
        raise Invalid(_("This day has not come yet."), "day")
    begins, ends = day_bounds(branch, day)
    rows = Drawer.objects.filter(branch=branch, opened_at__gte=begins, opened_at__lt=ends, closed_at__isnull=True)
    waiting = [drawer.opened_by.name for drawer in rows.select_related("opened_by").order_by("id")]
    if waiting:
        raise Refused(_("Count and close these drawers first: %(who)s.") % {"who": ", ".join(waiting)})
    # The counter is locked by this: two who close at once come one after the other.
    number = take_number(branch=branch, kind=CounterKind.DAY_CLOSE)
    content, last = day_content(branch, day), last_close(branch, day)
    if last is not None and last.content == content:
        raise Refused(_("This day is closed: %(number)s. Nothing has changed since.") % {"number": last.number})
    return DayClose.objects.create(
        branch=branch, day=day, number=number, content=content, replaces=last, closed_at=now(), closed_by=actor.person
    )


@one_act
def take_out_day(*, actor: Actor, close_id: int) -> DayClose:
    """The closed day for the accounts; it is kept who took it."""
    check_money(actor, "till.pay")
    close = DayClose.objects.get(pk=close_id, branch=actor.branch)
    audit.write(actor.branch, actor.user, "export", f"day_close:{close.pk}", {"form": "csv", "number": close.number})
    return close
