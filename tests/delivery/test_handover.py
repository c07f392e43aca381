"""The hand-back of one car: what is asked of it, what was explained, the old parts, the next service."""

from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from catalog.models import Brand, LabourOperation, MaintenanceRule, Part, VehicleModel
from customers.models import DueForecast
from customers.services.forecast import add_months
from delivery.handover_selectors import handed, parts_to_hand, points_for
from delivery.models import HandedPoint, Handover, HandoverPoint, OldPartsHanded
from delivery.services import points
from delivery.services.handover import fail_internal, give_old_parts, pass_internal, walked
from delivery.services.payment import settle_and_pay
from delivery.states import CHECKS, Moment
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from reception.maintenance import next_service
from reception.models import Line, TakenItem, WorkOrder
from reception.services.gate import open_gate

pytestmark = pytest.mark.django_db


def keys(order: WorkOrder, moment: str) -> list[str]:
    return [point.key for point in points_for(order, moment)]


def with_part(order: WorkOrder, state: str = "done", payer: str = "customer") -> Line:
    """A part line that costs nothing, so that the bill stays what it is."""
    part, _made = Part.objects.get_or_create(code="P-1", defaults={"name": "机油滤清器", "unit": "个"})
    with pgtrigger.ignore():
        return Line.objects.create(
            order=order, statement=order.statements.earliest("id"), kind="part", state=state, part=part, code="P-1",
            name="机油滤清器", unit="个", quantity=Decimal(1), unit_price=Decimal(0), tax_rate=Decimal("0.13"),
            net=Decimal(0), tax=Decimal(0), gross=Decimal(0), payer=payer, price_version=1, approved_version=1,
        )  # fmt: skip


@pytest.fixture
def was_here(order_at: Any, actor: Any) -> Any:
    """`was_here(order)`: the same car and owner left the gate once before."""

    def make(order: WorkOrder) -> None:
        former = order_at()
        assert open_gate(actor=actor("gate"), entered=paid(former, actor("cashier"))).outcome == "opened"
        with pgtrigger.ignore():
            WorkOrder.objects.filter(pk=former.pk).update(vehicle=order.vehicle, owner=order.owner)

    return make


def took(order: WorkOrder, kind: str) -> TakenItem:
    return TakenItem.objects.create(order=order, kind=kind, taken_at=order.arrived_at, taken_by=order.advisor)


def test_what_was_ordered_and_taken_in_decides_what_is_asked(order_at: Any, was_here: Any) -> None:
    order = order_at("ready")
    was_here(order)
    assert keys(order, Moment.INTERNAL) == list(CHECKS)
    assert keys(order, Moment.WALK) == ["shown", "next"]
    took(order, "handbook")
    with_part(order)
    with_part(order, state="declined")
    assert keys(order, Moment.INTERNAL) == [*CHECKS, "handbook"]
    assert keys(order, Moment.WALK) == ["shown", "parts_shown", "declined", "next"]


def test_a_new_owner_hears_of_the_first_service(order_at: Any, was_here: Any) -> None:
    first, second = order_at("ready"), order_at("ready")
    assert "first" in keys(first, Moment.WALK)
    was_here(second)
    assert "first" not in keys(second, Moment.WALK)
    second.visit_type = "first"
    assert "first" in keys(second, Moment.WALK)


def test_the_handbook_that_was_taken_in_must_be_ticked(order_at: Any, actor: Any) -> None:
    order, advisor = order_at("ready"), actor("service_advisor")
    took(order, "handbook")
    with pytest.raises(Invalid) as refused:
        pass_internal(actor=advisor, order_id=order.pk, checks=list(CHECKS))
    assert refused.value.sentence == "Not ticked yet: This visit is entered in the handbook."
    pass_internal(actor=advisor, order_id=order.pk, checks=[*CHECKS, "handbook"])
    assert [row.point.key for row in handed(order)] == [*CHECKS, "handbook"]
    assert Handover.objects.get().checks == dict.fromkeys([*CHECKS, "handbook"], True)


def test_one_tap_keeps_everything_that_was_explained(order_at: Any, actor: Any) -> None:
    order, advisor = order_at(walked=False), actor("service_advisor")
    walked(actor=advisor, order_id=order.pk, advice="tyres")
    rows = handed(order)
    assert [(row.point.key, row.done, row.handed_by) for row in rows] == [
        (key, True, advisor.user) for key in ("shown", "next", "first")
    ]
    walked(actor=advisor, order_id=order.pk, advice="tyres and wipers")
    assert HandedPoint.objects.count() == 3
    assert Handover.objects.get().advice == "tyres and wipers"


def test_what_was_left_out_needs_a_word(order_at: Any, actor: Any) -> None:
    order, advisor = order_at(walked=False), actor("service_advisor")
    with pytest.raises(Invalid) as refused:
        walked(actor=advisor, order_id=order.pk, left_out=["first"])
    assert (refused.value.sentence, refused.value.code) == ("Write down why this was not explained.", "why")
    assert not HandedPoint.objects.exists()
    walked(actor=advisor, order_id=order.pk, left_out=["first"], why="a driver of the owner came")
    left = HandedPoint.objects.get(done=False)
    assert (left.point.key, left.why) == ("first", "a driver of the owner came")


def test_a_car_that_comes_back_is_looked_at_anew(order_at: Any, actor: Any) -> None:
    order, advisor = order_at("ready"), actor("service_advisor")
    pass_internal(actor=advisor, order_id=order.pk, checks=list(CHECKS))
    fail_internal(actor=advisor, order_id=order.pk, cause="still a noise")
    assert Handover.objects.get().checks == {}
    assert HandedPoint.objects.count() == 4


def test_a_point_that_was_kept_never_changes(order_at: Any, actor: Any) -> None:
    order = order_at("ready")
    pass_internal(actor=actor("service_advisor"), order_id=order.pk, checks=list(CHECKS))
    row = HandedPoint.objects.earliest("id")
    HandoverPoint.objects.filter(pk=row.point_id).update(name="其他")
    row.refresh_from_db()
    assert row.name == "委托项目全部完成，故障已排除"
    for act in (row.delete, lambda: HandedPoint.objects.update(done=False)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    for wrong in ({"moment": "internal", "why": "x"}, {"moment": "walk", "why": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HandedPoint.objects.create(
                order=order, point=row.point, name="x", done=False, handed_at=row.handed_at, handed_by=row.handed_by,
                **wrong,
            )  # fmt: skip


# --- Old parts -------------------------------------------------------------------------------------------------------


def paid(order: WorkOrder, cashier: Any) -> str:
    made = settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="113.00", key=f"k{order.pk}")
    assert made.gate_pass is not None
    return made.gate_pass.code


def test_the_gate_waits_for_the_old_parts(order_at: Any, actor: Any) -> None:
    order, guard, advisor = order_at(walked=False), actor("gate"), actor("service_advisor")
    with_part(order)
    walked(actor=advisor, order_id=order.pk)
    code = paid(order, actor("cashier"))
    answer = open_gate(actor=guard, entered=code)
    assert (answer.outcome, answer.sentence) == ("refused", "The old parts have not been handed over and signed for.")
    row = give_old_parts(actor=advisor, order_id=order.pk, signer=" 王建国 ")
    assert (row.signer, row.handed_by) == ("王建国", advisor.user)
    assert give_old_parts(actor=advisor, order_id=order.pk) == row
    assert open_gate(actor=guard, entered=code).outcome == "opened"


def test_a_car_that_was_handed_back_before_points_were_kept_is_not_held(order_at: Any, actor: Any) -> None:
    order = order_at()  # written under the triggers, as 0.1.0 left it: no point was kept
    with_part(order)
    assert open_gate(actor=actor("gate"), entered=paid(order, actor("cashier"))).outcome == "opened"


@pytest.mark.parametrize(("old_parts", "payer"), [("waive", "customer"), ("take", "manufacturer")])
def test_parts_that_nobody_takes_along_hold_nothing_up(order_at: Any, actor: Any, old_parts: str, payer: str) -> None:
    order = order_at()
    WorkOrder.objects.filter(pk=order.pk).update(old_parts=old_parts)
    order.refresh_from_db()
    with_part(order, payer=payer)
    assert parts_to_hand(order) == []
    with pytest.raises(Refused) as refused:
        give_old_parts(actor=actor("service_advisor"), order_id=order.pk)
    assert refused.value.sentence == "There are no old parts that the customer takes along."
    assert open_gate(actor=actor("gate"), entered=paid(order, actor("cashier"))).outcome == "opened"


def test_old_parts_go_back_at_the_hand_back_by_who_may(order_at: Any, actor: Any) -> None:
    early = order_at("ready")
    with_part(early)
    with pytest.raises(Refused, match="Things are given back when the car is handed over"):
        give_old_parts(actor=actor("service_advisor"), order_id=early.pk)
    order = order_at()
    with_part(order)
    with pytest.raises(Forbidden):
        give_old_parts(actor=actor("technician"), order_id=order.pk)
    with pytest.raises(Invalid, match="This is not a signature"):
        give_old_parts(actor=actor("service_advisor"), order_id=order.pk, signature="data:text/html,x")
    assert not OldPartsHanded.objects.exists()


# --- The next service ------------------------------------------------------------------------------------------------


def test_the_next_service_follows_from_what_was_done(order_at: Any, branch: Any) -> None:
    order = order_at(walked=False)
    brand = Brand.objects.create(name="大众")
    model = order.vehicle.model = VehicleModel.objects.create(brand=brand, name="途观L")
    order.vehicle.save()
    assert next_service(order) == (None, None)
    minor = MaintenanceRule.objects.create(brand=brand, name="小保养", interval_km=7_500, interval_months=6)
    minor.operations.add(LabourOperation.objects.get(code="OP1"))
    assert next_service(order) == (add_months(branch_day(branch), 6), 8_500)
    major = MaintenanceRule.objects.create(model=model, name="大保养", interval_km=30_000, interval_months=24)
    soon = date(branch_day(branch).year + 1, 1, 31)
    row = DueForecast.objects.create(
        vehicle=order.vehicle, rule=major, base_on=branch_day(branch), base_km=0, due_on=soon, due_km=4_000,
        predicted_km=4_000, km_per_day=30, basis="house",
    )  # fmt: skip
    assert next_service(order) == (min(soon, add_months(branch_day(branch), 6)), 4_000)
    DueForecast.objects.filter(pk=row.pk).update(due_on=date(2020, 1, 1))
    assert next_service(order) == (add_months(branch_day(branch), 6), 8_500)


def test_the_page_proposes_it_and_the_form_keeps_it(order_at: Any, login: Any, branch: Any) -> None:
    order = order_at(walked=False)
    brand = Brand.objects.create(name="大众")
    order.vehicle.model = VehicleModel.objects.create(brand=brand, name="途观L")
    order.vehicle.save()
    rule = MaintenanceRule.objects.create(brand=brand, name="小保养", interval_km=7_500, interval_months=6)
    rule.operations.add(LabourOperation.objects.get(code="OP1"))
    with_part(order)
    advisor, url = login("service_advisor"), reverse("delivery:handover", args=[order.pk])
    text = advisor.get(url).text
    assert f'value="{add_months(branch_day(branch), 6):%Y-%m-%d}"' in text
    assert 'value="8500"' in text
    for words in ("旧件已当面展示", "首保、保养周期和质量担保已说明", "机油滤清器"):
        assert words in text, words
    wrong = advisor.post(reverse("delivery:walked", args=[order.pk]), {"w-left_out": ["first"]})
    assert (wrong.status_code, HandedPoint.objects.count()) == (422, 0)
    advisor.post(reverse("delivery:walked", args=[order.pk]), {"w-advice": "轮胎"})
    advisor.post(reverse("delivery:old_parts", args=[order.pk]), {"p-signer": "李四"})
    assert OldPartsHanded.objects.get().signer == "李四"
    assert "李四" in advisor.get(url).text


# --- The list is data ------------------------------------------------------------------------------------------------


def test_the_manager_changes_the_list(order_at: Any, actor: Any, login: Any) -> None:
    manager, order = login("manager"), order_at("ready")
    url = reverse("delivery:points")
    data = {"name": "轮胎气压已复核", "name_en": "Tyre pressures checked", "moment": "internal", "asked": "always"}
    assert manager.post(url, data | {"place": 25}).status_code == 302
    row = HandoverPoint.objects.get(name="轮胎气压已复核")
    assert keys(order, Moment.INTERNAL) == ["work", "clean", row.key, "old_parts", "kit"]
    assert "轮胎气压已复核" in manager.get(url).text
    one = reverse("delivery:point", args=[row.pk])
    assert manager.post(one, {"do": "end"}).status_code == 302
    assert keys(order, Moment.INTERNAL) == list(CHECKS)
    assert manager.post(one, data | {"do": "save", "place": 5, "version": 1}).status_code == 422  # an old page
    assert manager.post(one, {"do": "again"}).status_code == 302
    assert login("service_advisor").get(url).status_code == 403
    with pytest.raises(Forbidden):
        points.keep(actor=actor("service_advisor"), point=row)


def test_the_first_list_is_made_once(db: None) -> None:
    assert points.begin() == 0
    assert HandoverPoint.objects.filter(key__in=CHECKS).count() == 4


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_a_fixed_number_of_queries(order_at: Any, login: Any, asks: Any, rows: int) -> None:
    order, advisor = order_at(walked=False), login("service_advisor")
    for _row in range(rows):
        with_part(order)
        took(order, "valuable")
    counts = asks(advisor, reverse("delivery:handover", args=[order.pk]))
    assert counts == 21


def test_the_api(order_at: Any, program: Any) -> None:
    order, advisor = order_at("ready"), program("service_advisor")
    User.objects.update(language="en")
    took(order, "handbook")
    with_part(order)
    here = f"work-orders/{order.pk}/"
    told = advisor.get(f"{here}handover/").json()
    assert [row["key"] for row in told["internal"]] == [*CHECKS, "handbook"]
    assert [row["key"] for row in told["walk"]] == ["shown", "parts_shown", "next", "first"]
    assert [row["code"] for row in told["old_parts"]] == ["P-1"]
    assert advisor.post(f"{here}handover/pass/", {"checks": list(CHECKS)}).status_code == 422
    advisor.does(f"{here}handover/pass/", {"checks": [*CHECKS, "handbook"]})
    assert advisor.post(f"{here}handover/walk/", {"left_out": ["next"]}).status_code == 422
    advisor.does(f"{here}handover/walk/", {"left_out": ["next"], "why": "in a hurry"})
    assert [row["done"] for row in advisor.get(f"{here}handover/").json()["handed"]].count(False) == 1
    assert advisor.does(f"{here}old-parts/", {"signer": "Li"})["signer"] == "Li"
