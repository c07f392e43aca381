"""Codes at the gate: as they are typed, and as they are guessed."""

from datetime import timedelta
from typing import Any

import pytest

from dms.clock import as_of, now
from dms.errors import Refused
from reception.models import GateLog, GatePass
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


def test_after_a_while_typing_works_again(gate_pass: GatePass, actor: Any) -> None:
    guard = actor("gate")
    with as_of(now() - WINDOW - timedelta(minutes=1)):
        for _guess in range(MOST):
            open_gate(actor=guard, entered=wrong(gate_pass))
    assert open_gate(actor=guard, entered=gate_pass.code)[0] == "opened"
