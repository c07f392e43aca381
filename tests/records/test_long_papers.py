"""A long order on paper: header rows on every sheet, totals at the end, no word beyond the edge."""

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from dms.pdf import render
from records.services.papers import issue
from records.services.render import STYLES, html_of
from records.states import PaperKind

pytestmark = pytest.mark.django_db
LINES = 200


def line(number: int) -> dict[str, str]:
    return {
        "name": f"项目 {number}", "code": f"C-{number}", "quantity": "1.00", "unit": "件", "price": "10.00",
        "discount": "0.00", "amount": "10.00", "payer": "客户", "origin": "原厂", "guarantee": "", "remedy": "",
    }  # fmt: skip


@pytest.fixture
def paper(actor: Any, request: pytest.FixtureRequest) -> Any:
    """With as many lines as the test's parameter says."""
    content = {
        "house": {"name": "店", "address": "A", "phone": ""}, "currency": "CNY", "plate": "粤B·72K19",
        "owner": "W" * 120, "labour": [line(number) for number in range(request.param)], "parts": [line(0)],
        "statements": [{"words": "W" * 3000, "since": ""}], "shares": [], "customer_total": "2010.00",
        "capitals": "贰仟零壹拾元整", "guarantee": "", "taken": ["W" * 80], "old_parts": "", "odometer": 1,
    }  # fmt: skip
    return issue(
        actor=actor("cashier"), kind=PaperKind.WORK_ORDER, number="WT-1", subject_key="order:1", language="zh-hans",
        content=content,
    )  # fmt: skip


@pytest.mark.parametrize("paper", [LINES], indirect=True)
def test_headers_repeat_and_the_total_stands_once(paper: Any) -> None:
    assert html_of(paper, "a4").count("<thead>") == 2
    sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(render(html_of(paper, "a4"), base=STYLES))).pages]
    assert len(sheets) > 5
    full = [sheet for sheet in sheets if "C-" in sheet]
    assert all("编码" in sheet for sheet in full[1:-1])
    assert sum(sheet.count("2,010.00") for sheet in sheets) == 1
    assert [f"C-{number}" in "".join(sheets) for number in range(LINES)] == [True] * LINES


@pytest.mark.parametrize("paper", [1], indirect=True)
def test_a_word_without_end_is_broken_at_the_edge(paper: Any) -> None:
    text = "\n".join(
        sheet.extract_text() for sheet in PdfReader(io.BytesIO(render(html_of(paper, "a4"), base=STYLES))).pages
    )
    runs = [len(run) for run in re.findall("W+", text)]
    assert sum(runs) >= 3000
    # A line of A4 holds some 60 letters of this width.
    assert max(runs) < 80
