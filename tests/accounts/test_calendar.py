"""When the branch is open: its week, public holidays, special days."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.calendar import calendar_of, hours_between, hours_of, rows_between
from accounts.models import OpeningHours, SpecialDay
from accounts.services.calendar import set_day
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db
#: Thursday; Friday; the National Day; a Saturday.
THURSDAY, FRIDAY, NATIONAL_DAY, SATURDAY = date(2026, 9, 24), date(2026, 9, 25), date(2026, 10, 1), date(2026, 9, 26)


@pytest.fixture
def week(branch: Any) -> Any:
    """Monday to Friday, 08:30 to 18:00."""
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=time(8, 30), closes=time(18)) for day in range(5)
    )
    return branch


def at(branch: Any, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(branch.zone))


def test_a_weekday_has_the_weeks_hours(week: Any) -> None:
    assert hours_of(week, THURSDAY) == [(at(week, THURSDAY, 8, 30), at(week, THURSDAY, 18))]
    assert hours_of(week, SATURDAY) == []


def test_a_public_holiday_is_closed_and_says_why(week: Any) -> None:
    calendar = calendar_of(week, NATIONAL_DAY, NATIONAL_DAY)
    assert calendar.hours_of(NATIONAL_DAY) == []
    assert calendar.why_closed(NATIONAL_DAY) == "National Day"
    with translation.override("zh-hans"):
        assert calendar.why_closed(NATIONAL_DAY) == "国庆节"


def test_a_special_day_goes_before_the_holiday_and_the_week(week: Any) -> None:
    SpecialDay.objects.create(branch=week, on=NATIONAL_DAY, opens=time(10), closes=time(15))
    SpecialDay.objects.create(branch=week, on=SATURDAY, opens=time(9), closes=time(17), note="调休")
    SpecialDay.objects.create(branch=week, on=THURSDAY, note="盘点")
    assert hours_of(week, NATIONAL_DAY) == [(at(week, NATIONAL_DAY, 10), at(week, NATIONAL_DAY, 15))]
    assert hours_of(week, SATURDAY) == [(at(week, SATURDAY, 9), at(week, SATURDAY, 17))]
    calendar = calendar_of(week, THURSDAY, SATURDAY)
    assert (calendar.hours_of(THURSDAY), calendar.why_closed(THURSDAY)) == ([], "盘点")


def test_a_country_is_told_by_the_currency_or_by_its_own_column(week: Any) -> None:
    unity = date(2029, 10, 3)  # a Wednesday; a holiday in Germany and, by the lunar calendar, not special in China
    week.currency, week.country = "EUR", ""
    assert hours_of(week, NATIONAL_DAY) != []
    week.country = "DE"
    assert hours_of(week, NATIONAL_DAY) != []
    assert hours_of(week, unity) == []


def test_hours_between_are_opening_hours_only(week: Any) -> None:
    # Tuesday noon to the Monday after the holiday week of 2026 (25 September is the Mid-Autumn Festival).
    begin, end = at(week, THURSDAY, 12), at(week, date(2026, 9, 28), 10)
    assert rows_between(week, begin, end) == [
        (begin, at(week, THURSDAY, 18)),
        (at(week, date(2026, 9, 28), 8, 30), end),
    ]
    assert hours_between(week, begin, end) == Decimal("7.50")
    assert hours_between(week, end, begin) == 0


def test_a_branch_without_hours_never_closes(branch: Any) -> None:
    assert hours_between(branch, at(branch, THURSDAY, 0), at(branch, SATURDAY, 0)) == 48


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_on_which_the_clocks_change_has_its_own_length(branch: Any, day: date, length: int) -> None:
    branch.zone, branch.currency = "Europe/Berlin", "EUR"
    assert hours_between(branch, at(branch, day, 0), at(branch, day + timedelta(days=1), 0)) == length


def test_who_keeps_the_calendar_sets_and_removes_a_day(login: Any, branch: Any) -> None:
    client, day = login("manager"), branch_day(branch) + timedelta(days=9)
    page = reverse("accounts:special_days")
    asked = {"on": day.isoformat(), "opens": "09:00", "closes": "12:00", "note": "盘点"}
    assert client.post(page, asked).status_code == 302
    row = SpecialDay.objects.get()
    assert (row.on, row.opens, row.closes, row.note) == (day, time(9), time(12), "盘点")
    assert "盘点" in client.get(page).text
    assert client.post(page, {"on": day.isoformat(), "opens": "12:00", "closes": "09:00"}).status_code == 422
    client.post(reverse("accounts:special_day_remove", args=[row.pk]))
    assert not SpecialDay.objects.exists()


def test_another_branchs_day_is_not_removed(login: Any, other_branch: Any) -> None:
    row = SpecialDay.objects.create(branch=other_branch, on=date(2030, 1, 2))
    assert login("manager").post(reverse("accounts:special_day_remove", args=[row.pk])).status_code == 404
    assert SpecialDay.objects.filter(pk=row.pk).exists()


def test_refusals_are_sentences(actor: Any, branch: Any) -> None:
    today = branch_day(branch)
    with pytest.raises(Forbidden):
        set_day(actor=actor("service_advisor"), on=today)
    with pytest.raises(Invalid, match=r"^This day is over\.$"):
        set_day(actor=actor("admin"), on=today - timedelta(days=1))
    with pytest.raises(Invalid, match=r"^Give both times, or none when the branch is closed\.$"):
        set_day(actor=actor("admin"), on=today, opens=time(9))


def test_the_calendar_page_asks_the_same_for_one_day_and_three(login: Any, branch: Any, asks: Any) -> None:
    client, page, counts = login("admin"), reverse("accounts:special_days"), []
    for number in (1, 2, 3):
        SpecialDay.objects.create(branch=branch, on=branch_day(branch) + timedelta(days=number))
        counts.append(asks(client, page))
    assert counts[0] == counts[2]
