"""The inspection sheet as its readers see it: technician, advisor, customer, the next visit."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from catalog.states import PointGroup
from customers.models import Vehicle
from reception.models import Line, WorkOrder
from reception.states import LineState
from records.models import Photo
from records.states import PhotoKind
from workshop.models import Finding, FindingLine, HealthCheck
from workshop.states import Colour

#: What a line says of the point it came from, beside its own state.
REPAIRED = (LineState.APPROVED, LineState.DONE)


@dataclass(frozen=True, slots=True)
class Point:
    """A finding with what the last visit found there, the lines that came of it and its photos."""

    found: Finding
    last: Finding | None
    lines: list[Line]
    photos: list[Photo]

    @property
    def line_ids(self) -> list[int]:
        """For programs."""
        return [line.pk for line in self.lines]

    @property
    def photo_keys(self) -> list[UUID]:
        """For programs."""
        return [photo.key for photo in self.photos]

    @property
    def bad(self) -> bool:
        """Amber or red."""
        return self.found.colour in (Colour.AMBER, Colour.RED)

    @property
    def proposes(self) -> bool:
        """Whether one tap makes extra work of it."""
        point = self.found.point
        return self.bad and not self.lines and (point.operation is not None or point.part is not None)

    @property
    def work(self) -> str:
        """What the point proposes: the operation, the part, or both."""
        asked = (self.found.point.operation, self.found.point.part)
        return " + ".join(one.label for one in asked if one is not None)

    @property
    def repaired(self) -> bool:
        """Whether the customer agreed to work on it."""
        return any(line.state in REPAIRED for line in self.lines)


@dataclass(frozen=True, slots=True)
class Part:
    """The points of one place on the car."""

    group: str
    points: list[Point]

    @property
    def label(self) -> str:
        """Its name in the active language."""
        return str(PointGroup(self.group).label)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, in the order in which it is walked."""

    health: HealthCheck
    parts: list[Part]

    @property
    def points(self) -> list[Point]:
        """All of them."""
        return [point for part in self.parts for point in part.points]

    @property
    def bad(self) -> list[Point]:
        """Red ones first, then amber ones."""
        found = [point for point in self.points if point.bad]
        return sorted(found, key=lambda point: point.found.colour != Colour.RED)

    @property
    def measured(self) -> list[Point]:
        """Points with a measurement, today's or the last one's."""
        return [point for point in self.points if point.found.value is not None]

    @property
    def left(self) -> int:
        """Points that nobody has looked at."""
        return sum(point.found.colour is None for point in self.points)

    def count(self, colour: str) -> int:
        """How many points have that colour."""
        return sum(point.found.colour == colour for point in self.points)

    @property
    def green(self) -> int:
        """Points in order."""
        return self.count(Colour.GREEN)

    @property
    def amber(self) -> int:
        """Points to be done soon."""
        return self.count(Colour.AMBER)

    @property
    def red(self) -> int:
        """Points to be done now."""
        return self.count(Colour.RED)


def health_of(order: WorkOrder, *, finished: bool = False) -> Sheet | None:
    """The sheet of a visit, or None; only a finished one when asked so. Five queries, one where there is none."""
    rows = HealthCheck.objects.filter(order=order, **({"finished_at__isnull": False} if finished else {}))
    health = rows.select_related("health_list", "finished_by").first()
    return sheet_from(health, order) if health is not None else None


def last_sheet(vehicle: Vehicle) -> Sheet | None:
    """The car's latest finished sheet, or None. Five queries, one where there is none."""
    rows = HealthCheck.objects.filter(order__vehicle=vehicle, finished_at__isnull=False)
    health = rows.select_related("health_list", "finished_by", "order__branch").order_by("-finished_at").first()
    return sheet_from(health, health.order) if health is not None else None


def sheet_from(health: HealthCheck, order: WorkOrder) -> Sheet:
    """The sheet with its points; for a caller that has its row. Four queries."""
    findings = list(health.findings.select_related("point__operation", "point__part").order_by("position", "id"))
    last = before(order, health)
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in FindingLine.objects.filter(finding__health=health).select_related("line").order_by("line_id"):
        lines[row.finding_id].append(row.line)
    keys = [found.subject_key for found in findings]
    photos: dict[str, list[Photo]] = defaultdict(list)
    for photo in Photo.objects.filter(kind=PhotoKind.FINDING, subject_key__in=keys).order_by("id"):
        photos[photo.subject_key].append(photo)
    places: dict[str, list[Point]] = {}
    for found in findings:
        point = Point(found, last.get((found.group, found.name)), lines[found.pk], photos[found.subject_key])
        places.setdefault(found.group, []).append(point)
    return Sheet(health, [Part(group, points) for group, points in places.items()])


def before(order: WorkOrder, health: HealthCheck) -> dict[tuple[str, str], Finding]:
    """(group, name) → what the car's last earlier visit found there, with its kilometres. One query.

    By name: the point of another list (the brand has got its own since) is the same place on the car.
    """
    seen = Finding.objects.filter(
        health__order__vehicle=order.vehicle_id, health__begun_at__lt=health.begun_at, colour__isnull=False
    ).exclude(health=health)
    rows = seen.select_related("health").order_by("group", "name", "-seen_at").distinct("group", "name")
    return {(row.group, row.name): row for row in rows}


def begun(orders: Iterable[int]) -> set[int]:
    """Which of these orders have a sheet. One query."""
    return set(HealthCheck.objects.filter(order__in=list(orders)).values_list("order_id", flat=True))


def progress(order: WorkOrder) -> tuple[int, int] | None:
    """(marked, all) points of the order's sheet; None before it is begun. One query."""
    rows = list(Finding.objects.filter(health__order=order).values_list("colour", flat=True))
    return (sum(colour is not None for colour in rows), len(rows)) if rows else None
