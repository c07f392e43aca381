"""Bars and points stand where their values say, open their lists, and are said in a table too."""

import re
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from dms.charts import HEIGHT, Chart, Kind, Point, Series, scale_of


def chart(*values: float | None, kind: Kind = "bars", target: float | None = None) -> Chart:
    points = [Point(str(place), value, f"/list/{place}/") for place, value in enumerate(values)]
    return Chart("Told.", "Month", [Series("Cars", points, kind)], target)


def drawn(figure: Chart) -> str:
    with translation.override("en"):
        return Template("{% chart figure %}").render(Context({"figure": figure}))


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0, 50, 100], [0, 25, 50, 75, 100]), ([], [0, 1]), ([0], [0, 1]), ([3], [0, 1, 2, 3]),
        ([0.3], [0, 0.1, 0.2, 0.3]), ([1_234], [0, 500, 1_000, 1_500]), ([-30, 70], [-50, -25, 0, 25, 50, 75]),
    ],
)  # fmt: skip
def test_the_scale_is_round_holds_every_value_and_has_a_zero(values: list[float], ticks: list[float]) -> None:
    assert scale_of(values).ticks == ticks


def test_a_bar_is_as_long_as_its_value_also_below_zero() -> None:
    marks = chart(100, 50, -100).drawn[0].marks
    assert [(mark.top, mark.high) for mark in marks] == [(0, 500), (250, 250), (500, 500)]
    assert [mark.left for mark in marks] == [15, 115, 215]


def test_a_target_above_the_bars_is_on_the_scale() -> None:
    figure = chart(50, target=200)
    assert (figure.drawn[0].marks[0].high, figure.target_at) == (HEIGHT / 4, 0)


def test_a_line_breaks_at_a_gap_and_a_step_holds_its_value() -> None:
    assert chart(100, 50, None, 0, kind="line").drawn[0].path == "M50.0 0.0L150.0 500.0M350.0 1000.0"
    assert chart(100, 50, kind="steps").drawn[0].path == "M0.0 0.0H100.0V500.0H200.0"


def test_lying_bars_grow_from_the_left_and_a_band_has_two_ends() -> None:
    points = [Point("A", 50, low=25, high=100)]
    (mark,) = Chart("", "", [Series("", points, "rows")]).drawn[0].marks
    assert (mark.left, mark.wide, mark.whisker) == (0, 500, "M250.0 50H1000.0M250.0 38V62M1000.0 38V62")


def test_of_many_columns_some_are_named_and_the_last_always() -> None:
    labels = [label for label, _minor in chart(*range(24)).labels]
    assert (labels.count(""), labels[-1], labels[-2], labels[-3]) == (12, "23", "", "21")


@pytest.mark.parametrize("kind", ["bars", "line", "steps", "rows"])
def test_every_point_opens_its_list_in_the_picture_and_in_the_table(kind: Kind) -> None:
    page = drawn(chart(1, 2, None, kind=kind, target=2))
    assert re.findall(r'href="/list/(\d)/"', page) == ["0", "1", "0", "1", "2"]
    assert '<figcaption class="lead">Told.</figcaption>' in page
    assert page.count('class="target"') == (2 if kind == "rows" else 1)
    assert "Target 2" in page
    assert "style=" not in page
    assert "<script" not in page


def test_what_is_not_mature_is_grey_and_says_so_and_no_word_is_markup() -> None:
    points = [Point("<b>", Decimal("1.5"), young=True)]
    page = drawn(Chart("<i>", "x", [Series("y", points)]))
    assert '<g class="young">' in page
    assert "not mature yet" in page
    assert ("<b>" in page, "<i>" in page.replace("<i></i>", "")) == (False, False)


def test_numbers_of_the_drawing_have_no_comma_in_any_language() -> None:
    for code in ("zh-hans", "en", "de"):
        with translation.override(code):
            page = Template("{% chart figure %}").render(Context({"figure": chart(1234.5, 999, kind="line")}))
        assert re.search(r'd="[^"]*,', page) is None, code


def test_a_chart_without_points_is_its_sentence() -> None:
    for figure in (Chart("Nothing yet.", "Month", []), Chart("Nothing yet.", "Month", [Series("Cars", [])])):
        page = drawn(figure)
        assert ("Nothing yet." in page, "<svg" in page, "<table" in page) == (True, False, False)
