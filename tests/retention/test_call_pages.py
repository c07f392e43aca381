"""Pages of calls, complaints and wishes: who sees what, in both languages, with a constant number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from customers.selectors import owner_of
from retention.models import AppointmentWish, CallTask, CallTry, Complaint, Survey
from retention.services import complaints
from retention.services.calls import open_call
from retention.services.wishes import wish
from retention.states import Factor

pytestmark = pytest.mark.django_db
CALLS, COMPLAINTS, WISHES = (reverse(f"retention:{name}") for name in ("calls", "complaints", "wishes"))


def page(name: str, *args: Any) -> str:
    return reverse(f"retention:{name}", args=args)


def text(client: Any, url: str, language: str = "en") -> str:
    type(client.membership.user).objects.filter(pk=client.membership.user.pk).update(language=language)
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


@pytest.fixture
def many(branch: Any, car: Any, actor: Any, today: Any) -> Any:
    """`many(n)`: n more cars, each with a due call, a complaint and a wish; the calls."""

    def make(number: int) -> list[CallTask]:
        made, who = [], actor("crm")
        for vehicle in [car() for _car in range(number)]:
            people = {"vehicle": vehicle, "customer": owner_of(vehicle)}
            open_call(branch=branch, kind="due", subject_key=f"x:{vehicle.pk}", due_on=today, **people)
            complaints.open_complaint(actor=who, words=f"等了太久 {vehicle}", source="desk", **people)
            wish(actor=who, wished_on=today, part="morning", words="保养", source="page", **people)
            made.append(CallTask.objects.get(vehicle=vehicle))
        return made

    return make


@pytest.mark.parametrize("url", [CALLS, COMPLAINTS, WISHES])
def test_queries_do_not_grow_with_the_rows(login: Any, many: Any, asks: Any, url: str) -> None:
    client = login("crm")
    many(1)
    one = asks(client, url)
    many(2)
    assert asks(client, url) == one
    assert client.text.count('class="plate') == 3


def test_queries_of_a_card_do_not_grow_with_its_history(login: Any, many: Any, asks: Any, actor: Any) -> None:
    client, who = login("crm"), actor("crm").user
    (task,) = many(1)
    url = page("call", task.pk)
    rows = [
        CallTry(task=task, outcome="no_answer", note=f"n{n}", tried_at=task.created_at, tried_by=who) for n in range(4)
    ]
    CallTry.objects.bulk_create(rows[:1])
    one = asks(client, url)
    CallTry.objects.bulk_create(rows[1:])
    assert asks(client, url) == one


def test_a_call_leads_to_booking_a_time_for_that_car(login: Any, many: Any) -> None:
    client = login("crm")
    task = many(1)[0]
    book = f"{reverse('reception:appointment_book')}?vehicle={task.vehicle_id}"
    assert f'href="{book}"' in text(client, page("call", task.pk))
    assert f"{book}&amp;day=" in text(client, WISHES)
    assert task.vehicle.plate in text(client, book)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("role", ["crm", "manager"])
def test_the_card_shows_who_why_and_what_to_say(
    login: Any, signed: Any, branch: Any, today: Any, role: str, language: str
) -> None:
    order, client = signed(), login(role)
    open_call(
        branch=branch, kind="follow_up", vehicle=order.vehicle, customer=order.contact, due_on=today,
        subject_key=f"order:{order.pk}", reason={"order": order.number, "released_on": today.isoformat()},
    )  # fmt: skip
    shown = text(client, page("call", CallTask.objects.get().pk), language)
    for part in (order.contact.name, order.number, client.membership.user.name, order.vehicle.plate[-5:]):
        assert part in shown, part


def test_next_claims_the_best_and_the_outcome_leads_to_the_next(login: Any, many: Any) -> None:
    client = login("crm")
    first, second = many(2)
    answer = client.post(page("next_call"))
    assert answer["Location"] == page("call", first.pk)
    assert client.get(page("next_call")).status_code == 405
    answer = client.post(page("tried", first.pk), {"outcome": "no_answer", "days": "3"})
    assert answer["Location"] == page("call", second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.tries, (first.due_on - second.due_on).days, second.taken_by) == (1, 3, client.membership.user)
    answer = client.post(page("tried", second.pk), {"outcome": "reached"})
    assert answer["Location"] == CALLS


def test_nothing_typed_is_lost(login: Any, many: Any) -> None:
    client = login("crm")
    (task,) = many(1)
    for data, sentence in (
        ({"outcome": "again"}, "Choose the day"),
        ({"outcome": "again", "next_on": "1999-01-01"}, "from today on"),
        ({"outcome": "again", "next_on": "gestern"}, "valid date"),
        ({"outcome": "none", "days": "1"}, "what came of the call"),
        ({"outcome": "no_answer", "days": "9"}, "valid choice"),
    ):
        type(client.membership.user).objects.update(language="en")
        answer = client.post(page("tried", task.pk), {"note": "er war im Zug", **data})
        assert (answer.status_code, sentence in answer.text, "er war im Zug" in answer.text) == (422, True, True), data
    assert not CallTry.objects.exists()


def test_another_callers_card_says_so_and_offers_nothing(login: Any, many: Any) -> None:
    one, two = login("crm"), login("manager")
    (task,) = many(1)
    one.post(page("take_call", task.pk))
    assert "is on this call just now" in text(two, page("call", task.pk))
    assert "is on it" in text(two, CALLS)
    assert two.post(page("tried", task.pk), {"outcome": "reached"}).status_code == 409
    one.post(page("put_back", task.pk))
    assert two.post(page("take_call", task.pk)).status_code == 302


def test_the_list_filters_by_kind_and_turns_pages(login: Any, many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from retention.selectors import calls

    client = login("crm")
    tasks = many(5)
    assert "Nobody is to be called" in text(client, CALLS + "?kind=lapse")
    seen, cursor = [], ""
    while True:
        found = calls.calls_page(tasks[0].branch, "due", calls.cursor_of(cursor), size=2)
        seen += found.rows
        cursor = found.after
        if not cursor:
            break
    assert seen == tasks
    for wrong in ("x", "1_x", "_", "NaN_1", "-1_1", "1e999_1", "Infinity_1"):
        assert client.get(CALLS, {"after": wrong}).status_code == 200, wrong


def test_the_marks_by_phone(login: Any, signed: Any, gone: Any) -> None:

    order, client = gone(), login("crm")
    url, data = page("survey", order.pk), dict.fromkeys(Factor.values, "9")
    assert client.post(page("survey", signed().pk), data).status_code == 409  # that car is still here
    answer = client.post(url, {**data, "quality": "2", "words": "hm"})
    assert (answer.status_code, "hm" in answer.text) == (422, True)
    assert client.post(url, {**data, "quality": "2", "reason_quality": "异响", "words": "hm"}).status_code == 302
    row = Survey.objects.get()
    assert (row.source, row.recorded_by, row.quality) == ("phone", client.membership.user, 2)
    assert Complaint.objects.get().survey == row
    assert "judged already" in text(client, url)


def test_a_complaint_from_the_desk_to_its_answer(login: Any, signed: Any) -> None:
    order, advisor, manager = signed(), login("service_advisor"), login("manager")
    assert page("complaint_new", order.vehicle_id) in text(advisor, reverse("reception:order", args=[order.pk]))
    new = page("complaint_new", order.vehicle_id) + f"?order={order.pk}"
    assert advisor.post(new, {"words": " "}).status_code == 422
    answer = advisor.post(new, {"words": "<b>等了太久</b>", "state": "closed", "owner": "1"})
    assert answer["Location"] == reverse("reception:order", args=[order.pk])
    row = Complaint.objects.get()
    assert (row.state, row.order, row.source) == ("open", order, "desk")
    assert advisor.get(page("complaint", row.pk)).status_code == 403
    shown = text(manager, page("complaint", row.pk))
    assert "&lt;b&gt;等了太久" in shown
    act = page("complaint_act", row.pk, "answer")
    assert manager.post(act, {"version": "1", "result": " "}).status_code == 422
    assert manager.post(act, {"version": "9", "result": "已道歉"}).status_code == 409
    assert manager.post(act, {"version": "1", "result": "已道歉"}).status_code == 302
    answer = manager.post(page("complaint_act", row.pk, "close"), {"version": "2", "note": "好好好"})
    assert (answer.status_code, "second call" in answer.text, "好好好" in answer.text) == (409, True, True)
    assert manager.post(page("complaint_act", row.pk, "fly"), {"version": "2"}).status_code == 404
    assert manager.post(page("complaint_act", row.pk, "reopen"), {"version": "2", "note": "再看"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.version) == ("open", 3)


def test_the_list_puts_the_late_ones_first_and_says_how_late(login: Any, many: Any, today: Any) -> None:
    client = login("crm")
    many(3)
    new, late, gone = Complaint.objects.order_by("id")
    Complaint.objects.filter(pk=late.pk).update(due_on=today - timedelta(days=4))
    Complaint.objects.exclude(pk=gone.pk).update(owner=None)
    Complaint.objects.filter(pk=gone.pk).update(owner=client.membership.user)
    shown = text(client, COMPLAINTS)
    assert shown.index(page("complaint", late.pk)) < shown.index(page("complaint", new.pk))
    assert "4 days late" in shown
    only = text(client, COMPLAINTS + "?which=late")
    assert (page("complaint", late.pk) in only, page("complaint", new.pk) in only) == (True, False)
    mine = text(client, COMPLAINTS + "?which=mine")
    assert (page("complaint", gone.pk) in mine, page("complaint", late.pk) in mine) == (True, False)
    assert "No complaint here" in text(client, COMPLAINTS + "?which=closed")
    for wrong in ("x", "2026-99-01.1", "2026-01-01.x"):
        assert client.get(COMPLAINTS, {"after": wrong}).status_code == 200


def test_the_desk_deals_with_a_wish(login: Any, many: Any) -> None:
    many(1)
    client, row = login("service_advisor"), AppointmentWish.objects.get()
    shown = text(client, WISHES)
    assert ("保养" in shown, row.customer.name in shown) == (True, True)
    assert client.post(page("wish_handled", row.pk)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.handled_by) == ("handled", client.membership.user)
    assert client.post(page("wish_handled", row.pk)).status_code == 409
    assert "No wish waits" in text(client, WISHES)


def test_a_vehicles_page_shows_calls_complaints_and_the_wish(login: Any, many: Any) -> None:
    (task,) = many(1)
    shown = text(login("crm"), reverse("customers:vehicle", args=[task.vehicle_id]))
    for part in (page("call", task.pk), page("complaint", Complaint.objects.get().pk), "Would like to come"):
        assert part in shown
    assert page("call", task.pk) not in text(login("technician"), reverse("customers:vehicle", args=[task.vehicle_id]))
