"""The card of a car that we know: what still holds, what was declined, what it needs; the same queries always."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Brand, CareRule, LabourOperation, MaintenanceRule, Part, VehicleModel, WarrantyTerm
from customers.models import CareProfile, DueForecast, Recall, RecallVin, Vehicle
from dms.clock import branch_day
from reception.known_car import Card, card_of
from reception.models import Line, WorkOrder
from reception.selectors import order_of
from reception.services import arrival, draft
from reception.states import LineState

pytestmark = pytest.mark.django_db


@pytest.fixture
def turbo(db: None) -> LabourOperation:
    return LabourOperation.objects.create(
        code="R3005", name="更换涡轮增压器总成", name_en="Turbo", standard_hours=Decimal(5), guarantee="assembly"
    )


@pytest.fixture
def car(gone: Any, turbo: LabourOperation) -> Vehicle:
    """A car whose turbocharger was replaced under factory warranty at 48,912 km, gone 12 days ago."""
    order = gone(12)
    with pgtrigger.ignore():
        order.lines.update(
            operation=turbo, code=turbo.code, name=turbo.name, name_en="Turbo", state="done", payer="manufacturer",
            coverage="factory",
        )  # fmt: skip
    brand = Brand.objects.create(name="大众")
    model = VehicleModel.objects.create(brand=brand, name="途观")
    today = branch_day(order.branch)
    Vehicle.objects.filter(pk=order.vehicle_id).update(
        model=model, vin="LSVCH6A41MN000001", warranty_start_on=today - timedelta(days=300), last_odometer=49_252
    )
    return Vehicle.objects.select_related("model", "branch").get(pk=order.vehicle_id)


def card(car: Vehicle, km: int | None = 49_252) -> Card:
    return card_of(car.branch, car, km, None)


def test_the_guarantee_that_still_runs_with_days_and_km_left(car: Vehicle) -> None:
    (row,) = card(car).guarantees
    assert (row.left.days, row.left.km) == (88, 19_660)
    assert card(car, 70_000).guarantees == []


def test_warranties_left_of_the_vehicle(car: Vehicle) -> None:
    WarrantyTerm.objects.create(kind="vehicle", months=36, km=60_000)
    WarrantyTerm.objects.create(kind="vehicle", category="wear", months=6)
    WarrantyTerm.objects.create(kind="vehicle", category="drive", months=96)  # of no car that burns petrol
    (row,) = card(car).warranties
    assert row.left.km == 10_748
    assert card(car, 60_001).warranties == []


def test_the_three_guarantees_count_days_and_the_same_fault(car: Vehicle) -> None:
    found = card(car).counters
    assert found is not None
    assert (found.days, found.repairs, found.near, found.first) == (1, 1, False, False)
    order = WorkOrder.objects.get(vehicle=car)
    with pgtrigger.ignore():
        row = order.lines.get()
        for _more in range(2):
            row.pk, row._state.adding = None, True
            row.save()
        WorkOrder.objects.filter(pk=order.pk).update(arrived_at=order.released_at - timedelta(days=4, hours=1))
    found = card(car).counters
    assert found is not None
    assert (found.days, found.repairs, found.near) == (5, 3, True)
    Vehicle.objects.filter(pk=car.pk).update(warranty_start_on=branch_day(car.branch) - timedelta(days=800))
    car.refresh_from_db()
    assert card(car).counters is None, "two years are over"


def test_open_recalls_of_this_vin(car: Vehicle, turbo: LabourOperation) -> None:
    recall = Recall.objects.create(number="R-1", name="气囊", brand=Brand.objects.get(), operation=turbo)
    RecallVin.objects.create(recall=recall, vin="LSVCH6A41MN000002")
    assert card(car).recalls == []
    RecallVin.objects.create(recall=recall, vin=car.vin)
    assert [row.recall for row in card(car).recalls] == [recall]


def test_a_smokers_car_is_told_about_the_cabin_filter_when_half_its_interval_has_passed(car: Vehicle) -> None:
    cabin = LabourOperation.objects.create(
        code="M1003", name="更换空调滤芯", standard_hours=Decimal("0.3"), kind="maintenance"
    )
    rule = MaintenanceRule.objects.create(brand=car.model.brand, name="空调滤芯", interval_months=12)
    rule.operations.add(cabin)
    CareRule.objects.create(profile="smoker", operation=cabin, sentence="半年换一次", multiplier=Decimal("0.5"))
    assert card(car).care == [], "nobody smokes in it"
    CareProfile.objects.create(vehicle=car, smoker=True)
    assert [(row.code, row.sentence) for row in card(car).care] == [("M1003", "半年换一次")]
    order = WorkOrder.objects.get(vehicle=car)
    with pgtrigger.ignore():
        Line.objects.filter(order=order).update(operation=cabin, code="M1003")
    assert card(car).care == [], "done twelve days ago"
    with pgtrigger.ignore():
        WorkOrder.objects.filter(pk=order.pk).update(arrived_at=order.arrived_at - timedelta(days=184))
    assert len(card(car).care) == 1


def test_check_in_shows_the_card_and_adds_from_it_with_one_click(car: Vehicle, login: Any) -> None:
    client = login("service_advisor")
    client.membership.user.language = "en"
    client.membership.user.save()
    old = WorkOrder.objects.get(vehicle=car)
    with pgtrigger.ignore():
        Line.objects.create(
            order=old, kind="labour", state="declined", operation=LabourOperation.objects.get(code="DIAG"), code="DIAG",
            name="诊断", quantity=1, unit_price=Decimal(240), tax_rate=Decimal(0), net=240, tax=0, gross=240,
            declined_reason="price", revive_on=branch_day(car.branch),
        )  # fmt: skip
    client.post(reverse("reception:arrive", args=[car.pk]))
    visit = WorkOrder.objects.latest("id")
    page = reverse("reception:check_in", args=[visit.pk])
    shown = client.get(page).text
    line = old.lines.get(state="done")
    assert f'value="add:fault:{line.pk}"' in shown
    assert "88 days left" in shown
    assert "Too expensive" in shown
    fields = {
        "odometer": "49252", "fuel": "2", "visit_type": "repair", "old_parts": "take", "wash": "yes",
        "pay_method": "scan", "words": "加速无力", "marks-TOTAL_FORMS": "0", "marks-INITIAL_FORMS": "0",
    }  # fmt: skip
    client.post(page, fields | {"do": f"add:fault:{line.pk}"})
    assert visit.lines.get().returns_of == line
    declined = old.lines.get(state="declined")
    client.post(page, fields | {"do": f"add:again:{declined.pk}"})
    again = visit.lines.latest("id")
    assert (again.revived_from, again.state) == (declined, LineState.DRAFT)
    assert f"add:again:{declined.pk}" not in client.get(page).text, "it is on its way again"


def test_another_cars_work_is_no_fault_of_this_one(car: Vehicle, signed: Any, actor: Any) -> None:
    from dms.errors import Invalid

    who, other = actor("service_advisor"), signed()
    visit = arrival.arrive(actor=who, vehicle=car)
    with pytest.raises(Invalid):
        draft.add(actor=who, order_id=visit.pk, what=f"fault:{other.lines.get().pk}")


def test_the_vehicles_page_shows_what_still_holds(car: Vehicle, login: Any) -> None:
    text = login("technician").get(reverse("customers:vehicle", args=[car.pk])).text
    assert "88" in text
    assert "19,660" in text


def test_the_card_takes_one_query_whatever_there_is(car: Vehicle, turbo: LabourOperation) -> None:
    counts = []
    for number in range(3):
        operation = LabourOperation.objects.create(code=f"X{number}", name="x", standard_hours=1)
        part = Part.objects.create(code=f"P{number}", name="p")
        rule = MaintenanceRule.objects.create(brand=car.model.brand, name=f"r{number}", interval_months=6)
        rule.operations.add(operation)
        CareRule.objects.create(profile="smoker", part=part, sentence="x")
        WarrantyTerm.objects.create(kind="part", category=["wear", "tyre", "battery"][number], months=6)
        day = branch_day(car.branch)
        DueForecast.objects.create(
            vehicle=car, rule=rule, base_on=day, base_km=1, due_on=day, predicted_km=1, km_per_day=1, basis="own"
        )
        recall = Recall.objects.create(number=f"R-{number}", name="x", brand=car.model.brand, operation=turbo)
        RecallVin.objects.create(recall=recall, vin=car.vin)
        with CaptureQueriesContext(connection) as seen:
            found = card(car)
        counts.append(len(seen))
    assert (len(found.recalls), len(found.due)) == (3, 3)
    assert counts == [1, 1, 1]


def test_the_visit_under_way_counts_its_days_so_far(
    car: Vehicle, turbo: LabourOperation, actor: Any, time_machine: Any, login: Any
) -> None:
    advisor = actor("service_advisor")
    order = arrival.arrive(actor=advisor, vehicle=car)
    found = card(car).counters
    assert found is not None
    assert (found.days, found.here) == (1, 0), "nobody says yet that the maker has to mend it"
    WorkOrder.objects.filter(pk=order.pk).update(visit_type="warranty")
    found = card(car).counters
    assert found is not None
    assert (found.days, found.here) == (2, 1)
    WorkOrder.objects.filter(pk=order.pk).update(visit_type="repair")
    line = order.lines.create(
        kind="labour", operation=turbo, code="R", name="R", quantity=1, unit_price=0, tax_rate=0, net=0, tax=0, gross=0,
        payer="manufacturer", coverage="factory",
    )  # fmt: skip
    time_machine.move_to(order.arrived_at + timedelta(days=27, hours=1), tick=False)
    found = card_of(car.branch, car, 49_252, None, but=order.pk).counters  # as at check-in
    assert found is not None
    assert (found.days, found.here, found.repairs, found.near) == (29, 28, 1, True)
    shown = order_of(order.pk, car.branch)
    assert shown is not None
    assert shown.three == found  # type: ignore[attr-defined]  # for its page
    client = login("service_advisor")
    type(client.membership.user).objects.update(language="en")
    page = client.get(reverse("reception:order", args=[order.pk])).text
    assert "29 of 30 days in repair (of them 28 days this visit)" in page
    Line.objects.filter(pk=line.pk).delete()
    assert card(car).counters.here == 0  # type: ignore[union-attr]


def test_the_order_of_a_young_car_takes_no_query_more(car: Vehicle, actor: Any, login: Any, asks: Any) -> None:
    order, client = arrival.arrive(actor=actor("service_advisor"), vehicle=car), login("service_advisor")
    young = asks(client, reverse("reception:order", args=[order.pk]))
    Vehicle.objects.filter(pk=car.pk).update(warranty_start_on=None)
    assert asks(client, reverse("reception:order", args=[order.pk])) == young


def test_visits_from_before_this_system_fill_the_list(car: Vehicle, actor: Any, login: Any) -> None:
    from customers.models import PastVisit
    from reception.appointment_selectors import pack_of

    for year in (2021, 2022, 2023, 2024):
        PastVisit.objects.create(vehicle=car, on=date(year, 3, 5), work=f"保养 {year}", km=year)
    found = card(car)
    assert (len(found.visits), [row.on.year for row in found.past]) == (1, [2024, 2023])
    pack = pack_of(car)
    assert pack is not None
    assert [row.on.year for row in pack.past] == [2024, 2023]
    client = login("service_advisor")
    order = arrival.arrive(actor=actor("service_advisor"), vehicle=car)
    page = client.get(reverse("reception:check_in", args=[order.pk])).text
    assert ("保养 2024" in page, "保养 2022" in page, "导入" in page) == (True, False, True)
    booking = client.get(reverse("reception:appointment_book") + f"?vehicle={car.pk}").text
    assert ("保养 2024" in booking, "导入" in booking) == (True, True)
