"""The check-in page as somebody types on it: drafts, payers, marks that were there before, proposals, photos."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from catalog.models import LabourOperation, LabourRate, MaintenancePart, MaintenanceRule, Part, PartPrice, Stock
from customers.models import OdometerReading
from customers.services import register_customer, register_vehicle
from dms.clock import branch_day, local, now
from reception.models import DamageMark, PromiseChange, WorkOrder
from reception.services import contract, draft, lines
from reception.states import LineState
from records.models import IssuedPaper

pytestmark = pytest.mark.django_db


@pytest.fixture
def car(branch: Any, actor: Any) -> Any:
    who, since = actor("service_advisor"), branch_day(branch) - timedelta(days=9)
    owner = register_customer(actor=who, name="王建国", phone="13800006621")
    vehicle = register_vehicle(actor=who, plate="粤B72K19", owner=owner)
    LabourRate.objects.create(branch=branch, price=Decimal(240), tax_rate=Decimal("0.13"), valid_from=since)
    LabourOperation.objects.create(code="DIAG", name="异响诊断", kind="diagnosis", standard_hours=Decimal("0.5"))
    oil = Part.objects.create(code="OIL-1", name="机油", unit="升")
    PartPrice.objects.create(
        branch=branch, part=oil, price=Decimal(80), cost=Decimal(50), tax_rate=Decimal("0.13"), valid_from=since
    )
    Stock.objects.create(branch=branch, part=oil, on_hand=Decimal(3))
    return vehicle


@pytest.fixture
def advisor(login: Any) -> Client:
    return login("service_advisor")


@pytest.fixture
def order(advisor: Client, car: Any) -> WorkOrder:
    advisor.post(reverse("reception:arrive", args=[car.pk]))
    return WorkOrder.objects.get(vehicle=car)


def fields(branch: Any, **more: Any) -> dict[str, Any]:
    promise = local(branch, now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    return {
        "odometer": "48912", "fuel": "2", "visit_type": "repair", "old_parts": "take", "wash": "yes",
        "pay_method": "scan", "words": "右前轮咯噔响", "things": ["key"], "promise": promise, "signer": "王建国",
        "marks-TOTAL_FORMS": "0", "marks-INITIAL_FORMS": "0",
    } | more  # fmt: skip


def page_of(order: WorkOrder) -> str:
    return reverse("reception:check_in", args=[order.pk])


def test_typing_saves_a_draft_and_leaves_the_histories_alone(advisor: Client, branch: Any, order: WorkOrder) -> None:
    url = reverse("reception:autosave", args=[order.pk])
    for typed in ("4", "48", "489"):
        answer = advisor.post(url, fields(branch, odometer=typed))
        assert (answer.status_code, answer.text[:3]) == (200, "已于 ")
    order.refresh_from_db()
    assert (order.odometer_in, order.state, order.promised_at) == (489, "inspecting", None)
    assert order.promise_draft_at is not None
    assert not OdometerReading.objects.exists()
    assert not PromiseChange.objects.exists()
    assert advisor.post(url, fields(branch, odometer="48a")).status_code == 422
    shown = advisor.get(page_of(order)).text
    assert 'value="489"' in shown
    assert "右前轮咯噔响" in shown


def test_a_signed_order_no_longer_saves_itself(advisor: Client, branch: Any, order: WorkOrder) -> None:
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    assert advisor.post(page_of(order), fields(branch, do="sign")).status_code == 302
    answer = advisor.post(reverse("reception:autosave", args=[order.pk]), fields(branch, odometer="1"))
    assert answer.status_code == 409
    order.refresh_from_db()
    assert order.odometer_in == 48_912


def test_the_signature_makes_promise_limit_and_paper(advisor: Client, branch: Any, order: WorkOrder) -> None:
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    advisor.post(page_of(order), fields(branch, do="sign"))
    order.refresh_from_db()
    assert order.promised_at == order.first_promised_at == order.promise_draft_at
    paper = IssuedPaper.objects.get(kind="work_order")
    assert (paper.number, paper.content["customer_total"], paper.content["signer"]) == (
        order.number, "120.00", "王建国",
    )  # fmt: skip


def test_who_pays_is_chosen_with_its_reason(advisor: Client, branch: Any, order: WorkOrder) -> None:
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    line = order.lines.get()
    assert line.statement == order.statements.get()
    posted = {
        f"line-{line.pk}-quantity": "1.5",
        f"line-{line.pk}-judgement": "factory",
        f"line-{line.pk}-statement": "",
    }
    advisor.post(page_of(order), fields(branch, do="save", **posted))
    line.refresh_from_db()
    assert (line.payer, line.coverage, line.quantity, line.gross, line.statement) == (
        "manufacturer", "factory", Decimal("1.50"), Decimal("360.00"), None,
    )  # fmt: skip
    advisor.post(page_of(order), fields(branch, do="sign"))
    order.refresh_from_db()
    assert order.authorised_amount == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("quantity", "-1"), ("quantity", "0"), ("quantity", "NaN"), ("judgement", "me"), ("statement", "7")],
)
def test_odd_lines_are_refused_and_change_nothing(
    advisor: Client, branch: Any, order: WorkOrder, name: str, value: str
) -> None:
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    line = order.lines.get()
    posted = {f"line-{line.pk}-quantity": "1", f"line-{line.pk}-judgement": "customer", f"line-{line.pk}-statement": ""}
    answer = advisor.post(page_of(order), fields(branch, do="save", **posted | {f"line-{line.pk}-{name}": value}))
    assert answer.status_code == 422
    line.refresh_from_db()
    assert (line.quantity, line.payer) == (Decimal("0.50"), "customer")


def test_a_discount_stands_on_the_estimate_within_the_advisors_limit(
    advisor: Client, branch: Any, order: WorkOrder
) -> None:
    """Half an hour is 120.00; an advisor gives 10 % alone. A page that does not know the field leaves it."""
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    line = order.lines.get()
    one = f"line-{line.pk}"
    posted = {f"{one}-quantity": "0.5", f"{one}-judgement": "customer", f"{one}-statement": ""}
    off = f"line-{line.pk}-discount"
    too_much = advisor.post(page_of(order), fields(branch, do="save", **posted | {off: "12.01"}))
    assert (too_much.status_code, 'value="12.01"' in too_much.text) == (422, True)
    assert "12.01" in too_much.text
    line.refresh_from_db()
    assert (line.discount, line.gross) == (0, Decimal("120.00"))
    assert advisor.post(page_of(order), fields(branch, do="save", **posted | {off: "12"})).status_code == 302
    line.refresh_from_db()
    assert (line.discount, line.gross) == (Decimal("12.00"), Decimal("108.00"))
    assert 'value="12.00"' in advisor.get(page_of(order)).text
    advisor.post(page_of(order), fields(branch, do="save", **posted))
    line.refresh_from_db()
    assert line.discount == Decimal("12.00")
    advisor.post(page_of(order), fields(branch, do="save", **posted | {off: ""}))
    line.refresh_from_db()
    assert (line.discount, line.gross) == (0, Decimal("120.00"))


def test_a_line_the_customer_has_seen_is_not_adjusted(
    advisor: Client, branch: Any, order: WorkOrder, actor: Any
) -> None:
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    line = order.lines.get()
    posted = {f"line-{line.pk}-quantity": "9", f"line-{line.pk}-judgement": "customer", f"line-{line.pk}-statement": ""}
    advisor.post(page_of(order), fields(branch, do="save", **posted))
    line.refresh_from_db()
    assert (line.state, line.quantity) == (LineState.OFFERED, Decimal("0.50"))


def test_due_maintenance_is_one_click(advisor: Client, branch: Any, order: WorkOrder, car: Any) -> None:
    from catalog.models import Brand, VehicleModel

    model = VehicleModel.objects.create(brand=Brand.objects.create(name="大众"), name="途观L")
    rule = MaintenanceRule.objects.create(model=model, name="小保养", name_en="Minor service", interval_km=10_000)
    rule.operations.add(LabourOperation.objects.create(code="MNT", name="小保养", standard_hours=Decimal("0.8")))
    MaintenancePart.objects.create(rule=rule, part=Part.objects.get(), quantity=Decimal(4))
    car.model = model
    car.save()
    advisor.post(page_of(order), fields(branch, odometer="10000", do="save"))
    shown = advisor.get(page_of(order)).text
    assert f"add:rule:{rule.pk}" not in shown  # first reading: the next one is due in 10,000 km
    advisor.post(page_of(order), fields(branch, odometer="10000", visit_type="maintenance", do="save"))
    assert "下次到期" in advisor.get(page_of(order)).text  # who comes for maintenance may have it today
    OdometerReading.objects.create(vehicle=car, km=500, read_at=now() - timedelta(days=200), by=None)
    advisor.post(page_of(order), fields(branch, odometer="10100", do="save"))
    shown = advisor.get(page_of(order)).text
    assert f"add:rule:{rule.pk}" in shown
    assert "下次到期" not in shown
    assert advisor.post(page_of(order), fields(branch, odometer="10100", do=f"add:rule:{rule.pk}")).status_code == 302
    assert [(row.code, row.gross) for row in order.lines.order_by("id")] == [
        ("MNT", Decimal("192.00")), ("OIL-1", Decimal("320.00")),
    ]  # fmt: skip
    assert f"add:rule:{rule.pk}" not in advisor.get(page_of(order)).text


@pytest.mark.parametrize("what", ["NOPE", "rule:999", "rule:x", "again:999", "again:", "'; DROP TABLE"])
def test_what_is_not_in_the_catalogue_gets_a_sentence(
    advisor: Client, branch: Any, order: WorkOrder, what: str
) -> None:
    answer = advisor.post(page_of(order), fields(branch, do=f"add:{what}"))
    assert answer.status_code == 422
    assert "目录里没有" in answer.text or "没有这条谢绝记录" in answer.text
    assert not order.lines.exists()


def test_declined_work_comes_back_at_todays_price(advisor: Client, branch: Any, order: WorkOrder, actor: Any) -> None:
    who = actor("service_advisor")
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    advisor.post(page_of(order), fields(branch, do="add:OIL-1"))
    lines.offer(actor=who, order_id=order.pk)
    oil = order.lines.get(code="OIL-1")
    contract.answer_extra(actor=who, order_id=order.pk, approved=[], declined=[oil.pk], signer="王建国", how="phone")
    PartPrice.objects.create(
        branch=branch, part=oil.part, price=Decimal(90), cost=Decimal(50), tax_rate=Decimal("0.13"),
        valid_from=branch_day(branch),
    )  # fmt: skip
    draft.add(actor=who, order_id=order.pk, what=f"again:{oil.pk}")
    assert order.lines.get(code="OIL-1", state="draft").gross == Decimal("90.00")


def test_old_marks_are_carried_over_and_stay_so(advisor: Client, branch: Any, order: WorkOrder, car: Any) -> None:
    mark = {
        "marks-TOTAL_FORMS": "1", "marks-0-view": "left", "marks-0-zone": "left_front_door", "marks-0-x": "30.5",
        "marks-0-y": "20", "marks-0-kind": "scratch", "marks-0-severity": "light", "marks-0-carried_from": "",
    }  # fmt: skip
    advisor.post(page_of(order), fields(branch, do="save", **mark))
    old = DamageMark.objects.get()
    advisor.post(reverse("reception:step", args=[order.pk, "cancel"]), {"note": "wrong car"})
    advisor.post(reverse("reception:arrive", args=[car.pk]))
    again = WorkOrder.objects.get(state="arrived")
    shown = advisor.get(page_of(again)).text
    assert f'name="marks-0-carried_from" value="{old.pk}"' in shown
    advisor.post(page_of(again), fields(branch, do="save", **mark | {"marks-0-carried_from": str(old.pk)}))
    assert again.walk.marks.get().carried_from == old
    advisor.post(page_of(again), fields(branch, do="save", **mark | {"marks-0-carried_from": "987654"}))
    assert again.walk.marks.get().carried_from is None


def test_four_people_can_stand_behind_a_visit(advisor: Client, branch: Any, order: WorkOrder) -> None:
    more = {"bringer_name": "李司机", "bringer_phone": "13900001111", "payer_name": "顺达物流有限公司"}
    advisor.post(page_of(order), fields(branch, do="save", **more))
    order.refresh_from_db()
    assert (order.owner.name, order.bringer.name, order.payer.name, order.contact.name) == (
        "王建国", "李司机", "顺达物流有限公司", "王建国",
    )  # fmt: skip
    answer = advisor.post(page_of(order), fields(branch, do="save", contact_name="赵", contact_phone="12"))
    assert answer.status_code == 422
    assert "电话" in answer.text


def test_the_search_answers_with_rows_alone(advisor: Client, order: WorkOrder) -> None:
    url = reverse("reception:find_work", args=[order.pk])
    answer = advisor.post(url, {"find": "机油"}, headers={"HX-Request": "true"})
    assert "add:OIL-1" in answer.text
    assert "<html" not in answer.text
    assert "可用 3 升" in answer.text
    assert "没有匹配" in advisor.post(url, {"find": "没有的东西"}, headers={"HX-Request": "true"}).text


def test_a_photo_joins_the_visit(advisor: Client, order: WorkOrder) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "JPEG")
    url = reverse("reception:add_photo", args=[order.pk])
    answer = advisor.post(url, {"photo": SimpleUploadedFile("a.jpg", out.getvalue()), "kind": "arrival"})
    assert list(answer.json()) == ["id"]
    assert "/photos/" in advisor.get(page_of(order)).text
    refused = advisor.post(url, {"photo": SimpleUploadedFile("a.jpg", b"no")})
    assert refused.status_code == 422
    assert advisor.post(url).status_code == 422


def typed(order: WorkOrder, branch: Any, **more: Any) -> dict[str, Any]:
    order.refresh_from_db()
    return fields(branch, version=str(order.version), **more)


def test_two_people_at_one_check_in_do_not_overwrite_each_other(
    advisor: Client, login: Any, branch: Any, order: WorkOrder
) -> None:
    page, colleague = reverse("reception:check_in", args=[order.pk]), login("service_advisor")
    User.objects.filter(pk=advisor.membership.user_id).update(language="en")  # type: ignore[attr-defined]
    mine = typed(order, branch, words="刹车异响", other_lamps="ABS")
    assert colleague.post(page, typed(order, branch, words="右前轮咯噔响")).status_code == 302
    answer = advisor.post(page, mine)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Somebody else saved this in the meantime" in text
    assert '<td data-label="Theirs">右前轮咯噔响</td><td data-label="Yours">刹车异响</td>' in text
    assert "刹车异响</textarea>" in text  # nothing typed is lost
    assert [row.words for row in order.statements.all()] == ["右前轮咯噔响"]
    # After the comparison was shown, saving once more is meant.
    assert advisor.post(page, typed(order, branch, words="刹车异响", other_lamps="ABS")).status_code == 302
    assert [row.words for row in order.statements.all()] == ["刹车异响"]


def test_a_draft_that_saves_itself_says_so_too(advisor: Client, login: Any, branch: Any, order: WorkOrder) -> None:
    saves, old = reverse("reception:autosave", args=[order.pk]), typed(order, branch, words="刹车异响")
    first = login("service_advisor").post(saves, typed(order, branch))
    order.refresh_from_db()
    assert (first.status_code, first["X-Version"]) == (200, str(order.version))
    second = advisor.post(saves, old)
    assert (second.status_code, second["X-Refusal"]) == (409, "stale")
    assert [row.words for row in order.statements.all()] == ["右前轮咯噔响"]


def test_a_double_click_adds_one_line(advisor: Client, branch: Any, order: WorkOrder) -> None:
    page, once = reverse("reception:check_in", args=[order.pk]), typed(order, branch, do="add:DIAG")
    assert [advisor.post(page, once).status_code for _click in range(2)] == [302, 302]
    assert [line.name for line in order.lines.all()] == ["异响诊断"]


def test_a_half_typed_page_keeps_the_version_it_was_typed_into(
    advisor: Client, login: Any, branch: Any, order: WorkOrder
) -> None:
    page, mine = reverse("reception:check_in", args=[order.pk]), typed(order, branch, odometer="4x")
    login("service_advisor").post(page, typed(order, branch))
    answer = advisor.post(page, mine)
    assert answer.status_code == 422
    assert f'name="version" value="{mine["version"]}"' in answer.content.decode()


def test_since_when_stands_line_by_line_beside_the_words(order: WorkOrder, actor: Any) -> None:
    who, told = actor("service_advisor"), {"words": ["异响", "", "漏油"], "since": ["上周起", "x", "昨天"]}
    base = {"visit_type": "repair", "old_parts": "take", "wash": True, "waits": False, "pay_method": "scan"}

    def said() -> list[tuple[str, str]]:
        return list(order.statements.order_by("id").values_list("words", "since"))

    draft.keep(actor=who, order_id=order.pk, draft=draft.Draft(**base, **told))
    assert said() == [("异响", "上周起"), ("漏油", "昨天")]
    draft.keep(actor=who, order_id=order.pk, draft=draft.Draft(**base, words=["异响", "漏油", "保养"]))
    assert said() == [("异响", "上周起"), ("漏油", "昨天"), ("保养", "")]  # a page that does not say leaves it
    draft.keep(
        actor=who, order_id=order.pk, draft=draft.Draft(**base, words=["异响", "漏油", "保养"], since=["", "今早"])
    )
    assert said() == [("异响", ""), ("漏油", "今早"), ("保养", "")]
