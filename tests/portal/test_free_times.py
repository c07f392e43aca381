"""What an appointment's customer is told, and a time that became free: who is told of it, and who has it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from accounts.models import Bay, OpeningHours
from customers import channels
from customers.channels.mail import Mail
from customers.message_kinds import kind_of
from customers.models import Customer, Message
from customers.services.sending import send_due
from customers.wording import check_text
from reception.appointment_messages import BOOKED, CODE, FREE, MOVED, OFF
from reception.models import Appointment, AppointmentLog, FreeTime, OnlineBooking
from reception.services import appointments
from reception.services.appointments import Wish
from records.services.guesses import MOST

DAY = date(2026, 11, 24)
pytestmark = pytest.mark.django_db
BOOK, FREE_PAGE = reverse("portal:booking", args=["SZ01"]), reverse("portal:booking_free", args=["SZ01"])


@pytest.fixture
def open_shop(branch: Any, actor: Callable[..., Any], time_machine: Any) -> Any:
    """Monday, 10:00; open from 8 to 18; a technician, two advisors, a bay: 8.75 h a day can be booked."""
    time_machine.move_to(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo(branch.zone)), tick=False)
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=time(8), closes=time(18)) for day in range(7)
    )
    Bay.objects.create(branch=branch, name="1")
    actor("technician")
    actor("service_advisor")
    branch.actor = actor("service_advisor")
    return branch


def at(shop: Any, hour: int, days: int = 0) -> datetime:
    return datetime.combine(DAY + timedelta(days=days), time(hour), tzinfo=ZoneInfo(shop.zone))


def wish(number: int, hours: str = "1.0", **more: Any) -> Wish:
    values = {"name": f"客户{number}", "phone": f"139{number:08d}", **more}
    return Wish(plate=f"粤B{number:05d}", kind="maintenance", hours=Decimal(hours), **values)


def book(shop: Any, number: int, hour: int, hours: str = "1.0", **more: Any) -> Appointment:
    return appointments.book(actor=shop.actor, wish=wish(number, hours, **more), starts_at=at(shop, hour))


def wait(shop: Any, number: int, hours: str = "1.0", **more: Any) -> Appointment:
    return appointments.wait(actor=shop.actor, wish=wish(number, hours, **more), on=DAY)


def told() -> list[tuple[str, str]]:
    return [(row.kind, row.context["when"]) for row in Message.objects.exclude(kind=CODE).order_by("id")]


def moot(kind: str) -> list[str]:
    rows = list(Message.objects.filter(kind=kind).order_by("id"))
    found = kind_of(kind).relevant(rows)
    return [found.get(row.pk, "") for row in rows]


def test_every_step_is_confirmed_once_and_void_when_the_next_came(open_shop: Any) -> None:
    row = book(open_shop, 1, 9)
    appointments.move(actor=open_shop.actor, appointment_id=row.pk, starts_at=at(open_shop, 11))
    assert told() == [(BOOKED, "11-24 09:00"), (MOVED, "11-24 11:00")]
    assert (moot(BOOKED), moot(MOVED)) == (["moot"], [""])
    appointments.cancel(actor=open_shop.actor, appointment_id=row.pk)
    assert told()[2:] == [(OFF, "11-24 11:00")]
    assert (moot(MOVED), moot(OFF)) == (["moot"], [""])
    assert {message.customer for message in Message.objects.all()} == {row.customer}


def test_who_left_no_name_has_nobody_to_write_to(open_shop: Any) -> None:
    book(open_shop, 1, 9, name="")
    assert told() == []


def test_the_texts_hold_the_rules_of_the_channels_and_name_the_page(open_shop: Any) -> None:
    for key in (BOOKED, MOVED, OFF, FREE):
        kind = kind_of(key)
        for (channel, _language), text in kind.texts.items():
            check_text(kind, channel, subject=text.subject, body=text.body)
            assert "{booking_address}" in text.body or "{free_address}" in text.body


def test_by_e_mail_the_time_goes_along_and_a_cancelled_one_takes_it_out(
    open_shop: Any, monkeypatch: Any, mailoutbox: Any
) -> None:
    monkeypatch.setattr(channels, "_all", lambda: (Mail(),))
    Customer.objects.create(
        branch=open_shop, name="王建国", phone="+8613900000001", email="w@example.com", language="en"
    )
    row = book(open_shop, 1, 9, name="王建国")
    send_due(branch=open_shop)
    appointments.cancel(actor=open_shop.actor, appointment_id=row.pk)
    send_due(branch=open_shop)
    letters = [(one.subject, *(part for _name, part, _mime in one.attachments)) for one in mailoutbox]
    assert [subject for subject, _text in letters] == ["Your appointment", "Your appointment is cancelled"]
    events = [Calendar.from_ical(text).walk("VEVENT")[0] for _subject, text in letters]
    assert [(str(event["STATUS"]), int(event["SEQUENCE"])) for event in events] == [("CONFIRMED", 1), ("CANCELLED", 2)]
    assert events[0]["UID"] == events[1]["UID"]
    assert events[0].decoded("DTSTART") == at(open_shop, 9)


def test_a_cancelled_time_is_offered_to_the_first_who_fit_and_one_takes_it(open_shop: Any) -> None:
    full = book(open_shop, 1, 9, "8.0")
    long, first, second, unnamed = (
        wait(open_shop, 2, "9.0"), wait(open_shop, 3), wait(open_shop, 4), wait(open_shop, 5, name=""),
    )  # fmt: skip
    appointments.cancel(actor=open_shop.actor, appointment_id=full.pk)
    assert [(one.appointment, one.starts_at) for one in FreeTime.objects.order_by("id")] == [
        (first, at(open_shop, 9)), (second, at(open_shop, 9)),
    ]  # fmt: skip
    assert list(AppointmentLog.objects.filter(act="offered").values_list("appointment", flat=True)) == [
        first.pk, second.pk,
    ]  # fmt: skip
    assert not FreeTime.objects.filter(appointment__in=[long, unnamed]).exists()
    code = FreeTime.objects.earliest("id").code
    assert Message.objects.filter(kind=FREE).earliest("id").context == {
        "plate": "粤B00003", "when": "11-24 09:00", "code": code,
    }  # fmt: skip
    client = Client()
    assert "2026" in client.post(FREE_PAGE, {"code": f"{code[:4].lower()} {code[4:]}"}).text
    first.refresh_from_db()
    assert first.state == "waiting"  # looking takes nothing
    assert client.post(FREE_PAGE, {"code": code, "do": "take"}).status_code == 200
    assert client.post(FREE_PAGE, {"code": code, "do": "take"}).status_code == 200  # pressed twice
    first.refresh_from_db()
    assert (first.state, first.starts_at, first.version) == ("booked", at(open_shop, 9), 2)
    assert moot(FREE) == ["moot", ""]
    assert told()[-1] == (BOOKED, "11-24 09:00")


def test_a_time_that_is_gone_leaves_the_car_on_the_list(open_shop: Any) -> None:
    row = book(open_shop, 1, 9)
    car = wait(open_shop, 2)
    appointments.move(actor=open_shop.actor, appointment_id=row.pk, starts_at=at(open_shop, 11))
    book(open_shop, 3, 9)
    book(open_shop, 4, 9)
    answer = Client().post(FREE_PAGE, {"code": FreeTime.objects.get().code, "do": "take"})
    assert answer.status_code == 409
    car.refresh_from_db()
    assert (car.state, FreeTime.objects.get().taken_at) == ("waiting", None)


def test_codes_are_not_guessed(open_shop: Any) -> None:
    client = Client()
    statuses = [client.post(FREE_PAGE, {"code": f"ABCDEF{number:02d}"}).status_code for number in range(MOST + 1)]
    assert statuses == [422] * MOST + [429]
    assert client.get(FREE_PAGE).status_code == 200


def test_a_customer_joins_the_waiting_list_with_the_code_and_not_before(open_shop: Any) -> None:
    book(open_shop, 1, 9, "8.0")
    client = Client(headers={"accept-language": "en"})
    page = client.get(BOOK, {"day": "2026-11-24"}).text
    assert "Put me on the waiting list" in page
    typed = {"day": "2026-11-24", "kind": "maintenance", "plate": "粤B72K19", "name": "Li", "phone": "13800006621"}
    answer = client.post(BOOK, {**typed, "do": "wait"})
    row = OnlineBooking.objects.get()
    assert (answer.status_code, row.wanted["on"], Appointment.objects.count()) == (302, "2026-11-24", 1)
    code = Message.objects.get(kind=CODE).context["code"]
    client.post(answer["Location"], {"code": code})
    made = Appointment.objects.latest("id")
    assert (made.state, made.on, made.source, made.starts_at) == ("waiting", DAY, "online", None)
    assert made.customer is not None
    assert made.customer.language == "en"  # written to in the language of the page
    own = client.get(reverse("portal:booking_own", args=["SZ01", row.key]))
    assert (own.status_code, "Waiting list" in own.text) == (200, True)
    # Whoever wants none of the times of an open day waits as well.
    assert client.post(BOOK, {**typed, "day": "2026-11-25", "do": "wait"}).status_code == 302
    assert client.post(BOOK, {**typed, "day": "2026-11-25"}).status_code == 422


def test_the_booking_is_put_into_the_customers_calendar(open_shop: Any) -> None:
    client = Client()
    typed = {"day": "2026-11-24", "kind": "maintenance", "at": "2026-11-24T09:00", "plate": "粤B72K19", "name": "李雷",
             "phone": "13800006621"}  # fmt: skip
    proof = client.post(BOOK, typed)["Location"]
    key = OnlineBooking.objects.get().key
    calendar = reverse("portal:booking_time", args=["SZ01", key])
    assert client.get(calendar).status_code == 404
    client.post(proof, {"code": Message.objects.get(kind=CODE).context["code"]})
    answer = client.get(calendar)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert Calendar.from_ical(answer.content).walk("VEVENT")[0].decoded("DTSTART") == at(open_shop, 9)
    assert "6621" not in answer.text
    assert calendar in client.get(reverse("portal:booking_own", args=["SZ01", key])).text
