"""The customer's page after the visit: bill, marks, wish, opt-out. A GET writes nothing, and guessing ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Consent
from customers.selectors import may_reach
from customers.services import set_consent
from delivery.models import Receivable, Settlement
from dms.clock import branch_day
from reception.models import WorkOrder
from records.models import FailedGuess, IssuedPaper, PaperFile
from records.services.guesses import MOST
from retention.models import AppointmentWish, CallTask, Complaint, Survey
from retention.services.calls import open_call
from retention.states import Factor

pytestmark = pytest.mark.django_db
GOOD = dict.fromkeys(Factor.values, "9")


def to(order: WorkOrder, name: str = "status") -> str:
    return reverse(f"portal:{name}", args=[order.status_code])


@pytest.fixture
def left(gone: Any) -> Callable[..., WorkOrder]:
    """As `gone`, with a customer who reads English."""
    return lambda days=0: gone(days, language="en")


def test_the_marks_are_given_once_without_an_account(left: Any) -> None:
    order, client = left(), Client()
    assert "How was your visit?" in client.get(to(order)).text
    answer = client.post(to(order, "status_survey"), GOOD)
    assert answer["Location"] == to(order) + "?done=survey"
    row = Survey.objects.get()
    assert (row.order, row.source, row.recorded_by, row.score) == (order, "page", None, 9)
    shown = client.get(answer["Location"]).text
    assert ("Your marks have reached us" in shown, "You gave 9.00 of 10" in shown) == (True, True)
    again = client.post(to(order, "status_survey"), GOOD)
    assert (again.status_code, "judged already" in again.text, Survey.objects.count()) == (409, True, 1)


def test_a_low_mark_without_a_reason_keeps_what_was_typed(left: Any) -> None:
    order, client = left(), Client()
    data = {**GOOD, "quality": "3", "words": "sonst gut"}
    answer = client.post(to(order, "status_survey"), data)
    assert (answer.status_code, Survey.objects.exists()) == (422, False)
    for kept in ("sonst gut", "Tell us what went wrong here", 'id="survey_quality_2" checked'):
        assert kept in answer.text, kept
    assert client.post(to(order, "status_survey"), {**data, "reason_quality": "noch laut"}).status_code == 302
    assert Complaint.objects.get().words == "The work on the car 3/10: noch laut\nsonst gut"


@pytest.mark.parametrize("data", [{}, {**GOOD, "quality": "11"}, {**GOOD, "quality": "９"}, {**GOOD, "quality": ""}])
def test_marks_that_are_none_are_a_sentence(left: Any, data: dict[str, str]) -> None:
    answer = Client().post(to(left(), "status_survey"), data)
    assert (answer.status_code, Survey.objects.exists()) == (422, False)


def test_before_the_car_has_left_nobody_judges(signed: Any) -> None:
    order = signed(language="en")
    assert "How was your visit?" not in Client().get(to(order)).text
    assert Client().post(to(order, "status_survey"), GOOD).status_code == 409


def test_forged_fields_are_ignored(left: Any) -> None:
    order = left()
    Client().post(to(order, "status_survey"), {**GOOD, "source": "phone", "score": "1", "weights": "{}", "order": "1"})
    row = Survey.objects.get()
    assert (row.source, row.score, row.order) == ("page", 9, order)


def test_a_wish_reaches_the_desk_and_is_not_sent_twice(left: Any, login: Any) -> None:
    order, client = left(), Client()
    day = branch_day(order.branch) + timedelta(days=4)
    data = {"wished_on": day.isoformat(), "part": "morning", "words": "<b>Winterreifen</b>"}
    assert client.post(to(order, "status_wish"), data)["Location"] == to(order) + "?done=wish"
    row = AppointmentWish.objects.get()
    assert (row.vehicle, row.customer, row.wished_on, row.part, row.source) == (
        order.vehicle, order.contact, day, "morning", "page",
    )  # fmt: skip
    assert "You asked for" in client.get(to(order)).text
    assert client.post(to(order, "status_wish"), data).status_code == 409
    assert AppointmentWish.objects.count() == 1
    shown = login("service_advisor").get(reverse("retention:wishes")).text
    assert "&lt;b&gt;Winterreifen" in shown


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"wished_on": "x", "part": "any"},
        {"wished_on": "2001-01-01", "part": "any"},
        {"wished_on": "+1", "part": "x"},
    ],
)
def test_a_wish_that_is_none_keeps_its_words(left: Any, data: dict[str, str]) -> None:
    answer = Client().post(to(left(), "status_wish"), {**data, "words": "Reifen bitte"})
    assert (answer.status_code, "Reifen bitte" in answer.text, AppointmentWish.objects.exists()) == (422, True, False)


def test_no_more_messages_for_one_purpose(left: Any, actor: Any) -> None:
    order, client, crm = left(), Client(), actor("crm")
    for purpose in ("service", "marketing"):
        set_consent(
            actor=crm, customer=order.contact, channel="sms", purpose=purpose, granted=True, wording="w", source="s"
        )
    open_call(
        branch=order.branch, kind="lapse", vehicle=order.vehicle, customer=order.contact, subject_key="lapse:1",
        due_on=branch_day(order.branch),
    )  # fmt: skip
    answer = client.post(to(order, "status_stop"), {"purpose": "marketing"})
    assert answer["Location"] == to(order) + "?done=stop"
    assert (may_reach(order.contact, "sms", "marketing"), may_reach(order.contact, "sms", "service")) == (False, True)
    assert CallTask.objects.get().dropped_why == "declined"
    lines = Consent.objects.count()
    client.post(to(order, "status_stop"), {"purpose": "marketing"})
    assert Consent.objects.count() == lines
    assert "no more sent" in client.get(to(order)).text
    for wrong in ("", "all", "x"):
        assert client.post(to(order, "status_stop"), {"purpose": wrong}).status_code == 422


def test_the_bill_is_the_slip_as_it_was_issued(left: Any) -> None:
    order, client = left(), Client()
    with pgtrigger.ignore():
        order.lines.update(state="done")
        slip = Settlement.objects.create(
            order=order, number="JS-1", net="212.39", tax="27.61", gross="240.00", issued_at=order.released_at,
            issued_by=order.advisor, paper=IssuedPaper.objects.filter(kind="work_order").latest("id"),
        )  # fmt: skip
        Receivable.objects.create(settlement=slip, payer="customer", net="212.39", tax="27.61", gross="240.00")
    page = client.get(to(order)).text
    assert [word for word in (slip.number, "¥240.00", to(order, "status_bill")) if word not in page] == []
    waits = client.get(to(order, "status_bill"))
    assert (waits.status_code, "not ready yet" in waits.text) == (202, True)
    PaperFile.objects.filter(paper=slip.paper).update(state="made", pdf=b"%PDF-1.7 slip")
    answer = client.get(to(order, "status_bill"))
    assert (answer["Content-Type"], answer.content, answer["Cache-Control"]) == (
        "application/pdf", b"%PDF-1.7 slip", "no-store",
    )  # fmt: skip
    PaperFile.objects.filter(paper=slip.paper).update(state="failed", trouble="broken", pdf=None)
    assert to(order, "status_bill") not in client.get(to(order)).text


def test_there_is_no_bill_before_the_slip(signed: Any) -> None:
    order = signed()
    assert to(order, "status_bill") not in Client().get(to(order)).text
    assert Client().get(to(order, "status_bill")).status_code == 404


@pytest.mark.parametrize("name", ["status_survey", "status_wish", "status_stop"])
def test_only_a_post_of_the_page_itself_writes(left: Any, name: str) -> None:
    order = left()
    assert Client().get(to(order, name)).status_code == 405
    assert Client(enforce_csrf_checks=True).post(to(order, name), GOOD).status_code == 403
    assert [model.objects.count() for model in (Survey, AppointmentWish, Consent)] == [0, 0, 0]


@pytest.mark.parametrize("name", ["status_survey", "status_wish", "status_stop", "status_bill"])
def test_guessing_is_throttled_everywhere(left: Any, name: str) -> None:
    order, guesser = left(), Client(REMOTE_ADDR="203.0.113.9")
    wrong, right = reverse(f"portal:{name}", args=["AAAAAAAA"]), to(order, name)
    ask = guesser.get if name == "status_bill" else guesser.post
    for _guess in range(MOST):
        assert ask(wrong).status_code == 404
    assert (ask(right).status_code, FailedGuess.objects.count()) == (429, MOST)


@pytest.mark.parametrize("name", ["status_survey", "status_wish", "status_stop"])
def test_after_thirty_days_the_page_ends(left: Any, name: str) -> None:
    assert Client().post(to(left(days=31), name), GOOD).status_code == 404


def test_the_customer_asks_for_messages_with_one_tap(left: Any) -> None:
    order, client = left(), Client()
    assert client.get(to(order)).text.count("Yes, please") == 3
    answer = client.post(to(order, "status_want"), {"purpose": "service"})
    assert answer["Location"] == to(order) + "?done=want"
    assert (may_reach(order.contact, "sms", "service"), may_reach(order.contact, "sms", "marketing")) == (True, False)
    row = Consent.objects.filter(channel="sms", purpose="service").get()
    assert (row.source, row.by, row.wording) == (
        "status page", None, "You may remind me when a service of my car is due.",
    )  # fmt: skip
    shown = client.get(answer["Location"]).text
    assert ("You will hear from us" in shown, shown.count("Yes, please")) == (True, 2)
    assert client.post(to(order, "status_want"), {"purpose": "x"}).status_code == 422
    assert client.get(to(order, "status_want")).status_code == 405
