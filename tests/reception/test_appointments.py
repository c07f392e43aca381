"""Appointments against the hours of those who can do the work, and the advisor's time."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import MembershipSkill, Shift
from accounts.policies import system
from accounts.services.roster import save_week
from dms.clock import now
from dms.errors import Forbidden, Invalid, Refused, Stale
from reception.appointment_states import AppointmentState as A
from reception.capacity import plan_of
from reception.models import Appointment, AppointmentLog
from reception.services import appointments
from reception.services.arrival import arrive

DAY = date(2026, 11, 24)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eve")]


@pytest.fixture
def book(advisors: Any, wish: Any, at: Any) -> Any:
    """`book(number, hour, minute, **wish)`: an appointment that the first advisor makes."""

    def make(number: int = 1, hour: int = 9, minute: int = 0, days: int = 0, advisor: Any = None, **more: Any) -> Any:
        return appointments.book(
            actor=advisors[0], wish=wish(number, **more), starts_at=at(hour, minute, days), advisor_id=advisor
        )

    return make


def acts(row: Any) -> list[tuple[str, Any]]:
    return list(AppointmentLog.objects.filter(appointment=row).order_by("id").values_list("act", "actor_id"))


def test_a_booking_takes_an_advisors_time_and_the_days_hours(book: Any, advisors: Any, shop: Any, skills: Any) -> None:
    row = book()
    assert (row.state, row.on, row.advisor_id) == (A.BOOKED, DAY, advisors[0].user.pk)
    assert (row.ends_at - row.starts_at, row.skill) == (timedelta(minutes=20), skills["maintenance"])
    assert acts(row) == [("booked", advisors[0].user.pk)]
    day = plan_of(shop, DAY).of_skill(skills["maintenance"])
    assert (day.capacity, day.booked, day.reserve, day.left) == (20, 1, Decimal("2.5"), Decimal("16.5"))


def test_the_next_free_advisor_is_taken_and_then_none(book: Any, advisors: Any) -> None:
    assert [book(n).advisor_id for n in (1, 2)] == [one.user.pk for one in advisors]
    with pytest.raises(Refused, match=r"^Every advisor has a car at that time\. Choose another time\.$") as caught:
        book(3)
    assert caught.value.code == "taken"


def test_an_advisor_has_one_car_at_a_time_and_the_database_says_so(book: Any, advisors: Any) -> None:
    row = book(advisor=advisors[0].user.pk)
    with pytest.raises(Refused, match=r"^This advisor has a car at that time\."):
        book(2, 9, 10, advisor=advisors[0].user.pk)
    with pytest.raises(IntegrityError, match="appointment_advisor_once"), transaction.atomic():
        Appointment.objects.create(
            branch=row.branch, plate="粤B2", hours=1, on=row.on, advisor=row.advisor, starts_at=row.starts_at,
            ends_at=row.ends_at,
        )  # fmt: skip
    # The next slot begins where this one ends.
    assert book(3, 9, 20, advisor=advisors[0].user.pk).advisor_id == advisors[0].user.pk


def test_a_full_day_is_refused_with_what_is_left(book: Any) -> None:
    book(1, 9, hours=Decimal(17))
    with pytest.raises(Refused) as caught:
        book(2, 10)
    assert caught.value.code == "full"
    assert caught.value.sentence == (
        "11/24/2026 has 0.5 h left for Maintenance; this work takes 1.0 h. "
        "Choose another day, or the waiting list."
    )  # fmt: skip


def test_hands_that_can_do_two_things_do_one_at_a_time(book: Any, shop: Any, skills: Any) -> None:
    # 10 h of maintenance leave the one who only maintains with 8.75 and take 1.25 of the other.
    book(1, 9, hours=Decimal(10))
    left = plan_of(shop, DAY).left
    assert (left(skills["chassis"].pk), left(skills["maintenance"].pk)) == (Decimal("7.5"), Decimal("7.5"))
    book(2, 9, hours=Decimal("7.5"), kind="repair")
    assert plan_of(shop, DAY).left(skills["maintenance"].pk) == 0


def test_a_skill_that_nobody_has_is_never_free(shop: Any, skills: Any) -> None:
    assert plan_of(shop, DAY).left(skills["body"].pk) == 0


def test_people_without_skills_on_record_can_do_anything(shop: Any, skills: Any) -> None:
    MembershipSkill.objects.all().delete()
    assert plan_of(shop, DAY).left(skills["body"].pk) == Decimal("17.5")


def test_bays_bound_the_whole(shop: Any) -> None:
    shop.bays.first().delete()
    assert plan_of(shop, DAY).of_skill(None).capacity == 10


def test_shifts_say_who_is_there_once_a_day_is_planned(shop: Any) -> None:
    one = shop.memberships.filter(roles=["technician"]).first()
    Shift.objects.create(membership=one, works_on=DAY, begins=time(12), ends=time(20))
    assert plan_of(shop, DAY).of_skill(None).capacity == 6  # to the closing time
    assert plan_of(shop, DAY + timedelta(days=1)).of_skill(None).capacity == 20


def test_a_shift_that_is_taken_away_takes_its_hours_with_it(book: Any, shop: Any, skills: Any, actor: Any) -> None:
    one, other = shop.memberships.filter(roles=["technician"]).order_by("pk")
    boss, whole, left = actor("manager"), (time(8), time(18)), lambda: plan_of(shop, DAY).left(skills["maintenance"].pk)
    save_week(actor=boss, cells={(one.pk, DAY): whole, (other.pk, DAY): whole})
    assert left() == Decimal("17.5")
    save_week(actor=boss, cells={(other.pk, DAY): None})
    assert left() == Decimal("8.75")
    with pytest.raises(Refused) as caught:
        book(hours=Decimal(9))
    assert (caught.value.code, Appointment.objects.count()) == ("full", 0)
    assert caught.value.sentence == (
        "11/24/2026 has 8.8 h left for Maintenance; this work takes 9.0 h. Choose another day, or the waiting list."
    )
    # And back again, the same wish has room.
    save_week(actor=boss, cells={(other.pk, DAY): whole})
    assert left() == Decimal("17.5")


def test_a_car_comes_once_a_day(book: Any) -> None:
    book()
    with pytest.raises(Refused, match=r"^This car has an appointment on that day already\.$"):
        book(1, 11)
    book(1, 9, days=1)


@pytest.mark.parametrize(
    ("hour", "days", "sentence"),
    [(9, -1, "This time is over."), (9, -2, "This day is over."), (7, 0, "We are closed at that time."),
     (18, 0, "We are closed at that time."), (9, 400, "Appointments are made at most a year ahead.")],
)  # fmt: skip
def test_times_at_which_nobody_can_come(book: Any, hour: int, days: int, sentence: str) -> None:
    with pytest.raises(Refused) as caught:
        book(1, hour, days=days)
    assert caught.value.sentence == sentence


def test_what_cannot_be_booked(book: Any, actor: Any, wish: Any, at: Any, shop: Any) -> None:
    with pytest.raises(Invalid, match="This kind of visit is not booked ahead"):
        book(kind="comeback_in")
    with pytest.raises(Invalid, match="Give the plate"):
        book(plate=" ")
    with pytest.raises(Invalid, match="Give a name or a phone number"):
        book(phone="")
    with pytest.raises(Forbidden):
        appointments.book(actor=actor("technician"), wish=wish(), starts_at=at(9))


def test_a_known_car_brings_its_owner(book: Any, owned: Any) -> None:
    car = owned(1)
    row = book(1, phone="")
    assert (row.vehicle, row.customer.name, row.phone) == (car, "车主1", "+8613900000001")


def test_moving_frees_the_old_time_and_needs_the_hours_of_the_new_day(book: Any, advisors: Any, at: Any) -> None:
    row, other = book(1, 9, hours=Decimal(9)), book(2, 9, days=1, hours=Decimal(9))
    moved = appointments.move(actor=advisors[0], appointment_id=row.pk, starts_at=at(15))  # its own hours do not count
    assert (moved.starts_at, moved.version) == (at(15), 2)
    with pytest.raises(Refused) as caught:
        appointments.move(actor=advisors[0], appointment_id=row.pk, starts_at=at(15, days=1))
    assert caught.value.code == "full"
    assert Appointment.objects.get(pk=row.pk).starts_at == at(15)
    with pytest.raises(Stale):
        appointments.move(actor=advisors[0], appointment_id=other.pk, starts_at=at(16, days=1), version=7)
    assert [act for act, _who in acts(row)] == ["booked", "moved"]


def test_cancelling_frees_the_hours_and_ends_it(book: Any, advisors: Any, at: Any) -> None:
    row = book(1, 9, hours=Decimal(17))
    appointments.cancel(actor=advisors[1], appointment_id=row.pk, why="客户出差")
    assert book(2, 9, hours=Decimal(17)).state == A.BOOKED
    with pytest.raises(Refused, match=r"^This appointment is “Cancelled”; it cannot be changed\.$"):
        appointments.move(actor=advisors[0], appointment_id=row.pk, starts_at=at(10))
    assert AppointmentLog.objects.get(act="cancelled").note == "客户出差"


def test_the_waiting_list_takes_no_hours_and_can_be_booked_later(book: Any, advisors: Any, wish: Any, at: Any) -> None:
    full = book(1, 9, hours=Decimal(17))
    row = appointments.wait(actor=advisors[0], wish=wish(2), on=DAY)
    assert (row.state, row.starts_at, row.advisor) == (A.WAITING, None, None)
    appointments.cancel(actor=advisors[0], appointment_id=full.pk)
    row = appointments.move(actor=advisors[0], appointment_id=row.pk, starts_at=at(9))
    assert (row.state, [act for act, _who in acts(row)]) == (A.BOOKED, ["listed", "booked"])


def test_the_car_that_comes_brings_what_was_booked(
    book: Any, owned: Any, advisors: Any, at: Any, time_machine: Any
) -> None:
    car, row = owned(1), book(1, waits=True, words="保养\n空调不凉")
    time_machine.move_to(at(8, 50), tick=False)
    order = arrive(actor=advisors[1], vehicle=car)
    row.refresh_from_db()
    assert (order.appointment, row.state, row.order) == (row, A.ARRIVED, order)
    assert (order.visit_type, order.waits) == ("maintenance", True)
    assert [one.words for one in order.statements.order_by("id")] == ["保养", "空调不凉"]
    assert acts(row)[-1] == ("arrived", advisors[1].user.pk)


def test_a_new_car_is_known_by_its_plate_and_a_number_by_its_owner(
    book: Any, owned: Any, advisors: Any, at: Any, time_machine: Any
) -> None:
    by_plate, by_phone = book(1, phone="13912345678"), book(99, 9, 20, phone="13900000002")
    one, other = owned(1), owned(2)  # entered later
    time_machine.move_to(at(9), tick=False)
    assert arrive(actor=advisors[0], vehicle=one).appointment == by_plate
    assert arrive(actor=advisors[0], vehicle=other).appointment == by_phone


def test_a_car_of_another_day_is_a_walk_in(book: Any, owned: Any, advisors: Any) -> None:
    car = owned(1)
    book(1, days=1)
    order = arrive(actor=advisors[0], vehicle=car)
    assert (order.visit_type, getattr(order, "appointment", None)) == ("repair", None)


def test_who_did_not_come_is_marked_once_and_may_still_come(
    book: Any, owned: Any, advisors: Any, shop: Any, at: Any, time_machine: Any
) -> None:
    car, row = owned(1), book(1)
    later = book(2, 17)
    time_machine.move_to(at(11), tick=False)
    missed = [appointments.mark_missed(actor=system(shop), before=now() - timedelta(hours=1)) for _time in range(2)]
    assert missed == [[row], []]
    later.refresh_from_db()
    assert (later.state, acts(row)) == (A.BOOKED, [("booked", advisors[0].user.pk), ("missed", None)])
    assert arrive(actor=advisors[0], vehicle=car).appointment == row


def test_the_database_refuses_illegal_moves(book: Any, advisors: Any) -> None:
    row = book()
    appointments.cancel(actor=advisors[0], appointment_id=row.pk)
    with pytest.raises(IntegrityError, match="illegal move of appointment"), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(state=A.BOOKED)


def test_a_day_is_planned_with_as_many_queries_as_a_week(book: Any, shop: Any, django_assert_num_queries: Any) -> None:
    from reception.capacity import next_days

    book()
    book(2)
    with django_assert_num_queries(5):
        next_days(shop, DAY, 1)
    with django_assert_num_queries(5):
        next_days(shop, DAY, 7)
