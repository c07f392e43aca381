"""What is promised, and why not earlier: a branch that is open from 8:00 to 18:00 with one technician and one bay."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pgtrigger
import pytest
from django.urls import reverse

from accounts.models import Bay, MembershipSkill, OpeningHours, Shift, Skill, SpecialDay
from catalog.models import ExpectedPart, LabourOperation, LabourRate, Part, PartPrice
from catalog.services import stock
from customers.models import Customer, Ownership, Vehicle
from dms.clock import as_of, branch_day
from reception.models import PlannedWork, Statement
from reception.promises import expected_finishes, proposal, still_left
from reception.selectors import today
from reception.services import arrival, contract, lines, plan
from reception.services.flow import move
from reception.waits import HOLDS, expected_end
from records.models import DatedRule
from workshop.models import Hold
from workshop.services import holds
from workshop.states import HoldReason

ZONE = ZoneInfo("Asia/Shanghai")
#: A Monday.
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=ZONE)


def clock(hour, minute=0, day=0):
    return MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day)


@pytest.fixture
def shop(branch, member):
    """Open every day; one technician who can do wheel alignment, planned for Monday and Tuesday."""
    for weekday in range(7):
        OpeningHours.objects.create(branch=branch, weekday=weekday, opens=time(8), closes=time(18))
    Bay.objects.create(branch=branch, name="1 号位")
    skill = Skill.objects.create(key="alignment", name="四轮定位", name_en="Wheel alignment")
    LabourRate.objects.create(
        branch=branch, price=Decimal(300), tax_rate=Decimal("0.13"), valid_from=MONDAY.date() - timedelta(days=90)
    )
    LabourOperation.objects.create(
        code="ALN", name="四轮定位", name_en="Alignment", standard_hours=Decimal(2), skill=skill
    )
    hands = member("technician")
    MembershipSkill.objects.create(membership=hands, skill=skill)
    for day in (0, 1):
        Shift.objects.create(
            membership=hands, works_on=MONDAY.date() + timedelta(days=day), begins=time(8), ends=time(18)
        )
    return hands


@pytest.fixture
def arrived(branch, actor):
    """`arrived()`: an order with one alignment of two hours as a draft."""
    numbers = iter(range(10, 99))

    def make():
        advisor = actor("service_advisor")
        owner = Customer.objects.create(branch=branch, name="周敏")
        car = Vehicle.objects.create(branch=branch, plate=f"粤B72K{next(numbers)}")
        Ownership.objects.create(vehicle=car, customer=owner, from_on=branch_day(branch))
        order = arrival.arrive(actor=advisor, vehicle=car)
        lines.add_labour(actor=advisor, order_id=order.pk, operation=LabourOperation.objects.get(), statement=None)
        return order

    return make


def sign(order, actor, at):
    Statement.objects.create(order=order, words="跑偏")
    arrival.read_odometer(actor=actor, order_id=order.pk, km=48_912)
    arrival.walk_round(
        actor=actor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
    )
    contract.promise(actor=actor, order_id=order.pk, at=at)
    contract.sign(actor=actor, order_id=order.pk, signer="周敏")


def times(order, at=MONDAY):
    return [(row.key, row.at) for row in proposal(order, at).choices]


def test_an_empty_shop_two_hours_of_work_and_the_checks(shop, arrived):
    with as_of(MONDAY):
        order = arrived()
        # 9:00 + 2 h + 45 min of checks and wash, up to the half hour; two hours of air; tomorrow an hour after opening
        assert times(order) == [
            ("earliest", clock(12)), ("comfortable", clock(14)), ("morning", clock(9, day=1)),
        ]  # fmt: skip
        offer = proposal(order, MONDAY)
        assert offer.why == ["checks and wash: 45 min"]
        assert offer.chosen == clock(14)


def test_a_car_that_is_not_washed_is_ready_sooner(shop, arrived, branch):
    DatedRule.objects.create(branch=branch, key="workshop.wash_minutes", value=60, valid_from=MONDAY.date())
    with as_of(MONDAY):
        order = arrived()
        assert times(order)[0] == ("earliest", clock(12, 30))
        order.wash = False
        # 9:00 + 2 h + 25 min of checks
        assert times(order)[0] == ("earliest", clock(11, 30))
        assert proposal(order, MONDAY).why == ["checks, no wash: 25 min"]


@pytest.mark.parametrize(
    ("state", "wash", "ready"),
    [("checking", True, (9, 45)), ("checking", False, (9, 25)), ("washing", True, (9, 20))],
)
def test_a_car_whose_work_is_done_still_waits_for_its_checks_and_its_wash(
    shop, arrived, actor, branch, state, wash, ready
):
    boss = actor("service_advisor")
    with as_of(MONDAY):
        order = arrived()
        sign(order, boss, clock(13))
        PlannedWork.objects.update(hours_left=0)
        stems = ("accepted", "quality") if state == "washing" else ("accepted",)
        proofs = {f"{stem}_at": MONDAY for stem in stems} | {f"{stem}_by": boss.user for stem in stems}
        with pgtrigger.ignore():
            type(order).objects.filter(pk=order.pk).update(state=state, wash=wash, **proofs)
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(*ready)}


def test_a_car_ahead_is_waited_for_and_named(shop, arrived, actor):
    with as_of(MONDAY):
        sign(arrived(), actor("service_advisor"), clock(13))
        order = arrived()
        assert times(order)[0] == ("earliest", clock(14))
        assert proposal(order, MONDAY).why == ["1 car ahead: Wheel alignment", "checks and wash: 45 min"]


def test_what_cannot_be_done_today_is_done_when_the_person_is_back(shop, arrived):
    with as_of(clock(17)):
        order = arrived()
        # One hour today, one tomorrow from 8:00, then the checks: 9:45. The morning is that much later.
        assert times(order, clock(17)) == [
            ("earliest", clock(10, day=1)), ("comfortable", clock(12, day=1)), ("morning", clock(9, day=2)),
        ]  # fmt: skip


def test_a_day_off_on_the_roster_is_no_day_of_work(shop, arrived, member, branch):
    """Somebody is planned for Monday, the technician of the work is not."""
    Shift.objects.filter(membership=shop, works_on=MONDAY.date()).delete()
    other = member("technician")
    Shift.objects.create(membership=other, works_on=MONDAY.date(), begins=time(8), ends=time(18))
    with as_of(MONDAY):
        assert times(arrived())[0] == ("earliest", clock(11, day=1))


def test_a_closed_day_is_no_day_of_work(shop, arrived, branch):
    SpecialDay.objects.create(branch=branch, on=MONDAY.date() + timedelta(days=1), note="盘点")
    with as_of(clock(17)):
        assert times(arrived(), clock(17))[0] == ("earliest", clock(10, day=2))


def test_work_that_nobody_can_do_in_time_says_so(shop, arrived):
    operation = LabourOperation.objects.get()
    operation.standard_hours = Decimal(900)
    operation.save()
    with as_of(MONDAY):
        order = arrived()
        assert "nobody is planned for it within 21 days" in proposal(order, MONDAY).why
        assert len(times(order)) >= 1


def test_a_running_clock_shrinks_what_is_left_and_a_pause_keeps_it(shop, arrived, actor, branch):
    boss = actor("service_advisor")
    with as_of(MONDAY):
        order = arrived()
        sign(order, boss, clock(13))
        row = PlannedWork.objects.get()
        plan.clock_runs(actor=boss, line_id=row.line_id)
    row.refresh_from_db()
    assert still_left(row.hours_left, row.during.lower, clock(10, 30)) == Decimal("0.50")
    assert still_left(row.hours_left, row.during.lower, clock(17)) == Decimal("0.25")
    with as_of(clock(10)):
        plan.clock_stops(actor=boss, line_id=row.line_id)
        row.refresh_from_db()
        assert (row.hours_left, row.during) == (Decimal("1.00"), None)
        assert expected_finishes(branch, clock(10)) == {order.pk: clock(11, 45)}


def test_a_promise_that_the_work_ahead_breaks_is_at_risk_before_it_is_late(shop, arrived, actor):
    boss = actor("service_advisor")
    with as_of(MONDAY):
        first, second = arrived(), arrived()
        type(first).objects.update(advisor=boss.user)
        sign(first, boss, clock(12))
        sign(second, boss, clock(12, 30))
        mine = {row.order.pk: row for row in today(boss).mine}
        assert (mine[first.pk].kind, mine[first.pk].behind) == ("ok", False)
        assert (mine[second.pk].kind, mine[second.pk].expected_at) == ("risk", clock(13, 45))


@pytest.fixture
def filter_line(branch, actor):
    """`filter_line(order)`: one oil filter as a draft; none is on the shelf."""

    def make(order):
        part, _new = Part.objects.get_or_create(code="OF", name="机油滤清器", name_en="Oil filter")
        PartPrice.objects.get_or_create(
            branch=branch, part=part, price=Decimal(60), cost=Decimal(30), tax_rate=Decimal("0.13"),
            valid_from=MONDAY.date() - timedelta(days=90),
        )  # fmt: skip
        lines.add_part(actor=actor("service_advisor"), order_id=order.pk, part=part, quantity=Decimal(1))
        return part

    return make


def test_a_part_that_comes_today_at_two_is_waited_for(shop, arrived, filter_line, branch):
    with as_of(MONDAY):
        order = arrived()
        part = filter_line(order)
        ExpectedPart.objects.create(branch=branch, part=part, quantity=4, expected_on=MONDAY.date())
        # 14:00 + 2 h + 45 min
        assert times(order)[0] == ("earliest", clock(17))
        assert "part Oil filter: today 14:00" in proposal(order, MONDAY).why


def test_a_part_that_nobody_ordered_takes_its_usual_days(shop, arrived, filter_line):
    with as_of(MONDAY):
        order = arrived()
        filter_line(order)
        assert times(order)[0] == ("earliest", clock(17, day=2))
        assert "part Oil filter: not ordered yet, perhaps 12-02 14:00" in proposal(order, MONDAY).why


def test_a_part_on_the_shelf_or_kept_for_the_order_is_not_waited_for(shop, arrived, filter_line, actor, branch):
    boss = actor("service_advisor")
    with as_of(MONDAY):
        order, other = arrived(), arrived()
        part = filter_line(order)
        stock.receive(actor=actor("parts_clerk"), part=part, quantity=1)
        assert times(order)[0] == ("earliest", clock(12))
        sign(order, boss, clock(13))  # takes the only one
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(11, 45)}
        filter_line(other)
        assert "part Oil filter: not ordered yet, perhaps 12-02 14:00" in proposal(other, MONDAY).why


def test_the_check_in_page_offers_the_times_and_says_why(shop, arrived, login):
    with as_of(MONDAY):
        order, client = arrived(), login("service_advisor")
        client.membership.user.language = "en"
        client.membership.user.save()
        page = client.get(reverse("reception:check_in", args=[order.pk])).text
    assert "today 12:00 · earliest" in page
    assert "today 14:00 · comfortable" in page
    assert "tomorrow 09:00 · in the morning" in page
    assert "checks and wash: 45 min" in page


def test_another_branchs_work_is_not_in_the_way(shop, arrived, other_branch, actor):
    with as_of(MONDAY):
        sign(arrived(), actor("service_advisor"), clock(13))
        assert expected_finishes(other_branch, MONDAY) == {}


# --- Holds ---


@pytest.fixture
def accepted(arrived, actor):
    """`accepted(at)`: a signed order, promised for that time, which the workshop has accepted."""

    def make(at):
        order = arrived()
        sign(order, actor("service_advisor"), at)
        contract.hand_to_workshop(actor=actor("service_advisor"), order_id=order.pk)
        return move(order_id=order.pk, action="accept", actor=actor("supervisor"))

    return make


def put(actor, order, reason):
    return holds.put(actor=actor("supervisor"), order_id=order.pk, reason=reason)


def test_every_reason_has_its_usual_time():
    assert set(HOLDS) == set(HoldReason.values)


def test_a_hold_that_outlived_its_limit_is_given_the_same_time_once_more():
    limit = timedelta(hours=2)
    assert expected_end(clock(9), limit, clock(9)) == clock(11)
    assert expected_end(clock(9), limit, clock(10, 59)) == clock(11)
    assert expected_end(clock(9), limit, clock(11)) == clock(13)
    assert expected_end(clock(9), limit, clock(14)) == clock(15)


def test_a_held_car_is_ready_after_its_hold_and_is_not_in_the_way_until_then(shop, accepted, actor, arrived, branch):
    with as_of(MONDAY):
        order = accepted(clock(13))
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(11, 45)}
        hold = put(actor, order, "approval")
        # 9:00 + 2 h for an answer, 2 h of work, 45 min of checks.
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(13, 45)}
        # Its technician does the next car meanwhile: 9:00 + 2 h + 45 min, up to the half hour.
        assert times(arrived())[0] == ("earliest", clock(12))
    with as_of(clock(10)):
        holds.end(actor=actor("supervisor"), hold_id=hold.pk)
        assert expected_finishes(branch, clock(10)) == {order.pk: clock(12, 45)}


def test_the_house_says_how_long_a_reason_takes(shop, accepted, actor, branch):
    with as_of(MONDAY):
        order = accepted(clock(13))
        put(actor, order, "sublet")
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(11, 45, day=1)}
        DatedRule.objects.create(key="hold.sublet_hours", value=3, valid_from=MONDAY.date(), set_by=actor("admin").user)
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(14, 45)}


def test_a_hold_for_parts_ends_when_the_part_is_there(shop, accepted, actor, branch, arrived, filter_line):
    with as_of(MONDAY):
        order = accepted(clock(13))
        put(actor, order, "parts")
        # Nothing is known to be missing: a day.
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(11, 45, day=1)}
        part = filter_line(order)
        for state in ("offered", "approved"):
            order.lines.filter(kind="part").update(state=state)
        ExpectedPart.objects.create(branch=branch, part=part, quantity=4, expected_on=MONDAY.date())
        assert expected_finishes(branch, MONDAY) == {order.pk: clock(16, 45)}


def test_the_page_says_what_its_own_car_waits_for(shop, accepted, actor):
    with as_of(MONDAY):
        order = accepted(clock(13))
        Hold.objects.filter(pk=put(actor, order, "tool").pk).update(began_at=clock(8))
        assert "on hold for Tool or bay, perhaps until today 12:00" in proposal(order, MONDAY).why
