"""The shifts of a week are written; the hours that can be booked follow from them by themselves."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from django.utils.translation import gettext as _

from accounts.models import Membership, Shift
from accounts.policies import Actor, check_may
from accounts.roster import WEEK, members_on_roster
from dms.act import one_act
from dms.clock import branch_day
from dms.errors import Invalid

EDIT = "calendar.edit"
#: From and to; None for somebody who is not there.
Times = tuple[time, time] | None


def _check(member: Membership, day: date, times: Times, today: date) -> None:
    named = {"who": member.user.name, "day": day.strftime("%m-%d")}
    where = f"{member.pk}-{day.isoformat()}"
    if day < today:
        raise Invalid(_("%(who)s, %(day)s: this day is over.") % named, where)
    if times is not None and times[1] <= times[0]:
        raise Invalid(_("%(who)s, %(day)s: the shift has to end after it begins.") % named, where)


@one_act
def save_week(*, actor: Actor, cells: Mapping[tuple[int, date], Times]) -> int:
    """Each named person's day becomes what is given, others stay; how many shifts there are now of those named.

    Two who save at once both succeed: of each cell the later one holds. Raises `Forbidden`, and `Invalid` with the
    cell (`12-2026-11-30`) as its code for a day that is over or a shift that ends before it begins.
    """
    check_may(actor, EDIT)
    people, today = {row.pk: row for row in members_on_roster(actor.branch)}, branch_day(actor.branch)
    mine = {place: times for place, times in cells.items() if place[0] in people}
    for (member_id, day), times in mine.items():
        _check(people[member_id], day, times, today)
    days = [day for _member, day in mine]
    known = Shift.objects.filter(membership__in=people, works_on__in=days).values_list("pk", "membership", "works_on")
    gone = [pk for pk, member_id, day in known if mine.get((member_id, day), ()) is None]
    Shift.objects.filter(pk__in=gone).delete()
    rows = [
        Shift(membership_id=member_id, works_on=day, begins=times[0], ends=times[1])
        for (member_id, day), times in sorted(mine.items())
        if times is not None
    ]
    Shift.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["membership", "works_on"], update_fields=["begins", "ends"]
    )
    return len(rows)


@one_act
def copy_week(*, actor: Actor, monday: date) -> int:
    """What was planned for the week before fills the days of this one on which a person has no shift; how many.

    Days that are over stay as they were. Raises `Forbidden`.
    """
    check_may(actor, EDIT)
    step, today = timedelta(days=WEEK), branch_day(actor.branch)
    people = [row.pk for row in members_on_roster(actor.branch)]
    week = {"membership__in": people, "works_on__lt": monday, "works_on__gte": monday - step}
    there = set(
        Shift.objects.filter(
            membership__in=people, works_on__gte=monday, works_on__lt=monday + step
        ).values_list("membership_id", "works_on")
    )  # fmt: skip
    rows = [
        Shift(membership_id=row.membership_id, works_on=row.works_on + step, begins=row.begins, ends=row.ends)
        for row in Shift.objects.filter(**week)
        if row.works_on + step >= today and (row.membership_id, row.works_on + step) not in there
    ]
    Shift.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
