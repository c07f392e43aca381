"""Surveys, complaints and wishes: refusals first, then the way from a low mark to the second call."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dms.clock import as_of, branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import WorkOrder
from records.models import DatedRule
from retention.models import AppointmentWish, CallTask, Complaint, Survey
from retention.services import complaints, surveys, wishes
from retention.services.calling import record_try
from retention.states import Factor

pytestmark = pytest.mark.django_db
GOOD = dict.fromkeys(Factor.values, 9)


@pytest.fixture
def complaint(signed: Any, actor: Any) -> Callable[..., Complaint]:
    """`complaint()`: an open one about the advisor of an order, taken down at the desk."""

    def make(**values: Any) -> Complaint:
        order = signed()
        return complaints.open_complaint(
            actor=actor("service_advisor"), vehicle=order.vehicle, customer=order.contact, order=order,
            words="等了太久", source="desk", **values,
        )  # fmt: skip

    return make


# --- Surveys -----------------------------------------------------------------------------------------------------


def test_the_score_is_the_weighted_mean_and_keeps_its_weights(actor: Any, gone: Any) -> None:
    order, marks = gone(), {"initiation": 10, "advisor": 8, "facility": 7, "pickup": 9, "quality": 10}
    row = surveys.take_survey(actor=actor("crm"), order_id=order.pk, marks=marks, reasons={}, source="phone")
    # (10·17 + 8·18 + 7·21 + 9·21 + 10·24) ÷ 101
    assert (row.score, row.weights) == (
        Decimal("8.81"), {"initiation": 17, "advisor": 18, "facility": 21, "pickup": 21, "quality": 24},
    )  # fmt: skip
    assert (row.source, Complaint.objects.exists()) == ("phone", False)


def test_weights_are_the_branchs_rules(actor: Any, gone: Any, branch: Any) -> None:
    for factor in Factor:
        DatedRule.objects.create(
            branch=branch, key=f"survey.weight.{factor.value}", valid_from=branch_day(branch),
            value=100 if factor == "quality" else 0,
        )  # fmt: skip
    row = surveys.take_survey(
        actor=actor("crm"), order_id=gone().pk, marks={**GOOD, "quality": 7}, reasons={}
    )  # fmt: skip
    assert row.score == Decimal("7.00")
    assert surveys.weighted(GOOD, dict.fromkeys(GOOD, 0)) == Decimal("9.00")


def test_a_low_mark_needs_a_reason_and_opens_a_complaint(actor: Any, gone: Any, today: Any) -> None:
    order, crm, manager = gone(), actor("crm"), actor("manager")
    marks = {**GOOD, "quality": 6, "pickup": 3}
    for reasons in ({}, {"quality": " "}, {"pickup": "慢"}):
        with pytest.raises(Invalid, match="what went wrong") as refused:
            surveys.take_survey(actor=crm, order_id=order.pk, marks=marks, reasons=reasons)
        assert refused.value.code in ("reason_quality", "reason_pickup")
    assert not Survey.objects.exists()
    row = surveys.take_survey(
        actor=crm, order_id=order.pk, marks=marks, words="还会再来",
        reasons={"quality": "异响还在", "pickup": "等了一小时", "advisor": "not kept: the mark is good"},
    )  # fmt: skip
    assert row.reasons == {"quality": "异响还在", "pickup": "等了一小时"}
    case = Complaint.objects.get()
    assert (case.survey, case.order, case.caused_by, case.owner, case.source, case.due_on) == (
        row, order, order.advisor, manager.user, "survey", today + timedelta(days=3),
    )  # fmt: skip
    assert case.words == "Picking up the car 3/10: 等了一小时\nThe work on the car 6/10: 异响还在\n还会再来"


@pytest.mark.parametrize("marks", [{}, {**GOOD, "quality": 0}, {**GOOD, "quality": 11}, {**GOOD, "quality": None}])
def test_marks_that_are_none_are_refused(actor: Any, gone: Any, marks: Any) -> None:
    with pytest.raises(Invalid, match="1 to 10"):
        surveys.take_survey(actor=actor("crm"), order_id=gone().pk, marks=marks, reasons={})
    assert not Survey.objects.exists()


def test_a_visit_is_judged_once_and_only_when_it_is_over(actor: Any, gone: Any, signed: Any) -> None:
    crm, order = actor("crm"), gone()
    with pytest.raises(Refused, match="handed back"):
        surveys.take_survey(actor=crm, order_id=signed().pk, marks=GOOD, reasons={})
    surveys.take_survey(actor=crm, order_id=order.pk, marks=GOOD, reasons={})
    with pytest.raises(Refused, match="judged already"):
        surveys.take_survey(actor=crm, order_id=order.pk, marks=GOOD, reasons={})
    with pytest.raises(Forbidden):
        surveys.take_survey(actor=actor("service_advisor"), order_id=order.pk, marks=GOOD, reasons={})


# --- Complaints --------------------------------------------------------------------------------------------------


def acts(row: Complaint) -> list[str]:
    return list(row.log.order_by("id").values_list("act", flat=True))


def test_from_the_words_to_the_second_call(actor: Any, complaint: Any, today: Any) -> None:
    manager, crm, row = actor("manager"), actor("crm"), complaint()
    assert (row.state, row.owner, row.due_on, row.caused_by) == (
        "open", manager.user, today + timedelta(days=3), row.order.advisor,
    )  # fmt: skip
    with pytest.raises(Invalid, match="what was done"):
        complaints.answer(actor=manager, complaint_id=row.pk, version=row.version, result=" ")
    row = complaints.answer(actor=manager, complaint_id=row.pk, version=row.version, result="已道歉并免费洗车")
    assert (row.state, row.answered_by) == ("answered", manager.user)
    call = CallTask.objects.get(kind="complaint")
    assert (call.advisor, call.due_on, call.customer) == (row.caused_by, today + timedelta(days=1), row.customer)
    with pytest.raises(Refused, match="second call"):
        complaints.close(actor=manager, complaint_id=row.pk, version=row.version, note="好")
    record_try(actor=crm, task_id=call.pk, outcome="reached", note="满意")
    with pytest.raises(Invalid, match="why"):
        complaints.close(actor=manager, complaint_id=row.pk, version=row.version, note="")
    row = complaints.close(actor=manager, complaint_id=row.pk, version=row.version, note="客户满意")
    assert (row.state, row.closed_by) == ("closed", manager.user)
    assert acts(row) == ["opened", "answered", "called", "closed"]
    row = complaints.reopen(actor=crm, complaint_id=row.pk, version=row.version, note="又响了")
    assert (row.state, row.answered_at, row.closed_at, row.result) == ("open", None, None, "已道歉并免费洗车")
    complaints.answer(actor=manager, complaint_id=row.pk, version=row.version, result="再修一次")
    assert CallTask.objects.filter(kind="complaint", state="open").count() == 1


def test_a_customer_who_is_not_content_opens_it_again(actor: Any, complaint: Any) -> None:
    manager, row = actor("manager"), complaint()
    row = complaints.answer(actor=manager, complaint_id=row.pk, version=row.version, result="已处理")
    record_try(actor=actor("crm"), task_id=CallTask.objects.get().pk, outcome="complaint", note="还是响")
    row.refresh_from_db()
    assert (row.state, acts(row)) == ("open", ["opened", "answered", "called", "reopened"])
    assert Complaint.objects.count() == 1


def test_who_caused_it_neither_owns_it_nor_calls(actor: Any, complaint: Any) -> None:
    manager, crm = actor("manager"), actor("crm")
    row = complaint(caused_by=manager.user)
    assert row.owner == crm.user
    complaints.answer(actor=crm, complaint_id=row.pk, version=row.version, result="已处理")
    with pytest.raises(Refused, match="yourself"):
        record_try(actor=manager, task_id=CallTask.objects.get().pk, outcome="reached")


def test_a_stale_page_changes_nothing(actor: Any, complaint: Any) -> None:
    manager, row = actor("manager"), complaint()
    complaints.answer(actor=manager, complaint_id=row.pk, version=1, result="一")
    for act in (
        lambda: complaints.answer(actor=manager, complaint_id=row.pk, version=1, result="二"),
        lambda: complaints.close(actor=manager, complaint_id=row.pk, version=1, note="二"),
        lambda: complaints.reopen(actor=manager, complaint_id=row.pk, version=1, note="二"),
    ):
        with pytest.raises(Refused, match="in the meantime"):
            act()
    row.refresh_from_db()
    assert (row.result, row.version) == ("一", 2)
    with pytest.raises(Refused, match="its answer already"):
        complaints.answer(actor=manager, complaint_id=row.pk, version=2, result="二")


def test_it_is_given_to_somebody_who_handles_complaints_here(actor: Any, complaint: Any, member: Any) -> None:
    row, crm, mechanic = complaint(), member("crm"), member("technician")
    manager = actor("manager")
    row = complaints.assign(actor=manager, complaint_id=row.pk, version=row.version, membership_id=crm.pk)
    assert row.owner == crm.user
    for wrong in (mechanic.pk, 999_999):
        with pytest.raises(Invalid, match="handles complaints"):
            complaints.assign(actor=manager, complaint_id=row.pk, version=row.version, membership_id=wrong)
    assert acts(row) == ["opened", "assigned"]


@pytest.mark.parametrize("role", ["service_advisor", "cashier", "technician"])
def test_others_do_not_handle_complaints(actor: Any, complaint: Any, role: str) -> None:
    row, who = complaint(), actor(role)
    with pytest.raises(Forbidden):
        complaints.answer(actor=who, complaint_id=row.pk, version=row.version, result="x")
    if role != "service_advisor":
        with pytest.raises(Forbidden):
            complaints.open_complaint(
                actor=who, vehicle=row.vehicle, customer=row.customer, words="x", source="desk"
            )  # fmt: skip


@pytest.mark.parametrize("words", ["", "  ", "x" * 2001])
def test_a_complaint_has_words(actor: Any, complaint: Any, words: str) -> None:
    row = complaint()
    with pytest.raises(Invalid):
        complaints.open_complaint(
            actor=actor("crm"), vehicle=row.vehicle, customer=row.customer, words=words, source="desk"
        )  # fmt: skip


# --- Wishes ------------------------------------------------------------------------------------------------------


def wished(order: WorkOrder, who: Any, **values: Any) -> AppointmentWish:
    values = {"wished_on": branch_day(order.branch), "part": "any", "words": "", "source": "page", **values}
    return wishes.wish(actor=who, vehicle=order.vehicle, customer=order.contact, **values)


def test_one_wish_waits_for_a_car_and_not_too_many_a_day(actor: Any, signed: Any) -> None:
    order, crm = signed(), actor("crm")
    for _round in range(3):
        row = wished(order, crm)
        with pytest.raises(Refused, match="already"):
            wished(order, crm)
        assert wishes.handle(actor=crm, wish_id=row.pk, note="周五").handled_by == crm.user
        with pytest.raises(Refused, match="dealt with"):
            wishes.handle(actor=crm, wish_id=row.pk)
    with pytest.raises(Refused, match="often"):
        wished(order, crm)
    with as_of(now() + timedelta(days=1, minutes=1)):
        wished(order, crm)


@pytest.mark.parametrize(("days", "part"), [(-1, "any"), (366, "any"), (1, "night"), (1, "")])
def test_a_wish_is_for_a_day_and_a_part_of_it(actor: Any, signed: Any, today: Any, days: int, part: str) -> None:
    with pytest.raises(Invalid):
        wished(signed(), actor("crm"), wished_on=today + timedelta(days=days), part=part)
    assert not AppointmentWish.objects.exists()
