"""The order's page: one next step, extra work in five clicks, the promise with its reason."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.policies import Actor
from accounts.roles import permissions_of
from dms.clock import local, now
from reception.models import Authorisation, Line, PromiseChange, WorkOrder
from reception.services import lines
from workshop.services import clocks, dispatch, holds

pytestmark = pytest.mark.django_db


def at(order: WorkOrder, name: str = "order") -> str:
    return reverse(f"reception:{name}", args=[order.pk])


def priced(line: Line, quantity: str = "1.5", discount: str = "", version: int = 1) -> dict[str, str]:
    prefix = f"price-{line.pk}"
    return {f"{prefix}-quantity": quantity, f"{prefix}-discount": discount, f"{prefix}-version": str(version)}


def test_price_and_send_in_one_post(login, signed, found) -> None:
    order, client = signed(), login("service_advisor")
    line, other = found(order), found(order, "刹车盘磨损")
    assert "后刹车片仅剩 2 毫米" in client.get(at(order)).text
    data = priced(line, discount="30") | priced(other, quantity="2") | {"do": "send"}
    assert client.post(at(order, "price"), data).status_code == 302
    rows = list(order.lines.filter(extra=True).order_by("id").values_list("state", "gross", "price_version"))
    assert rows == [("offered", Decimal("330.00"), 1), ("offered", Decimal("480.00"), 1)]


def test_the_answer_is_recorded_per_line(login, signed, found, actor) -> None:
    order, client = signed(), login("service_advisor")
    yes, no = found(order), found(order, "雨刮老化")
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    data = {
        f"answer-{yes.pk}-answer": "approve", f"answer-{yes.pk}-shown": "1", f"answer-{no.pk}-answer": "decline",
        f"answer-{no.pk}-shown": "1", "signer": "王建国", "how": "phone",
        f"answer-{no.pk}-reason": "price",  # who declines is asked why
    }  # fmt: skip
    assert client.post(at(order, "answer"), data).status_code == 302
    assert [row.state for row in order.lines.filter(extra=True).order_by("id")] == ["approved", "declined"]
    kept = Authorisation.objects.filter(order=order).latest("id")
    assert (kept.how, kept.recorded_by) == ("phone", client.membership.user)


@pytest.mark.parametrize("how", ["status_page", "telepathy", ""])
def test_an_answer_cannot_be_recorded_as_the_customers_own(login, signed, found, actor, how: str) -> None:
    order, client = signed(), login("service_advisor")
    line = found(order)
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    data = {f"answer-{line.pk}-answer": "approve", f"answer-{line.pk}-shown": "1", "signer": "王", "how": how}
    assert client.post(at(order, "answer"), data).status_code == 422
    assert Authorisation.objects.filter(order=order).count() == 1


def test_an_answer_to_an_old_price_shows_the_sentence_and_the_new_offer(login, signed, found, actor) -> None:
    order, client, advisor = signed(), login("service_advisor"), actor("service_advisor")
    line = found(order)
    lines.offer(actor=advisor, order_id=order.pk)
    lines.reprice(actor=advisor, line_id=line.pk, quantity=Decimal(2), discount=Decimal(0), version=1)
    for said in ("approve", "decline"):
        data = {f"answer-{line.pk}-answer": said, f"answer-{line.pk}-shown": "1", "signer": "王", "how": "phone"}
        data[f"answer-{line.pk}-reason"] = "price"  # who declines is asked why
        answer = client.post(at(order, "answer"), data)
        assert (answer.status_code, "¥480.00" in answer.text) == (409, True)
    assert Line.objects.get(pk=line.pk).state == "offered"


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1e9", "abc", "", "1.234"])
def test_an_odd_quantity_comes_back_beside_its_field(login, signed, found, quantity: str) -> None:
    order, client = signed(), login("service_advisor")
    line = found(order)
    answer = client.post(at(order, "price"), priced(line, quantity=quantity) | {"do": "send"})
    assert answer.status_code == 422
    assert 'class="summary"' in answer.text
    line.refresh_from_db()
    assert (line.state, line.quantity) == ("draft", Decimal("1.5"))


def test_one_wrong_price_writes_none(login, signed, found) -> None:
    order, client = signed(), login("service_advisor")
    good, stale = found(order), found(order, "雨刮老化")
    answer = client.post(at(order, "price"), priced(good, "3") | priced(stale, "3", version=7) | {"do": "send"})
    assert answer.status_code == 409
    assert list(order.lines.filter(extra=True).values_list("state", "quantity")) == [("draft", Decimal("1.5"))] * 2


def test_a_draft_is_removed_and_an_offer_is_not(login, signed, found, actor) -> None:
    order, client = signed(), login("service_advisor")
    line, other = found(order), found(signed())
    assert client.post(at(order, "price"), {"do": f"drop:{other.pk}"}).status_code == 404
    assert client.post(at(order, "price"), {"do": f"drop:{line.pk}"}).status_code == 302
    assert not Line.objects.filter(pk=line.pk).exists()
    line = found(order)
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    assert client.post(at(order, "price"), {"do": f"drop:{line.pk}"}).status_code == 409
    assert Line.objects.filter(pk=line.pk, state="offered").exists()


def test_fields_of_the_row_cannot_be_posted(login, signed, found) -> None:
    order, client = signed(), login("service_advisor")
    line = found(order)
    forged = {
        "state": "released",
        "authorised_amount": "9",
        "branch": "9",
        "advisor": "9",
        f"price-{line.pk}-gross": "1",
    }
    client.post(at(order, "price"), priced(line) | forged | {"do": "send"})
    client.post(at(order, "promise"), forged | {"at": "", "reason": ""})
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert (fresh.state, fresh.authorised_amount, fresh.branch, fresh.advisor) == (
        order.state, order.authorised_amount, order.branch, order.advisor,
    )  # fmt: skip
    assert Line.objects.get(pk=line.pk).gross == Decimal("360.00")


def test_a_later_promise_has_a_reason_and_the_first_stays(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    later = local(order.branch, now() + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post(at(order, "promise"), {"at": later, "reason": ""})
    assert (answer.status_code, PromiseChange.objects.count()) == (422, 1)
    assert client.post(at(order, "promise"), {"at": later, "reason": "缺件，明早到货"}).status_code == 302
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert fresh.first_promised_at == order.promised_at
    assert local(order.branch, fresh.promised_at).strftime("%Y-%m-%dT%H:%M") == later
    assert PromiseChange.objects.latest("id").changed_by == client.membership.user
    assert "缺件，明早到货" in client.get(at(order)).text


def test_a_later_promise_is_offered_times_with_what_stands_in_the_way(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    page = client.get(at(order, "order")).text
    times = at(order, "promise_times")
    assert f'hx-get="{times}"' in page
    choices = re.findall(r'name="chosen" id="chosen-\d" value="([^"]+)"', client.get(times).text)
    assert 1 <= len(choices) <= 3
    assert "chosen-1" in client.get(times, headers={"HX-Request": "true"}).text
    current = local(order.branch, order.promised_at).strftime("%Y-%m-%dT%H:%M")
    sent = {"at": current, "chosen": choices[-1], "reason": "等配件"}
    assert client.post(at(order, "promise"), {**sent, "reason": ""}).status_code == 422
    assert client.post(at(order, "promise"), sent).status_code == 302
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert local(order.branch, fresh.promised_at).strftime("%Y-%m-%dT%H:%M") == choices[-1]
    assert fresh.first_promised_at == order.promised_at
    assert [row.reason for row in fresh.promises.order_by("id")] == ["", "等配件"]


def test_since_when_is_told_later_and_not_of_another_order(login, signed) -> None:
    order, other, client = signed(), signed(), login("service_advisor")
    said = order.statements.get()
    url = reverse("reception:statement_since", args=[order.pk, said.pk])
    assert client.post(url, {"since": " 上周起，每天早上 "}).status_code == 302
    said.refresh_from_db()
    assert said.since == "上周起，每天早上"
    assert "上周起，每天早上" in client.get(at(order, "order")).text
    foreign = reverse("reception:statement_since", args=[order.pk, other.statements.get().pk])
    assert client.post(foreign, {"since": "x"}).status_code == 404
    assert login("technician").post(url, {"since": "x"}).status_code == 403


@pytest.mark.parametrize("when", ["2020-01-01T10:00", "soon", "2026-13-45T99:99"])
def test_a_time_that_cannot_be_is_no_promise(login, signed, when: str) -> None:
    order = signed()
    answer = login("service_advisor").post(at(order, "promise"), {"at": when, "reason": "x"})
    assert (answer.status_code, PromiseChange.objects.count()) == (422, 1)


def test_cancelling_asks_why(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    assert 'name="note"' in client.get(at(order)).text
    url = reverse("reception:step", args=[order.pk, "cancel"])
    assert client.post(url, {"version": str(order.version)}).status_code == 422
    assert client.post(url, {"version": str(order.version), "note": "客户改期"}).status_code == 302
    assert WorkOrder.objects.get(pk=order.pk).log.latest("id").note == "客户改期"


@pytest.mark.parametrize(
    ("role", "links"), [("supervisor", ["workshop:board"]), ("manager", ["workshop:board"]), ("cashier", [])]
)
def test_the_next_step_leads_to_the_page_that_owns_it(login, signed, role: str, links: list[str]) -> None:
    order = signed()
    head = login(role).get(at(order)).text.partition('class="main-side"')[0].partition("order-head")[2]
    assert [name for name in ("workshop:board", "workshop:checks", "delivery:till") if reverse(name) in head] == links
    assert reverse("reception:step", args=[order.pk, "accept"]) not in head


def test_a_car_that_was_not_handed_over_is_handed_over_here(login, signed) -> None:
    order, client = signed(), login("service_advisor")
    WorkOrder.objects.filter(pk=order.pk).update(offered_to_workshop_at=None, offered_to_workshop_by=None)
    assert at(order, "to_workshop") in client.get(at(order)).text
    assert client.post(at(order, "to_workshop")).status_code == 302
    assert WorkOrder.objects.get(pk=order.pk).offered_to_workshop_by == client.membership.user


def test_the_workshops_card_shows_holds_and_jobs(login, signed, actor, member) -> None:
    order, technician = signed(), member("technician")
    supervisor = actor("supervisor")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)
    holds.put(actor=supervisor, order_id=order.pk, reason="parts", note="订货中")
    text = login("service_advisor").get(at(order)).text
    for told in ("订货中", order.advisor.name, technician.user.name):
        assert told in text


def test_who_does_not_see_prices_sees_none(login, signed, found) -> None:
    order = signed()
    found(order)
    text = login("technician").get(at(order)).text
    assert "240.00" not in text
    assert "360.00" not in text
    assert order.status_code[:4] not in text


@pytest.mark.parametrize("name", ["price", "answer", "promise", "to_workshop"])
def test_strangers_and_other_roles_write_nothing(login, signed, other_branch, name: str) -> None:
    order = signed()
    assert login("manager", at=other_branch).post(at(order, name)).status_code == 404
    assert login("technician").post(at(order, name)).status_code == 403
    assert login("service_advisor").get(at(order, name)).status_code == 405
    assert Client().post(at(order, name)).status_code == 302


def test_what_people_typed_is_text(login, signed, found) -> None:
    order = signed(name="<script>alert(1)</script>")
    found(order, "<img src=x onerror=alert(2)>")
    text = login("service_advisor").get(at(order)).text
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_is_in_one_language(login, signed, found, language: str) -> None:
    order, client = signed(), login("service_advisor")
    found(order)
    client.membership.user.language = language
    client.membership.user.save()
    text = client.get(at(order)).text
    assert ("增项" in text, "Extra work" in text) == (language == "zh-hans", language == "en")


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_queries_do_not_grow(login, signed, found, actor, django_assert_num_queries, count: int) -> None:
    order, client = signed(), login("service_advisor")
    supervisor = actor("supervisor")
    for _line in range(count):
        found(order)
    dispatch.accept(actor=supervisor, order_id=order.pk)
    # 2 for session and person with places, 2 for order_of, 1 for papers and photos, 1 for the branch's sheets,
    # 1 for the workshop's card and the timeline,
    # 1 for what "Cancel" is judged by: parts that are out.
    with django_assert_num_queries(8):
        client.get(at(order))


@pytest.mark.parametrize("count", [1, 3])
def test_a_car_in_work_asks_for_nothing_more(
    login, signed, found, actor, member, django_assert_num_queries, count: int
) -> None:
    order, client, supervisor = signed(), login("service_advisor"), actor("supervisor")
    technician = member("technician")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=technician)
    who = Actor(technician.user, technician.branch, permissions_of(technician.roles))
    clocks.start(actor=who, job_id=order.jobs.get().pk)
    for _hold in range(count):
        holds.put(actor=supervisor, order_id=order.pk, reason="parts")
    # As above; what "Stop after the diagnosis" is judged by (answers, diagnosis only) stands on the page already.
    with django_assert_num_queries(8):
        client.get(at(order))
