"""Lines are judged where they are written: a fault that comes back is free by itself, a person may say why not."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from catalog.models import Brand, LabourOperation, VehicleModel, WarrantyTerm
from customers.models import Recall, RecallVin, Vehicle
from customers.services import recalls
from dms.clock import branch_day, local, now
from dms.errors import Forbidden, Invalid, Refused
from reception import selectors
from reception.models import Goodwill, Line, WorkOrder
from reception.services import arrival, draft, goodwill, lines
from reception.states import LineState
from records.models import DatedRule, IssuedPaper

pytestmark = pytest.mark.django_db


@pytest.fixture
def turbo(db: None) -> LabourOperation:
    return LabourOperation.objects.create(
        code="R3005", name="更换涡轮增压器总成", standard_hours=Decimal(5), guarantee="assembly"
    )


@pytest.fixture
def repaired(gone: Any, actor: Any, turbo: LabourOperation) -> Any:
    """`repaired(days)`: a car at 48,912 km whose turbocharger was replaced, gone that many days ago."""

    def make(days: int) -> WorkOrder:
        order = gone(days)
        with pgtrigger.ignore():
            line = order.lines.get()
            Line.objects.filter(pk=line.pk).update(operation=turbo, code=turbo.code, name=turbo.name, state="done")
        return order

    return make


@pytest.fixture
def back(actor: Any) -> Any:
    """`back(order, km)`: the car is here again, and the odometer says."""

    def make(order: WorkOrder, km: int | None) -> WorkOrder:
        who = actor("service_advisor")
        visit = arrival.arrive(actor=who, vehicle=order.vehicle)
        if km is not None:
            arrival.read_odometer(actor=who, order_id=visit.pk, km=km)
        return visit

    return make


def add(visit: WorkOrder, who: Any, what: str = "R3005") -> Line:
    draft.add(actor=who, order_id=visit.pk, what=what)
    return visit.lines.latest("id")


@pytest.mark.parametrize(
    ("days", "km", "free"), [(100, 68_912, True), (101, 50_000, False), (12, 68_913, False), (12, 49_252, True)]
)
def test_a_fault_that_comes_back_is_free_inside_days_and_km(
    repaired: Any, back: Any, actor: Any, days: int, km: int, free: bool
) -> None:
    old = repaired(days)
    line = add(back(old, km), actor("service_advisor"))
    assert (line.payer, line.coverage) == (("internal", "guarantee") if free else ("customer", "none"))
    assert (line.returns_of == old.lines.get()) is free
    line.order.refresh_from_db()
    assert line.order.visit_type == ("comeback_out" if free else "repair")


def test_a_shop_that_promises_more_keeps_it_and_the_day_of_the_repair_counts(
    repaired: Any, back: Any, actor: Any, branch: Any
) -> None:
    day = branch_day(branch) - timedelta(days=150)
    DatedRule.objects.create(branch=branch, key="guarantee.assembly.days", value=200, valid_from=day, note="x")
    DatedRule.objects.create(
        branch=branch, key="guarantee.assembly.days", value=100, valid_from=branch_day(branch), note="x"
    )
    assert add(back(repaired(120), 50_000), actor("service_advisor")).coverage == "guarantee"


def test_the_odometer_read_later_judges_again(repaired: Any, back: Any, actor: Any) -> None:
    who, visit = actor("service_advisor"), back(repaired(12), None)
    assert add(visit, who).coverage == "guarantee", "by the days alone"
    kept = draft.Draft("repair", "take", wash=True, waits=False, pay_method="scan", odometer=70_000)
    draft.keep(actor=who, order_id=visit.pk, draft=kept)
    line = visit.lines.get()
    assert (line.payer, line.coverage, line.returns_of) == ("customer", "none", None)


def test_another_payer_needs_a_reason_which_is_kept(repaired: Any, back: Any, actor: Any) -> None:
    who = actor("service_advisor")
    line = add(back(repaired(12), 49_252), who)
    choice = {"quantity": line.quantity, "payer": "customer", "coverage": "none", "statement": None}
    with pytest.raises(Invalid) as refused:
        lines.adjust(actor=who, line_id=line.pk, **choice)
    assert refused.value.code == "overrule"
    lines.adjust(actor=who, line_id=line.pk, **choice, reason="客户自行加装后损坏")
    line.refresh_from_db()
    assert (line.payer, line.overruled_reason, line.overruled_by) == ("customer", "客户自行加装后损坏", who.user)
    assert line.returns_of is None
    lines.offer(actor=who, order_id=line.order_id)
    line.refresh_from_db()
    assert line.payer == "customer", "a person's decision is not judged over"
    with pytest.raises(IntegrityError), transaction.atomic():
        Line.objects.filter(pk=line.pk).update(overruled_reason="")


def test_the_judgement_can_be_taken_up_again(repaired: Any, back: Any, actor: Any) -> None:
    who = actor("service_advisor")
    line = add(back(repaired(12), 49_252), who)
    rest = {"quantity": line.quantity, "statement": None}
    lines.adjust(actor=who, line_id=line.pk, payer="customer", coverage="none", **rest, reason="x")
    lines.adjust(actor=who, line_id=line.pk, payer="internal", coverage="guarantee", **rest)
    line.refresh_from_db()
    assert (line.overruled_at, line.overruled_reason, line.returns_of_id is None) == (None, "", False)


def test_who_was_chosen_before_is_left_alone(repaired: Any, back: Any, actor: Any, turbo: LabourOperation) -> None:
    who, visit = actor("service_advisor"), back(repaired(12), 49_252)
    line = lines.add_labour(actor=who, order_id=visit.pk, operation=turbo, payer="insurer")
    lines.offer(actor=who, order_id=visit.pk)
    line.refresh_from_db()
    assert (line.payer, line.state) == ("insurer", LineState.OFFERED)


# --- The page --------------------------------------------------------------------------------------------------------


def fields(branch: Any, **more: Any) -> dict[str, Any]:
    promise = local(branch, now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    return {
        "odometer": "49252", "fuel": "2", "visit_type": "repair", "old_parts": "take", "wash": "yes",
        "pay_method": "scan", "words": "加速无力", "things": ["key"], "promise": promise, "signer": "王建国",
        "marks-TOTAL_FORMS": "0", "marks-INITIAL_FORMS": "0",
    } | more  # fmt: skip


def test_from_arrival_to_estimate_and_signature_the_return_is_free_by_itself(
    repaired: Any, login: Any, branch: Any
) -> None:
    old, advisor = repaired(12), login("service_advisor")
    advisor.membership.user.language = "en"
    advisor.membership.user.save()
    advisor.post(reverse("reception:arrive", args=[old.vehicle_id]))
    visit = WorkOrder.objects.latest("id")
    page = reverse("reception:check_in", args=[visit.pk])
    advisor.post(page, fields(branch, do="add:R3005"))
    shown = advisor.get(page).text
    said = f"Same fault as {old.number}: 12 days and 340 km after delivery; the guarantee runs 100 days or 20,000 km."
    assert said in shown
    assert "External comeback" in shown
    assert '<option value="comeback_out" selected>' in shown
    advisor.post(page, fields(branch, visit_type="comeback_out", do="estimate"))
    paper = IssuedPaper.objects.get(kind="estimate")
    assert paper.content["customer_total"] == "0.00"
    assert old.number in paper.content["labour"][0]["reason"]
    line = visit.lines.get()
    name = f"line-{line.pk}"
    other = {f"{name}-quantity": "1", f"{name}-judgement": "customer", f"{name}-statement": ""}
    assert advisor.post(page, fields(branch, do="save", **other)).status_code == 422, "no reason"
    advisor.post(page, fields(branch, visit_type="comeback_out", do="sign"))
    visit.refresh_from_db()
    assert (visit.state, visit.authorised_amount, visit.visit_type) == ("authorised", Decimal(0), "comeback_out")
    assert said in advisor.get(reverse("reception:order", args=[visit.pk])).text


def test_the_page_of_a_line_shows_every_finding_and_takes_a_decision(
    repaired: Any, back: Any, actor: Any, login: Any
) -> None:
    line, client = add(back(repaired(12), 49_252), actor("service_advisor")), login("service_advisor")
    url = reverse("reception:judgement", args=[line.order_id, line.pk])
    assert "49,252" not in client.get(url).text
    assert client.post(url, {"do": "decide", "judgement": "customer", "reason": ""}).status_code == 422
    assert client.post(url, {"do": "decide", "judgement": "customer", "reason": "外力损坏"}).status_code == 302
    line.refresh_from_db()
    assert (line.payer, line.overruled_reason) == ("customer", "外力损坏")
    assert "外力损坏" in client.get(url).text
    assert login("technician").post(url, {"do": "decide", "judgement": "internal"}).status_code == 403


# --- Recall and warranty -------------------------------------------------------------------------------------------


@pytest.fixture
def recall(turbo: LabourOperation) -> Recall:
    return Recall.objects.create(
        number="S2026M0012", name="燃油泵", brand=Brand.objects.create(name="大众"), operation=turbo
    )


def test_the_remedy_is_the_makers_for_a_listed_vin_and_for_no_other(
    gone: Any, back: Any, actor: Any, recall: Recall
) -> None:
    who, old = actor("service_advisor"), gone(400)
    type(old.vehicle).objects.filter(pk=old.vehicle_id).update(vin="LSVCH6A41MN000001")
    old.vehicle.refresh_from_db()
    RecallVin.objects.create(recall=recall, vin="LSVCH6A41MN000002")
    visit = back(old, 50_000)
    assert add(visit, who).coverage == "none", "another car's VIN"
    listed = RecallVin.objects.create(recall=recall, vin="LSVCH6A41MN000001")
    line = add(visit, who)
    assert (line.payer, line.coverage, line.recall) == ("manufacturer", "recall", listed)


def test_a_recall_is_done_with_the_final_check_and_open_again_when_the_car_returns(
    gone: Any, back: Any, actor: Any, recall: Recall
) -> None:
    from reception.receivers import on_moving

    who, visit = actor("service_advisor"), back(gone(400), 50_000)
    type(visit.vehicle).objects.filter(pk=visit.vehicle_id).update(vin="LSVCH6A41MN000001")
    listed = RecallVin.objects.create(recall=recall, vin="LSVCH6A41MN000001")
    line = add(visit, who)
    with pgtrigger.ignore():
        Line.objects.filter(pk=line.pk).update(state="approved", approved_version=1)
    on_moving(order=visit, action="pass_unwashed", actor=actor("inspector"))
    listed.refresh_from_db()
    assert (listed.done_subject, listed.done_at is None) == (visit.subject_key, False)
    on_moving(order=visit, action="return_customer", actor=who)
    listed.refresh_from_db()
    assert (listed.done_subject, listed.done_at, listed.done_by) == ("", None, None)


def test_a_list_of_vins_is_pasted_and_counts_each_once(login: Any, recall: Recall) -> None:
    client = login("claims")
    url = reverse("customers:recall", args=[recall.pk])
    text = "VIN,备注\nlsvch6a41mn000001,a\nLSVCH6A41MN000002;LSVCH6A41MN000001\nOOOOOOOOOOOOOOOOO"
    assert client.post(url, {"do": "vins", "vins": text}).status_code == 302
    assert sorted(recall.vins.values_list("vin", flat=True)) == ["LSVCH6A41MN000001", "LSVCH6A41MN000002"]
    assert client.post(url, {"do": "vins", "vins": "nothing"}).status_code == 422
    listed = recalls.list_vins(actor=login_actor(client), recall_id=recall.pk, text=text)
    assert (listed.added, listed.known) == (0, 2)
    car = Vehicle.objects.create(branch=client.membership.branch, plate="粤B72K19", vin="LSVCH6A41MN000001")
    assert reverse("customers:vehicle", args=[car.pk]) in client.get(url).text  # still to be done
    assert client.post(url, {"do": "end"}).status_code == 302
    assert client.post(url, {"do": "save", "number": "X", "brand": recall.brand_id, "name": "y"}).status_code == 422
    assert client.get(reverse("customers:recalls")).status_code == 200


def login_actor(client: Client) -> Any:
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    row = client.membership
    return Actor(row.user, row.branch, permissions_of(row.roles))


def test_factory_warranty_is_proposed_by_the_narrowest_term_and_a_person_takes_it(
    gone: Any, back: Any, actor: Any, login: Any, turbo: LabourOperation
) -> None:
    who, old = actor("service_advisor"), gone(400)
    brand = Brand.objects.create(name="大众")
    model = VehicleModel.objects.create(brand=brand, name="途观")
    type(old.vehicle).objects.filter(pk=old.vehicle_id).update(
        model=model,
        warranty_start_on=date.today() - timedelta(days=365),  # noqa: DTZ011 - whatever the day
    )
    old.vehicle.refresh_from_db()
    WarrantyTerm.objects.create(kind="vehicle", months=36, km=49_999)
    WarrantyTerm.objects.create(kind="vehicle", brand=brand, months=36, km=60_000)
    line = add(back(old, 50_000), who)
    assert line.payer == "customer", "the maker has to agree: a person proposes it"
    url = reverse("reception:judgement", args=[line.order_id, line.pk])
    assert login("service_advisor").post(url, {"do": "decide", "judgement": "factory"}).status_code == 302
    line.refresh_from_db()
    assert line.payer == "manufacturer"
    lines.offer(actor=who, order_id=line.order_id)
    line.refresh_from_db()
    assert line.judged["why"] == "factory"


# --- Goodwill ------------------------------------------------------------------------------------------------------


@pytest.fixture
def line(gone: Any, back: Any, actor: Any, turbo: LabourOperation) -> Line:
    return add(back(gone(400), 50_000), actor("service_advisor"))


def test_goodwill_is_asked_for_and_another_person_approves_it(line: Line, actor: Any) -> None:
    manager = actor("manager")
    with pytest.raises(Invalid):
        goodwill.ask_goodwill(actor=manager, line_id=line.pk, share=100, reason=" ")
    goodwill.ask_goodwill(actor=manager, line_id=line.pk, share=100, reason="老客户")
    with pytest.raises(Refused, match=r"."):
        goodwill.ask_goodwill(actor=manager, line_id=line.pk, share=50, reason="老客户")
    with pytest.raises(Refused) as own:
        goodwill.approve_goodwill(actor=manager, line_id=line.pk)
    assert own.value.code == "two_people"
    with pytest.raises(Forbidden):
        goodwill.approve_goodwill(actor=actor("service_advisor"), line_id=line.pk)
    goodwill.approve_goodwill(actor=actor("manager"), line_id=line.pk)
    line.refresh_from_db()
    assert (line.payer, line.coverage, line.judged["share"]) == ("goodwill", "goodwill", 100)
    with pytest.raises(IntegrityError), transaction.atomic():
        Goodwill.objects.update(approved_by=manager.user)


def test_a_share_is_a_discount_and_a_refusal_changes_nothing(line: Line, actor: Any) -> None:
    who = actor("service_advisor")
    goodwill.ask_goodwill(actor=who, line_id=line.pk, share=30, reason="老客户")
    goodwill.refuse_goodwill(actor=actor("manager"), line_id=line.pk)
    line.refresh_from_db()
    assert (line.gross, line.discount) == (Decimal(1200), Decimal(0))
    goodwill.ask_goodwill(actor=who, line_id=line.pk, share=20, reason="老客户")
    goodwill.approve_goodwill(actor=actor("manager"), line_id=line.pk)
    line.refresh_from_db()
    assert (line.payer, line.gross, line.discount) == ("customer", Decimal(960), Decimal(240))


def test_goodwill_waits_on_the_approvers_today_with_one_click(line: Line, actor: Any, login: Any, asks: Any) -> None:
    advisor, manager, today = login("service_advisor"), login("manager"), reverse("reception:today")
    before = asks(manager, today)
    goodwill.ask_goodwill(actor=actor("service_advisor"), line_id=line.pk, share=30, reason="老客户")
    assert asks(manager, today) == before, "as many queries as for none"
    url = reverse("reception:judgement", args=[line.order_id, line.pk])
    assert (url in manager.text, reverse("reception:order", args=[line.order_id]) in manager.text) == (True, True)
    assert url not in advisor.get(today).text
    goodwill.approve_goodwill(actor=actor("manager"), line_id=line.pk)
    assert url not in manager.get(today).text


def test_who_asked_for_goodwill_is_not_asked_to_approve_it(line: Line, actor: Any) -> None:
    manager = actor("manager")
    goodwill.ask_goodwill(actor=manager, line_id=line.pk, share=30, reason="老客户")
    assert selectors.today(manager).needs == []
    assert [need.line_id for need in selectors.today(actor("manager")).needs] == [line.pk]


def test_goodwill_is_not_chosen_without_approval(line: Line, actor: Any) -> None:
    with pytest.raises(Refused):
        lines.adjust(
            actor=actor("service_advisor"), line_id=line.pk, quantity=line.quantity, payer="goodwill",
            coverage="goodwill", statement=None,
        )  # fmt: skip


def test_goodwill_on_the_page(line: Line, login: Any) -> None:
    url = reverse("reception:judgement", args=[line.order_id, line.pk])
    advisor, manager = login("service_advisor"), login("manager")
    assert advisor.post(url, {"do": "ask", "share": "20", "reason": "老客户"}).status_code == 302
    assert 'value="approve"' not in advisor.get(url).text
    assert 'value="approve"' in manager.get(url).text
    assert advisor.post(url, {"do": "approve"}).status_code == 403
    assert manager.post(url, {"do": "approve"}).status_code == 302
    line.refresh_from_db()
    assert line.discount == Decimal(240)


# --- Queries -------------------------------------------------------------------------------------------------------


def test_judging_takes_the_same_queries_for_one_line_and_three(repaired: Any, back: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from reception.known import known_of

    order, counts = repaired(12), []
    visit = WorkOrder.objects.select_related("vehicle__model", "branch").get(pk=back(order, 49_000).pk)
    for _number in range(3):
        with pgtrigger.ignore():
            row = Line.objects.filter(order=order).earliest("id")
            row.pk, row._state.adding = None, True
            row.save()
        with CaptureQueriesContext(connection) as seen:
            assert known_of(visit).past
        counts.append(len(seen))
    assert counts[0] == counts[2] == 1
