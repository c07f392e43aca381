"""Rules change from a day on: what is past stays, what is typed wrongly is said."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid
from records.models import DatedRule
from records.policies import parse_value
from records.rules import RULES
from records.selectors import rule, rules_standing
from records.services.rules import set_rule
from records.setting import Rule

pytestmark = pytest.mark.django_db

KEY, DAY = "gate_pass.hours", timedelta(days=1)
LIST, ONE = reverse("records:rules"), reverse("records:rule", args=[KEY])


@pytest.fixture
def today(branch: Any) -> date:
    return branch_day(branch)


def stands(branch: Any, today: date) -> Any:
    return next(row for row in rules_standing(branch, today) if row.key == KEY)


@pytest.mark.parametrize("key", RULES)
def test_every_default_lies_within_its_own_bounds_and_can_be_typed(key: str) -> None:
    default = RULES[key].default
    typed = {True: "yes", False: "no"}[default] if isinstance(default, bool) else str(default)
    assert parse_value(RULES[key], typed) == default
    assert str(RULES[key].means)


def test_yesterdays_value_does_not_change_when_a_rule_changes_today(actor: Any, branch: Any, today: date) -> None:
    admin = actor(Role.ADMIN)
    set_rule(actor=admin, key=KEY, value="48", valid_from=today, note="holiday")
    assert [rule(branch, KEY, day) for day in (today - DAY, today, today + DAY)] == [24, 48, 48]
    set_rule(actor=admin, key=KEY, value="36", valid_from=today + 7 * DAY, note="after it")
    assert [rule(branch, KEY, today + days * DAY) for days in (-1, 0, 6, 7)] == [24, 48, 48, 36]
    found = stands(branch, today)
    assert (found.value, found.row.valid_from, [one.value for one in found.coming]) == (48, today, [36])


def test_a_slip_is_mended_on_the_same_day_and_kept_in_the_history(actor: Any, branch: Any, today: date) -> None:
    first, second = actor(Role.ADMIN), actor(Role.ADMIN)
    set_rule(actor=first, key=KEY, value="148", valid_from=today, note="holiday")
    set_rule(actor=second, key=KEY, value="48", valid_from=today, note="48, not 148")
    row = DatedRule.objects.get()
    assert (row.value, row.set_by, row.note) == (48, second.user, "48, not 148")
    assert [(one.value, one.set_by_id) for one in row.events.all()] == [(148, first.person.pk)]


def test_the_day_is_the_branchs(actor: Any, other_branch: Any) -> None:
    there = actor(Role.ADMIN, at=other_branch)
    day = branch_day(other_branch)
    with pytest.raises(Invalid) as refused:
        set_rule(actor=there, key=KEY, value="48", valid_from=day - DAY, note="late")
    assert refused.value.sentence == "A rule changes today or later; what is past stays as it was."
    assert set_rule(actor=there, key=KEY, value="48", valid_from=day, note="now").branch == other_branch


@pytest.mark.parametrize("typed", ["", "0", "169", "-1", "1.5", "1e2", "NaN", "Infinity", "24 h", "9" * 30, "0x10"])
def test_what_is_no_number_within_the_bounds_is_said(actor: Any, today: date, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_rule(actor=actor(Role.ADMIN), key=KEY, value=typed, valid_from=today, note="x")
    assert (refused.value.sentence, refused.value.code) == ("Enter a whole number from 1 to 168.", "value")
    assert not DatedRule.objects.exists()


def test_a_yes_or_no_is_typed_as_one() -> None:
    asked = Rule(default=True, means="")
    assert (parse_value(asked, "no"), parse_value(asked, "yes")) == (False, True)
    with pytest.raises(Invalid):
        parse_value(asked, "1")
    with pytest.raises(TypeError):
        parse_value(Rule([], ""), "1")


@pytest.mark.parametrize("note", ["", "   ", "x" * 201, "a\nb", "\x00"])
def test_a_rule_changes_for_a_reason(actor: Any, today: date, note: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_rule(actor=actor(Role.ADMIN), key=KEY, value="48", valid_from=today, note=note)
    assert refused.value.sentence == "Say why, in at most 200 characters."


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMIN])
def test_only_the_administrator_changes_rules(actor: Any, today: date, role: str) -> None:
    with pytest.raises(Forbidden):
        set_rule(actor=actor(role), key=KEY, value="48", valid_from=today, note="x")


def test_another_branchs_value_is_not_mine(actor: Any, branch: Any, other_branch: Any, today: date) -> None:
    day = branch_day(other_branch)
    set_rule(actor=actor(Role.ADMIN, at=other_branch), key=KEY, value="48", valid_from=day, note="x")
    assert rule(branch, KEY, today + 9 * DAY) == 24
    assert (stands(branch, today).row, stands(branch, today).coming) == (None, [])


@pytest.mark.parametrize("days", range(-4, 5))
def test_the_page_tells_what_the_rule_answers(branch: Any, today: date, days: int) -> None:
    # The house's values at -3, 1 and 3, the branch's own from 2 on: then the house's do not reach it any more.
    for place, day, value in ((None, -3, 30), (None, 1, 31), (None, 3, 33), (branch, 2, 40)):
        DatedRule.objects.create(branch=place, key=KEY, value=value, valid_from=today + day * DAY)
    seen = stands(branch, today + days * DAY)
    assert seen.value == rule(branch, KEY, today + days * DAY)
    assert [(one.value, rule(branch, KEY, one.valid_from)) for one in seen.coming] == [
        (value, value) for day, value in ((-3, 30), (1, 31), (2, 40)) if day > days
    ]


def test_pages(login: Any, branch: Any, today: date) -> None:
    client = login(Role.ADMIN)
    User.objects.update(language="en")
    for row in RULES.values():
        assert str(row.means).replace("'", "&#x27;") in client.get(LIST).text
    typed = {"value": "48", "valid_from": today.isoformat(), "note": "Holiday"}
    for wrong, words in (
        ({"value": "0"}, "Enter a whole number from 1 to 168."),
        ({"valid_from": (today - DAY).isoformat()}, "A rule changes today or later"),
        ({"valid_from": "soon"}, "Enter a valid date."),
        ({"note": ""}, "This field is required."),
    ):
        answer = client.post(ONE, {**typed, **wrong})
        assert answer.status_code == 422
        assert words in answer.text
    smuggled = {"branch": "", "set_by": "1", "key": "estimate.days"}
    assert client.post(ONE, {**typed, **smuggled})["Location"] == LIST
    row = DatedRule.objects.get()
    assert (row.branch, row.key, row.value, row.set_by) == (branch, KEY, 48, client.membership.user)
    page = client.get(ONE).text
    assert "48 hours" in page
    assert f"from {today.isoformat()} · {client.membership.user.name} · Holiday" in page
    assert client.get(reverse("records:rule", args=["no.such"])).status_code == 404


def test_one_and_three_values_ask_the_same_queries(login: Any, actor: Any, today: date) -> None:
    client, who, counts = login(Role.ADMIN), actor(Role.ADMIN), []
    for days in ((0,), (1, 2)):
        for day in days:
            set_rule(actor=who, key=KEY, value="48", valid_from=today + day * DAY, note="x")
        for url in (LIST, ONE):
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            counts.append(len(queries))
    assert counts == [3] * 4  # session, person with memberships, rules


@pytest.mark.parametrize("typed", ["00:00-23:59", "09:00-19:30"])
def test_a_window_is_typed_as_a_span(typed: str) -> None:
    assert parse_value(RULES["messages.window.care"], f" {typed} ") == typed


@pytest.mark.parametrize("typed", ["", "9-19", "09:00", "19:30-09:00", "09:00-09:00", "24:00-25:00", "09:00–19:30"])
def test_what_is_no_window_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="09:00-19:30"):
        parse_value(RULES["messages.window.care"], typed)


def test_a_text_rule_has_a_field_of_its_own(login: Any, branch: Any, today: date) -> None:
    page, client = reverse("records:rule", args=["messages.test_allowed"]), login(Role.ADMIN)
    posted = {"value": "+8613800000001, a@example.test", "valid_from": today.isoformat(), "note": "trial"}
    assert client.post(page, posted).status_code == 302
    assert rule(branch, "messages.test_allowed", today) == "+8613800000001, a@example.test"
    assert client.post(page, posted | {"value": "<b>"}).status_code == 422
    assert client.post(page, posted | {"value": "", "note": "over"}).status_code == 302
    assert rule(branch, "messages.test_allowed", today) == ""
