"""Shifts of a week: written in a grid, taken over from the week before, refused with a sentence."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.models import Shift, User
from accounts.policies import Actor
from accounts.roles import permissions_of
from accounts.services.roster import copy_week, save_week
from dms.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
PAGE = reverse("accounts:roster")


@pytest.fixture(autouse=True)
def monday(time_machine: Any) -> None:
    """Monday, ten o'clock in Shenzhen."""
    time_machine.move_to(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)


@pytest.fixture
def boss(member: Callable[..., Any]) -> Actor:
    row = member("manager")
    return Actor(row.user, row.branch, permissions_of(row.roles))


def shifts() -> list[tuple[Any, ...]]:
    return list(Shift.objects.order_by("works_on", "id").values_list("membership_id", "works_on", "begins", "ends"))


def test_a_cell_is_written_changed_and_emptied(boss: Actor, member: Any) -> None:
    who = member("technician").pk
    save_week(actor=boss, cells={(who, MONDAY): (time(8), time(12)), (who, TUESDAY): (time(8), time(17))})
    save_week(actor=boss, cells={(who, MONDAY): None, (who, TUESDAY): (time(9), time(18))})
    assert shifts() == [(who, TUESDAY, time(9), time(18))]


def test_the_end_comes_after_the_beginning(boss: Actor, member: Any) -> None:
    who = member("technician")
    with pytest.raises(Invalid, match="11-24: the shift has to end after it begins") as caught:
        save_week(actor=boss, cells={(who.pk, MONDAY): (time(8), time(9)), (who.pk, TUESDAY): (time(18), time(8))})
    assert (caught.value.code, shifts()) == (f"{who.pk}-2026-11-24", [])


def test_a_day_that_is_over_stays(boss: Actor, member: Any) -> None:
    with pytest.raises(Invalid, match="this day is over"):
        save_week(actor=boss, cells={(member("technician").pk, MONDAY - timedelta(days=1)): None})


def test_nobody_of_another_branch_and_nobody_without_the_right(boss: Actor, member: Any, other_branch: Any) -> None:
    theirs = member("technician", at=other_branch).pk
    assert save_week(actor=boss, cells={(theirs, MONDAY): (time(8), time(9))}) == 0
    row = member("technician")
    with pytest.raises(Forbidden):
        save_week(actor=Actor(row.user, row.branch, permissions_of(row.roles)), cells={})
    assert shifts() == []


def test_last_week_fills_only_what_is_empty_and_not_over(boss: Actor, member: Any, time_machine: Any) -> None:
    one, two = member("technician").pk, member("service_advisor").pk
    for who, day in ((one, MONDAY), (one, TUESDAY), (two, TUESDAY)):
        Shift.objects.create(membership_id=who, works_on=day - timedelta(days=7), begins=time(8), ends=time(16))
    Shift.objects.create(membership_id=one, works_on=TUESDAY, begins=time(10), ends=time(12))
    time_machine.move_to(datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)
    assert copy_week(actor=boss, monday=MONDAY) == 1
    assert shifts()[-2:] == [(one, TUESDAY, time(10), time(12)), (two, TUESDAY, time(8), time(16))]
    assert copy_week(actor=boss, monday=MONDAY) == 0


def test_the_page_saves_and_says_what_is_wrong(login: Any, member: Any) -> None:
    who, client = member("technician"), login("manager")
    User.objects.update(language="en")
    cell = f"{who.pk}-2026-11-24"
    answer = client.post(f"{PAGE}?day=2026-11-24", {f"b-{cell}": "08:30", f"e-{cell}": "17:00"})
    assert answer["Location"] == f"{PAGE}?day=2026-11-23"
    assert shifts() == [(who.pk, TUESDAY, time(8, 30), time(17))]
    for begins, ends, told in (("17:00", "08:30", "end after it begins"), ("08:30", "", "Give both times")):
        answer = client.post(f"{PAGE}?day=2026-11-24", {f"b-{cell}": begins, f"e-{cell}": ends})
        assert answer.status_code == 422
        assert told in answer.text
        assert f'value="{begins}"' in answer.text
    for odd in ("?day=x", "?day=2026-13-45", "?day=9999-12-31", "?day=0001-01-01"):
        assert client.get(PAGE + odd).status_code == 200
    client.post(f"{PAGE}?day=2026-11-30", {"do": "copy"})
    assert shifts()[-1] == (who.pk, date(2026, 12, 1), time(8, 30), time(17))


def test_as_many_queries_for_three_people_as_for_one(asks: Any, login: Any, member: Any) -> None:
    client, counts = login("manager"), []
    for more in (1, 2):
        for _one in range(more):
            Shift.objects.create(membership=member("technician"), works_on=TUESDAY, begins=time(8), ends=time(9))
        counts.append(asks(client, PAGE))
    assert counts[0] == counts[1]
