"""October 2026 of a small house, counted by hand: every key figure with its parts written out (DOMAIN.md, Figures).

Two bays, open from 8 to 18 on 25 of the month's 31 days (the holidays of China are closed); one technician T, a helper
U who has left since, two advisors X and Y. An hour of a technician costs 60.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pgtrigger
import pytest

from accounts.models import Bay, OpeningHours
from catalog.models import Brand, PackageTemplate, Part, PartDemand, VehicleModel
from customers.models import Vehicle
from reception.models import Appointment, Package
from retention.figures import BY_KEY, CATALOGUE, Value, value_of
from retention.models import EnteredFigure, Survey
from retention.selectors.key_figures import Period, behind, figures_of, sums
from retention.services.rollup import write_figures
from workshop.models import Attendance, Clocking, Inspection, Job

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
TODAY = date(2026, 12, 10)


def on(day: int, hour: int = 9, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def people(member: Any) -> Any:
    """X, Y, T and U: the helper was here in October and is no longer."""
    x, y, t, u = member("service_advisor"), member("service_advisor"), member("technician"), member("technician")
    type(u).objects.filter(pk=u.pk).update(active=False)
    return x, y, t, u


@pytest.fixture
def cars(branch: Any) -> list[Vehicle]:
    """Cars 1, 2 and 4 are of brand A, which has lapsed after six months, car 3 is of B."""
    models = [
        VehicleModel.objects.create(name=f"{name}1", brand=Brand.objects.create(name=name, lapse_months=6))
        for name in ("甲", "乙")
    ]
    of = (0, 0, 1, 0)
    return [
        Vehicle.objects.create(branch=branch, plate=f"粤B0000{n + 1}", model=models[brand])
        for n, brand in enumerate(of)
    ]


def worked(order: Any, hands: Any, stretches: list[tuple[Any, datetime, int]], bay: Any, sold: str = "1.5") -> Job:
    """A finished job on the order's first line with clocks of (who, from, hours)."""
    with pgtrigger.ignore():
        job = Job.objects.create(
            order=order, line=order.made[0], state="done", technician=hands, bay=bay, standard_hours=1,
            sold_hours=Decimal(sold),
        )  # fmt: skip
    for who, begins, hours in stretches:
        Clocking.objects.create(job=job, technician=who, started_at=begins, stopped_at=begins + timedelta(hours=hours))
    return job


def checked(order: Any, by: Any, *passed: str) -> None:
    """Its final checks, an hour apart from 14:00 of the day it came."""
    for number, told in enumerate(passed):
        good = told == "passed"
        Inspection.objects.create(
            order=order, round=number + 1, level="final", passed=good, cause="" if good else "异响",
            inspected_at=order.arrived_at + timedelta(hours=5 + number), inspected_by=by,
        )  # fmt: skip


@pytest.fixture
def october(branch: Any, people: Any, cars: Any, past: Any) -> Any:
    """Four visits, and those of April that cars 1 and 4 were here before."""
    x, y, t, u = people
    for weekday in range(7):
        OpeningHours.objects.create(branch=branch, weekday=weekday, opens=time(8), closes=time(18))
    bays = [Bay.objects.create(branch=branch, name=f"{n} 号位") for n in (1, 2)]
    past(cars[3], on(10, month=4), advisor=x.user)
    past(cars[0], on(12, month=4), advisor=x.user)
    first = past(
        cars[0], on(5), advisor=x.user, visit_type="maintenance", settled_at=on(5, 15), released_at=on(5, 16),
        first_promised_at=on(5, 15, 30), promised_at=on(5, 15, 30), washed_at=on(5, 15),
        lines=[("labour", 200, 0, "customer"), ("part", 100, 60, "customer")],
    )  # fmt: skip
    second = past(
        cars[1], on(6), advisor=x.user, settled_at=on(6, 19), released_at=on(7, 9), first_promised_at=on(6, 17),
        promised_at=on(6, 19), washed_at=on(6, 18),
        lines=[("labour", 400, 0, "insurer"), ("part", 300, 150, "customer")],
    )  # fmt: skip
    past(
        cars[2], on(20), advisor=y.user, released_at=on(20, 15),
        lines=[("labour", 100, 0, "internal"), ("part", 50, 20, "goodwill")],
    )  # fmt: skip
    back = past(cars[1], on(25), advisor=y.user, visit_type="comeback_out", lines=[("labour", 80, 0, "internal")])
    with pgtrigger.ignore():
        type(back.made[0]).objects.filter(pk=back.made[0].pk).update(returns_of=second.made[0])
    worked(first, t, [(t, on(5, 10), 1)], bays[0])
    worked(second, t, [(t, on(6, 13), 2), (u, on(6, 14), 1)], bays[1])
    Attendance.objects.create(membership=t, came_at=on(5, 8), left_at=on(5, 18))
    checked(first, t.user, "passed")
    checked(second, t.user, "failed", "passed")
    return first, second, back


@pytest.fixture
def around(branch: Any, october: Any, cars: Any, people: Any) -> Any:
    """Appointments, an answer, parts that were asked for, a package, and what the manager entered."""
    x, _y, t, _u = people
    first, _second, _back = october
    for n, (state, order) in enumerate([("arrived", first), ("no_show", None), ("cancelled", None)]):
        with pgtrigger.ignore():
            Appointment.objects.create(
                branch=branch, state=state, plate=f"P{n}", vehicle=cars[n], hours=1, on=date(2026, 10, 5), order=order,
                advisor=x.user, starts_at=on(5, 9 + n), ends_at=on(5, 9 + n, 30), kind="maintenance",
            )  # fmt: skip
    marks = dict.fromkeys(("initiation", "advisor", "facility", "pickup", "quality"), 8)
    Survey.objects.create(
        order=first, source="phone", **marks, weights={}, score=8, answered_at=on(8), recorded_by=x.user
    )
    part = Part.objects.get(code="PAST")
    for line, short in zip([first.made[1], october[1].made[1]], (0, 1), strict=True):
        PartDemand.objects.create(
            branch=branch, part=part, quantity=1, short=short, subject_key=f"line:{line.pk}", created_at=on(6)
        )
    template = PackageTemplate.objects.create(name="套", price=500, tax_rate=0)
    Package.objects.create(
        branch=branch, vehicle=cars[0], template=template, number="P1", name="套", sold_on=date(2026, 10, 3),
        tax_rate=0, net=500, tax=0, gross=500, sold_at=on(3), sold_by=x.user, given_up_at=on(30), given_up_by=x.user,
        given_up_why="卖车", refund_net=100, refund_gross=100,
    )  # fmt: skip
    for kind, value in (("cost", 1000), ("overhead", 500), ("area", 100), ("people", 5)):
        EnteredFigure.objects.create(
            branch=branch, kind=kind, month=OCTOBER.first, value=value, entered_at=on(2, month=11), entered_by=t.user
        )
    return october


D = Decimal
GOLDEN: dict[str, tuple[str | None, str | None, str | None]] = {
    # 600 labour + 400 … : v1 200 + 100, v2 400 + 300; v3 and v4 pay nobody. Cost 60 + 150 + 20, clocks 4 h × 60.
    "gross": ("530", None, "530"),  # 1000 − 230 − 240
    "margin": ("530", "1000", "53"),
    "absorption": ("530", "1000", "53"),
    "show_rate": ("1", "2", "50"),
    "booked": ("1", "4", "25"),
    "first_fix": ("2", "3", "66.6667"),  # labour lines of v2, v3 and v4; v2's came back after 18 days
    "satisfaction": ("8", "1", "8"),
    "bay_turns": ("4", "50", "0.08"),
    "bay_people": ("25", "50", "0.5"),
    "bay_efficiency": ("3", "500", "0.6"),  # 10–11 in bay 1, 13–15 in bay 2, two people at once counted once
    "staff_output": ("1000", "3", "333.3333"),
    "throughput": ("4", None, "4"),
    "cars": ("3", None, "3"),
    "revenue": ("1000", None, "1000"),
    "per_visit": ("1000", "4", "250"),
    "parts_to_labour": ("400", "600", "0.6667"),
    "parts_turns": ("230", "0", None),  # nothing lay on the shelf
    "fill_rate": ("1", "2", "50"),
    "relationship": ("400", None, "400"),
    "on_time": ("1", "2", "50"),
    "productivity": ("4", "10", "40"),
    "efficiency": ("3", "4", "75"),
    "capacity": ("3", "250", "1.2"),
    "pass_rate": ("1", "2", "50"),
    "base": ("4", None, "4"),
    "new": ("2", None, "2"),  # cars 2 and 3
    "lapse": ("1", "2", "50"),  # of cars 1 and 4, seen in April, car 4 is not back
    "return": ("1", "2", "50"),
    "share": ("4", "100", "4"),
}


def rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 4)


def wanted(parts: tuple[str | None, str | None, str | None]) -> Value:
    return Value(*(None if part is None else D(part) for part in parts))


@pytest.mark.parametrize("counted", [True, False], ids=["counted by the night", "read from the facts"])
def test_every_figure_of_october(branch: Any, around: Any, time_machine: Any, counted: bool) -> None:
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    if counted:
        write_figures(branch, TODAY)
    found = figures_of(branch, OCTOBER)[""]
    of_house = {"bay_turns", "bay_people", "bay_efficiency", "staff_output", "parts_turns", "capacity"}
    of_months = {"base", "new", "lapse", "return", "share"}
    left_out = set() if counted else of_house | of_months  # only the night knows them
    assert set(GOLDEN) == {figure.key for figure in CATALOGUE}
    told = {key: Value(*map(rounded, (of.top, of.bottom, of.value))) for key, of in found.items()}
    assert {key: told[key] for key in GOLDEN if key not in left_out} == {
        key: wanted(parts) for key, parts in GOLDEN.items() if key not in left_out
    }


def test_variants_have_another_bottom(branch: Any, around: Any, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    write_figures(branch, TODAY)
    assert figures_of(branch, OCTOBER, variants={"absorption": "overhead"})[""]["absorption"].value == D(106)
    assert figures_of(branch, OCTOBER, variants={"staff_output": "people"})[""]["staff_output"].value == D(200)


def test_by_advisor_brand_type_technician_and_day(branch: Any, around: Any, people: Any, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    write_figures(branch, TODAY)
    x, y, t, u = people

    def of(by: Any, measure: str) -> Any:
        return {key: round(row[measure], 2) for key, row in sums(branch, OCTOBER, by).items() if measure in row}

    assert of("advisor", "released") == {x.user_id: 2, y.user_id: 2}
    assert of("brand", "labour") == {Brand.objects.get(name="甲").pk: 600}
    assert of("visit_type", "released") == {"maintenance": 1, "repair": 2, "comeback_out": 1}
    assert of("technician", "clocked") == {t.pk: 3, u.pk: 1}
    assert of("day", "slips") == {date(2026, 10, day): 1 for day in (5, 6, 20, 25)}
    assert of("month", "slips") == {OCTOBER.first: 4}
    assert sums(branch, OCTOBER, "", {"advisor": x.user_id})[""]["slips"] == 2


def test_the_rows_behind_a_measure_add_up_to_it(branch: Any, around: Any, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    first, second, _back = around
    assert behind(branch, OCTOBER, "labour") == [("order", second.pk, D(400)), ("order", first.pk, D(200))]
    assert behind(branch, OCTOBER, "on_time") == [("order", first.pk, D(1))]
    found = sums(branch, OCTOBER)[""]
    for figure in CATALOGUE:
        for measure in figure.measures:
            if measure in found:
                assert round(sum(row[2] for row in behind(branch, OCTOBER, measure)), 4) == round(found[measure], 4)


def test_of_a_month_so_far_a_cost_counts_by_its_open_days(
    branch: Any, around: Any, people: Any, time_machine: Any
) -> None:
    """Open from Monday to Saturday but for the holidays (1 to 3, 5 to 7): 21 days, of which only the 8th is over."""
    OpeningHours.objects.filter(branch=branch, weekday=6).delete()
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    found = figures_of(branch, Period(OCTOBER.first, date(2026, 10, 8)))[""]["absorption"]
    whole = figures_of(branch, OCTOBER)[""]["absorption"]
    assert (found.top, found.bottom, whole.bottom) == (D(550), D(1000) * (D(1) / 21), D(1000))
    assert value_of(BY_KEY["absorption"], {}).value is None


def test_open_days_as_entered_divide_the_bay_turns(branch: Any, around: Any, people: Any, time_machine: Any) -> None:
    """Four visits on two bays; of the 25 days that the calendar had open only 20 were."""
    EnteredFigure.objects.create(
        branch=branch, kind="days", month=OCTOBER.first, value=20, entered_at=on(2, month=11),
        entered_by=people[2].user,
    )  # fmt: skip
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    write_figures(branch, date(2026, 12, 10))
    for by, key in (("", ""), ("month", OCTOBER.first)):
        calendar = figures_of(branch, OCTOBER, by)[key]["bay_turns"]  # type: ignore[arg-type]
        entered = figures_of(branch, OCTOBER, by, variants={"bay_turns": "entered"})[key]["bay_turns"]  # type: ignore[arg-type]
        assert (calendar.bottom, entered.top, entered.bottom, entered.value) == (D(50), D(4), D(40), D("0.1"))


def test_what_is_not_entered_makes_no_figure(branch: Any, october: Any, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 12, 10, 4, tzinfo=UTC))
    found = figures_of(branch, OCTOBER)[""]
    assert (found["absorption"].value, found["share"].value) == (None, None)
    assert value_of(BY_KEY["show_rate"], {}).value is None, "nobody was due"
