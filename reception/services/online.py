"""Booking without an account: what is asked for is kept, a code goes to the number, the right code does it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import system
from customers.identifiers import normalise_phone, normalise_plate, region_of
from customers.models import Customer
from customers.services import register_customer
from customers.services.outbox import plan_to, was_proved
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.appointment_messages import CODE
from reception.appointment_states import AppointmentState, Source
from reception.models import Appointment, FreeTime, OnlineBooking
from reception.services import appointments
from reception.services.appointments import Wish

#: A code holds so long, for so many tries; one number gets so many in an hour.
HOLDS, TRIES, MOST_CODES = timedelta(minutes=10), 5, 4
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants at the public page. `at` is the instant of a free time, or `on` a day to wait for one."""

    plate: str
    phone: str
    name: str = ""
    kind: str = ""
    at: datetime | None = None
    on: date | None = None
    words: str = ""
    waits: bool = False


def _hash(key: str, code: str) -> str:
    return salted_hmac("reception.online", f"{key}:{code}", algorithm="sha256").hexdigest()


def _number(branch: Branch, typed: str) -> str:
    phone = normalise_phone(typed, region_of(branch.currency))
    if not phone:
        raise Invalid(_("Give the number to which we send the code."), "phone")
    since = now() - HOUR
    if OnlineBooking.objects.filter(branch=branch, phone=phone, asked_at__gt=since).count() >= MOST_CODES:
        raise Refused(_("This number got several codes already. Wait an hour, or call us."), "too_many")
    return phone


def _row(branch: Branch, phone: str, **values: object) -> tuple[OnlineBooking, str]:
    key, code = secrets.token_urlsafe(24), f"{secrets.randbelow(1_000_000):06d}"
    row = OnlineBooking.objects.create(
        branch=branch, key=key, phone=phone, code_hash=_hash(key, code), asked_at=now(), expires_at=now() + HOLDS,
        **values,
    )  # fmt: skip
    return row, code


def _send(row: OnlineBooking, code: str) -> None:
    plan_to(
        branch=row.branch, kind=CODE, address=row.phone, language=_language(),
        subject_key=_subject(row), context={"code": code},
    )  # fmt: skip


def _subject(row: OnlineBooking) -> str:
    return f"online:{row.pk}"


@one_act
def ask_to_book(*, branch: Branch, asked: Asked) -> OnlineBooking:
    """Keep what is wanted and send the code. Raises `Invalid` for what was typed, `Refused` for too many codes.

    Nothing is booked yet, no time is taken and nobody becomes a customer: a number that is not theirs blocks nobody's
    day and names nobody.
    """
    phone, plate = _number(branch, asked.phone), normalise_plate(asked.plate)
    if not plate or len(plate) > 20:
        raise Invalid(_("Give the plate of the car."), "plate")
    if asked.at is None and asked.on is None:
        raise Invalid(_("Choose a time."), "at")
    when = {"at": asked.at.isoformat()} if asked.at else {"on": asked.on.isoformat() if asked.on else ""}
    wanted = {"plate": plate, "kind": asked.kind, "words": asked.words.strip()[:1000], "waits": asked.waits, **when}
    row, code = _row(branch, phone, name=asked.name.strip()[:120] or plate, wanted=wanted)
    _send(row, code)
    return row


@one_act
def ask_to_see(*, branch: Branch, plate: str, phone: str) -> OnlineBooking:
    """Somebody wants to see a booking. Known or not, the answer is the same; only a number that has one gets a code."""
    number = _number(branch, phone)
    found = (
        Appointment.objects.filter(
            branch=branch, plate=normalise_plate(plate), phone=number, on__gte=branch_day(branch),
            state__in=[AppointmentState.BOOKED, AppointmentState.WAITING],
        )
        .order_by("on", "id")
        .first()
    )  # fmt: skip
    row, code = _row(branch, number, name=found.name if found else "", appointment=found)
    if found is not None:
        _send(row, code)
    return row


def prove(*, branch: Branch, key: str, code: str) -> bool:
    """Whether the code is right; then what was wanted is booked. A wrong one is counted, after five none is right.

    Raises `Refused` when the time was taken meanwhile; the code stays good, so nothing is lost but the time.
    OnlineBooking.DoesNotExist for another branch's key.
    """
    if not _right(branch=branch, key=key, code=code):
        return False
    _do(branch=branch, key=key)
    return True


@one_act
def _right(*, branch: Branch, key: str, code: str) -> bool:
    row = locked(OnlineBooking.objects.filter(branch=branch)).get(key=key)
    if row.proved_at is not None or row.tries >= TRIES or row.expires_at <= now() or not _asks(row):
        return False
    if constant_time_compare(row.code_hash, _hash(key, code.strip())):
        return True
    row.tries += 1
    row.save(update_fields=["tries"])
    return False


def _asks(row: OnlineBooking) -> bool:
    """Whether there is anything that a code can open: a wish, or a booking that was found."""
    return bool(row.wanted) or row.appointment_id is not None


@one_act
def _do(*, branch: Branch, key: str) -> None:
    row = locked(OnlineBooking.objects.filter(branch=branch).select_related("appointment__customer")).get(key=key)
    if row.proved_at is not None:  # the same code sent twice books once
        return
    if row.appointment is None:
        row.customer = _customer(branch, row)
        row.appointment = _booked(branch, row, row.wanted)
    else:
        row.customer = row.appointment.customer
    row.proved_at = now()
    row.save(update_fields=["appointment", "customer", "proved_at"])
    if row.customer is not None:
        was_proved(kind=CODE, subject_key=_subject(row), customer=row.customer)


def _customer(branch: Branch, row: OnlineBooking) -> Customer:
    """Whose number it is, now that the code has come back: the customer who has it, else a new one."""
    known = Customer.objects.filter(branch=branch, phone=row.phone, merged_into__isnull=True).order_by("id").first()
    return known or register_customer(actor=system(branch), name=row.name, phone=row.phone, language=_language())


def _language() -> str:
    """In which the page is read: what is sent later is written in it."""
    return (get_language() or settings.LANGUAGE_CODE).lower()


def _booked(branch: Branch, row: OnlineBooking, wanted: Mapping[str, object]) -> Appointment:
    wish = Wish(
        plate=str(wanted["plate"]), kind=str(wanted["kind"]), words=str(wanted["words"]), waits=bool(wanted["waits"]),
        name=row.customer.name if row.customer else "", phone=row.phone,
    )  # fmt: skip
    if "on" in wanted:
        on = date.fromisoformat(str(wanted["on"]))
        return appointments.wait(actor=system(branch), wish=wish, on=on, source=Source.ONLINE)
    starts_at = datetime.fromisoformat(str(wanted["at"]))
    return appointments.book(actor=system(branch), wish=wish, starts_at=starts_at, source=Source.ONLINE)


def move(*, row: OnlineBooking, starts_at: datetime) -> Appointment:
    """Whoever proved the number gives the appointment another time. Raises as `appointments.move`."""
    return appointments.move(
        actor=system(row.branch), appointment_id=_proved(row), starts_at=starts_at, source=Source.ONLINE
    )


def cancel(*, row: OnlineBooking) -> Appointment:
    """Whoever proved the number cancels. Raises as `appointments.cancel`."""
    return appointments.cancel(actor=system(row.branch), appointment_id=_proved(row), source=Source.ONLINE)


def _proved(row: OnlineBooking) -> int:
    if row.proved_at is None or row.appointment_id is None:
        raise Refused(_("Type the code first that we sent you."))
    return row.appointment_id


def free_time(*, branch: Branch, code: str) -> FreeTime | None:
    """What was offered under this code; None for none. One query."""
    rows = FreeTime.objects.filter(appointment__branch=branch, code="".join(code.split()).upper())
    return rows.select_related("appointment__vehicle", "appointment__branch").first()


@one_act
def take(*, time: FreeTime) -> Appointment:
    """Whoever was told of a free time takes it, when it is still free. Raises as `appointments.move`."""
    held = locked(FreeTime.objects.all()).get(pk=time.pk)
    if held.taken_at is not None:  # pressed twice
        return time.appointment
    if time.appointment.state != AppointmentState.WAITING:
        raise Refused(_("This car waits for a time no longer."))
    row = appointments.move(
        actor=system(time.appointment.branch), appointment_id=held.appointment_id, starts_at=held.starts_at,
        source=Source.ONLINE,
    )  # fmt: skip
    held.taken_at = now()
    held.save(update_fields=["taken_at"])
    return row
