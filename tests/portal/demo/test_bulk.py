"""Cars for benchmarks: as many as asked for, valid, and the demo beside them untouched."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q, Sum

from customers.identifiers import plate_doubt, plate_kind, vin_check_digit
from customers.models import DueForecast, OdometerReading, Ownership, Vehicle
from portal.demo.bulk import add_vehicles, orders_before, plate_of, vin_of
from reception.models import Line, WorkOrder
from records.models import Counter

pytestmark = pytest.mark.xdist_group("demo")
CARS = 3000


@pytest.fixture(scope="module")
def added(filled):
    """The cars are there for the tests of this file."""
    said = []
    with transaction.atomic():
        made = add_vehicles(300 + CARS, said.append)
        assert said[-1].startswith("3,000 of 3,000 cars")
        yield made
        transaction.set_rollback(True)


def of(name, rows):
    """A filter for a foreign key to `rows`, whose ids lie together: a join has no statistics to be planned by."""
    found = rows.aggregate(low=Min("id"), high=Max("id"))
    return Q(**{f"{name}__gte": found["low"], f"{name}__lte": found["high"]})


def ours():
    """The added cars."""
    return Vehicle.objects.filter(vin__startswith="LDMAB2")


def our_orders():
    """The added orders: their status codes begin with a sign that no real one has."""
    return WorkOrder.objects.filter(status_code__startswith="0")


def test_as_many_as_asked_for(added):
    assert Vehicle.objects.count() == 300 + CARS
    assert (ours().count(), added.cars, added.orders) == (CARS, CARS, 10_000)
    cars = of("vehicle", ours())
    assert our_orders().count() == WorkOrder.objects.filter(cars).count() == 10_000
    assert Line.objects.filter(of("order", our_orders())).count() == 50_000
    assert OdometerReading.objects.filter(cars).count() == 10_000
    assert Ownership.objects.filter(cars).count() == CARS
    assert DueForecast.objects.filter(cars).count() == CARS
    assert added.rows == CARS * 3 + 10_000 * 2 + 50_000


def test_visits_are_counted_before_they_are_made():
    assert [orders_before(car) for car in range(7)] == [0, 4, 7, 10, 14, 17, 20]
    assert orders_before(300_000) == 1_000_000


def test_plates_and_vins_of_a_million_cars():
    cars = [*range(3000), *range(400_000, 401_000), *range(998_000, 999_000)]
    plates = [plate_of(car, "粤B") for car in cars]
    assert [plate for plate, kind in plates if plate_doubt(plate) or plate_kind(plate) != kind] == []
    assert len({plate for plate, _kind in plates}) == len(cars)
    vins = [vin_of(car, 2020) for car in cars]
    assert [vin for vin in vins if vin[8] != vin_check_digit(vin)] == []
    assert len(set(vins)) == len(cars)


def test_odometers_rise_and_the_car_knows_its_last(added):
    for vehicle in ours().order_by("id")[:400]:
        kms = list(vehicle.readings.order_by("read_at", "id").values_list("km", flat=True))
        assert kms == sorted(kms)
        assert vehicle.last_odometer == kms[-1]


def test_money_adds_up(added):
    lines = Line.objects.filter(of("order", our_orders()))
    sums = dict(lines.order_by().values_list("order_id").annotate(sum=Sum("gross")))
    assert dict(our_orders().values_list("id", "authorised_amount")) == sums
    line = lines.order_by("id").first()
    assert line.tax == (line.gross * Decimal("0.13") / Decimal("1.13")).quantize(Decimal("0.01"))


def test_numbers_are_once_and_the_counters_know_them(added):
    assert not WorkOrder.objects.values("number").annotate(n=Count("id")).filter(n__gt=1).exists()
    last = {}
    for number in WorkOrder.objects.values_list("number", flat=True):
        _kind, _code, period, count = number.split("-")
        last[period] = max(last.get(period, 0), int(count))
    assert dict(Counter.objects.filter(kind="WT").values_list("period", "last")) == last


def test_the_database_agrees(added):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_a_second_time_is_refused(added):
    with pytest.raises(CommandError, match="added once"):
        call_command("demo", "--vehicles", "9000")
    with pytest.raises(CommandError, match="already has a branch"):
        call_command("demo")
