"""Two advisors at once, for the last time and for the last hours; each with its negative control."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reception.models import Appointment, DayLoad, FreeTime
from reception.services.appointments import book, cancel, move, wait
from reception.services.online import take

DAY = date(2026, 11, 24)
pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eve")]
BOTH = pytest.mark.parametrize("locks_off", [False, True])
LEFT = "11/24/2026 has 0.5 h left for Maintenance; this work takes 9.0 h. Choose another day, or the waiting list."


def booked() -> int:
    return Appointment.objects.filter(on=DAY, state="booked").count()


@BOTH
def test_the_last_hours_go_to_one(
    settings: Any, race: Any, advisors: Any, wish: Any, at: Any, shop: Any, locks_off: bool
) -> None:
    # 17.5 h can be booked; the first takes half, the two ask for the other half.
    book(actor=advisors[0], wish=wish(1, hours=Decimal(8)), starts_at=at(9))
    settings.LOCKS_OFF = locks_off
    answers = race(
        lambda: book(actor=advisors[0], wish=wish(2, hours=Decimal(9)), starts_at=at(10)).plate,
        lambda: book(actor=advisors[1], wish=wish(3, hours=Decimal(9)), starts_at=at(11)).plate,
    )
    # The negative control: without the lock 26 hours are booked where there are 17.5.
    assert answers == ("粤B00002", "粤B00003" if locks_off else LEFT)
    assert booked() == (3 if locks_off else 2)


@BOTH
def test_the_last_slot_goes_to_one(
    settings: Any, race: Any, advisors: Any, wish: Any, at: Any, shop: Any, locks_off: bool
) -> None:
    DayLoad.objects.create(branch=shop, on=DAY)
    wanted = advisors[0].user.pk
    settings.LOCKS_OFF = locks_off
    answers = race(
        lambda: book(actor=advisors[0], wish=wish(1), starts_at=at(9), advisor_id=wanted).plate,
        lambda: book(actor=advisors[1], wish=wish(2), starts_at=at(9), advisor_id=wanted).plate,
    )
    # Without the lock as well: the exclusion constraint is the last line.
    assert answers == ("粤B00001", "This advisor has a car at that time. Choose another time or advisor.")
    assert booked() == 1


@BOTH
def test_two_who_are_given_whoever_is_free_get_two(
    settings: Any, race: Any, advisors: Any, wish: Any, at: Any, shop: Any, locks_off: bool
) -> None:
    DayLoad.objects.create(branch=shop, on=DAY)
    settings.LOCKS_OFF = locks_off
    one, other = (advisor.user.pk for advisor in advisors)
    answers = race(
        lambda: book(actor=advisors[0], wish=wish(1), starts_at=at(9)).advisor_id,
        lambda: book(actor=advisors[1], wish=wish(2), starts_at=at(9)).advisor_id,
    )
    refused = "This advisor has a car at that time. Choose another time or advisor."
    assert answers == (one, refused if locks_off else other)


def test_a_move_waits_for_a_booking_of_its_new_day(race: Any, advisors: Any, wish: Any, at: Any, shop: Any) -> None:
    row = book(actor=advisors[0], wish=wish(1, hours=Decimal(9)), starts_at=at(9, days=1))
    answers = race(
        lambda: book(actor=advisors[0], wish=wish(2, hours=Decimal(17)), starts_at=at(10)).plate,
        lambda: move(actor=advisors[1], appointment_id=row.pk, starts_at=at(11)).plate,
    )
    assert answers == ("粤B00002", LEFT)
    assert booked() == 1


@BOTH
def test_a_time_that_became_free_goes_to_whoever_takes_it_first(
    settings: Any, race: Any, advisors: Any, wish: Any, at: Any, shop: Any, locks_off: bool
) -> None:
    sold = [
        book(actor=advisors[0], wish=wish(number, hours=Decimal(hours)), starts_at=at(hour))
        for number, hour, hours in ((1, 9, 9), (4, 10, 8))
    ]
    for number in (2, 3):
        wait(actor=advisors[0], wish=wish(number, hours=Decimal(9), name=f"客户{number}"), on=DAY)
    for row in sold:
        cancel(actor=advisors[0], appointment_id=row.pk)
    one, _same, _first, other = FreeTime.objects.order_by("id")
    # One takes nine o'clock, the other ten: of 17.5 h one of the two jobs of 9 h has room.
    settings.LOCKS_OFF = locks_off
    answers = race(lambda: take(time=one).plate, lambda: take(time=other).plate)
    assert answers[0] == "粤B00002"
    assert answers[1] == ("粤B00003" if locks_off else LEFT.replace("0.5 h", "8.5 h"))
    assert booked() == (2 if locks_off else 1)
