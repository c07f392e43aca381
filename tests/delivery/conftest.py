"""An order as it stands at the hand-back, written under the triggers: how it came there is the workshop's affair."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pgtrigger
import pytest

from dms.clock import branch_day, now
from dms.money import line_money

_numbers = count(1)


@pytest.fixture
def order_at(branch: Any, actor: Callable[..., Any]) -> Callable[..., Any]:
    """`order_at(state, walked=…, shares={"customer": "113.00"}, limit=None)`: one done line a payer."""
    from catalog.models import LabourOperation
    from customers.models import Customer, Ownership, Vehicle
    from reception.models import Line, Statement, WorkOrder

    def make(state: str = "handing_over", *, walked: bool = True, shares: Any = None, limit: str | None = None) -> Any:
        number, at = next(_numbers), now()
        advisor = actor("service_advisor").user
        person = Customer.objects.create(branch=branch, name=f"Wang {number}")
        vehicle = Vehicle.objects.create(branch=branch, plate=f"粤B{number:05d}")
        Ownership.objects.create(vehicle=vehicle, customer=person, from_on=branch_day(branch))
        operation, _made = LabourOperation.objects.get_or_create(
            code="OP1", defaults={"name": "保养", "name_en": "Service", "standard_hours": 1}
        )
        stems = ["authorised", "accepted", "quality", "washed"]
        stems += ["internal"] if state != "ready" else []
        proofs: dict[str, Any] = {}
        for stem in [*stems, *(["walked"] if walked and state != "ready" else [])]:
            proofs |= {f"{stem}_at": at, f"{stem}_by": advisor}
        amounts = {"customer": "113.00"} if shares is None else shares
        with pgtrigger.ignore():
            order = WorkOrder.objects.create(
                branch=branch, number=f"WT-{number}", state=state, vehicle=vehicle, owner=person, bringer=person,
                payer=person, contact=person, advisor=advisor, arrived_at=at, odometer_in=1000,
                authorised_amount=Decimal(limit or amounts.get("customer", "0")),
                status_code=f"C{number:07d}", **proofs,
            )  # fmt: skip
            said = Statement.objects.create(order=order, words="响")
            for payer, gross in amounts.items():
                money = line_money(
                    quantity=Decimal(1), unit_price=Decimal(gross), discount=Decimal(0), tax_rate=Decimal("0.13"),
                    tax_included=True,
                )  # fmt: skip
                Line.objects.create(
                    order=order, statement=said, kind="labour", state="done", operation=operation, code="OP1",
                    name="保养", unit="h", quantity=1, unit_price=Decimal(gross), tax_rate=Decimal("0.13"),
                    net=money.net, tax=money.tax, gross=money.gross, payer=payer, price_version=1, approved_version=1,
                )  # fmt: skip
        return order

    return make


class Road:
    """One car from the arrival to the till, by the right people, so that every paper there is gets issued."""

    def __init__(self, branch: Any, member: Callable[..., Any], actor: Callable[..., Any], language: str) -> None:
        self.branch, self.actor, self.language = branch, actor, language
        self.advisor, self.supervisor = actor("service_advisor"), actor("supervisor")
        for one in (self.advisor, self.supervisor):
            type(one.person).objects.filter(pk=one.person.pk).update(language=language)
            one.person.language = language
        self.hands = member("technician")
        self.order: Any = None

    def house(self) -> None:
        """The branch with what stands in the head of a paper, a team and a bay."""
        from accounts.models import Bay, Branch, Team

        Branch.objects.filter(pk=self.branch.pk).update(
            legal_name_en="Shenzhen One Auto Service Co.", address="深圳市南山区科苑路 15 号", phone="0755-2600 0000"
        )
        self.branch.refresh_from_db()
        team, _made = Team.objects.get_or_create(branch=self.branch, name="机电一组", name_en="Mechanics 1")
        self.bay, _made = Bay.objects.get_or_create(branch=self.branch, name="3 号工位", name_en="Bay 3")
        self.hands.team = team
        self.hands.save()

    def catalogue(self, items: int) -> list[tuple[Any, Any]]:
        """So many operations at 240.00 an hour, each with a part at 133.37."""
        from catalog.models import LabourOperation, LabourRate, Part, PartPrice, Stock

        begun, rate = date(2020, 1, 1), Decimal("0.13")
        LabourRate.objects.get_or_create(
            branch=self.branch, valid_from=begun, defaults={"price": Decimal(240), "tax_rate": rate}
        )
        found = []
        for number in range(items):
            work, _made = LabourOperation.objects.get_or_create(
                code=f"M-{number:02d}",
                defaults={"name": f"二级维护作业第{number}项", "name_en": f"Second-level item {number}",
                          "standard_hours": Decimal("1.3"), "guarantee": "level2"},
            )  # fmt: skip
            part, made = Part.objects.get_or_create(
                code=f"5NA 698 {number:03d} A",
                defaults={"name": f"前制动片 {number}", "name_en": f"Front pads {number}", "unit": "套"},
            )
            if made:
                PartPrice.objects.create(
                    branch=self.branch, part=part, price=Decimal("133.37"), cost=Decimal(60), tax_rate=rate,
                    valid_from=begun,
                )  # fmt: skip
                Stock.objects.create(branch=self.branch, part=part, on_hand=Decimal(50))
            found.append((work, part))
        return found

    def arrive(self, name: str) -> None:
        """Arrival and walk-round, with two marks, one of them known before."""
        from catalog.models import Brand, VehicleModel
        from customers.services import hand_over_ownership, register_customer, register_vehicle
        from reception.models import DamageMark, WorkOrder
        from reception.services import arrival
        from reception.services.arrival import Mark

        number, advisor = next(_numbers), self.advisor
        owner = register_customer(actor=advisor, name=name, phone=f"139{number:08d}")
        type(owner).objects.filter(pk=owner.pk).update(language=self.language)
        car = register_vehicle(actor=advisor, plate=f"粤B{number:05d}", vin="LSVUD60E3N2018842")
        brand, _made = Brand.objects.get_or_create(name="大众", name_en="Volkswagen")
        car.model, _made = VehicleModel.objects.get_or_create(brand=brand, name="途观L 330TSI", name_en="Tiguan L")
        car.save()
        hand_over_ownership(actor=advisor, vehicle=car, customer=owner)
        order = self.order = arrival.arrive(actor=advisor, vehicle=car)
        WorkOrder.objects.filter(pk=order.pk).update(repair_class="second")
        arrival.listen(actor=advisor, order_id=order.pk, words="刹车时前面有吱吱声，冷车更明显", since="两周前")
        arrival.read_odometer(actor=advisor, order_id=order.pk, km=48_912)
        arrival.walk_round(
            actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, warning_lamps="ABS",
            marks=[Mark("left", "left_front_door", Decimal("22.0"), Decimal("21.8"), "scratch", "light"),
                   Mark("top", "bonnet", Decimal("36.3"), Decimal("71.6"), "chip", "medium")],
            taken=[("key", ""), ("licence", ""), ("valuable", "行车记录仪")],
        )  # fmt: skip
        marks = DamageMark.objects.filter(walk__order=order)
        marks.filter(zone="bonnet").update(carried_from=marks.earliest("id"))

    def sign(self, items: int, name: str) -> None:
        """Work and parts, estimate, promise, signature."""
        from reception.services import contract, lines, sheets

        advisor, order = self.advisor, self.order
        for operation, part in self.catalogue(items):
            lines.add_labour(actor=advisor, order_id=order.pk, operation=operation)
            lines.add_part(actor=advisor, order_id=order.pk, part=part, quantity=Decimal(2))
        sheets.issue_estimate(order, actor=advisor)
        contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=3))
        contract.sign(actor=advisor, order_id=order.pk, signer=name[:60])
        contract.hand_to_workshop(actor=advisor, order_id=order.pk)

    def work(self) -> None:
        """Dispatch, parts, work, a check that fails once, wash."""
        from accounts.policies import Actor
        from accounts.roles import permissions_of
        from workshop.models import Job
        from workshop.services import checks, clocks, dispatch, labels, parts, wash

        order, me = self.order, Actor(self.hands.user, self.branch, permissions_of(self.hands.roles))
        dispatch.accept(actor=self.supervisor, order_id=order.pk)
        dispatch.assign(actor=self.supervisor, order_id=order.pk, technician=self.hands, bay=self.bay)
        for line in order.lines.filter(kind="part"):
            parts.issue(actor=self.actor("parts_clerk"), line_id=line.pk, quantity=line.quantity)
        leader, inspector = self.actor("team_leader"), self.actor("inspector")
        for round_of_checks in (
            ((me, "self", ""), (leader, "leader", "左前轮螺栓力矩不足")),
            ((me, "self", ""), (leader, "leader", ""), (inspector, "final", "")),
        ):
            for job in Job.objects.filter(order=order).exclude(state="done").order_by("id"):
                clocks.start(actor=me, job_id=job.pk)
                clocks.done(actor=me, job_id=job.pk, correction="已更换，试车正常")
            for who, level, cause in round_of_checks:
                back = checks.Found(jobs=[job.pk for job in order.jobs.all()]) if cause else None
                checks.record(actor=who, order_id=order.pk, level=level, passed=not cause, cause=cause, found=back)
        wash.washed(actor=self.supervisor, order_id=order.pk)
        labels.part_labels(actor=self.actor("parts_clerk"), order_id=order.pk)
        labels.bag_labels(actor=me, order_id=order.pk)

    def settle(self) -> None:
        """Hand-back and till."""
        from delivery.services import handover, payment
        from delivery.states import CHECKS

        order, advisor = self.order, self.advisor
        handover.pass_internal(actor=advisor, order_id=order.pk, checks=list(CHECKS))
        handover.walked(
            actor=advisor, order_id=order.pk, advice="右后轮胎花纹 3.2 mm，建议 3 个月内更换",
            next_service_on=branch_day(self.branch) + timedelta(days=180), next_service_km=58_900,
        )  # fmt: skip
        order.refresh_from_db()
        payment.settle_and_pay(
            actor=self.actor("cashier"), order_id=order.pk, method="scan", amount=str(order.authorised_amount),
            key=f"road:{order.pk}",
        )  # fmt: skip
        order.refresh_from_db()


@pytest.fixture
def whole_road(branch: Any, member: Callable[..., Any], actor: Callable[..., Any]) -> Callable[..., Any]:
    """`whole_road(language="zh-hans", items=1)`: an order that has every paper: second-level maintenance with so many
    items and parts, damage, things taken in, a check that failed once, settled and paid.
    """

    def make(language: str = "zh-hans", items: int = 1, name: str = "王建国") -> Any:
        road = Road(branch, member, actor, language)
        road.house()
        road.arrive(name)
        road.sign(items, name)
        road.work()
        road.settle()
        return road.order

    return make


@pytest.fixture
def insurer(db: None) -> Any:
    """An insurer of the catalogue."""
    from catalog.models import Insurer

    return Insurer.objects.create(name="平安产险", contact="李查勘", phone="95511")


@pytest.fixture
def facts(insurer: Any, branch: Any) -> Callable[..., Any]:
    """`facts(**other)`: the file of an accident of five days ago, reported a day later."""
    from delivery.services.insurance import Facts

    def make(**other: Any) -> Any:
        today = branch_day(branch)
        known = {
            "insurer": insurer, "policy_number": "P-1", "report_number": "R-1",
            "accident_on": today - timedelta(days=5), "reported_on": today - timedelta(days=4),
        }  # fmt: skip
        return Facts(**known | other)

    return make


@pytest.fixture
def accident(branch: Any, member: Callable[..., Any], actor: Callable[..., Any]) -> Callable[..., Any]:
    """`accident(dispatched=True)`: an order with labour of 312.00 and parts of 266.74, all paid by the insurer, signed
    and, when it is dispatched, in the hands of its technician (`road.hands`).
    """

    def make(*, dispatched: bool = True) -> Any:
        from reception.models import WorkOrder
        from reception.services import contract, lines
        from workshop.services import dispatch

        road = Road(branch, member, actor, "en")
        road.house()
        road.arrive("Wang")
        WorkOrder.objects.filter(pk=road.order.pk).update(visit_type="accident")
        ((operation, part),) = road.catalogue(1)
        who: Any = {"actor": road.advisor, "order_id": road.order.pk, "payer": "insurer"}
        lines.add_labour(operation=operation, **who)
        lines.add_part(part=part, quantity=Decimal(2), **who)
        contract.promise(actor=road.advisor, order_id=road.order.pk, at=now() + timedelta(hours=3))
        contract.sign(actor=road.advisor, order_id=road.order.pk, signer="Wang")
        contract.hand_to_workshop(actor=road.advisor, order_id=road.order.pk)
        if dispatched:
            dispatch.accept(actor=road.supervisor, order_id=road.order.pk)
            dispatch.assign(actor=road.supervisor, order_id=road.order.pk, technician=road.hands, bay=road.bay)
        road.order.refresh_from_db()
        return road

    return make


@pytest.fixture
def set_rules(branch: Any) -> Callable[..., None]:
    """`set_rules(**{"pickup.places": 1})` at `branch`, from long ago on."""
    from records.models import DatedRule

    def write(**values: Any) -> None:
        for key, value in values.items():
            DatedRule.objects.update_or_create(
                branch=branch, key=key, valid_from=date(2020, 1, 1), defaults={"value": value}
            )

    return write


@pytest.fixture(scope="session")
def pay_account(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder with the keys of both sides, made once: they take a while."""
    from onebox.fakepay import make_account

    folder = tmp_path_factory.mktemp("fakepay")
    make_account(folder)
    return folder


@pytest.fixture
def fakepay(pay_account: Any, settings: Any) -> Any:
    """The provider of scan-to-pay on this machine, and our account there; it tells nothing unless a test does."""
    from onebox.fakepay import FakePay, address

    fake = FakePay(pay_account, notifies=False).start()
    settings.DEMO, settings.MESSAGE_TIMEOUT = True, 1
    settings.SCAN_PAY = [address(pay_account, fake.port)]
    yield fake
    fake.stop()
