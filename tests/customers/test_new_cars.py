"""The hand-over of a new car, by form, by list and by API: owner, warranty, what falls due, and the first call."""

from datetime import timedelta

import pytest
from django.urls import reverse

from catalog.models import Brand, MaintenanceRule, VehicleModel
from customers.models import NewCar, Ownership, Vehicle
from customers.services import new_cars, register_vehicle
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from retention.models import CallTask

pytestmark = pytest.mark.django_db
OWNER = {"name": "王建国", "phone": "13912345678"}
VIN = "LSVAM4187C2184841"


@pytest.fixture
def model(db):
    brand = Brand.objects.create(name="大众", name_en="Volkswagen")
    MaintenanceRule.objects.create(brand=brand, name="首保", interval_km=7500, interval_months=6)
    return VehicleModel.objects.create(brand=brand, name="途观", name_en="Tiguan")


def test_owner_warranty_forecast_and_the_first_call(actor, branch, model):
    day = branch_day(branch) - timedelta(days=1)
    who = actor("manager")
    made = new_cars.take_over(actor=who, owner=OWNER, car={"vin": VIN, "model": model}, handed_over_on=day, km=12)
    car = Vehicle.objects.get()
    assert (made.vehicle, made.customer.name, made.source) == (car, "王建国", "form")
    assert (car.warranty_start_on, car.last_odometer) == (day, 12)
    assert car.next_due_on is not None
    assert Ownership.objects.get().from_on == day
    call = CallTask.objects.get()
    assert (call.kind, call.vehicle, call.due_on, call.subject_key) == (
        "welcome", car, day + timedelta(days=3), f"new_car:{made.pk}",
    )  # fmt: skip
    with pytest.raises(Refused, match="already"):
        new_cars.take_over(actor=who, owner=OWNER, car={"vin": VIN})


def test_a_car_that_was_made_ready_here_is_completed(actor, model):
    who = actor("manager")
    register_vehicle(actor=who, vin=VIN)
    new_cars.take_over(actor=who, owner=OWNER, car={"vin": VIN, "plate": "粤B72K19", "model": model, "colour": ""})
    car = Vehicle.objects.get()
    assert (car.plate, car.model, car.incomplete) == ("粤B72K19", model, False)
    assert Ownership.objects.get().customer.name == "王建国"


def test_who_may_and_when(actor, branch):
    with pytest.raises(Forbidden):
        new_cars.take_over(actor=actor("technician"), owner=OWNER, car={"vin": VIN})
    tomorrow = branch_day(branch) + timedelta(days=1)
    with pytest.raises(Invalid, match="future"):
        new_cars.take_over(actor=actor("manager"), owner=OWNER, car={"vin": VIN}, handed_over_on=tomorrow)
    with pytest.raises(Invalid, match="plate or the VIN"):
        new_cars.take_over(actor=actor("manager"), owner=OWNER, car={})


def test_the_page(login, branch, model):
    client = login("service_advisor")
    type(client.membership.user).objects.update(language="en")
    url = reverse("customers:new_car")
    assert "Take the car over" in client.get(url).text
    typed = {
        "kind": "person", "language": "zh-hans", "vin": VIN, "model": model.pk,
        "handed_over_on": branch_day(branch).isoformat(), "km": "12", **OWNER,
    }  # fmt: skip
    answer = client.post(url, typed)
    assert answer["Location"] == reverse("customers:vehicle", args=[Vehicle.objects.get().pk])
    assert "The first service is due about" in client.get(answer["Location"]).text
    again = client.post(url, typed)
    assert again.status_code == 422
    assert "was handed over on" in again.text


def test_by_the_api_once(program, model):
    sales = program("manager")
    body = {"owner": OWNER, "car": {"vin": VIN, "model": model.pk}, "km": 12}
    first = sales.post("hand-overs/", body, key="k1")
    assert first.status_code == 201
    assert first.json()["vehicle"]["vin"] == VIN
    assert first.json()["first_service_on"]
    assert sales.post("hand-overs/", body, key="k1").json() == first.json()
    assert NewCar.objects.get().source == "api"
    assert sales.post("hand-overs/", body, key="k2").status_code == 409
    assert sales.post("hand-overs/", {"owner": {}, "car": {}}).status_code == 422


def test_by_a_list(actor, branch, model):
    from django.core.files.base import ContentFile

    from customers.imports import runs

    who, day = actor("manager"), branch_day(branch).isoformat()
    rows = [
        "姓名,手机,车架号,品牌,车型,交车日期",
        f"王建国,13912345678,{VIN},大众,途观,{day}",
        f"李娜,13800138000,LSVAM4187C2184842,大众,途观,{day}",
        f"赵六,13800138001,,大众,途观,{day}",
    ]
    for made in (2, 0):
        run = runs.begin(actor=who, kind="new_cars", file=ContentFile("\n".join(rows).encode("gbk")), name="新车.csv")
        runs.choose(actor=who, run_id=run.pk, mapping=run.mapping, fill_only=True)
        runs.work(run.pk)
        runs.start(actor=who, run_id=run.pk)
        while runs.work(run.pk):
            pass
        run.refresh_from_db()
        assert (run.state, run.bad_rows, run.counts.get("new_cars", 0)) == ("done", 1, made)
    assert NewCar.objects.filter(source="import", handed_over_on=day).count() == 2
    assert CallTask.objects.filter(kind="welcome").count() == 2
    assert set(Vehicle.objects.values_list("warranty_start_on", flat=True)) == {branch_day(branch)}
