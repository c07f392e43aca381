"""Three years of visits as rows: what happened is decided in `visits`, and written here as the services would."""

import hashlib
import json
import secrets
from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import Membership, User
from catalog.models import LabourOperation
from customers.models import OdometerReading
from customers.states import ReadingSource
from dms.clock import branch_day, local
from dms.money import ZERO, quantise, total
from portal.demo.catalogue import TAX, Catalogue
from portal.demo.people import Staff
from portal.demo.rows import Pile
from portal.demo.visits import Sold, Visit
from reception.models import (
    Authorisation,
    DamageMark,
    GateLog,
    GatePass,
    Line,
    OrderLog,
    PromiseChange,
    Statement,
    TakenItem,
    WalkAround,
    WorkOrder,
)
from reception.services.lines import priced
from reception.states import (
    CODE_SIGNS,
    USUAL_CLASS,
    AuthorisedHow,
    GateOutcome,
    LineKind,
    LineState,
    MarkKind,
    PassKind,
    Payer,
    RepairClass,
    State,
    Thing,
)
from records.models import Counter
from records.states import CounterKind

#: Damage that many cars have, at places of the outline drawing (percent).
MARKS = (
    ("top", "left_front_door", "22.0", "21.8"), ("left", "left_rear_wing", "39.2", "19.5"),
    ("right", "right_front_wing", "85.8", "19.0"), ("front", "front_bumper", "14.3", "77.0"),
    ("rear", "rear_bumper", "85.7", "78.7"), ("right", "right_rear_wheel", "62.2", "29.9"),
)  # fmt: skip
DAY = timedelta(days=1)


@dataclass(slots=True)
class Written:
    """A visit whose order has its rows so far."""

    visit: Visit
    order: WorkOrder
    advisor: User
    technician: Membership
    statements: list[Statement] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)

    @property
    def done(self) -> list[Line]:
        """What was sold, in the order of the slip."""
        return [line for line in self.lines if line.state == LineState.DONE]


class Numbers:
    """Numbers of papers in order of time, and the counters that later ones go on from."""

    def __init__(self, staff: Staff) -> None:
        self.branch = staff.branch
        self.last: Tally[tuple[CounterKind, str]] = Tally()

    def take(self, kind: CounterKind, at: datetime) -> str:
        """As `records.services.numbers.take_number` would have given at that instant."""
        period = local(self.branch, at).strftime("%Y%m")
        self.last[kind, period] += 1
        return f"{kind.value}-{self.branch.code}-{period}-{self.last[kind, period]:05d}"

    def put(self, pile: Pile) -> None:
        """The counters as they stand."""
        for (kind, period), last in self.last.items():
            pile.add(Counter, branch_id=self.branch.pk, kind=kind, period=period, last=last)


class History:
    """Writes the reception's part of each visit."""

    def __init__(self, pile: Pile, staff: Staff, catalogue: Catalogue, chance: Random) -> None:
        self.pile, self.staff, self.catalogue, self.chance = pile, staff, catalogue, chance
        self.branch = staff.branch
        self.numbers = Numbers(staff)

    def write(self, visits: list[Visit]) -> list[Written]:
        """All visits, in order of arrival: numbers and ids rise with time."""
        made = [self._visit(visit) for visit in sorted(visits, key=lambda visit: visit.arrived_at)]
        for written in sorted(made, key=lambda written: written.visit.times["pass"]):
            self._gate(written)
        return made

    def _visit(self, visit: Visit) -> Written:
        advisor = self.staff.user("advisor" if self.chance.random() < 0.6 else "advisor2")
        order = self._order(visit, advisor)
        written = Written(visit, order, advisor, self.chance.choice(self.staff.technicians))
        self._said(written)
        if visit.end != "cancelled":
            self._read(written)
            self._walked_round(written)
        if visit.end != "cancelled" and visit.said:
            self._lines(written)
        if visit.end == "released":
            self._agreed(written)
        self._proofs(written)
        self._log(written)
        self.pile.put(order, created_at=visit.arrived_at)
        return written

    def _order(self, visit: Visit, advisor: User) -> WorkOrder:
        car, chance = visit.car, self.chance
        firm = car.owner != car.bringer
        return WorkOrder(
            id=self.pile.next_id(WorkOrder),
            branch=self.branch,
            number=self.numbers.take(CounterKind.WORK_ORDER, visit.arrived_at),
            state=State.RELEASED if visit.end == "released" else State.LEFT,
            visit_type=visit.kind,
            repair_class=USUAL_CLASS.get(visit.kind, RepairClass.MINOR),
            vehicle=car.vehicle,
            owner=car.owner,
            bringer=car.bringer,
            payer=car.owner,
            contact=car.bringer,
            advisor=advisor,
            arrived_at=visit.arrived_at,
            odometer_in=None if visit.end == "cancelled" else visit.km,
            old_parts="take" if chance.random() < 0.25 else "waive",
            wash=visit.washes,
            waits=chance.random() < 0.5,
            pay_method="transfer" if firm else chance.choices(["scan", "card", "cash"], [70, 20, 10])[0],
            # The door to the customer's page: a secret, also in a demo.
            status_code="".join(secrets.choice(CODE_SIGNS) for _sign in range(8)),
            closing_note="" if visit.end == "released" else "客户改天再来",
            version=20 if visit.end == "released" else 5,
        )

    def _said(self, written: Written) -> None:
        for said in written.visit.said:
            finished = written.visit.end == "released"
            row = Statement(
                id=self.pile.next_id(Statement), order=written.order, words=said.words, since=said.since,
                cause=said.cause if finished else "", correction=said.correction if finished else "",
            )  # fmt: skip
            written.statements.append(row)
            self.pile.put(row, created_at=written.visit.times["inspect"])

    def _read(self, written: Written) -> None:
        at = written.visit.times["read"]
        self.pile.add(
            OdometerReading, vehicle_id=written.order.vehicle_id, km=written.visit.km, read_at=at, created_at=at,
            source=ReadingSource.RECEPTION, subject_key=written.order.subject_key, by_id=written.advisor.pk,
        )  # fmt: skip

    def _walked_round(self, written: Written) -> None:
        at, order, chance = written.visit.times["walk"], written.order, self.chance
        electric = written.visit.car.electric
        walk = self.pile.add(
            WalkAround, order_id=order.pk, fuel_quarters=None if electric else chance.randint(1, 4),
            charge_percent=chance.randint(20, 95) if electric else None, walked_round_at=at,
            walked_round_by_id=written.advisor.pk, created_at=at,
        )  # fmt: skip
        order.kit_at, order.kit_by = at, written.advisor
        if chance.random() < 0.15:
            view, zone, x, y = chance.choice(MARKS)
            kind = chance.choice([MarkKind.SCRATCH, MarkKind.DENT, MarkKind.CHIP])
            self.pile.add(DamageMark, walk_id=walk, view=view, zone=zone, x=x, y=y, kind=kind, created_at=at)
        things = [Thing.KEY, *([Thing.LICENCE] if chance.random() < 0.5 else [])]
        things += [Thing.HANDBOOK] if chance.random() < 0.6 else []
        written.taken = [
            self.pile.add(
                TakenItem, order_id=order.pk, kind=kind, taken_at=at, taken_by_id=written.advisor.pk, created_at=at
            )
            for kind in things
        ]

    def _lines(self, written: Written) -> None:
        visit = written.visit
        saves = self.chance.random() < 0.06
        for sold in visit.sold:
            if visit.end != "released" and sold.finding:
                continue
            line = self._line(written, sold, saves=saves)
            written.lines.append(line)
            self.pile.put(line, created_at=visit.times["assign" if sold.finding else "estimate"])

    def _line(self, written: Written, sold: Sold, *, saves: bool) -> Line:
        """Priced with the price list of that day, by the function that prices every line."""
        day = branch_day(self.branch, written.visit.arrived_at)
        work, part = (sold.what, None) if isinstance(sold.what, LabourOperation) else (None, sold.what)
        if part is None:
            price, cost = self.catalogue.rate_on(day), ZERO
        else:
            part_price = self.catalogue.price_on(part, day)
            price, cost = part_price.price, part_price.cost
        worth = quantise(price * sold.quantity)
        discount = quantise(int(worth / 10)) if saves and work and sold.payer == Payer.CUSTOMER else ZERO
        money = priced(self.branch, sold.quantity, price, discount, TAX)
        open_or_no = LineState.OFFERED if written.visit.end == "cancelled" else LineState.DECLINED
        state = LineState.DONE if written.visit.end == "released" and not sold.declined else open_or_no
        technician = written.technician.user if sold.finding else None
        return Line(
            id=self.pile.next_id(Line), order=written.order, statement=written.statements[sold.said],
            kind=LineKind.LABOUR if work else LineKind.PART, state=state,
            operation=work, part=part, code=sold.what.code,
            name=sold.what.name, name_en=sold.what.name_en, unit=part.unit if part else "h",
            quantity=sold.quantity, standard_hours=sold.quantity if work else ZERO, unit_price=price, unit_cost=cost,
            discount=discount, tax_rate=TAX, net=money.net, tax=money.tax, gross=money.gross, payer=sold.payer,
            coverage=sold.coverage, approved_version=1 if state == LineState.DONE else None,
            extra=bool(sold.finding), found_by=technician, finding=sold.finding,
        )  # fmt: skip

    def _agreed(self, written: Written) -> None:
        """Signature, promise, and the answer by telephone to extra work."""
        visit, order = written.visit, written.order
        self._promised(written)
        first = [line for line in written.done if not line.extra]
        signer = order.bringer.name[:60]
        self._authorised(written, first, AuthorisedHow.SCREEN, signer, visit.times["authorise"])
        if len(first) < len(written.done):
            self._authorised(written, written.done, AuthorisedHow.PHONE, signer, visit.times["start0"])

    def _authorised(self, written: Written, lines: list[Line], how: str, signer: str, at: datetime) -> None:
        amount = total(line.gross for line in lines if line.payer == Payer.CUSTOMER)
        shown = [
            {"line": line.pk, "version": 1, "name": line.name, "quantity": str(line.quantity), "payer": line.payer,
             "gross": str(line.gross)}
            for line in lines
        ]  # fmt: skip
        text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.pile.add(
            Authorisation, order_id=written.order.pk, how=how, signer=signer, amount=amount, shown=shown,
            content_hash=hashlib.sha256(text.encode()).hexdigest(), agreed_at=at, recorded_by_id=written.advisor.pk,
            created_at=at,
        )  # fmt: skip
        written.order.authorised_amount = amount

    def _promised(self, written: Written) -> None:
        visit, order = written.visit, written.order
        ready = visit.times["washed" if visit.washes else "final"]
        made_at = visit.times["promise"]
        spare = -self.chance.randint(8, 50) if visit.late else self.chance.randint(8, 70)
        first = max(half_hour(ready + timedelta(minutes=spare), up=not visit.late), half_hour(made_at, up=True))
        order.first_promised_at = order.promised_at = first
        self._promise(written, first, made_at, "")
        if visit.late and ready > first and self.chance.random() < 0.6:
            order.promised_at = half_hour(ready, up=True)
            self._promise(written, order.promised_at, visit.times["start0"], "等配件到货")

    def _promise(self, written: Written, at: datetime, made_at: datetime, reason: str) -> None:
        self.pile.add(
            PromiseChange, order_id=written.order.pk, promised_at=at, reason=reason, first=not reason,
            changed_by_id=written.advisor.pk, created_at=made_at,
        )  # fmt: skip

    def _proofs(self, written: Written) -> None:
        """`<proof>_at/_by` of every move that was made."""
        order, times, staff = written.order, written.visit.times, self.staff
        facts: dict[str, tuple[datetime, User]] = {}
        if written.visit.end == "released":
            facts = {
                "authorised": (times["authorise"], written.advisor),
                "offered_to_workshop": (times["offered"], written.advisor),
                "accepted": (times["accept"], staff.user("supervisor")),
                "quality": (times["final"], staff.user("inspector")),
                "internal": (times["internal"], written.advisor),
                "walked": (times["walked"], written.advisor),
                "settled": (times["settle"], staff.user("cashier")),
                "released": (times["release"], staff.user("gate")),
            }
            if written.visit.washes:
                facts["washed"] = (times["washed"], written.technician.user)
            else:
                facts["wash_waived"] = (times["final"], staff.user("inspector"))
        else:
            facts[written.visit.end] = (times[written.visit.end], written.advisor)
            facts["left"] = (times["leave"], staff.user("gate"))
        for stem, (at, person) in facts.items():
            setattr(order, f"{stem}_at", at)
            setattr(order, f"{stem}_by", person)

    def _log(self, written: Written) -> None:
        source = ""
        people = {"advisor": written.advisor, "technician": written.technician.user}
        for action, target, time, who in _moves(written.visit):
            person = people.get(who) or self.staff.user(who)
            at = written.visit.times[time]
            self.pile.add(
                OrderLog, order_id=written.order.pk, action=action, source=source, target=target, actor_id=person.pk,
                moved_at=at, created_at=at,
            )  # fmt: skip
            source = target

    def _gate(self, written: Written) -> None:
        """The pass and the guard's one look at it."""
        times, settled = written.visit.times, written.visit.end == "released"
        at, used = times["pass"], times["release" if settled else "leave"]
        guard = self.staff.user("gate")
        made = self.pile.add(
            GatePass, branch_id=self.branch.pk, order_id=written.order.pk,
            kind=PassKind.SETTLEMENT if settled else PassKind.UNREPAIRED,
            number=self.numbers.take(CounterKind.GATE_PASS, at), code=f"{secrets.randbelow(1_000_000):06d}",
            token=secrets.token_urlsafe(32), valid_until=at + DAY, issued_at=at,
            issued_by_id=(self.staff.user("cashier") if settled else written.advisor).pk, used_at=used,
            used_by_id=guard.pk, created_at=at,
        )  # fmt: skip
        self.pile.add(
            GateLog, branch_id=self.branch.pk, gate_pass_id=made, outcome=GateOutcome.OPENED, attempted_at=used,
            attempted_by_id=guard.pk, created_at=used,
        )  # fmt: skip


def half_hour(at: datetime, *, up: bool) -> datetime:
    """The next or the last half hour: promises are round."""
    rest = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at - rest + (timedelta(minutes=30) if up and rest else timedelta())


def _moves(visit: Visit) -> list[tuple[str, str, str, str]]:
    """(action, target, name of the instant, who) of every move of the visit."""
    begin: list[Any] = [
        ("arrive", State.ARRIVED, "arrive", "advisor"),
        ("inspect", State.INSPECTING, "inspect", "advisor"),
    ]
    leave = ("leave", State.LEFT, "leave", "gate")
    if visit.end == "cancelled":
        return [*begin, ("cancel", State.CANCELLED, "cancelled", "advisor"), leave]
    begin.append(("estimate", State.ESTIMATING, "estimate", "advisor"))
    if visit.end == "declined":
        return [*begin, ("decline", State.DECLINED, "declined", "advisor"), leave]
    twice = [("fail", State.WORKING, "leader", "leader"), ("finish", State.CHECKING, "self2", "technician")]
    wash = [("pass_to_wash", State.WASHING, "final", "inspector"), ("washed", State.READY, "washed", "technician")]
    return [
        *begin,
        ("authorise", State.AUTHORISED, "authorise", "advisor"),
        ("accept", State.QUEUED, "accept", "supervisor"),
        ("assign", State.ASSIGNED, "assign", "supervisor"),
        ("start", State.WORKING, "start0", "technician"),
        ("finish", State.CHECKING, "self", "technician"),
        *(twice if visit.failed_once else []),
        *(wash if visit.washes else [("pass_unwashed", State.READY, "final", "inspector")]),
        ("hand_over", State.HANDING_OVER, "internal", "advisor"),
        ("settle", State.SETTLED, "settle", "cashier"),
        ("release", State.RELEASED, "release", "gate"),
    ]
