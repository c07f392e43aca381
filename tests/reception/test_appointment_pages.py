"""The pages of appointments: day, week, booking, moving, cancelling, receiving."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from reception.models import Appointment, WorkOrder
from reception.services import appointments

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eve")]
DAY = date(2026, 11, 24)
DAY_PAGE, WEEK_PAGE, BOOK_PAGE = (
    reverse(f"reception:{name}") for name in ("appointments", "appointments_week", "appointment_book")
)


@pytest.fixture
def advisor(shop: Any, login: Any, advisors: Any) -> Any:
    """A third advisor at the screen, who reads English."""
    client = login("service_advisor")
    User.objects.filter(pk=client.membership.user_id).update(language="en")
    return client


def asked(**more: Any) -> dict[str, Any]:
    return {"plate": "粤B·00001", "phone": "139 0000 0001", "kind": "maintenance", "on": "2026-11-24",
            "at": "2026-11-24T09:00|", "source": "call", "do": "book", **more}  # fmt: skip


def page_of(row: Any, name: str = "appointment") -> str:
    return reverse(f"reception:{name}", args=[row.pk])


def test_a_car_is_booked_for_a_free_time(advisor: Any, advisors: Any, at: Any) -> None:
    first = advisors[0].user.pk
    answer = advisor.post(BOOK_PAGE, asked(at=f"2026-11-24T09:00|{first}", words="做保养"))
    row = Appointment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(row))
    assert (row.plate, row.starts_at, row.advisor_id, row.source, row.words) == (
        "粤B00001", at(9), first, "call", "做保养",
    )  # fmt: skip
    assert "09:00" in advisor.get(f"{DAY_PAGE}?day=2026-11-24").text
    assert "粤B00001" in advisor.get(page_of(row)).text


def test_a_time_that_is_not_offered_is_not_booked(advisor: Any) -> None:
    answer = advisor.post(BOOK_PAGE, asked(at="2026-11-24T03:00|1"))
    assert (answer.status_code, Appointment.objects.count()) == (422, 0)


def test_without_a_time_the_page_says_so_and_keeps_what_was_typed(advisor: Any) -> None:
    answer = advisor.post(BOOK_PAGE, asked(at=""))
    assert answer.status_code == 422
    assert "Choose a time." in answer.text
    assert "粤B·00001" in answer.text


def test_another_day_shows_its_times_and_keeps_what_was_typed(advisor: Any) -> None:
    answer = advisor.post(BOOK_PAGE, asked(on="2026-11-26", do="times", words="异响"))
    assert answer.status_code == 200
    assert "2026-11-26T09:00" in answer.text
    assert "异响" in answer.text
    assert Appointment.objects.count() == 0


def test_a_full_day_offers_the_waiting_list(advisor: Any, advisors: Any, wish: Any, at: Any) -> None:
    appointments.book(actor=advisors[0], wish=wish(7, hours=17), starts_at=at(9))
    first = advisors[1].user.pk
    answer = advisor.post(BOOK_PAGE, asked(at=f"2026-11-24T09:00|{first}"))
    assert answer.status_code == 422
    assert "has 0.5 h left for Maintenance" in answer.text
    assert "The waiting list keeps the car until somebody cancels." in answer.text
    answer = advisor.post(BOOK_PAGE, asked(do="wait"))
    assert (answer.status_code, Appointment.objects.get(plate="粤B00001").state) == (302, "waiting")


def test_a_known_car_shows_what_to_know(advisor: Any, owned: Any) -> None:
    car = owned(1)
    text = advisor.get(f"{BOOK_PAGE}?vehicle={car.pk}").text
    assert "Before the car comes" in text
    assert 'value="粤B00001"' in text
    assert "13900000001" in text.replace(" ", "")


def test_a_clicked_time_is_chosen_already(advisor: Any, advisors: Any) -> None:
    second = f"2026-11-24T09:00|{advisors[1].user.pk}"
    text = advisor.get(BOOK_PAGE, {"day": "2026-11-24", "at": second}).text
    assert f'value="{second}" selected' in text


def test_moving_and_cancelling(advisor: Any, advisors: Any, wish: Any, at: Any) -> None:
    row = appointments.book(actor=advisors[0], wish=wish(1), starts_at=at(9))
    first = advisors[0].user.pk
    assert "2026-11-25T10:00" in advisor.get(page_of(row, "appointment_move") + "?day=2026-11-25").text
    answer = advisor.post(page_of(row, "appointment_move"), {"on": "2026-11-25", "at": f"2026-11-25T10:00|{first}"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.starts_at == at(10, days=1)
    advisor.post(page_of(row, "appointment_cancel"), {"note": "客户没空"})
    row.refresh_from_db()
    assert (row.state, row.log.latest("id").note) == ("cancelled", "客户没空")
    assert advisor.post(page_of(row, "appointment_cancel")).status_code == 409


def test_today_receives_who_is_expected(
    advisor: Any, advisors: Any, wish: Any, at: Any, owned: Any, time_machine: Any
) -> None:
    owned(1)
    row = appointments.book(actor=advisors[0], wish=wish(1, words="保养"), starts_at=at(9))
    time_machine.move_to(at(8, 55), tick=False)
    advisor.force_login(advisor.membership.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "Expected today" in advisor.get(reverse("reception:today")).text
    answer = advisor.post(page_of(row, "appointment_come"))
    order = WorkOrder.objects.get()
    assert answer["Location"] == reverse("reception:check_in", args=[order.pk])
    assert (order.appointment, order.visit_type) == (row, "maintenance")
    assert "Expected today" not in advisor.get(reverse("reception:today")).text
    assert "保养" in advisor.get(answer["Location"]).text


def test_a_new_car_is_entered_with_what_was_said_on_the_phone(
    advisor: Any, advisors: Any, wish: Any, at: Any, time_machine: Any
) -> None:
    row = appointments.book(actor=advisors[0], wish=wish(1, name="李雷"), starts_at=at(9))
    time_machine.move_to(at(8, 55), tick=False)
    advisor.force_login(advisor.membership.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "Enter the new car" in advisor.get(page_of(row)).text
    assert advisor.post(page_of(row, "appointment_come")).status_code == 409
    begun = {"begin": row.plate, "begin_name": row.name, "begin_phone": "139 0000 0001"}
    text = advisor.post(reverse("customers:new"), begun).text
    assert all(f'value="{value}"' in text for value in ("粤B00001", "李雷", "139 0000 0001"))


def test_another_branchs_appointment_does_not_exist(advisor: Any, other_branch: Any) -> None:
    row = Appointment.objects.create(branch=other_branch, plate="B-X 1", hours=1, on=DAY, state="waiting")
    assert {advisor.get(page_of(row)).status_code, advisor.post(page_of(row, "appointment_cancel")).status_code} == {
        404
    }


@pytest.mark.parametrize("address", [f"{DAY_PAGE}?day=2026-11-24", f"{WEEK_PAGE}?day=2026-11-24", DAY_PAGE])
def test_a_page_asks_the_same_for_one_row_and_three(
    advisor: Any, advisors: Any, wish: Any, at: Any, owned: Any, asks: Any, address: str
) -> None:
    counts = []
    for number in (1, 2, 3):
        owned(number)
        appointments.book(actor=advisors[0], wish=wish(number, phone=""), starts_at=at(9 + number))
        appointments.wait(actor=advisors[0], wish=wish(10 + number), on=DAY)
        counts.append(asks(advisor, address))
    assert counts[0] == counts[2]


@pytest.mark.parametrize("text", ["0202-01-01", "tomorrow", "9999-12-31", ""])
def test_a_day_that_is_none_of_ours_shows_today(advisor: Any, text: str) -> None:
    for page in (DAY_PAGE, WEEK_PAGE, BOOK_PAGE):
        assert advisor.get(page, {"day": text}).status_code == 200


@pytest.fixture
def recalled(owned: Any) -> Any:
    """A known car with an open recall."""
    from catalog.models import Brand
    from customers.models import Recall, RecallVin, Vehicle

    car = owned(1)
    Vehicle.objects.filter(pk=car.pk).update(vin="LVGBPB9E0MG000001")
    recall = Recall.objects.create(
        number="R-26", name="更换燃油泵", name_en="Fuel pump", brand=Brand.objects.create(name="B")
    )
    return RecallVin.objects.create(recall=recall, vin="LVGBPB9E0MG000001")


def test_an_open_recall_is_said_at_booking_and_ticked_into_the_wish(advisor: Any, recalled: Any, advisors: Any) -> None:
    text = advisor.post(BOOK_PAGE, asked(do="times")).text  # the plate alone tells the car
    assert text.count("R-26") == 3  # the pack, the tick and its value
    chosen = f"2026-11-24T09:00|{advisors[0].user.pk}"
    advisor.post(BOOK_PAGE, asked(at=chosen, words="做保养", recalls=["Recall R-26: Fuel pump"]))
    assert Appointment.objects.get().words == "做保养\nRecall R-26: Fuel pump"


def test_one_tap_adds_an_open_recall_to_a_booking_and_only_once(advisor: Any, recalled: Any, advisors: Any) -> None:
    advisor.post(BOOK_PAGE, asked(at=f"2026-11-24T09:00|{advisors[0].user.pk}", words="做保养"))
    row = Appointment.objects.get()
    add = reverse("reception:appointment_recall", args=[row.pk, recalled.pk])
    assert f'action="{add}"' in advisor.get(page_of(row)).text
    for _tap in range(2):
        assert advisor.post(add).status_code == 302
    row.refresh_from_db()
    assert (row.words, row.version) == ("做保养\nRecall R-26: Fuel pump", 2)
    assert list(row.log.values_list("act", "note")) == [("booked", ""), ("wished", "R-26")]
    assert f'action="{add}"' not in advisor.get(page_of(row)).text
    type(recalled).objects.filter(pk=recalled.pk).update(vin="LVGBPB9E0MG000002")
    assert advisor.post(add).status_code == 409  # a recall of another car
