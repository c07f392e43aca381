"""What the workshop did in the histories: jobs, clocks, checks, parts from the shelf, and the ledger of the shelf."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random

from catalog.models import Batch, Part, Stock, StockMove, Supplier
from catalog.states import MoveKind, Origin
from dms.money import quantise
from portal.demo import words
from portal.demo.catalogue import Catalogue
from portal.demo.history import Written
from portal.demo.people import Staff
from portal.demo.rows import Pile
from reception.states import LineKind
from workshop.models import Clocking, Comeback, Inspection, IssuedBatch, Job, PartIssue
from workshop.states import JobState, Level

#: Taken from the shelf: (instant, part, quantity, order's key, its issue).
Taken = tuple[datetime, int, Decimal, str, int]


@dataclass(slots=True)
class Lot:
    """A batch, before it is written: how much came and how much is left."""

    id: int
    came: Decimal
    left: Decimal
    at: datetime


class Execution:
    """Writes the workshop's part of each released visit."""

    def __init__(self, pile: Pile, staff: Staff, chance: Random) -> None:
        self.pile, self.staff, self.chance = pile, staff, chance
        self.taken: list[Taken] = []
        #: The job of the present visit that a check sent back.
        self.back = 0

    def write(self, written: Written) -> None:
        """Jobs with clocks, parts handed out, the three checks."""
        self._jobs(written)
        self._parts(written)
        self._checks(written)

    def _jobs(self, written: Written) -> None:
        times, bay = written.visit.times, self.chance.choice(self.staff.bays)
        labour = [line for line in written.done if line.kind == LineKind.LABOUR]
        for index, line in enumerate(labour):
            again = written.visit.failed_once and index == 0
            job = self.pile.add(
                Job, order_id=written.order.pk, line_id=line.pk, state=JobState.DONE,
                technician_id=written.technician.pk, bay_id=bay.pk, standard_hours=line.standard_hours,
                sold_hours=line.quantity, version=4, created_at=times["accept"],
                return_cause=self._cause(written) if again else "",
            )  # fmt: skip
            if again:
                self.back = job
            spans = [(times[f"start{index}"], times[f"done{index}"])]
            for started, stopped in [*spans, *([(times["again"], times["redone"])] if again else [])]:
                self.pile.add(
                    Clocking, job_id=job, technician_id=written.technician.pk, started_at=started, stopped_at=stopped,
                    created_at=started,
                )  # fmt: skip

    def _cause(self, written: Written) -> str:
        return words.FAILED_CHECKS[written.order.pk % len(words.FAILED_CHECKS)]

    def _parts(self, written: Written) -> None:
        at, clerk = written.visit.times["issue"], self.staff.user("parts")
        for line in written.done:
            if line.part_id is None:
                continue
            issue = self.pile.add(
                PartIssue, line_id=line.pk, quantity=line.quantity, issued_at=at, issued_by_id=clerk.pk, created_at=at
            )
            self.taken.append((at, line.part_id, line.quantity, written.order.subject_key, issue))

    def _checks(self, written: Written) -> None:
        """Three people in one round; a failed second check begins a second round."""
        times = written.visit.times
        people = {
            Level.SELF: written.technician.user, Level.LEADER: self.staff.user("leader"),
            Level.FINAL: self.staff.user("inspector"),
        }  # fmt: skip
        rounds = [(1, Level.SELF, "self", True), (1, Level.LEADER, "leader", not written.visit.failed_once)]
        if written.visit.failed_once:
            rounds += [(2, Level.SELF, "self2", True), (2, Level.LEADER, "leader2", True)]
        rounds.append((rounds[-1][0], Level.FINAL, "final", True))
        for number, level, time, passed in rounds:
            check = self.pile.add(
                Inspection, order_id=written.order.pk, round=number, level=level, passed=passed,
                cause="" if passed else self._cause(written), inspected_at=times[time],
                inspected_by_id=people[level].pk, created_at=times[time],
            )  # fmt: skip
            if not passed:
                self.pile.add(
                    Comeback, order_id=written.order.pk, job_id=self.back, technician_id=written.technician.pk,
                    origin=level, inspection_id=check, cause=self._cause(written), returned_at=times[time],
                    returned_by_id=people[level].pk, created_at=times[time],
                )  # fmt: skip


class Shelf:
    """The ledger: what the histories took, what came in for it, and what lies there today."""

    def __init__(self, pile: Pile, staff: Staff, catalogue: Catalogue, chance: Random) -> None:
        self.pile, self.staff, self.catalogue, self.chance = pile, staff, catalogue, chance
        self.on_hand: dict[int, Decimal] = defaultdict(Decimal)
        self.lots: dict[int, list[Lot]] = defaultdict(list)

    def write(self, taken: list[Taken], begins: datetime, ends: datetime) -> None:
        """Every move in order of time. A scarce part comes in only when somebody needs it, and none is left."""
        for part in self.catalogue.parts.values():
            if not self._scarce(part.pk):
                self._receive(part.pk, self._lot(part), begins)
        for at, part_id, quantity, key, issue in sorted(taken):
            short = quantity - self.on_hand[part_id]
            if short > 0:
                amount = short if self._scarce(part_id) else short + self._lot_of(part_id)
                self._receive(part_id, amount, at - timedelta(hours=1))
            self.on_hand[part_id] -= quantity
            self._take(part_id, quantity, issue)
            self._move(MoveKind.ISSUE, part_id, quantity, at, key)
        for number, part in enumerate(self.catalogue.parts.values()):
            if not self._scarce(part.pk) and self.on_hand[part.pk] < self._lot_of(part.pk) / 2:
                self._receive(part.pk, self._lot(part), ends)  # yesterday's delivery
            self.pile.add(
                Stock, branch_id=self.staff.branch.pk, part_id=part.pk, on_hand=self.on_hand[part.pk],
                created_at=begins, place=f"{'ABCDE'[number % 5]}-{number // 5 + 1:02d}",
            )  # fmt: skip
        self._write_lots()

    def _scarce(self, part_id: int) -> bool:
        return self.catalogue.goods[part_id].scarce

    def _lot_of(self, part_id: int) -> Decimal:
        """What is ordered at once: oil by the drum, small parts by the dozen, dear ones in twos."""
        good = self.catalogue.goods[part_id]
        if good.unit == "升":
            return Decimal(60)
        return Decimal(24) if Decimal(good.price) < 300 else Decimal(6)

    def _lot(self, part: Part) -> Decimal:
        return (self._lot_of(part.pk) * Decimal(self.chance.randint(5, 10)) / 10).to_integral_value(ROUND_CEILING)

    def _receive(self, part_id: int, quantity: Decimal, at: datetime) -> None:
        self.on_hand[part_id] += quantity
        self._move(MoveKind.RECEIVE, part_id, quantity, at, "")
        self.lots[part_id].append(Lot(self.pile.next_id(Batch), quantity, quantity, at))

    def _take(self, part_id: int, quantity: Decimal, issue: int) -> None:
        """First in, first out, as the services do it."""
        wanted = quantity
        for lot in self.lots[part_id]:
            some = min(lot.left, wanted)
            if some > 0:
                lot.left -= some
                wanted -= some
                self.pile.add(IssuedBatch, issue_id=issue, batch_id=lot.id, quantity=some)

    def _write_lots(self) -> None:
        """Original parts come from the first supplier, others from the second."""
        suppliers = list(Supplier.objects.order_by("id").values_list("pk", flat=True))
        parts = {part.pk: part for part in self.catalogue.parts.values()}
        for part_id, lots in self.lots.items():
            part, cost = parts[part_id], quantise(Decimal(self.catalogue.goods[part_id].price) * Decimal("0.62"))
            for lot in lots:
                self.pile.add(
                    Batch, id=lot.id, branch_id=self.staff.branch.pk, part_id=part_id, origin=part.origin,
                    supplier_id=suppliers[0 if part.origin == Origin.ORIGINAL else 1], unit_cost=cost,
                    code=f"{lot.at:%y%m%d}-{part_id % 97:02d}", quantity=lot.came, left=lot.left, created_at=lot.at,
                    by_id=self.staff.user("parts").pk,
                )  # fmt: skip

    def _move(self, kind: MoveKind, part_id: int, quantity: Decimal, at: datetime, key: str) -> None:
        self.pile.add(
            StockMove, branch_id=self.staff.branch.pk, part_id=part_id, kind=kind, quantity=quantity,
            on_hand_after=self.on_hand[part_id], reserved_after=Decimal(0), subject_key=key,
            by_id=self.staff.user("parts").pk, created_at=at,
        )  # fmt: skip
