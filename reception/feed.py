"""An advisor's appointments as iCalendar (RFC 5545). Calendars are synchronised to other firms' servers, so no phone
number and no name stands in it: plate, model, kind.
"""

from datetime import timedelta

from icalendar import Calendar, Event

from accounts.models import Membership
from accounts.selectors import secret_hash
from dms.clock import branch_day, now
from reception.appointment_calendar import uid_of
from reception.appointment_selectors import upcoming
from reception.models import CalendarFeed

#: Days that are over stay so long, so that yesterday does not vanish while somebody looks.
KEPT = timedelta(days=14)


def feed_of(secret: str) -> Membership | None:
    """Whose calendar this secret opens; None when it was renewed, or the person works here no longer. One query."""
    row = (
        CalendarFeed.objects.filter(
            secret_hash=secret_hash(secret), membership__active=True, membership__user__is_active=True
        )
        .select_related("membership__branch", "membership__user")
        .first()
    )
    return row.membership if row else None


def calendar_text(member: Membership) -> bytes:
    """The calendar with the appointments of the last two weeks and all to come. One query."""
    calendar = Calendar()
    calendar.add("prodid", "-//DMS-lite//appointments//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", str(member.branch))
    for row in upcoming(member.branch, member.user_id, branch_day(member.branch) - KEPT):
        event = Event()
        event.add("uid", uid_of(row))
        event.add("dtstamp", now())
        event.add("dtstart", row.starts_at)
        event.add("dtend", row.ends_at)
        model = row.vehicle.model.label if row.vehicle and row.vehicle.model else ""
        event.add("summary", " ".join(part for part in (row.plate, model, row.get_kind_display()) if part))
        event.add("sequence", row.version)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
