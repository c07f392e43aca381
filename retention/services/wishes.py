"""Wishes for an appointment: one waits for each car, until somebody at the desk has dealt with it."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.models import Customer, Vehicle
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from retention.models import AppointmentWish
from retention.policies import LONGEST_NOTE, check_wish_day, check_wish_open
from retention.states import DayPart, WishSource, WishState

#: Wishes for one car within a day; somebody with a code could fill the desk's list.
MOST, WITHIN = 3, timedelta(days=1)


@one_act
def wish(
    *, actor: Actor, vehicle: Vehicle, customer: Customer, wished_on: date, part: str, words: str, source: WishSource
) -> AppointmentWish:
    """The customer would like to come. Raises `Invalid` for a day or part that is none, `Refused` for a second wish.

    The car is locked, so that two clicks are one wish.
    """
    row = locked(Vehicle.objects.filter(branch=actor.branch)).get(pk=vehicle.pk)
    check_wish_day(wished_on, branch_day(actor.branch))
    if part not in DayPart.values:
        raise Invalid(_("Choose a part of the day."), "part")
    mine = AppointmentWish.objects.filter(vehicle=row)
    if mine.filter(state=WishState.OPEN).exists():
        raise Refused(_("We have your wish for an appointment already and will call you."), "double")
    if mine.filter(asked_at__gt=now() - WITHIN).count() >= MOST:
        raise Refused(_("That was often today. Please call us."), "often")
    return AppointmentWish.objects.create(
        branch=actor.branch, vehicle=row, customer=customer, source=source, wished_on=wished_on, part=part,
        words=words.strip()[:LONGEST_NOTE], asked_at=now(),
    )  # fmt: skip


@one_act
def handle(*, actor: Actor, wish_id: int, note: str = "") -> AppointmentWish:
    """Somebody has called or made the appointment. Raises `Forbidden` without `wish.handle`, `Refused` when done."""
    check_may(actor, "wish.handle")
    row = locked(AppointmentWish.objects.filter(branch=actor.branch)).get(pk=wish_id)
    check_wish_open(row)
    row.state, row.handled_at, row.handled_by = WishState.HANDLED, now(), actor.person
    row.handled_note = note.strip()[:300]
    row.save(update_fields=["state", "handled_at", "handled_by", "handled_note"])
    return row
