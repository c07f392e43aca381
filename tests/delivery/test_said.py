"""What the customer said leads to work, and its cause and correction stand on the papers up to the bill."""

from typing import Any

import pytest

from reception.models import Statement
from reception.services.statements import correct
from records.models import IssuedPaper

pytestmark = pytest.mark.django_db


def test_statement_work_cause_and_correction_are_printed(whole_road: Any) -> None:
    order = whole_road()
    bill = IssuedPaper.objects.filter(kind="settlement", subject_key=order.subject_key).latest("id").content
    contract = IssuedPaper.objects.filter(kind="work_order", subject_key=order.subject_key).latest("id").content
    said = order.statements.earliest("id")
    assert contract["statements"][0]["words"] == bill["statements"][0]["words"] == said.words
    assert "已更换，试车正常" in bill["statements"][0]["correction"]


def test_the_technician_writes_the_cause_beside_what_was_done(signed: Any, actor: Any) -> None:
    order, who = signed(), actor("technician")
    line = order.lines.get()
    correct(actor=who, line_id=line.pk, correction="更换轴承", cause="轴承磨损")
    correct(actor=who, line_id=line.pk, correction="", cause="油封老化")
    said = Statement.objects.get(order=order)
    assert (said.cause, said.correction) == ("轴承磨损\n油封老化", "更换轴承")
    correct(actor=who, line_id=line.pk, correction=" ")
    said.refresh_from_db()
    assert said.cause == "轴承磨损\n油封老化"
