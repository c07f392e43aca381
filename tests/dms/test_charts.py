"""Bars stand where their values say."""

from dms.charts import HEIGHT, WIDTH, Point, bars


def test_the_tallest_reaches_the_top_and_the_others_their_share() -> None:
    chart = bars([Point("a", 50), Point("b", 100), Point("c", 0)])
    assert [bar.height for bar in chart.bars] == [HEIGHT / 2, HEIGHT, 0]
    assert [bar.y + bar.height for bar in chart.bars] == [chart.base] * 3
    assert chart.bars[0].x >= 0
    assert chart.bars[-1].x + chart.bars[-1].width <= WIDTH
    assert chart.target_y is None


def test_a_target_above_the_bars_is_the_top() -> None:
    chart = bars([Point("a", 50)], target=200)
    assert (chart.bars[0].height, chart.target_y) == (37.5, chart.base - HEIGHT)


def test_no_bar_and_no_value_draw_nothing() -> None:
    assert bars([]).bars == []
    assert bars([Point("a", 0)]).bars[0].height == 0


def test_of_many_bars_some_are_named_and_the_last_always() -> None:
    named = [bar.label for bar in bars([Point(str(number), number) for number in range(24)]).bars]
    assert (named.count(""), named[-1], named[-2], named[-3]) == (12, "23", "", "21")
