"""What the customer is told about an appointment: the eve of it, and the code that proves a number (booking page).

The key of a reminder names the appointment and its time, so each is told once, and one that was moved is told anew.
Whether it still holds is asked again when it is sent.
"""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.message_kinds import MessageKind, register
from customers.models import Message
from customers.services.outbox import plan_many
from customers.states import MessageClass, NotSent
from dms.clock import local
from reception.appointment_states import AppointmentState
from reception.models import Appointment
from reception.order_messages import same_everywhere

EVE, CODE = "appointment_eve", "booking_code"


def subject_of(appointment: Appointment) -> str:
    """`appointment:7:1764000000`: the appointment and the second at which it begins."""
    starts = int(appointment.starts_at.timestamp()) if appointment.starts_at else 0
    return f"{appointment.subject_key}:{starts}"


def _moved_or_off(messages: list[Message]) -> dict[int, str]:
    """Cancelled, missed, come already, or at another time than the message says. One query."""
    ids = {int(message.subject_key.split(":")[1]) for message in messages}
    booked = Appointment.objects.filter(pk__in=ids, state=AppointmentState.BOOKED)
    holds = {subject_of(row) for row in booked.only("starts_at")}
    return {message.pk: NotSent.MOOT for message in messages if message.subject_key not in holds}


KINDS = (
    MessageKind(
        EVE, MessageClass.TRANSACTIONAL, _("The day before an appointment"),
        {"plate": "粤B12345", "when": "03-02 09:20"},
        same_everywhere(
            "明天见", "您的爱车{plate}已预约{when}到店，我们恭候光临。需要改期或取消请致电{shop_phone}。",
            "See you tomorrow",
            "Your car {plate} is booked for {when}. To move or cancel it, call {shop_phone}.",
        ),
        _moved_or_off,
    ),
    MessageKind(
        CODE, MessageClass.SECURITY, _("Code of the booking page"), {"code": "482913"},
        same_everywhere(
            "预约验证码", "您的预约验证码是{code}，10分钟内有效，请勿告诉他人。",
            "Your booking code", "Your booking code is {code}. It holds for ten minutes; tell it to nobody.",
        ),
    ),
)  # fmt: skip


def register_kinds() -> None:
    """Called from `AppConfig.ready()`."""
    for kind in KINDS:
        register(kind)


def tell_of_tomorrow(branch: Branch, appointments: Iterable[Appointment]) -> int:
    """Plan the message of each that has a customer and a time; how many were new."""
    rows = [
        (
            row.customer_id,
            row.vehicle_id,
            subject_of(row),
            {"plate": row.plate, "when": local(branch, row.starts_at).strftime("%m-%d %H:%M")},
            None,
        )
        for row in appointments
        if row.customer_id is not None and row.starts_at is not None
    ]
    return plan_many(EVE, branch, rows)
