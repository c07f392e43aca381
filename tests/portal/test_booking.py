"""The public booking page: free times only, a code that proves the number, moves and cancels; a GET changes nothing."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Bay, Membership, OpeningHours
from customers.message_kinds import kind_of
from customers.models import Customer, Message
from customers.services.texts import house_values
from dms.errors import Refused
from reception.appointment_messages import CODE, EVE
from reception.models import Appointment, AppointmentLog, OnlineBooking
from reception.services import appointments, online
from reception.services.appointments import Wish
from reception.services.feeds import renew
from records.models import FailedGuess
from records.services.guesses import MOST

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.fixture
def open_shop(branch: Any, actor: Callable[..., Any], time_machine: Any) -> Any:
    """Monday, 10:00; open from 8 to 18 on each day; a technician, an advisor, a bay: 8.75 h a day can be booked."""
    time_machine.move_to(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo(branch.zone)), tick=False)
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=time(8), closes=time(18)) for day in range(7)
    )
    Bay.objects.create(branch=branch, name="1")
    actor("technician")
    branch.actor = actor("service_advisor")
    return branch


BOOK, MINE = reverse("portal:booking", args=["SZ01"]), reverse("portal:booking_mine", args=["SZ01"])


def asked(**more: str) -> dict[str, str]:
    return {"day": "2026-11-24", "kind": "maintenance", "at": "2026-11-24T09:00", "plate": "粤B 72k19",
            "name": "王建国", "phone": "13800006621", "words": "做保养", **more}  # fmt: skip


def code_of() -> str:
    return str(Message.objects.filter(kind=CODE).latest("id").context["code"])


def wrong() -> str:
    return f"{(int(code_of()) + 1) % 1_000_000:06d}"


def address(name: str) -> str:
    return reverse(f"portal:{name}", args=["SZ01", OnlineBooking.objects.latest("id").key])


def booked(client: Client, **more: str) -> Appointment:
    client.post(BOOK, asked(**more))
    client.post(address("booking_code"), {"code": code_of()})
    return Appointment.objects.latest("id")


def test_a_time_is_booked_with_the_code_and_not_before(open_shop: Any) -> None:
    client = Client()
    assert "2026-11-24T09:00" in client.get(BOOK, {"day": "2026-11-24"}).text
    answer = client.post(BOOK, asked())
    assert (answer.status_code, answer["Location"]) == (302, address("booking_code"))
    assert (Appointment.objects.count(), Customer.objects.count()) == (0, 0)
    sent = Message.objects.get(kind=CODE)
    assert (sent.customer, sent.address, sent.language, sent.whom) == (None, "+8613800006621", "zh-hans", "*** 6621")
    assert client.post(address("booking_code"), {"code": wrong()}).status_code == 422
    assert client.post(address("booking_code"), {"code": f" {code_of()} "})["Location"] == address("booking_own")
    row = Appointment.objects.get()
    assert (row.plate, row.phone, row.source, row.kind, row.words) == (
        "粤B72K19", "+8613800006621", "online", "maintenance", "做保养",
    )  # fmt: skip
    assert (row.customer.name, row.advisor) == ("王建国", open_shop.actor.user)
    assert list(AppointmentLog.objects.values_list("act", "source", "actor")) == [("booked", "online", None)]
    # The code once more, or the page of it: the same booking.
    client.post(address("booking_code"), {"code": code_of()})
    assert (Appointment.objects.count(), Customer.objects.count()) == (1, 1)
    # What went to the number is the customer's from now on.
    assert Message.objects.get(kind=CODE).customer == row.customer


def test_who_has_the_number_is_the_customer_and_no_second_one_is_made(open_shop: Any) -> None:
    known = Customer.objects.create(branch=open_shop, name="王建国", phone="+8613800006621")
    assert booked(Client(), name="王先生").customer == known
    assert Customer.objects.count() == 1


def test_of_the_code_only_a_hash_is_kept(open_shop: Any) -> None:
    Client().post(BOOK, asked())
    row = OnlineBooking.objects.get()
    assert re.fullmatch("[0-9a-f]{64}", row.code_hash)
    assert code_of() not in str(OnlineBooking.objects.values().get())


def test_five_wrong_codes_and_even_the_right_one_is_none(open_shop: Any) -> None:
    client = Client()
    client.post(BOOK, asked())
    for _try in range(5):
        assert client.post(address("booking_code"), {"code": wrong()}).status_code == 422
    assert client.post(address("booking_code"), {"code": code_of()}).status_code == 422
    assert (Appointment.objects.count(), OnlineBooking.objects.get().tries) == (0, 5)


def test_a_code_is_good_for_ten_minutes(open_shop: Any, time_machine: Any) -> None:
    client = Client()
    client.post(BOOK, asked())
    time_machine.shift(timedelta(minutes=10))
    assert client.post(address("booking_code"), {"code": code_of()}).status_code == 422


def test_too_many_codes_from_one_place_or_to_one_number(open_shop: Any) -> None:
    for number in range(4):
        online.ask_to_see(branch=open_shop, plate=f"粤B{number:05d}", phone="13800006621")
    with pytest.raises(Refused, match="This number got several codes already"):
        online.ask_to_see(branch=open_shop, plate="粤B00009", phone="138 0000 6621")
    client = Client()
    statuses = [
        client.post(MINE, {"plate": "粤B00001", "phone": f"139{number:08d}"}).status_code for number in range(MOST + 1)
    ]
    assert statuses == [302] * MOST + [429]
    assert FailedGuess.objects.filter(what="booking_asked").count() == MOST


def test_a_time_that_was_taken_meanwhile_is_told(open_shop: Any) -> None:
    client = Client()
    client.post(BOOK, asked())
    nine = datetime.combine(DAY, time(9), tzinfo=ZoneInfo(open_shop.zone))
    wish = Wish(plate="粤B00002", kind="maintenance", phone="13900000002")
    appointments.book(actor=open_shop.actor, wish=wish, starts_at=nine)
    answer = client.post(address("booking_code"), {"code": code_of()})
    assert answer.status_code == 409
    assert Appointment.objects.count() == 1
    # And is not offered any more.
    assert "2026-11-24T09:00" not in client.get(BOOK, {"day": "2026-11-24"}).text
    assert client.post(BOOK, asked()).status_code == 422


def test_a_day_whose_hours_are_sold_offers_no_time(open_shop: Any) -> None:
    nine = datetime.combine(DAY, time(9), tzinfo=ZoneInfo(open_shop.zone))
    wish = Wish(plate="粤B00002", kind="maintenance", phone="13900000002", hours=8)  # type: ignore[arg-type]
    appointments.book(actor=open_shop.actor, wish=wish, starts_at=nine)
    assert "T10:00" not in Client().get(BOOK, {"day": "2026-11-24"}).text


def test_whoever_proved_the_number_moves_and_cancels(open_shop: Any) -> None:
    client = Client()
    row = booked(client)
    own = address("booking_own")
    answer = client.post(own, {"do": "move", "day": "2026-11-25", "at": "2026-11-25T10:20"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.starts_at.astimezone(ZoneInfo(open_shop.zone)).isoformat()[:16], row.version) == ("2026-11-25T10:20", 2)
    assert client.post(own, {"do": "cancel"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert client.post(own, {"do": "cancel"}).status_code == 409
    assert list(AppointmentLog.objects.order_by("id").values_list("act", "source")) == [
        ("booked", "online"), ("moved", "online"), ("cancelled", "online"),
    ]  # fmt: skip


def test_a_booking_by_phone_is_seen_with_plate_and_number(open_shop: Any) -> None:
    nine = datetime.combine(DAY, time(9), tzinfo=ZoneInfo(open_shop.zone))
    wish = Wish(plate="粤B00002", kind="maintenance", name="李雷", phone="13900000002")
    row = appointments.book(actor=open_shop.actor, wish=wish, starts_at=nine)
    client = Client()
    client.post(MINE, {"plate": "粤B·00002", "phone": "139 0000 0002"})
    client.post(address("booking_code"), {"code": code_of()})
    assert client.post(address("booking_own"), {"do": "cancel"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_whether_there_is_a_booking_is_not_told(open_shop: Any) -> None:
    client = Client()
    booked(client)
    texts = []
    for plate in ("粤B72K19", "粤B00009"):
        client.post(MINE, {"plate": plate, "phone": "13800006621"})
        texts.append(re.sub('value="[^"]*"|[A-Za-z0-9_-]{32,}', "", client.get(address("booking_code")).text))
    assert texts[0] == texts[1]
    assert Message.objects.filter(kind=CODE).count() == 2  # the booking, and the plate that has one
    assert client.post(address("booking_code"), {"code": "000000"}).status_code == 422


def test_without_the_code_nothing_is_opened(open_shop: Any) -> None:
    client = Client()
    client.post(BOOK, asked())
    assert client.get(address("booking_own")).status_code == 404
    assert client.post(address("booking_own"), {"do": "cancel"}).status_code == 404


def test_another_branch_does_not_know_the_key(open_shop: Any, other_branch: Any) -> None:
    client = Client()
    booked(client)
    key = OnlineBooking.objects.get().key
    for name in ("booking_code", "booking_own"):
        assert client.get(reverse(f"portal:{name}", args=[other_branch.code, key])).status_code == 404
    assert client.get(reverse("portal:booking", args=["ZZ99"])).status_code == 404


def test_a_known_number_makes_no_second_customer(open_shop: Any) -> None:
    client = Client()
    booked(client)
    booked(client, at="2026-11-25T09:00", day="2026-11-25", name="王先生")
    assert Customer.objects.count() == 1


def test_pages_are_private_and_looking_changes_nothing(open_shop: Any) -> None:
    client = Client()
    booked(client)
    before = [list(model.objects.values()) for model in (Appointment, OnlineBooking, Customer, Message)]
    for page in (BOOK, MINE, address("booking_own"), BOOK + "?day=2030-01-01&kind=pdi", BOOK + "?day=2026-13-45"):
        answer = client.get(page)
        assert (answer.status_code, answer["Cache-Control"], answer["X-Robots-Tag"][:7]) == (200, "no-store", "noindex")
    assert [list(model.objects.values()) for model in (Appointment, OnlineBooking, Customer, Message)] == before


def test_the_front_desk_shows_the_address_and_the_eve_tells_it(open_shop: Any, login: Any, settings: Any) -> None:
    settings.PUBLIC_URL = "https://dms.example/"
    text = login("service_advisor").get(reverse("reception:appointments")).text
    assert ('href="https://dms.example/b/SZ01/"' in text, 'class="qr"' in text) == (True, True)
    assert all("{booking_address}" in wording.body for wording in kind_of(EVE).texts.values())
    assert house_values(open_shop, "en")["booking_address"] == "https://dms.example/b/SZ01/"


def test_the_calendar_has_no_names_and_no_numbers(open_shop: Any) -> None:
    booked(Client())
    secret = renew(actor=open_shop.actor)
    answer = Client().get(reverse("portal:feed", args=[secret]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.text
    assert "SUMMARY:粤B72K19 保养" in text
    assert "DTSTART;TZID" in text or "DTSTART:20261124T010000Z" in text
    assert "王建国" not in text
    assert "6621" not in text
    assert text.count("BEGIN:VEVENT") == 1


def test_a_new_address_makes_the_former_void(open_shop: Any) -> None:
    first, second = renew(actor=open_shop.actor), renew(actor=open_shop.actor)
    assert Client().get(reverse("portal:feed", args=[first])).status_code == 404
    assert Client().get(reverse("portal:feed", args=[second])).status_code == 200
    Membership.objects.filter(user=open_shop.actor.user).update(active=False)
    assert Client().get(reverse("portal:feed", args=[second])).status_code == 404
