"""The road of a work order in SVG: the main line downwards, ways back on the left, ways round on the right."""

from typing import NamedTuple
from xml.sax.saxutils import escape

from django.utils import translation

from reception.states import ROAD, State

#: The main line, in the order of the road; the ends without work stand beside it.
LINE = (
    State.ARRIVED, State.INSPECTING, State.ESTIMATING, State.AUTHORISED, State.QUEUED, State.ASSIGNED, State.WORKING,
    State.CHECKING, State.WASHING, State.READY, State.HANDING_OVER, State.SETTLED, State.RELEASED,
)  # fmt: skip
BESIDE = {State.DECLINED: 2.5, State.CANCELLED: 4.5, State.LEFT: 10}  # state -> row
WIDTH, STEP, HALF, HIGH = 1000, 64, 90, 32
X_LINE, X_BESIDE, Y_TOP = 400, 780, 30
HEIGHT = Y_TOP * 2 + STEP * (len(LINE) - 1)
HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 aria-label="Road of a work order">
<style>
text {{ font: 13px system-ui, sans-serif; fill: #17211F; text-anchor: middle }}
.move {{ font-size: 11px; fill: #4B5A57; paint-order: stroke; stroke: #F6F7F5; stroke-width: 4px }}
.back {{ text-anchor: end }} .round {{ text-anchor: start }}
rect {{ fill: #FFFFFF; stroke: #0B5C6B }} .end rect {{ fill: #E3EEEF }} .ground {{ fill: #F6F7F5; stroke: none }}
path {{ fill: none; stroke: #4B5A57 }} marker path {{ fill: #4B5A57; stroke: none }}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0 L8 4 L0 8 Z"/></marker></defs>
<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>"""


class Place(NamedTuple):
    """Centre of a state's box, in px."""

    x: float
    y: float


def _places() -> dict[str, Place]:
    line = {state.value: Place(X_LINE, Y_TOP + row * STEP) for row, state in enumerate(LINE)}
    return line | {state.value: Place(X_BESIDE, Y_TOP + row * STEP) for state, row in BESIDE.items()}


def _curve(start: tuple[float, float], bend: float, end: tuple[float, float]) -> str:
    return f"M{start[0]:g} {start[1]:g} C{bend:g} {start[1]:g} {bend:g} {end[1]:g} {end[0]:g} {end[1]:g}"


def _arrow(source: Place, target: Place) -> tuple[str, float, float, str]:
    """(path, where its words stand: x, y, and class)."""
    middle = (source.y + target.y) / 2 + 4
    if source.x == X_BESIDE:
        lane = X_BESIDE + HALF + 30
        path = f"M{source.x + HALF:g} {source.y:g} H{lane:g} V{target.y:g} H{target.x + HALF:g}"
        return path, lane - 8, source.y + HIGH, "back"
    if source.x != target.x:
        bend = (source.x + target.x) / 2
        path = _curve((source.x + HALF, source.y), bend, (target.x - HALF, target.y))
        return path, source.x + HALF + 12, source.y - 6, "round"
    rows = (target.y - source.y) / STEP
    if rows == 1:
        return f"M{source.x:g} {source.y + HIGH / 2:g} V{target.y - HIGH / 2:g}", source.x, middle, ""
    side = 1 if rows > 0 else -1
    edge = source.x + side * HALF
    bend = edge + side * (20 + 35 * abs(rows))
    # The middle of the curve lies at three quarters of the way to its bend.
    path = _curve((edge, source.y), bend, (edge, target.y))
    return path, edge + (bend - edge) * 0.75 + side * 4, middle, "round" if side > 0 else "back"


def _box(state: State, place: Place) -> str:
    end = ' class="end"' if state in (State.RELEASED, State.LEFT) else ""
    size = f'x="{place.x - HALF:g}" y="{place.y - HIGH / 2:g}" width="{2 * HALF}" height="{HIGH}" rx="6"'
    return f'<g{end}><rect {size}/><text x="{place.x:g}" y="{place.y + 5:g}">{escape(str(state.label))}</text></g>'


def picture() -> str:
    """The SVG text; the words are the English ones of the buttons."""
    places, arrows, words = _places(), [], []
    with translation.override("en"):
        for move in ROAD.transitions:
            for source in move.sources:
                path, x, y, kind = _arrow(places[source], places[move.target])
                arrows.append(f'<path d="{path}" marker-end="url(#head)"/>')
                words.append(f'<text class="move {kind}" x="{x:g}" y="{y:g}">{escape(str(move.verb))}</text>')
        boxes = [_box(state, places[state.value]) for state in State]
    return "\n".join([HEAD, *arrows, *words, *boxes, "</svg>", ""])
