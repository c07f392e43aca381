"""Charts as figures of places: the template draws them as SVG, in the page's own colours (docs/adr/0013-charts.md).

Nothing here knows of a page. Sizes are units of the drawing's own grid; the picture stretches to its column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

#: The drawing: its width, the height of the tallest bar, and room above and below it.
WIDTH, HEIGHT, ABOVE, BELOW = 720, 150, 18, 22
#: Share of a column that its bar takes.
THICK = 0.7
#: So many labels fit below the bars.
LABELS = 12


@dataclass(frozen=True, slots=True)
class Point:
    """What a bar shows: its label, its value (never below 0), and the list behind it."""

    label: str
    value: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in its place; `middle` is where its label stands, `label` is empty where there is no room for it."""

    point: Point
    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars above a base line; `target_y` is the height of the target's line, None without a target."""

    bars: list[Bar]
    target: int | None
    target_y: float | None
    base: float
    width: float = WIDTH
    height: float = HEIGHT + ABOVE + BELOW

    @property
    def base_label(self) -> float:
        """Where labels stand."""
        return self.base + 15


def bars(points: Sequence[Point], target: int | None = None) -> Chart:
    """Place the bars so that the tallest, or the target, reaches the top."""
    most = max([*(point.value for point in points), target or 0, 1])
    column = WIDTH / max(1, len(points))
    every = ceil(len(points) / LABELS)
    base = float(ABOVE + HEIGHT)
    placed = []
    for place, point in enumerate(points):
        height = round(HEIGHT * point.value / most, 1)
        x = round(column * (place + (1 - THICK) / 2), 1)
        # Counted from the end: the latest month is always named.
        named = (len(points) - 1 - place) % every == 0
        placed.append(
            Bar(
                point, x, base - height, round(column * THICK, 1), height, round(column * (place + 0.5), 1),
                point.label if named else "",
            )
        )  # fmt: skip
    target_y = round(base - HEIGHT * target / most, 1) if target else None
    return Chart(placed, target, target_y, base)
