"""Codes at the gate: as they are typed, and as they are guessed."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from dms.clock import as_of, now
from dms.errors import Refused
from reception.models import GateLog, GatePass, TakenItem
from reception.services.flow import move
from reception.services.gate import issue_pass, open_gate
from records.services.guesses import MOST, WINDOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate_pass(signed: Any, actor: Any) -> GatePass:
    """The pass of a car that leaves unrepaired."""
    order, advisor = signed(), actor("service_advisor")
    move(order_id=order.pk, action="cancel", actor=advisor)
    return issue_pass(actor=advisor, order_id=order.pk)


def wrong(gate_pass: GatePass) -> str:
    return "000000" if gate_pass.code != "000000" else "111111"


def still_here(item: TakenItem) -> str:
    return f"“{item.get_kind_display()}” was taken in and has not been given back."


@pytest.mark.parametrize("spaced", [False, True])
def test_a_code_is_read_as_a_chinese_keyboard_types_it(gate_pass: GatePass, actor: Any, spaced: bool) -> None:
    wide = gate_pass.code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    entered = f" {wide[:3]} {wide[3:]} " if spaced else wide
    assert open_gate(actor=actor("gate"), entered=entered)[0] == "opened"


def test_who_guesses_codes_types_no_more_but_scans(gate_pass: GatePass, actor: Any) -> None:
    guard = actor("gate")
    with as_of(now() - WINDOW + timedelta(minutes=1)):
        for _guess in range(MOST):
            assert open_gate(actor=guard, entered=wrong(gate_pass))[0] == "unknown"
    with pytest.raises(Refused, match="Too many codes"):
        open_gate(actor=guard, entered=gate_pass.code)
    assert GateLog.objects.count() == MOST
    assert open_gate(actor=guard, entered=gate_pass.token)[0] == "opened"


def test_what_a_rule_refuses_is_kept_and_opens_nothing(gate_pass: GatePass, actor: Any) -> None:
    key = TakenItem.objects.create(order=gate_pass.order, kind="key", taken_at=now(), taken_by=gate_pass.issued_by)
    guard = actor("gate")
    answer = open_gate(actor=guard, entered=gate_pass.code)
    assert (answer.outcome, answer.gate_pass, answer.sentence) == ("refused", gate_pass, still_here(key))
    kept = GateLog.objects.get()
    assert (kept.outcome, kept.gate_pass, kept.attempted_by) == ("refused", gate_pass, guard.user)
    gate_pass.refresh_from_db()
    gate_pass.order.refresh_from_db()
    assert (gate_pass.used_at, gate_pass.order.state) == (None, "cancelled")


def test_the_guard_reads_why_and_the_program_gets_a_409(gate_pass: GatePass, login: Any, program: Any) -> None:
    key = TakenItem.objects.create(order=gate_pass.order, kind="key", taken_at=now(), taken_by=gate_pass.issued_by)
    guard = login("gate")
    User.objects.filter(pk=guard.session["_auth_user_id"]).update(language="en")
    page = guard.post(reverse("delivery:gate"), {"code": gate_pass.code})
    assert still_here(key) in page.content.decode()
    told = program("gate").post("gate/", {"code": gate_pass.code}, key="g-1", **{"Accept-Language": "en"})
    assert (told.status_code, told.json()["title"], told.json()["detail"]) == (409, "refused", still_here(key))
    assert list(GateLog.objects.values_list("outcome", flat=True)) == ["refused", "refused"]


def test_after_a_while_typing_works_again(gate_pass: GatePass, actor: Any) -> None:
    guard = actor("gate")
    with as_of(now() - WINDOW - timedelta(minutes=1)):
        for _guess in range(MOST):
            open_gate(actor=guard, entered=wrong(gate_pass))
    assert open_gate(actor=guard, entered=gate_pass.code)[0] == "opened"
