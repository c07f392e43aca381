"""One appointment as iCalendar (RFC 5545), for the customer's own calendar: house, kind and time, and no person."""

from django.utils import translation
from icalendar import Calendar, Event

from dms.clock import now
from reception.appointment_states import AppointmentState
from reception.models import Appointment


def uid_of(row: Appointment) -> str:
    """By this name a calendar knows it again when it was moved or cancelled."""
    return f"appointment-{row.pk}@{row.branch.code.lower()}.dms-lite"


def time_text(row: Appointment, language: str) -> bytes:
    """The appointment as a calendar of one event; a cancelled one takes the event out again."""
    off = row.state == AppointmentState.CANCELLED
    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//DMS-lite//appointments//")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if off else "PUBLISH")
    event.add("uid", uid_of(row))
    event.add("dtstamp", now())
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    event.add("sequence", row.version)
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    with translation.override(language):
        event.add("summary", f"{row.branch} · {row.get_kind_display()} {row.plate}")
    if row.branch.address:
        event.add("location", row.branch.address)
    calendar.add_component(event)
    return bytes(calendar.to_ical())
