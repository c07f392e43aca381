"""Twenty cars in every state of the road, walked there by the right people through the services.

Each step is taken at its own instant, minutes before now, so that log, clocks and promises tell one story at whatever
hour the demo is made. What ran through the gate today has its papers like any other order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.policies import Actor
from catalog.models import LabourOperation
from customers.models import Vehicle
from customers.services import note_visit
from delivery.handover_selectors import parts_to_hand, points_for
from delivery.services import handover, payment
from delivery.states import Moment
from dms.clock import as_of, branch_day, now
from dms.money import total
from portal.demo.catalogue import Catalogue
from portal.demo.choosing import choose
from portal.demo.claims import assess_today
from portal.demo.customers import DemoCar
from portal.demo.health import inspect_car
from portal.demo.people import Staff
from portal.demo.plans import PLANS, Plan
from portal.demo.visits import Visit
from reception.models import Line, WorkOrder
from reception.services import arrival, contract, flow, gate, goodwill, judgement, lines, options, papers, sheets
from reception.services.arrival import Mark
from reception.states import CERTIFIED, LineKind, LineState, Payer, State, VisitType
from workshop.models import Job
from workshop.services import checks, clocks, dispatch, extra, holds, parts, road_tests, wash

S = State
#: The road of a car that nothing stops.
STEPS = (
    S.ARRIVED, S.INSPECTING, S.ESTIMATING, S.AUTHORISED, S.QUEUED, S.ASSIGNED, S.WORKING, S.CHECKING, S.WASHING,
    S.READY, S.HANDING_OVER, S.SETTLED, S.RELEASED,
)  # fmt: skip


def fill_today(staff: Staff, catalogue: Catalogue, cars: list[DemoCar], visits: list[Visit]) -> int:
    """Walk twenty cars; how many."""
    chosen = choose(cars, visits, branch_day(staff.branch))
    day = Day(staff, catalogue, now())
    for plan, car in zip(PLANS, chosen, strict=True):
        Walk(day, plan, car).go()
    return len(chosen)


@dataclass(frozen=True, slots=True)
class Day:
    """The day as the demo is made."""

    staff: Staff
    catalogue: Catalogue
    now: datetime

    @contextmanager
    def ago(self, minutes: int) -> Iterator[None]:
        """What is done inside happened that many minutes ago."""
        with as_of(self.now - timedelta(minutes=minutes)):
            yield

    def hand(self, number: int) -> str:
        """User name of the technician of that number; the last one is the team leader."""
        return ("technician", "technician2", "technician3", "technician4", "leader")[number]


class Walk:
    """One car on its way."""

    def __init__(self, day: Day, plan: Plan, car: DemoCar) -> None:
        self.day, self.plan, self.car = day, plan, car
        self.advisor = day.staff.actor(plan.advisor)
        self.order: WorkOrder

    def _as(self, name: str) -> Actor:
        return self.day.staff.actor(name)

    def go(self) -> None:
        """Step by step to the target."""
        target = self.plan.target
        self._arrive()
        if target == S.ARRIVED:
            return
        if target == S.CANCELLED:
            self._cancel()
            return
        self._inspect()
        if target == S.INSPECTING:
            return
        self._estimate()
        if target == S.ESTIMATING:
            return
        if target in (S.DECLINED, S.LEFT):
            self._decline()
            return
        self._sign()
        self._workshop(STEPS.index(target))

    def _workshop(self, target: int) -> None:
        steps = (
            self._accept, self._assign, self._work, self._check, self._pass, self._wash, self._internal, self._settle,
            self._release,
        )  # fmt: skip
        for number, step in enumerate(steps, STEPS.index(S.QUEUED)):
            if number <= target:
                step()

    def _ago(self, after: int) -> int:
        """Minutes before now of what happens that many minutes after the arrival."""
        return max(self.plan.arrived - after, 0)

    def _arrive(self) -> None:
        with self.day.ago(self.plan.arrived):
            vehicle = Vehicle.objects.select_related("branch").get(pk=self.car.vehicle.pk)
            self.order = arrival.arrive(actor=self.advisor, vehicle=vehicle, visit_type=self.plan.kind)
        WorkOrder.objects.filter(pk=self.order.pk).update(
            waits=self.plan.waits, bringer=self.car.bringer, contact=self.car.bringer,
            repair_class=self.plan.repair_class or self.order.repair_class,
        )  # fmt: skip

    def _inspect(self) -> None:
        at, km = self.car.readings[-1]
        with self.day.ago(self._ago(4)):
            days = (branch_day(self.day.staff.branch) - branch_day(self.day.staff.branch, at)).days
            km += max(days, 1) * self.car.pace
            arrival.read_odometer(actor=self.advisor, order_id=self.order.pk, km=km)
            arrival.walk_round(
                actor=self.advisor, order_id=self.order.pk, fuel_quarters=None if self.car.electric else 1 + km % 4,
                charge_percent=30 + km % 60 if self.car.electric else None, kit=True, marks=self._marks(km),
                taken=[("key", ""), ("licence", "")],
            )  # fmt: skip
            text = self.plan.words[self.car.bringer.language == "en"]
            self.said = arrival.listen(actor=self.advisor, order_id=self.order.pk, words=text)

    def _marks(self, km: int) -> list[Mark]:
        if km % 3:
            return []
        return [Mark("left", "left_rear_wing", Decimal("39.2"), Decimal("19.5"), "scratch", "light")]

    def _estimate(self) -> None:
        comeback = self.plan.special == "comeback"
        who: dict[str, Any] = {"payer": Payer.INTERNAL, "coverage": "guarantee"} if comeback else {}
        if self.plan.special == "accident":
            who = {"payer": Payer.INSURER}
        with self.day.ago(self._ago(12)):
            again = self._fault_of_last_time() if comeback else None
            for operation in [again] if again else [self.day.catalogue.work[code] for code in self.plan.work]:
                lines.add_labour(
                    actor=self.advisor, order_id=self.order.pk, operation=operation, statement=self.said, **who
                )
            for kind, quantity in () if again else self._part_kinds():
                lines.add_part(
                    actor=self.advisor, order_id=self.order.pk, part=self.day.catalogue.part(kind, self.car.car.brand),
                    quantity=Decimal(quantity), statement=self.said, **who,
                )  # fmt: skip
            with transaction.atomic():
                judgement.judge_drafts(self.order)
            if self.plan.special == "choice":
                self._choice()
            flow.move(order_id=self.order.pk, action="estimate", actor=self.advisor)
            if self.plan.target in (S.ESTIMATING, S.DECLINED, S.LEFT):
                sheets.issue_estimate(self.order, actor=self.advisor)

    def _choice(self) -> None:
        """A new battery or only its check, side by side; and goodwill for the battery that waits for the manager."""
        check = self.day.catalogue.work["D0105"]
        lines.add_labour(actor=self.advisor, order_id=self.order.pk, operation=check, statement=self.said)
        for line in Line.objects.filter(order=self.order).exclude(operation__code="D0101").order_by("id"):
            letter = "B" if line.operation_id == check.pk else "A"
            options.set_option(actor=self.advisor, line_id=line.pk, option=f"1{letter}")
        battery = Line.objects.get(order=self.order, part__isnull=False)
        goodwill.ask_goodwill(
            actor=self.advisor, line_id=battery.pk, share=20, reason="老客户，原装蓄电池刚过保修期一个月"
        )

    def _fault_of_last_time(self) -> LabourOperation | None:
        """The repair of the car's last visit, which did not hold."""
        done = Line.objects.filter(order__vehicle=self.car.vehicle, state=LineState.DONE, operation__kind="repair")
        last = done.select_related("operation").order_by("-order__released_at", "id").first()
        return last.operation if last else None

    def _part_kinds(self) -> tuple[tuple[str, str], ...]:
        """The plan's parts, and oil with what belongs to it where the oil is changed."""
        oil = self.day.catalogue.tasks[self.car.model.pk][0] if "M1001" in self.plan.work else None
        if oil is None:
            return self.plan.parts
        service = tuple((self.day.catalogue.goods[part.pk].kind, str(quantity)) for part, quantity in oil.parts)
        return (*service, *self.plan.parts)

    def _promise(self) -> None:
        """Round to five minutes, as people say it."""
        at = self.day.now + timedelta(minutes=self.plan.promise)
        at -= timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
        contract.promise(actor=self.advisor, order_id=self.order.pk, at=at)

    def _sign(self) -> None:
        if self.plan.special == "accident":
            with self.day.ago(self._ago(16)):
                assess_today(self.day.staff, self.order)
        with self.day.ago(self._ago(18)):
            self._promise()
            contract.sign(actor=self.advisor, order_id=self.order.pk, signer=self.car.bringer.name[:60])
            self.order = contract.hand_to_workshop(actor=self.advisor, order_id=self.order.pk)
            papers.issue_work_order(self.order, actor=self.advisor)

    def _cancel(self) -> None:
        with self.day.ago(self._ago(9)):
            flow.move(order_id=self.order.pk, action="cancel", actor=self.advisor, note="客户临时有事，改天再来")

    def _decline(self) -> None:
        with self.day.ago(self._ago(20)):
            lines.offer(actor=self.advisor, order_id=self.order.pk)
            mine = Line.objects.filter(order=self.order, state=LineState.OFFERED).values_list("pk", flat=True)
            contract.answer_extra(
                actor=self.advisor, order_id=self.order.pk, approved=[], declined=list(mine),
                signer=self.car.bringer.name[:60], how="screen",
            )  # fmt: skip
            flow.move(order_id=self.order.pk, action="decline", actor=self.advisor, note="客户觉得价格高，再考虑")
        if self.plan.target == S.LEFT:
            with self.day.ago(self._ago(24)):
                issued = gate.issue_pass(actor=self.advisor, order_id=self.order.pk)
                papers.issue_gate_pass(issued, actor=self.advisor)
            with self.day.ago(self._ago(29)):
                for taken in self.order.taken.order_by("id"):
                    handover.give_back(actor=self.advisor, taken_id=taken.pk)
            with self.day.ago(self._ago(31)):
                gate.open_gate(actor=self._as("gate"), entered=issued.code)

    def _accept(self) -> None:
        with self.day.ago(self._ago(24)):
            dispatch.accept(actor=self._as("supervisor"), order_id=self.order.pk)

    def _assign(self) -> None:
        staff, name = self.day.staff, self.day.hand(self.plan.hand)
        with self.day.ago(self._ago(30)):
            dispatch.assign(
                actor=self._as("supervisor"), order_id=self.order.pk, technician=staff.members[name],
                bay=staff.bays[self.plan.bay],
            )  # fmt: skip

    def _work(self) -> None:
        name = self.day.hand(self.plan.hand)
        me, started = self._as(name), self._ago(38)
        if self.plan.special != "parts":
            with self.day.ago(started + 3):
                self._issue_parts()
        jobs = list(Job.objects.filter(order=self.order).order_by("id"))
        if self.plan.target == S.WORKING:
            with self.day.ago(started):
                clocks.start(actor=me, job_id=jobs[0].pk)
            if self.plan.special == "extra":
                with self.day.ago(36):
                    inspect_car(me, self.order, ready=False)
            self._special(me, jobs[0])
            return
        if self.plan.kind == VisitType.MAINTENANCE:
            with self.day.ago(started - 5):
                inspect_car(me, self.order, ready=True)
        each = self.plan.takes // len(jobs)
        for index, job in enumerate(jobs):
            with self.day.ago(started - index * each):
                clocks.start(actor=me, job_id=job.pk)
            with self.day.ago(started - (index + 1) * each):
                clocks.done(actor=me, job_id=job.pk, correction="已完成，试车正常" if index == 0 else "")

    def _issue_parts(self) -> None:
        clerk = self._as("parts")
        for line in Line.objects.filter(order=self.order, kind=LineKind.PART, state=LineState.APPROVED).order_by("id"):
            parts.issue(actor=clerk, line_id=line.pk, quantity=line.quantity)

    def _special(self, me: Actor, job: Job) -> None:
        if self.plan.special == "extra":
            self._extra_work(me, job)
        elif self.plan.special == "parts":
            with self.day.ago(95):
                clocks.pause(actor=me, job_id=job.pk, reason="parts")
                holds.put(
                    actor=me, order_id=self.order.pk, job_id=job.pk, reason="parts", owner=self.day.staff.user("parts"),
                    note="空调压缩机缺货，已向中心库订货",
                )  # fmt: skip
        elif self.plan.special == "tool":
            with self.day.ago(64):
                clocks.pause(actor=me, job_id=job.pk, reason="other")
                holds.put(
                    actor=me, order_id=self.order.pk, reason="tool", owner=self.day.staff.user("supervisor"),
                    note="四轮定位仪标定中",
                )  # fmt: skip

    def _extra_work(self, me: Actor, job: Job) -> None:
        """Found on the lift, priced and shown: the customer has not answered yet."""
        brand, price_list = self.car.car.brand, self.day.catalogue
        with self.day.ago(34):
            extra.report(
                actor=me, job_id=job.pk, finding="前制动片剩余 3 毫米", operation=price_list.work["R2001"],
                part=price_list.part("front_pads", brand),
            )  # fmt: skip
            clocks.pause(actor=me, job_id=job.pk, reason="approval")
        with self.day.ago(26):
            lines.offer(actor=self.advisor, order_id=self.order.pk)

    def _check(self) -> None:
        finished = 38 + self.plan.takes
        with self.day.ago(self._ago(finished + 2)):
            checks.record(
                actor=self._as(self.day.hand(self.plan.hand)), order_id=self.order.pk, level="self", passed=True
            )
        if self.plan.target == S.CHECKING:
            with self.day.ago(self._ago(finished + 9)):
                checks.record(actor=self._as("leader"), order_id=self.order.pk, level="leader", passed=True)

    def _pass(self) -> None:
        finished = 38 + self.plan.takes
        with self.day.ago(self._ago(finished + 9)):
            checks.record(actor=self._as("leader"), order_id=self.order.pk, level="leader", passed=True)
        if self.order.repair_class in CERTIFIED:
            self._drive(finished + 10)
        with self.day.ago(self._ago(finished + 16)):
            checks.record(actor=self._as("inspector"), order_id=self.order.pk, level="final", passed=True)

    def _drive(self, after: int) -> None:
        """The inspector's road test, past the gate and back."""
        inspector, guard = self._as("inspector"), self._as("gate")
        with self.day.ago(self._ago(after)):
            drive = road_tests.go(actor=inspector, order_id=self.order.pk, km=self._known())
        with self.day.ago(self._ago(after + 1)):
            gate.open_gate(actor=guard, entered=drive.gate_pass.code)
        with self.day.ago(self._ago(after + 5)):
            gate.open_gate(actor=guard, entered=drive.gate_pass.code)
            road_tests.back(
                actor=inspector, road_test_id=drive.pk, km=drive.km_out + 3, result="试车正常，无异响、不跑偏"
            )

    def _known(self) -> int:
        self.order.refresh_from_db()
        return self.order.odometer_in or 0

    def _wash(self) -> None:
        with self.day.ago(self._ago(38 + self.plan.takes + 38)):
            wash.washed(actor=self._as("supervisor"), order_id=self.order.pk)

    def _internal(self) -> None:
        begun = 38 + self.plan.takes + 46
        with self.day.ago(self._ago(begun)):
            handover.pass_internal(actor=self.advisor, order_id=self.order.pk, checks=self._points())
        with self.day.ago(self._ago(begun + 9)):
            handover.walked(
                actor=self.advisor, order_id=self.order.pk, advice="车况良好，按时保养即可。",
                next_service_on=branch_day(self.day.staff.branch) + timedelta(days=180),
                next_service_km=((self._km() // 1000) + 8) * 1000,
            )  # fmt: skip

    def _points(self) -> list[str]:
        return [point.key for point in points_for(self.order, Moment.INTERNAL)]

    def _km(self) -> int:
        return int(WorkOrder.objects.values_list("odometer_in", flat=True).get(pk=self.order.pk) or 0)

    def _settle(self) -> None:
        with self.day.ago(self._ago(38 + self.plan.takes + 62)):
            done = Line.objects.filter(order=self.order, payer=Payer.CUSTOMER, state=LineState.DONE)
            payment.settle_and_pay(
                actor=self._as("cashier"), order_id=self.order.pk, method="scan",
                amount=total(done.values_list("gross", flat=True)), key=f"demo-today:{self.order.pk}",
            )  # fmt: skip
            for taken in self.order.taken.order_by("id"):
                handover.give_back(actor=self.advisor, taken_id=taken.pk)
            self.order.refresh_from_db()
            if parts_to_hand(self.order):
                handover.give_old_parts(actor=self.advisor, order_id=self.order.pk)

    def _release(self) -> None:
        with self.day.ago(self._ago(38 + self.plan.takes + 70)):
            issued = gate.issue_pass(actor=self._as("cashier"), order_id=self.order.pk)
            gate.open_gate(actor=self._as("gate"), entered=issued.code)
            note_visit(actor=self.advisor, vehicle=self.car.vehicle, on=branch_day(self.day.staff.branch))
