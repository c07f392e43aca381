"""The opening checklist: ticked by each advisor, one line on Today until done, seen by the others."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from dms.clock import now
from dms.errors import Forbidden
from reception.models import DayCheck
from reception.opening import USUAL, checks_of_day, list_of, words_of
from reception.services.opening import tick
from records.models import DatedRule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eve")]
TODAY = date(2026, 11, 23)
ALL = [key for key, _label in USUAL]
PAGE = reverse("reception:opening")


def test_done_is_when_nothing_is_left(advisors: Any, time_machine: Any) -> None:
    me = advisors[0]
    assert tick(actor=me, ticked=["forms"]).checked_at is None
    done = tick(actor=me, ticked=ALL)
    assert (done.checked_at, done.checked_by) == (now(), me.user)
    first = done.checked_at
    time_machine.shift(timedelta(minutes=1))
    assert tick(actor=me, ticked=ALL).checked_at == first
    assert tick(actor=me, ticked=ALL[1:]).checked_at is None
    assert DayCheck.objects.get().items == {"appearance": False, "forms": True, "tools": True, "area": True}


def test_each_has_a_list_of_each_day(advisors: Any, time_machine: Any) -> None:
    tick(actor=advisors[0], ticked=ALL)
    tick(actor=advisors[1], ticked=ALL[:2])
    checks = {one.person: (one.done, one.checked_at is not None) for one in checks_of_day(advisors[0].branch, TODAY)}
    assert checks == {advisors[0].user: (4, True), advisors[1].user: (2, False)}
    time_machine.shift(timedelta(days=1))
    tick(actor=advisors[0], ticked=[])
    assert DayCheck.objects.count() == 3


def test_a_house_has_its_own_list(advisors: Any) -> None:
    assert words_of(" 仪容仪表，单据、 工具 ,, tidy  desk,工具") == ["仪容仪表", "单据", "工具", "tidy desk"]
    branch = advisors[0].branch
    DatedRule.objects.create(branch=branch, key="reception.checklist", value="仪容仪表，单据", valid_from=TODAY)
    assert [item.label for item in list_of(branch, TODAY)] == ["仪容仪表", "单据"]
    assert tick(actor=advisors[0], ticked=["单据", "仪容仪表", "forms"]).items == {"仪容仪表": True, "单据": True}


def test_only_who_receives(actor: Any) -> None:
    with pytest.raises(Forbidden):
        tick(actor=actor("technician"), ticked=ALL)


def test_today_says_it_in_one_line_until_done(login: Any, advisors: Any) -> None:
    client, boss, today = login("service_advisor"), login("manager"), reverse("reception:today")
    User.objects.update(language="en")
    assert client.post(PAGE, {"item": ALL[:2]})["Location"] == PAGE
    assert "Opening checklist: 2 of 4" in client.get(today).text
    assert client.get(PAGE).text.count(" checked>") == 2
    assert client.post(PAGE, {"item": ALL})["Location"] == today
    assert "Opening checklist" not in client.get(today).text
    assert "Opening checklist" not in boss.get(today).text
    seen = boss.get(reverse("reception:greetings")).text
    assert ("ready at 10:00" in seen, seen.count("not begun")) == (True, len(advisors))


def test_as_many_queries_for_three_advisors_as_for_one(asks: Any, login: Any, member: Any) -> None:
    client, counts = login("service_advisor"), []
    for more in (1, 2):
        for _one in range(more):
            member("service_advisor")
        counts.append(asks(client, PAGE))
    assert counts[0] == counts[1]
