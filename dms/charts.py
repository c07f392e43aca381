"""Charts as figures of places: the tag `chart` draws them as SVG, in the page's own colours (docs/adr/0039-charts.md).

Nothing here knows of a page. A drawing has columns of `COLUMN` units and is `HEIGHT` units high; the picture stretches
to its place, and every word stands beside it as text of the page, so that none of them is stretched too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Literal

COLUMN, HEIGHT = 100, 1000
#: Share of a column that its bar takes, and the half of a whisker's cap.
THICK, CAP = 0.7, 12
#: So many labels fit below a chart, and so many lines stand behind it.
LABELS, STEPS = 12, 4

#: Bars, a line, a line that holds until the next point, or bars that lie one below the other, for names.
Kind = Literal["bars", "line", "steps", "rows"]
Number = float | Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """A value with the list behind it; None: a gap. `words` is what the table says, the number itself by default.

    `low` and `high` are the ends of its band. `young`: it cannot be judged yet, and is grey.
    """

    label: str
    value: Number | None
    href: str = ""
    words: str = ""
    low: Number | None = None
    high: Number | None = None
    young: bool = False

    @property
    def told(self) -> str:
        """The value in words."""
        return self.words or ("–" if self.value is None else f"{self.value:,}")


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one thing. All series of a chart have the same labels."""

    name: str
    points: Sequence[Point]
    kind: Kind = "bars"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in its place: `x` its middle, `y` its height; of a bar `left`, `top`, `wide` and `high`."""

    point: Point
    x: float
    y: float
    left: float
    top: float
    wide: float
    high: float
    whisker: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series as it is drawn; `path` joins the points of a line, in pieces where there are gaps."""

    series: Series
    marks: list[Mark]
    path: str


@dataclass(frozen=True, slots=True)
class Scale:
    """From the lowest line to the highest, `step` apart: round numbers that leave no value out."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """The lines, from below."""
        return [round(self.low + n * self.step, 6) for n in range(round((self.high - self.low) / self.step) + 1)]

    def up(self, value: Number) -> float:
        """How far up a value stands, 0 to 1."""
        return (float(value) - self.low) / (self.high - self.low)


def scale_of(values: Sequence[Number]) -> Scale:
    """Zero is always on it, since a bar's length is its value; whole numbers are not split."""
    low, high = min(0.0, *map(float, values), 0.0), max(0.0, *map(float, values), 0.0)
    rough = (high - low or 1) / STEPS
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * round_ for round_ in (1, 2, 2.5, 5, 10) if unit * round_ >= rough - 1e-9)
    if all(float(value).is_integer() for value in values):
        step = max(1.0, float(ceil(step)))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Scale(first * step, max(last, first + 1) * step, step)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with what it shows (`told`), its table (`over` heads the labels) and the target's line, if any."""

    told: str
    over: str
    series: Sequence[Series]
    target: Number | None = None
    target_words: str = ""

    @property
    def lies(self) -> bool:
        """Whether its bars lie."""
        return any(one.kind == "rows" for one in self.series)

    @property
    def points(self) -> Sequence[Point]:
        """Those of the first series: they name the columns."""
        return self.series[0].points if self.series else ()

    @property
    def width(self) -> int:
        """Of the drawing."""
        return COLUMN * max(1, len(self.points))

    @property
    def scale(self) -> Scale:
        """Of everything that is drawn."""
        points = [point for one in self.series for point in one.points]
        found = [value for point in points for value in (point.value, point.low, point.high) if value is not None]
        return scale_of([*found, *([self.target] if self.target is not None else [])])

    @property
    def ticks(self) -> list[tuple[str, float]]:
        """Word and place of each line."""
        scale = self.scale
        return [(f"{tick:,.10g}", self.place(scale, tick)) for tick in scale.ticks]

    @property
    def target_at(self) -> float | None:
        """Where its line is."""
        return None if self.target is None else self.place(self.scale, self.target)

    @property
    def base(self) -> float:
        """Where zero is."""
        return self.place(self.scale, 0)

    @property
    def labels(self) -> list[tuple[str, bool]]:
        """What stands below each column, '' where there is no room; and whether a narrow page leaves it out too.

        Counted from the end: the latest is always named.
        """
        every = ceil(len(self.points) / LABELS)
        places = [len(self.points) - 1 - place for place in range(len(self.points))]
        return [
            (point.label if not place % every else "", bool(place // every % 3))
            for place, point in zip(places, self.points, strict=True)
        ]

    @property
    def table(self) -> Iterator[tuple[str, bool, list[Point]]]:
        """Rows of the table: the label, whether it is too young to be judged, and the point of each series."""
        for points in zip(*(one.points for one in self.series), strict=True):
            yield points[0].label, any(point.young for point in points), list(points)

    @property
    def drawn(self) -> list[Drawn]:
        """Every series in its place."""
        scale = self.scale
        return [self._drawn(one, scale) for one in self.series]

    def place(self, scale: Scale, value: Number) -> float:
        """From the left where bars lie, else from above."""
        up = scale.up(value)
        return round(HEIGHT * (up if self.lies else 1 - up), 1)

    def _drawn(self, one: Series, scale: Scale) -> Drawn:
        marks = [
            self._mark(point, place, scale) for place, point in enumerate(one.points) if point.value is not None
        ]  # fmt: skip
        return Drawn(one, marks, _path(one, marks))

    def _mark(self, point: Point, place: int, scale: Scale) -> Mark:
        x, at, zero = COLUMN * (place + 0.5), self.place(scale, point.value or 0), self.place(scale, 0)
        length, first = round(abs(at - zero), 1), min(at, zero)
        whisker = ""
        if point.low is not None and point.high is not None:
            whisker = _whisker(x, self.place(scale, point.low), self.place(scale, point.high), self.lies)
        if self.lies:
            return Mark(point, at, 50, first, 50 - COLUMN * THICK / 2, length, COLUMN * THICK, whisker)
        return Mark(point, x, at, x - COLUMN * THICK / 2, first, COLUMN * THICK, length, whisker)


def _whisker(x: float, low: float, high: float, lies: bool) -> str:
    """A line between the ends of a band, with a cap at each."""
    if lies:
        return f"M{low} 50H{high}M{low} {50 - CAP}V{50 + CAP}M{high} {50 - CAP}V{50 + CAP}"
    return f"M{x} {low}V{high}M{x - CAP} {low}H{x + CAP}M{x - CAP} {high}H{x + CAP}"


def _path(one: Series, marks: Sequence[Mark]) -> str:
    """Through the points; one that holds goes on through its column, and then up or down to the next."""
    if one.kind not in ("line", "steps"):
        return ""
    parts, before = [], None
    for mark in marks:
        joined = before is not None and mark.x - before == COLUMN
        if one.kind == "line":
            parts.append(f"{'L' if joined else 'M'}{mark.x} {mark.y}")
        else:
            parts.append(f"V{mark.y}" if joined else f"M{mark.x - COLUMN / 2} {mark.y}")
            parts.append(f"H{mark.x + COLUMN / 2}")
        before = mark.x
    return "".join(parts)
