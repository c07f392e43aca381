"""The roll-up is what the raw rows say, whatever happened and when: random histories, changed late, told by night."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pgtrigger
import pytest

from accounts.models import Bay
from catalog.models import Brand, VehicleModel
from customers.models import Vehicle
from dms.clock import as_of, branch_day
from reception.models import Line, WorkOrder
from retention.models import DeliveredCars, LateChange, Measured
from retention.selectors.key_figures import By, Period, cars_of, sums
from retention.services import rollup
from retention.services.rollup import Proof, prove, write_figures
from workshop.models import Attendance, CheckedOrder, Clocking, Job

START = datetime(2026, 3, 1, 1, tzinfo=UTC)
DAYS = 160


#: What guards the road of an order rests here; the trigger that marks old days does not.
GUARDS = [f"reception.WorkOrder:{trigger.name}" for trigger in WorkOrder._meta.triggers] + [
    f"workshop.CheckedOrder:{trigger.name}" for trigger in CheckedOrder._meta.triggers
]


class House:
    """A branch that things happen to, one after the other, at instants of the last months."""

    def __init__(self, branch: Any, member: Any, past: Any, draw: Random) -> None:
        self.branch, self.draw, self.past = branch, draw, past
        self.advisors = [member("service_advisor").user for _ in range(2)]
        self.hands = [member("technician") for _ in range(2)]
        self.models = [
            VehicleModel.objects.create(name=name, brand=Brand.objects.create(name=name)) for name in ("甲", "乙")
        ]
        self.cars = [
            Vehicle.objects.create(branch=branch, plate=f"粤B{n:05d}", model=draw.choice([*self.models, None]))
            for n in range(6)
        ]
        self.bay = Bay.objects.create(branch=branch, name="1")

    def when(self) -> datetime:
        return START + timedelta(minutes=self.draw.randrange(DAYS * 24 * 60))

    def visit(self) -> None:
        lines = [
            (kind, self.draw.randrange(1, 900), self.draw.randrange(200), self.draw.choice(["customer", "internal"]))
            for kind in self.draw.choices(["labour", "part"], k=3)
        ]
        order = self.past(
            self.draw.choice(self.cars), self.when(), advisor=self.draw.choice(self.advisors), lines=lines,
            visit_type=self.draw.choice(["repair", "maintenance"]),
        )  # fmt: skip
        labour = [line for line in order.made if line.kind == "labour"]
        if labour:
            with pgtrigger.ignore():
                job = Job.objects.create(
                    order=order, line=labour[0], state="done", technician=self.hands[0], bay=self.bay, standard_hours=1,
                    sold_hours=self.draw.randrange(1, 4),
                )  # fmt: skip
            self.clock(job, order.arrived_at)

    def clock(self, job: Job, begins: datetime) -> None:
        for hands in self.hands:
            length = timedelta(minutes=self.draw.randrange(5, 600))
            Clocking.objects.create(job=job, technician=hands, started_at=begins, stopped_at=begins + length)

    def attend(self) -> None:
        came, hands = self.when(), self.draw.choice(self.hands)
        with_others = Attendance.objects.filter(membership=hands, came_at__gt=came - timedelta(days=2))
        if not with_others.filter(came_at__lt=came + timedelta(days=2)).exists():
            Attendance.objects.create(membership=hands, came_at=came, left_at=came + timedelta(hours=9))

    def correct_a_clock(self) -> None:
        row = Clocking.objects.order_by("?").first()
        if row is not None and row.stopped_at:
            row.stopped_at += timedelta(minutes=30)
            row.save(update_fields=["stopped_at"])

    def drop_a_clock(self) -> None:
        Clocking.objects.filter(pk__in=Clocking.objects.order_by("?").values("pk")[:1]).delete()

    def mend_a_model(self) -> None:
        car = self.draw.choice(self.cars)
        car.model = self.draw.choice([*self.models, None])
        car.save(update_fields=["model"])

    def settle_anew(self) -> None:
        """The slip was reversed and made again on another day."""
        with pgtrigger.ignore(*GUARDS):
            WorkOrder.objects.filter(pk__in=WorkOrder.objects.order_by("?").values("pk")[:1]).update(
                settled_at=self.when(), released_at=self.when()
            )

    def give_to_another(self) -> None:
        with pgtrigger.ignore(*GUARDS):
            WorkOrder.objects.filter(pk__in=WorkOrder.objects.order_by("?").values("pk")[:1]).update(
                advisor=self.draw.choice(self.advisors)
            )

    def act(self) -> None:
        acts = (
            self.attend, self.correct_a_clock, self.drop_a_clock, self.mend_a_model, self.settle_anew,
            self.give_to_another,
        )  # fmt: skip
        self.draw.choice(acts)()


def stored(branch: Any) -> dict[Any, Any]:
    """Every row that is counted, by its key."""
    rows = Measured.objects.filter(branch=branch).exclude(measure__in=rollup.SNAPSHOTS)
    return {
        (row.grain, row.on, row.measure, row.advisor_id, row.technician_id, row.brand_id, row.visit_type): row.value
        for row in rows
    }


def delivered(branch: Any) -> set[Any]:
    """Every row of the cars of months."""
    rows = DeliveredCars.objects.filter(branch=branch)
    return set(rows.values_list("month", "before", "brand_id", "cars"))


def anew(branch: Any, today: Any) -> dict[Any, Any]:
    """The same, counted from nothing."""
    before, cars = stored(branch), delivered(branch)
    Measured.objects.filter(branch=branch).delete()
    DeliveredCars.objects.filter(branch=branch).delete()
    write_figures(branch, today)
    found = stored(branch)
    assert delivered(branch) == cars
    assert found.keys() - before.keys() == before.keys() - found.keys() == set()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_nights_among_random_changes_leave_what_a_count_from_nothing_gives(
    branch: Any, member: Any, past: Any, seed: int
) -> None:
    house = House(branch, member, past, Random(seed))  # noqa: S311 - no secret
    for _visit in range(25):
        house.visit()
    end = START + timedelta(days=DAYS)
    for night in range(4):
        for _act in range(12):
            house.act()
        with as_of(end + timedelta(days=night)):
            today = branch_day(branch)
            write_figures(branch, today)
            assert write_figures(branch, today) == 0, "counted twice nothing changes"
    assert LateChange.objects.count() == 0
    assert stored(branch) == anew(branch, today)


@pytest.mark.django_db
def test_without_the_marks_an_old_change_is_missed_and_the_proof_finds_and_mends_it(
    branch: Any, member: Any, past: Any
) -> None:
    """The negative control: the trigger rests while a car of long ago gets another model."""
    house = House(branch, member, past, Random(7))  # noqa: S311 - no secret
    car = house.cars[0]
    type(car).objects.filter(pk=car.pk).update(model=house.models[0])
    past(car, START, advisor=house.advisors[0], lines=[("labour", 100, 0, "customer")])
    with as_of(START + timedelta(days=DAYS)):
        today = branch_day(branch)
        write_figures(branch, today)
        rows = Measured.objects.filter(branch=branch, grain="d").count()
        assert prove(branch) == Proof(rows, 0)
        with pgtrigger.ignore("retention.MeasuredCar:late_model"):
            Vehicle.objects.filter(pk=car.pk).update(model=house.models[1])
        write_figures(branch, today)
        sold = Measured.objects.filter(measure="labour", grain="d")
        assert sold.get().brand_id == house.models[0].brand_id, "nobody said anything"
        assert prove(branch).mended > 0
        assert sold.get().brand_id == house.models[1].brand_id
        assert prove(branch) == Proof(rows, 0)
        house.models.reverse()
        Vehicle.objects.filter(pk=car.pk).update(model=house.models[1])
        assert LateChange.objects.count() == 3, "of the arrival, the slip and the release"
        assert write_figures(branch, today) > 0
        assert prove(branch) == Proof(rows, 0)


@pytest.mark.django_db
def test_different_cars_are_those_of_the_orders_whatever_the_period_and_group(
    branch: Any, member: Any, past: Any
) -> None:
    house = House(branch, member, past, Random(5))  # noqa: S311 - no secret
    for _visit in range(30):
        house.visit()
    periods = [
        Period(date(2026, 3, 1), date(2026, 3, 31)), Period(date(2026, 4, 1), date(2026, 7, 31)),
        Period(date(2026, 3, 1), date(2026, 7, 31)), Period(date(2026, 3, 10), date(2026, 8, 7)),
    ]  # fmt: skip
    bys: tuple[By, ...] = ("", "month", "brand", "advisor")
    asked = [(period, by, only) for period in periods for by in bys for only in ({}, {"brand": None})]
    with as_of(START + timedelta(days=DAYS)):
        raw = [cars_of(branch, *one) for one in asked]
        write_figures(branch, branch_day(branch))
        assert DeliveredCars.objects.exclude(before=None).exists()
        assert [cars_of(branch, *one) for one in asked] == raw


@pytest.mark.django_db
def test_sums_of_any_period_are_the_same_out_of_months_days_and_facts(branch: Any, member: Any, past: Any) -> None:
    house = House(branch, member, past, Random(11))  # noqa: S311 - no secret
    for _visit in range(20):
        house.visit()
    first = branch_day(branch, START)
    periods = [Period(first + timedelta(days=a), first + timedelta(days=b)) for a, b in ((0, 91), (3, 70), (40, 159))]
    with as_of(START + timedelta(days=DAYS)):
        raw = [{key: round(value, 4) for key, value in sums(branch, one)[""].items()} for one in periods]
        write_figures(branch, branch_day(branch) - timedelta(days=20))  # the last twenty days are not counted
        left_out = {*rollup.SNAPSHOTS, *rollup.OF_MONTHS}
        for period, wanted in zip(periods, raw, strict=True):
            for by in ("", "month", "day"):
                found: dict[str, Any] = {}
                for row in sums(branch, period, by).values():
                    for key, value in row.items():
                        found[key] = found.get(key, 0) + value
                told = {key: round(value, 3) for key, value in found.items() if key not in left_out}
                assert told == {key: round(value, 3) for key, value in wanted.items()}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", [False, True], ids=["locked", "control"])
def test_two_nights_at_once_write_the_same_rows_once(
    branch: Any, member: Any, past: Any, race: Any, settings: Any, off: bool
) -> None:
    house = House(branch, member, past, Random(5))  # noqa: S311 - no secret
    house.visit()
    settings.LOCKS_OFF = off

    def night() -> int:
        with as_of(START + timedelta(days=DAYS)):
            return write_figures(branch, branch_day(branch))

    outcomes = sorted(map(str, race(night, night)))
    if off:
        assert "IntegrityError" in outcomes
    else:
        assert outcomes[0] == "0"
        assert int(outcomes[1]) > 0
    assert Line.objects.exists()
