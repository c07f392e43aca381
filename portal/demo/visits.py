"""The life of a car: when it came in three years, why, with how many kilometres, and how long it stayed."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from catalog.models import LabourOperation, Part
from catalog.states import Energy
from dms.clock import HasZone
from portal.demo import words
from portal.demo.catalogue import Catalogue, Task
from portal.demo.customers import DemoCar
from portal.demo.words import Story
from reception.states import Coverage, Payer, VisitType

OPENS, CLOSES = time(8, 30), time(18, 0)
YEARS_BACK = timedelta(days=1095)
#: Days between two repairs of one car, on average.
REPAIR_EVERY = 400


@dataclass(slots=True)
class Said:
    """A statement with what came of it."""

    words: str
    since: str = ""
    cause: str = ""
    correction: str = ""


@dataclass(slots=True)
class Sold:
    """An operation or a part on the order; `declined` is extra work that the customer did not want."""

    what: LabourOperation | Part
    quantity: Decimal
    said: int = 0
    payer: str = Payer.CUSTOMER
    coverage: str = Coverage.NONE
    declined: bool = False
    finding: str = ""


@dataclass(slots=True)
class Visit:
    """A visit that is over. `times` holds the instants of its moves and acts by name."""

    car: DemoCar
    kind: str
    km: int
    times: dict[str, datetime]
    said: list[Said] = field(default_factory=list)
    sold: list[Sold] = field(default_factory=list)
    rules: list[Task] = field(default_factory=list)
    end: str = "released"
    washes: bool = True
    failed_once: bool = False
    late: bool = False

    @property
    def arrived_at(self) -> datetime:
        """When it came."""
        return self.times["arrive"]

    @property
    def left_at(self) -> datetime:
        """When it went."""
        return self.times["release" if self.end == "released" else "leave"]


class Watch:
    """The branch's clock through one visit. What would begin after closing begins in the next morning."""

    def __init__(self, at: datetime, zone: ZoneInfo, chance: Random) -> None:
        self.at, self.zone, self.chance = at, zone, chance
        self.times: dict[str, datetime] = {"arrive": at}

    def after(self, name: str, low: int, high: int) -> None:
        """The act `name` happens that many minutes later."""
        self.at += timedelta(seconds=self.chance.randint(low * 60, high * 60))
        here = self.at.astimezone(self.zone)
        if here.time() > CLOSES or here.time() < OPENS:
            day = here.date() + timedelta(days=1 if here.time() > CLOSES else 0)
            self.at = datetime.combine(day, OPENS, tzinfo=self.zone) + timedelta(minutes=self.chance.randint(3, 20))
        self.times[name] = self.at


class Life:
    """Makes the visits of one car, in order of time."""

    def __init__(self, car: DemoCar, catalogue: Catalogue, place: HasZone, today: date, chance: Random) -> None:
        self.car, self.catalogue, self.chance, self.today = car, catalogue, chance, today
        self.zone = ZoneInfo(place.zone)
        self.tasks = catalogue.tasks[car.model.pk]
        self.begins = max(car.sold_on, today - YEARS_BACK)
        self.km = int((self.begins - car.sold_on).days * car.pace * 0.95) + chance.randint(8, 60)
        self.on = self.begins
        #: By rule: (date, km) of the last time it was done.
        self.done: dict[int, tuple[date, int]] = {}
        self.visits: list[Visit] = []

    def live(self) -> list[Visit]:
        """All visits up to yesterday, or up to the day the customer stayed away."""
        last = min(self.car.gone_on or self.today, self.today - timedelta(days=1))
        service = self._first_service()
        repair = self.begins + self._wait()
        while min(service, repair) <= last:
            due = service <= repair + timedelta(days=15)
            # A car that is still here, or was here yesterday, does not come again at once.
            day = max(service if due else repair, self.on + timedelta(days=3 if self.visits else 0))
            visit = self._visit(day, due=due, mends=repair - day <= timedelta(days=15))
            if visit is None:
                break
            if visit.end != "released":  # comes back for it some weeks later
                service, repair = max(service, day + timedelta(days=30)), max(repair, day + timedelta(days=45))
                continue
            if due:
                service = day + self._interval()
            if repair <= day + timedelta(days=15):
                repair = day + self._wait()
            if visit.kind == VisitType.REPAIR and self.chance.random() < 0.05:
                self._comeback(visit)
        return self.visits

    def _wait(self) -> timedelta:
        return timedelta(days=20 + int(self.chance.expovariate(1 / REPAIR_EVERY)))

    def _interval(self) -> timedelta:
        """Days to the next main service: kilometres or months, whichever first, as punctual as people are."""
        rule = self.tasks[0].rule
        days = min((rule.interval_km or 10**6) / self.car.pace, (rule.interval_months or 120) * 30.4)
        return timedelta(days=max(25, int(days * self.chance.uniform(0.9, 1.25))))

    def _first_service(self) -> date:
        if self.car.sold_on >= self.begins:
            return self.begins + timedelta(
                days=max(25, min(180, int(5000 / self.car.pace * self.chance.uniform(0.8, 1))))
            )
        return self.begins + timedelta(days=int(self._interval().days * self.chance.random()))

    def _drive(self, day: date) -> None:
        days = (day - self.on).days
        self.km += max(1, int(days * self.car.pace * self.chance.uniform(0.88, 1.12)))
        self.on = day

    def _arrival(self, day: date) -> datetime:
        """Two of three come in the morning."""
        low, high = ((515, 670), (815, 930))[self.chance.random() < 0.33]
        return datetime.combine(day, time(), tzinfo=self.zone) + timedelta(
            seconds=self.chance.randint(low * 60, high * 60)
        )

    def _visit(self, day: date, *, due: bool, mends: bool) -> Visit | None:
        """The next visit; None when it would not be over before today."""
        self._drive(day)
        visit = Visit(self.car, VisitType.MAINTENANCE, self.km, {})
        if due:
            self._maintain(visit)
        if mends:
            self._mend(visit)
        if self.chance.random() < 0.3 and visit.kind in (VisitType.MAINTENANCE, VisitType.FIRST):
            self._find(visit)
        share = self.chance.random()
        visit.end = "declined" if share < 0.03 else "cancelled" if share < 0.045 else "released"
        visit.washes, visit.failed_once = self.chance.random() < 0.7, self.chance.random() < 0.04
        visit.late = self.chance.random() < 0.13
        return self._keep(visit, self._arrival(day))

    def _keep(self, visit: Visit, at: datetime) -> Visit | None:
        visit.times = _times(visit, Watch(at, self.zone, self.chance))
        if visit.left_at.astimezone(self.zone).date() >= self.today:
            return None
        self.visits.append(visit)
        if visit.end != "cancelled":
            self.car.readings.append((visit.times["read"], visit.km))
        if visit.end == "released":
            self.done |= {task.rule.pk: (self.on, visit.km) for task in visit.rules}
        return visit

    def _text(self, chinese: str, english: str) -> str:
        return english if self.car.bringer.language == "en" else chinese

    def _due(self, task: Task) -> bool:
        """Whether a rule is due within a month or a tenth of its kilometres."""
        first = (self.car.sold_on, 0)
        on, km = self.done.get(task.rule.pk, first)
        months, distance = task.rule.interval_months, task.rule.interval_km
        if months and (self.on - on).days > months * 30.4 - 30:
            return True
        return bool(distance) and self.km - km > (distance or 0) * 0.9

    def _maintain(self, visit: Visit) -> None:
        first = not self.visits and self.car.sold_on >= self.begins
        text = words.FIRST_WORDS if first else self.chance.choice(words.MAINTENANCE_WORDS)
        visit.said.append(Said(self._text(*text), correction="按保养手册完成，保养提示已复位"))
        visit.kind = VisitType.FIRST if first else VisitType.MAINTENANCE
        visit.rules = [self.tasks[0], *(task for task in self.tasks[1:] if not first and self._due(task))]
        # The maker pays the first service of a new car.
        payer, cover = (Payer.MANUFACTURER, Coverage.FACTORY) if first else (Payer.CUSTOMER, Coverage.NONE)
        for task in visit.rules:
            visit.sold += [Sold(work, work.standard_hours, 0, payer, cover) for work in task.work]
            visit.sold += [Sold(part, quantity, 0, payer, cover) for part, quantity in task.parts]

    def _mend(self, visit: Visit) -> None:
        energy = "electric" if self.car.electric else "petrol" if self.car.car.energy == Energy.PETROL else "hybrid"
        fitting = [story for story in words.STORIES if story.only in ("", energy)]
        young = (self.on - self.car.sold_on).days < 1000
        fitting = [story for story in fitting if young or story.coverage != Coverage.FACTORY]
        story: Story = self.chance.choices(fitting, [story.weight for story in fitting])[0]
        if not visit.said:
            visit.kind = story.visit
        self._tell(visit, story, story.payer, story.coverage)

    def _tell(self, visit: Visit, story: Story, payer: str, coverage: str) -> None:
        said = len(visit.said)
        visit.said.append(Said(self._text(story.words, story.words_en), story.since, story.cause, story.correction))
        for code in story.work:
            work = self.catalogue.work[code]
            visit.sold.append(Sold(work, work.standard_hours, said, payer, coverage))
        for kind, quantity in story.parts:
            part = self.catalogue.part(kind, self.car.car.brand)
            visit.sold.append(Sold(part, Decimal(quantity), said, payer, coverage))

    def _find(self, visit: Visit) -> None:
        """Extra work found on the lift; two of three customers say no at first."""
        finding, code, kind, quantity = self.chance.choice(words.FINDINGS)
        known = {getattr(row.what, "code", "") for row in visit.sold}
        if code in known or (self.car.electric and code == "M1008"):
            return
        declined = self.chance.random() < 0.65
        work, part = self.catalogue.work[code], self.catalogue.part(kind, self.car.car.brand)
        visit.sold += [
            Sold(work, work.standard_hours, declined=declined, finding=finding),
            Sold(part, Decimal(quantity), declined=declined, finding=finding),
        ]

    def _comeback(self, visit: Visit) -> None:
        """The same fault within the guarantee: the house pays."""
        day = self.on + timedelta(days=self.chance.randint(3, 8))
        if day >= self.today or (self.car.gone_on and day > self.car.gone_on):
            return
        self._drive(day)
        again = Visit(self.car, VisitType.COMEBACK_OUT, self.km, {}, washes=False)
        text = self._text("上次修的地方又出现了", "The same fault is back")
        again.said.append(Said(text, "两天", "安装不到位", "重新装配，路试正常"))
        work = next(row.what for row in visit.sold if isinstance(row.what, LabourOperation))
        again.sold.append(Sold(work, work.standard_hours, 0, Payer.INTERNAL, Coverage.GUARANTEE))
        self._keep(again, self._arrival(day))


def _times(visit: Visit, watch: Watch) -> dict[str, datetime]:
    """The instants of a visit, from the arrival to the gate."""
    watch.after("read", 2, 6)
    watch.after("inspect", 1, 3)
    if visit.end == "cancelled":
        watch.after("cancelled", 5, 15)
        watch.after("pass", 2, 5)
        watch.after("leave", 2, 8)
        return watch.times
    watch.after("walk", 3, 8)
    watch.after("estimate", 3, 10)
    if visit.end == "declined":
        watch.after("declined", 8, 25)
        watch.after("pass", 2, 5)
        watch.after("leave", 3, 10)
        return watch.times
    for name, low, high in (("promise", 2, 5), ("authorise", 2, 8), ("offered", 1, 4), ("accept", 2, 10)):
        watch.after(name, low, high)
    watch.after("assign", 2, 15)
    watch.after("issue", 3, 12)
    _work(visit, watch)
    _hand_back(visit, watch)
    return watch.times


def _work(visit: Visit, watch: Watch) -> None:
    """A clocking for each operation; a job that would run past closing is begun in the next morning."""
    hours = [row.quantity for row in visit.sold if isinstance(row.what, LabourOperation) and not row.declined]
    for index, sold in enumerate(hours):
        minutes = int(float(sold) * 60 * watch.chance.uniform(0.75, 1.2))
        watch.after(f"start{index}", 1, 15)
        ends = (watch.at + timedelta(minutes=minutes + 3)).astimezone(watch.zone)
        if ends.time() > CLOSES or ends.time() < OPENS:
            watch.after(f"start{index}", 560, 560)
        watch.after(f"done{index}", minutes, minutes + 2)


def _hand_back(visit: Visit, watch: Watch) -> None:
    watch.after("self", 1, 5)
    watch.after("leader", 3, 15)
    if visit.failed_once:
        watch.after("again", 2, 10)
        watch.after("redone", 8, 25)
        watch.after("self2", 1, 4)
        watch.after("leader2", 3, 12)
    watch.after("final", 3, 15)
    if visit.washes:
        watch.after("washed", 15, 35)
    for name, low, high in (
        ("internal", 3, 25), ("walked", 5, 30), ("slip", 1, 6), ("settle", 1, 4), ("pass", 0, 1), ("returned", 1, 4),
        ("release", 2, 9),
    ):  # fmt: skip
        watch.after(name, low, high)
