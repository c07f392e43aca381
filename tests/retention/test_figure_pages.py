"""The manager's pages of key figures: exceptions, values beside their targets, formulas, rows, what is entered."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.policies import Actor
from accounts.roles import permissions_of
from dms.clock import branch_day, now
from reception.models import WorkOrder
from records.exports import rows_for, table_for
from records.models import DatedRule
from retention.figure_pages import asked, before, year_before
from retention.models import EnteredFigure
from retention.selectors.key_figures import Period
from retention.services.rollup import write_figures
from tests.retention.test_key_figures import around, cars, october, people  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
DECEMBER = datetime(2026, 12, 10, 4, tzinfo=UTC)
OCTOBER = "?first=2026-10-01&last=2026-10-31"


@pytest.fixture
def manager(login: Any, branch: Any, around: Any, time_machine: Any) -> Any:  # noqa: F811
    """A manager in December who reads English; the night has counted."""
    time_machine.move_to(DECEMBER)
    write_figures(branch, branch_day(branch))
    client = login("manager")
    client.membership.user.language = "en"
    client.membership.user.save()
    return client


def test_values_stand_beside_their_targets_the_month_before_and_a_year_ago(manager: Any, branch: Any) -> None:
    DatedRule.objects.create(branch=branch, key="target.on_time", value=90, valid_from=date(2026, 1, 1))
    DatedRule.objects.create(branch=branch, key="target.revenue", value=900, valid_from=date(2026, 1, 1))
    answer = manager.get(reverse("retention:figures") + OCTOBER)
    rows = {row.figure.key: row for _group, found in answer.context["groups"] for row in found}
    assert (rows["on_time"].value, rows["on_time"].target, rows["on_time"].stands) == ("50.0 %", "90.0 %", "risk")
    assert (rows["revenue"].value, rows["revenue"].target, rows["revenue"].stands) == ("¥1,000.00", "¥900.00", "ok")
    assert (rows["gross"].before, rows["gross"].year) == ("¥0.00", "–")
    assert rows["first_fix"].value == "66.7 %"
    assert not rows["first_fix"].young
    assert "off target" in answer.text


def test_what_is_not_mature_is_grey_and_not_judged(manager: Any, branch: Any) -> None:
    DatedRule.objects.create(branch=branch, key="target.first_fix", value=90, valid_from=date(2026, 1, 1))
    answer = manager.get(reverse("retention:figures") + "?span=month")
    row = next(row for _group, found in answer.context["groups"] for row in found if row.figure.key == "first_fix")
    assert (row.young, row.stands) == (True, "")
    assert "not mature yet" in answer.text


def test_the_picture_has_thirteen_months_their_target_and_grey_ones(manager: Any, branch: Any) -> None:
    for key, value in (("target.revenue", 900), ("target.first_fix", 90)):
        DatedRule.objects.create(branch=branch, key=key, value=value, valid_from=date(2026, 1, 1))
    revenue = manager.get(reverse("retention:figure", args=["revenue"]) + OCTOBER).context["chart"]
    tenth = revenue.series[0].points[-3]
    assert (tenth.label, tenth.value, tenth.told, tenth.href) == (
        "26-10", 1000, "¥1,000.00", f"/retention/figures/revenue/{OCTOBER}",
    )  # fmt: skip
    assert (len(revenue.series[0].points), revenue.target, revenue.target_words) == (13, 900, "¥900.00")
    assert revenue.told.endswith("Target: ¥900.00.")
    fixed = manager.get(reverse("retention:figure", args=["first_fix"]) + OCTOBER).context["chart"]
    assert [point.young for point in fixed.series[0].points[-3:]] == [False, True, True]


def test_a_figure_says_how_it_is_made_and_opens_its_rows(manager: Any, around: Any, people: Any) -> None:  # noqa: F811
    page = manager.get(reverse("retention:figure", args=["on_time"]) + OCTOBER + "&by=advisor")
    assert "ready by the first promise ÷ delivered with a promise" in page.text
    x, y = people[0].user, people[1].user
    assert [(row.label, row.words, row.few) for row in page.context["rows"]] == [(x.name, "50.0 %", True)]
    rows = manager.get(reverse("retention:figure_rows", args=["released"]) + OCTOBER + f"&by=advisor&key={y.pk}")
    assert [row["value"] for row in rows.context["rows"]] == [1, 1]
    assert rows.context["labels"] == [y.name]
    assert around[0].number not in rows.text, "that one is another advisor's"


def test_the_variant_changes_what_it_is_divided_by(manager: Any) -> None:
    page = manager.get(reverse("retention:figure", args=["absorption"]) + OCTOBER + "&by=month&variant=overhead")
    assert [(row.label, row.words) for row in page.context["rows"]] == [("2026-10", "106.0 %")]


@pytest.mark.parametrize("query", ["?by=advisor&key=x", "?by=nonsense&key=1", "?span=never", "?first=2026-10-31"])
def test_nonsense_in_the_address_is_no_error(manager: Any, query: str) -> None:
    for url in (reverse("retention:figure_rows", args=["released"]), reverse("retention:figure", args=["revenue"])):
        assert manager.get(url + query).status_code == 200
    assert manager.get(reverse("retention:figure_rows", args=["nothing"])).status_code == 404
    assert manager.get(reverse("retention:figures_exceptional", args=["nothing"])).status_code == 404


def test_exceptions_count_what_their_lists_show(manager: Any, signed: Any) -> None:
    order = signed()
    WorkOrder.objects.filter(pk=order.pk).update(promised_at=now() - timedelta(minutes=5))
    answer = manager.get(reverse("retention:figures"))
    found = {kind.key: number for kind, number in answer.context["exceptions"]}
    assert found == {
        "late": 1, "risk": 0, "blocked": 0, "unsettled": 0, "over": 0, "overruled": 0, "forced": 0,
    }  # fmt: skip
    listed = manager.get(reverse("retention:figures_exceptional", args=["late"]))
    assert [row.pk for row in listed.context["rows"]] == [order.pk]


def test_entered_figures_keep_their_history_and_who(manager: Any, branch: Any) -> None:
    url = reverse("retention:figures_entered") + "?month=2026-10-01"
    manager.post(url, {"cost": "1200.50", "overhead": "", "area": "", "people": "", "days": ""})
    manager.post(url, {"cost": "1200.50"})  # the same again is no news
    kept = list(EnteredFigure.objects.filter(kind="cost").order_by("id").values_list("value", flat=True))
    assert kept == [Decimal("1000.00"), Decimal("1200.50")]
    page = manager.get(url)
    assert manager.membership.user.name in page.text
    wrong = manager.post(url, {"cost": "-1", "people": "7"})
    assert "A number from 0 up, please." in wrong.text
    assert 'value="7"' in wrong.text, "nothing that was typed is lost"
    later = manager.post(reverse("retention:figures_entered") + "?month=2027-03-01", {"cost": "5"})
    assert "Figures are entered up to next month." in later.text


def test_a_person_sees_only_the_own_figures(
    manager: Any,
    people: Any,  # noqa: F811
    client: Any,
) -> None:
    for who, key, wanted in ((people[0], "revenue", "¥1,000.00"), (people[2], "efficiency", "100.0 %")):
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("retention:figures_own") + OCTOBER)
        rows = {row.figure.key: row.value for _title, found in page.context["tables"] for row in found}
        assert rows[key] == wanted
        assert client.get(reverse("retention:figures")).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_house(manager: Any, asks: Any, past: Any, people: Any) -> None:  # noqa: F811
    url = reverse("retention:figures") + OCTOBER
    few = asks(manager, url)
    from customers.models import Vehicle

    for n in range(3):
        car = Vehicle.objects.create(branch=people[0].branch, plate=f"粤B9999{n}")
        past(car, datetime(2026, 10, 11, n, tzinfo=UTC), advisor=people[1].user)
    assert asks(manager, url) == few


def test_periods_are_compared_with_as_much_time(branch: Any, time_machine: Any) -> None:
    time_machine.move_to(DECEMBER)
    so_far = asked({}, branch).period
    assert so_far == Period(date(2026, 12, 1), date(2026, 12, 10))
    assert before(so_far) == Period(date(2026, 11, 1), date(2026, 11, 10))
    year = asked({"span": "year"}, branch).period
    assert year == Period(date(2025, 12, 1), date(2026, 11, 30))
    assert before(year) == Period(date(2024, 12, 1), date(2025, 11, 30))
    assert year_before(Period(date(2027, 2, 1), date(2027, 2, 28))) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert before(Period(date(2026, 10, 5), date(2026, 10, 11))) == Period(date(2026, 9, 28), date(2026, 10, 4))


def test_a_period_that_ends_before_it_begins_is_said_and_nothing_is_lost(manager: Any) -> None:
    page = manager.get(reverse("retention:figures") + "?first=2026-10-31&last=2026-10-01")
    assert "The last day is the first or a later one, within five years." in page.text
    assert 'value="2026-10-31"' in page.text
    assert page.context["of"].span == "month", "what is shown is this month"


def test_measures_of_months_and_entered_figures_are_taken_out(manager: Any, branch: Any) -> None:
    actor = Actor(manager.membership.user, branch, permissions_of(["manager"]))
    with translation.override("en"):
        heading, *rows = rows_for(actor, table_for(actor, "measures"))
        assert heading == ["Month", "Figure", "Advisor", "Technician", "Brand", "Visit type", "Value"]
        labour = [row for row in rows if row[:2] == [date(2026, 10, 1), "Labour sold"]]
        assert sorted((row[4], row[5], row[6]) for row in labour) == [
            ("甲", "General repair", Decimal(400)), ("甲", "Maintenance", Decimal(200)),
        ]  # fmt: skip
        heading, *rows = rows_for(actor, table_for(actor, "entered_figures"))
        assert [row[1:3] for row in rows if row[0] == date(2026, 10, 1)] == [
            ["Operating cost", Decimal(1000)], ["Fixed overhead", Decimal(500)],
            ["Cars of our brands in the area", Decimal(100)], ["Headcount", Decimal(5)],
        ]  # fmt: skip
    assert table_for(Actor(actor.user, branch, permissions_of(["crm"])), "measures") is None
