"""The day that the bench invents is the same in every run, and the plan of it is never the worse one."""

from datetime import timedelta

from onebox.bench.planned import invented
from workshop.day_plan import best, figures, first_come
from workshop.solver import solve


def test_a_small_invented_day() -> None:
    day, arrived = invented(20, 4)
    again, _arrived = invented(20, 4)
    assert (len(day.works), len(day.hands), day.works) == (20, 4, again.works)
    plan = best(day, arrived, lambda a_day, start: solve(a_day, start, seconds=1))
    assert figures(day, plan).cost <= figures(day, first_come(day, arrived)).cost
    assert sum((row.work.left for row in plan.placed), timedelta()) == sum(
        (work.left for work in day.works), timedelta()
    )
