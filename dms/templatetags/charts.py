"""The tag that draws a chart. Marks are written in Python: two dozen of them through the template took 20 ms."""

from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from dms.charts import Chart, Drawn, Mark, Point

register = template.Library()


@register.inclusion_tag("components/chart.html")
def chart(figure: Chart) -> dict[str, object]:
    """`{% chart figure %}`: the sentence, the picture whose bars and points open their lists, and the table."""
    drawn = figure.drawn
    picture = _lying(figure, drawn) if figure.lies else "".join(_group(place, one) for place, one in enumerate(drawn))
    return {"chart": figure, "picture": SafeString(picture), "rows": SafeString(_rows(figure))}


def _linked(point: Point, inner: str, attributes: str = "", instead: str = "") -> str:
    """Inside a link to its list, where there is one; else inside the tag `instead`, if any."""
    if point.href:
        return f'<a href="{escape(point.href)}"{attributes}>{inner}</a>'
    return f"<{instead}>{inner}</{instead.partition(' ')[0]}>" if instead else inner


def _rect(mark: Mark) -> str:
    return f'<rect class="fill" x="{mark.left}" y="{mark.top}" width="{mark.wide}" height="{mark.high}"/>'


def _whisker(mark: Mark) -> str:
    """With a rim, so that it is seen over its bar too."""
    return f'<path class="rim" d="{mark.whisker}"/><path class="whisker" d="{mark.whisker}"/>' if mark.whisker else ""


def _group(place: int, drawn: Drawn) -> str:
    """A series that stands: its way, and a place to point at in each column."""
    way = f'<path class="way" d="{drawn.path}"/>' if drawn.path else ""
    marks = "".join(_mark(drawn, mark) for mark in drawn.marks)
    return f'<g class="k{place} {drawn.series.kind}">{way}{marks}</g>'


def _mark(drawn: Drawn, mark: Mark) -> str:
    point = mark.point
    name = escape(f"{point.label}: {point.told}")
    sign = f'<path class="dot" d="M{mark.x} {mark.y}h.01"/>' if drawn.path else _rect(mark)
    hit = f'<rect class="hit" x="{mark.left}" y="0" width="{mark.wide}" height="1000"/>'
    young = ' class="young"' if point.young else ""
    title = f"<title>{escape(drawn.series.name)} · {name}</title>"
    return _linked(point, f"<g{young}>{title}{hit}{sign}{_whisker(mark)}</g>", f' aria-label="{name}"')


def _lying(figure: Chart, drawn: list[Drawn]) -> str:
    """Bars one below the other, each with its name and its number."""
    lines = f'<path class="base" d="M{figure.base} 0V100"/>'
    if figure.target_at is not None:
        lines += f'<path class="target" d="M{figure.target_at} 0V100"/>'
    return "".join(_row(mark, lines) for one in drawn for mark in one.marks)


def _row(mark: Mark, lines: str) -> str:
    point = mark.point
    svg = '<svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    svg = f"{svg}{_rect(mark)}{_whisker(mark)}{lines}</svg>"
    inner = f'<span class="name">{escape(point.label)}</span>{svg}<span class="num">{escape(point.told)}</span>'
    row = _linked(point, inner, instead='span class="row"')
    return f'<li class="young">{row}</li>' if point.young else f"<li>{row}</li>"


def _rows(figure: Chart) -> str:
    """The rows of the table."""
    return "".join(_table_row(figure, *row) for row in figure.table)


def _table_row(figure: Chart, label: str, young: bool, points: list[Point]) -> str:
    cells = "".join(
        f'<td class="num nowrap" data-label="{escape(one.name)}">{_linked(point, escape(point.told))}</td>'
        for one, point in zip(figure.series, points, strict=True)
    )
    if young:
        grey = escape(gettext("not mature yet"))
        return f'<tr class="dim"><td>{escape(label)} <small>{grey}</small></td>{cells}</tr>'
    return f"<tr><td>{escape(label)}</td>{cells}</tr>"
