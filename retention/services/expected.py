"""Appointments looked through every hour: who did not come is called, who comes tomorrow is told."""

from datetime import date, timedelta

from accounts.models import Branch
from accounts.policies import system
from dms.clock import local, now
from reception.appointment_messages import subject_of, tell_of_tomorrow
from reception.appointment_states import AppointmentState
from reception.models import Appointment
from reception.services.appointments import mark_missed
from records.selectors import rule
from retention.services.calls import open_call
from retention.states import CallKind


def missed(branch: Branch, today: date) -> int:
    """Those whose time was longer ago than the rule says did not come; each that can be reached becomes a call."""
    minutes = int(rule(branch, "appointment.no_show_minutes", today))
    rows = mark_missed(actor=system(branch), before=now() - timedelta(minutes=minutes))
    for row in rows:
        if row.vehicle is None or row.customer is None or row.starts_at is None:
            continue  # no number was left
        open_call(
            branch=branch, kind=CallKind.REBOOK, vehicle=row.vehicle, customer=row.customer,
            subject_key=subject_of(row), due_on=today,
            reason={"booked_for": local(branch, row.starts_at).strftime("%m-%d %H:%M")},
        )  # fmt: skip
    return len(rows)


def remind_of_tomorrow(branch: Branch, today: date) -> int:
    """Who is booked for tomorrow is told today, in the window of messages about orders."""
    rows = Appointment.objects.filter(branch=branch, on=today + timedelta(days=1), state=AppointmentState.BOOKED)
    return tell_of_tomorrow(branch, rows.order_by("id"))
