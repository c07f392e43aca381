"""What the customer is told about an appointment: booked, moved, cancelled, a time that became free, the eve of it; and
the code that proves a number (booking page).

The key of each names the appointment and its time or version, so each is told once, and one that was moved is told
anew. Whether it still holds is asked again when it is sent. By e-mail the time goes along as iCalendar.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.message_kinds import Enclosure, MessageKind, register
from customers.models import Message
from customers.services.outbox import plan_many
from customers.states import MessageClass, NotSent
from dms.clock import local, now
from reception.appointment_calendar import time_text
from reception.appointment_states import AppointmentState
from reception.models import Appointment, FreeTime
from reception.order_messages import same_everywhere

EVE, CODE = "appointment_eve", "booking_code"
BOOKED, MOVED, OFF, FREE = "appointment_booked", "appointment_moved", "appointment_off", "appointment_free"
_CHANGE_ZH = "改期或取消：{booking_address} 或致电{shop_phone}。"
_CHANGE_EN = "To move or cancel it: {booking_address} or {shop_phone}."


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


def _ids(messages: list[Message]) -> dict[int, int]:
    return {message.pk: int(message.subject_key.split(":")[1]) for message in messages}


def _changed(messages: list[Message]) -> dict[int, str]:
    """What was confirmed is not how it stands any more: changed since, or over. One query."""
    ids = _ids(messages)
    rows = Appointment.objects.filter(pk__in=ids.values()).values_list("pk", "state", "version", "starts_at")
    stands = {pk: (f"{state}:{version}", starts_at) for pk, state, version, starts_at in rows}
    found: dict[int, str] = {}
    for message in messages:
        mark, starts_at = stands[ids[message.pk]]
        if message.subject_key.partition(":")[2].partition(":")[2] != mark:
            found[message.pk] = NotSent.MOOT
        elif starts_at is not None and starts_at <= now():
            found[message.pk] = NotSent.TOO_LATE
    return found


def _not_free(messages: list[Message]) -> dict[int, str]:
    """The car waits no longer, or the time is over. One query."""
    offers = [int(message.subject_key.rpartition(":")[2]) for message in messages]
    rows = FreeTime.objects.filter(
        pk__in=offers, starts_at__gt=now(), appointment__state=AppointmentState.WAITING
    ).values_list("pk", flat=True)
    holds = set(rows)
    return {message.pk: NotSent.MOOT for message, offer in zip(messages, offers, strict=True) if offer not in holds}


def _calendar(message: Message) -> Enclosure | None:
    """The time for the customer's own calendar. One query."""
    row = Appointment.objects.select_related("branch").filter(pk=_ids([message])[message.pk]).first()
    if row is None or row.starts_at is None:
        return None
    text = time_text(row, str(message.language or message.spoken))
    return Enclosure("appointment.ics", "text/calendar", text)


_TIME = {"plate": "粤B12345", "when": "03-02 09:20"}
KINDS = (
    MessageKind(
        BOOKED, MessageClass.TRANSACTIONAL, _("Appointment booked"), _TIME,
        same_everywhere(
            "预约成功", "您的爱车{plate}已预约{when}到店。" + _CHANGE_ZH,
            "Your appointment", "Your car {plate} is booked for {when}. " + _CHANGE_EN,
        ),
        _changed, enclosed=_calendar,
    ),
    MessageKind(
        MOVED, MessageClass.TRANSACTIONAL, _("Appointment moved"), _TIME,
        same_everywhere(
            "预约已改期", "您的爱车{plate}的预约已改到{when}。" + _CHANGE_ZH,
            "Your appointment was moved", "The appointment of your car {plate} is now on {when}. " + _CHANGE_EN,
        ),
        _changed, enclosed=_calendar,
    ),
    MessageKind(
        OFF, MessageClass.TRANSACTIONAL, _("Appointment cancelled"), _TIME,
        same_everywhere(
            "预约已取消", "您的爱车{plate}{when}的预约已取消。重新预约：{booking_address} 或致电{shop_phone}。",
            "Your appointment is cancelled",
            "The appointment of your car {plate} on {when} is cancelled. To book another one: {booking_address} or "
            "{shop_phone}.",
        ),
        _changed, enclosed=_calendar,
    ),
    MessageKind(
        FREE, MessageClass.TRANSACTIONAL, _("A time became free for the waiting list"), {**_TIME, "code": "7KQ4MWPX"},
        same_everywhere(
            "有空位了",
            "您候补的{when}有空位了（{plate}），先到先得。确认：{free_address} 码{code}，或致电{shop_phone}。",
            "A time became free",
            "A time became free for your car {plate}: {when}. Who answers first has it: {free_address} with the code "
            "{code}, or {shop_phone}.",
        ),
        _not_free,
    ),
    MessageKind(
        EVE, MessageClass.TRANSACTIONAL, _("The day before an appointment"),
        {"plate": "粤B12345", "when": "03-02 09:20"},
        same_everywhere(
            "明天见", "您的爱车{plate}已预约{when}到店，恭候光临。改期或取消：{booking_address} 或致电{shop_phone}。",
            "See you tomorrow",
            "Your car {plate} is booked for {when}. To move or cancel it: {booking_address} or {shop_phone}.",
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


def _when(row: Appointment, at: datetime | None) -> str:
    return local(row.branch, at).strftime("%m-%d %H:%M") if at else row.on.strftime("%m-%d")


def confirm(row: Appointment, kind: str) -> None:
    """Tell the customer, where one is known, what was booked, moved or cancelled. Called in the act itself."""
    subject = f"{row.subject_key}:{row.state}:{row.version}"
    context = {"plate": row.plate, "when": _when(row, row.starts_at)}
    if row.customer_id is not None:
        plan_many(kind, row.branch, [(row.customer_id, row.vehicle_id, subject, context, None)])


def offer(time: FreeTime) -> None:
    """Tell the customer of a waiting car of a time that became free."""
    row = time.appointment
    context = {"plate": row.plate, "when": _when(row, time.starts_at), "code": time.code}
    subject = f"{row.subject_key}:free:{time.pk}"
    plan_many(FREE, row.branch, [(row.customer_id, row.vehicle_id, subject, context, None)])


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
