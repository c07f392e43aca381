"""What must not harm the worker: a paper that never ends, one that eats the memory, a machine without the library."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from dms import pdf
from records.models import IssuedPaper, PaperFile
from records.services.papers import issue
from records.states import FileState, PaperKind
from records.tasks import render_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(actor: Any) -> Any:
    def make(number: str, lines: int = 1) -> IssuedPaper:
        items = [{"name": f"项目 {row}", "guarantee": ""} for row in range(lines)]
        content = {"house": {"name": "店"}, "plate": "粤B·72K19", "items": items, "odometer": 1}
        return issue(
            actor=actor("cashier"), kind=PaperKind.CERTIFICATE, number=number, subject_key=f"order:{number}",
            language="zh-hans", content=content,
        )  # fmt: skip

    return make


def own_children() -> set[str]:
    """Process ids of this process's children, dead ones that nobody fetched among them."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def states() -> dict[str, tuple[str, str]]:
    return {row.paper.number: (row.state, row.trouble) for row in PaperFile.objects.select_related("paper")}


def test_a_bomb_is_stopped_in_time_and_the_worker_lives_on(issued: Any, caplog: pytest.LogCaptureFixture) -> None:
    issued("bomb", 3000)
    before, children = os.getpid(), own_children()
    with override_settings(PDF_SECONDS=0.25):
        render_waiting()
    assert states() == {"bomb": ("failed", "time")}
    assert "was not made: time" in caplog.text
    issued("small")
    render_waiting()
    assert states() == {"bomb": ("failed", "time"), "small": ("made", "")}
    assert os.getpid() == before
    assert own_children() == children  # every child was fetched; a browser of other tests may be one


def test_without_the_limit_of_time_the_same_document_is_made(issued: Any) -> None:
    # The negative control: what was stopped above is only large: a tenth of it takes longer than its quarter second.
    issued("bomb", 300)
    begun = time.monotonic()
    with override_settings(PDF_SECONDS=200):
        render_waiting()
    assert states() == {"bomb": ("made", "")}
    assert time.monotonic() - begun > 0.25


def test_a_bomb_is_stopped_at_the_limit_of_memory(issued: Any) -> None:
    issued("bomb", 4000)
    with override_settings(PDF_MEGABYTES=1, PDF_SECONDS=200):
        render_waiting()
    assert states() == {"bomb": ("failed", "memory")}


def test_the_limit_of_memory_lets_through_what_is_below_it() -> None:
    # With its negative control: the same act, below and above.
    def eat() -> bytes:
        return bytes(200 << 20)[:1]

    with pytest.raises(pdf.PdfRefused) as refused:
        pdf._apart(eat, 20, 64)
    assert refused.value.trouble == "memory"
    assert pdf._apart(eat, 20, 400) == b"\x00"


def test_whoever_opens_what_was_stopped_reads_why_and_can_print(issued: Any, login: Any) -> None:
    paper = issued("bomb")
    PaperFile.objects.update(state=FileState.FAILED, trouble="memory")
    page = login("manager").get(reverse("records:paper", args=[paper.pk, "a4"]))
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'class="reason"' in page.text
    assert "内存" in page.text or "memory" in page.text
    assert "粤B·72K19" in page.text


def test_without_the_library_the_printable_page_says_why_until_it_is_there(
    issued: Any, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = issued("one"), issued("two")
    pdf.warm.cache_clear()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "weasyprint", None)
        render_waiting()
    assert states() == {"one": ("failed", "library"), "two": ("failed", "library")}
    client = login("manager")
    page = client.get(reverse("records:paper", args=[first.pk, "a4"]))
    assert page.status_code == 200
    assert "缺少" in page.text or "a library is missing" in page.text
    both = client.get(reverse("records:together", args=[f"{first.pk}.a4,{second.pk}.a4"]))
    assert both.status_code == 200
    render_waiting()
    render_waiting()
    assert states() == {"one": ("made", ""), "two": ("made", "")}


def test_an_error_of_the_drawing_is_the_childs_own(tmp_path: Any) -> None:
    def broken() -> bytes:
        raise ValueError("x")

    with pytest.raises(pdf.PdfRefused) as refused:
        pdf._apart(broken, 5, 64)
    assert (refused.value.trouble, str(refused.value)) == ("broken", "broken ValueError")
    with pytest.raises(pdf.PdfRefused) as killed:
        pdf._apart(lambda: os.kill(os.getpid(), signal.SIGTRAP) or b"", 5, 64)
    assert killed.value.trouble == "memory"
    assert pdf._apart(lambda: b"x" * 3_000_000, 5, 64) == b"x" * 3_000_000
