"""Papers as files: asked for when issued, drawn by the worker once, opened by those who may see them."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.roles import Role
from dms.celery import app
from dms.clock import branch_day
from dms.errors import Invalid
from records.models import DatedRule, IssuedPaper, PaperFile, PaperPrint
from records.pieces import parse
from records.services import files, render
from records.services.papers import issue
from records.services.rules import set_rule
from records.states import FileState, PaperKind
from records.tasks import render_waiting

pytestmark = pytest.mark.django_db
CONTENT = {"house": {"name": "店"}, "plate": "粤B·72K19", "kind": "<b>", "code": "482913", "qr": "x" * 43}


@pytest.fixture
def passes(actor: Any) -> Any:
    """`passes("CM-1", …)`: a gate pass."""

    def make(number: str = "CM-1", language: str = "en", kind: PaperKind = PaperKind.GATE_PASS, **content: Any) -> Any:
        return issue(
            actor=actor("cashier"), kind=kind, number=number, subject_key="order:1", language=language,
            content=CONTENT | content,
        )  # fmt: skip

    return make


@pytest.fixture
def paper(passes: Any) -> IssuedPaper:
    return passes()


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def test_the_content_is_escaped_and_the_language_is_the_papers(paper: IssuedPaper) -> None:
    html = render.html_of(paper, "roll")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "Gate pass" in html
    assert 'lang="en"' in html


def test_an_issued_paper_is_drawn_once_by_the_worker_and_then_opened(paper: IssuedPaper, login: Any) -> None:
    client, url = login("cashier"), reverse("records:paper", args=[paper.pk, "a4"])
    waiting = client.get(url)
    assert (waiting.status_code, waiting["Content-Type"], waiting["Cache-Control"]) == (
        202, "text/html; charset=utf-8", "private, no-store",
    )  # fmt: skip
    assert waiting["Retry-After"] == "1"
    assert "being prepared" in waiting.text or "正在生成" in waiting.text
    assert '<meta http-equiv="refresh"' in waiting.text
    assert len(list(iter(render.render_next, None))) == 1
    assert len(list(iter(render.render_next, None))) == 0
    made = client.get(url)
    assert (made["Content-Type"], made.content) == ("application/pdf", bytes(PaperFile.objects.get().pdf))
    assert "482913" in pages_of(made.content)[0]
    assert client.get(url, headers={"HX-Request": "true"})["HX-Redirect"] == url


def test_no_view_draws(paper: IssuedPaper, login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dms.pdf.render", lambda *_args, **_more: pytest.fail("drawn in the web process"))
    monkeypatch.setattr(render, "render_apart", lambda *_args, **_more: pytest.fail("drawn in the web process"))
    client = login("cashier")
    assert client.get(reverse("records:paper", args=[paper.pk, "roll"])).status_code == 200
    assert client.get(reverse("records:printable", args=[f"{paper.pk}.a4"])).status_code == 200
    assert client.post(reverse("records:prepare", args=[f"{paper.pk}.roll"])).status_code == 302
    assert client.post(reverse("records:print", args=[paper.pk])).status_code == 302


def test_looking_changes_nothing_and_a_click_asks_for_another_sheet(paper: IssuedPaper, login: Any) -> None:
    client, url = login("cashier"), reverse("records:paper", args=[paper.pk, "roll"])
    page = client.get(url).text
    prepare = reverse("records:prepare", args=[f"{paper.pk}.roll"])
    assert f'hx-post="{prepare}" hx-trigger="load, submit"' in page
    assert PaperFile.objects.count() == 1
    assert client.get(prepare).status_code == 405
    assert client.post(prepare)["Location"] == url
    assert len(list(iter(render.render_next, None))) == 2
    assert client.get(url)["Content-Type"] == "application/pdf"


def test_who_waits_long_is_offered_the_printable_page(paper: IssuedPaper, login: Any) -> None:
    client, url = login("cashier"), reverse("records:paper", args=[paper.pk, "a4"])
    printable = reverse("records:printable", args=[f"{paper.pk}.a4"])
    assert printable not in client.get(url).text
    PaperFile.objects.update(asked_at=timezone.now() - timedelta(seconds=7))
    assert printable in client.get(url, headers={"HX-Request": "true"}).text
    page = client.get(printable)
    assert "482913" in page.text
    assert 'class="reason"' in page.text


def test_the_newest_files_are_drawn_first(passes: Any) -> None:
    made = [passes(f"CM-{number}") for number in range(3)]
    assert render.render_next()
    assert PaperFile.objects.get(state=FileState.MADE).paper == made[2]
    assert len(list(iter(render.render_next, None))) == 2


def queued() -> list[tuple[Any, int]]:
    """Takes everything out of the papers' queue: (file asked for, priority)."""
    found = []
    with app.connection_for_read() as connection, connection.SimpleQueue("papers", no_ack=True) as queue:
        while True:
            try:
                message = queue.get_nowait()
            except queue.Empty:
                return found
            found.append((message.payload[0][0], message.properties["priority"]))


def test_whoever_waits_comes_before_what_is_only_made_ready(passes: Any, login: Any) -> None:
    made = [passes(f"CM-{number}") for number in range(3)]
    waited_for = PaperFile.objects.get(paper=made[0])
    queued()
    files.nudge()
    for _once_more in range(2):
        assert login("cashier").get(reverse("records:paper", args=[made[0].pk, "a4"])).status_code == 202
    assert queued() == [(waited_for.pk, 0), (waited_for.pk, 0), (None, 9)]
    assert render.render_next(waited_for.pk)
    assert PaperFile.objects.get(state=FileState.MADE) == waited_for


def test_other_branches_and_unknown_sheets_do_not_exist(paper: IssuedPaper, login: Any, other_branch: Any) -> None:
    for name in ("records:paper", "records:printable", "records:prepare"):
        for sheet, ours in (("a4", True), ("a3", False), ("impact", False), ("a4-2", False), ("a4-1", False)):
            args = [paper.pk, sheet] if name == "records:paper" else [f"{paper.pk}.{sheet}"]
            act = "post" if name == "records:prepare" else "get"
            url = reverse(name, args=args)
            assert getattr(login("cashier", other_branch), act)(url).status_code == 404
            assert (getattr(login("cashier"), act)(url).status_code == 404) != ours
            assert getattr(login("technician"), act)(url).status_code in (403, 404)
    assert login("cashier", other_branch).post(reverse("records:print", args=[paper.pk])).status_code == 404


def test_the_first_print_is_the_original_and_a_later_one_says_that_it_is_a_reprint(
    paper: IssuedPaper, login: Any
) -> None:
    client, url = login("cashier"), reverse("records:print", args=[paper.pk])
    assert client.get(url).status_code == 405
    assert client.post(url)["Location"].endswith("/a4.pdf")
    assert client.post(url, {"sheet": "roll"})["Location"].endswith("/roll-2.pdf")
    assert client.post(url, {"sheet": "impact"})["Location"].endswith("/a4-3.pdf")
    assert [row.copy for row in PaperPrint.objects.order_by("copy")] == [1, 2, 3]
    assert len(list(iter(render.render_next, None))) == 3
    text = {row.name.split(".")[1]: pages_of(row.pdf)[0] for row in PaperFile.objects.all()}
    assert "Original" in text["a4"]
    assert "Copy 2, reprint" in text["roll-2"]
    assert "Copy 3, reprint" in text["a4-3"]


def test_as_many_copies_as_the_branch_wants_are_pages_of_one_file(
    paper: IssuedPaper, login: Any, actor: Any, branch: Any
) -> None:
    admin, today = actor(Role.ADMIN), branch_day(branch)
    set_rule(actor=admin, key="paper.copies.gate_pass", value="3", valid_from=today, note="x")
    set_rule(actor=admin, key="paper.sheet.gate_pass", value="roll", valid_from=today, note="x")
    client, url = login("cashier"), reverse("records:print", args=[paper.pk])
    assert client.post(url)["Location"].endswith("/roll-1-3.pdf")
    assert client.post(url)["Location"].endswith("/roll-4.pdf")
    assert len(list(iter(render.render_next, None))) == 3
    found = pages_of(PaperFile.objects.get(name=f"{paper.pk}.roll-1-3").pdf)
    assert [word in page for word, page in zip(("Original", "Copy 2", "Copy 3"), found, strict=True)] == [True] * 3
    assert not any("reprint" in page for page in found)
    assert "Copy 4, reprint" in pages_of(PaperFile.objects.get(name=f"{paper.pk}.roll-4").pdf)[0]


def test_two_papers_are_one_file_and_each_counts_its_copy(passes: Any, login: Any) -> None:
    paper, other = passes(), passes("CM-2", code="777123")
    client, url = login("cashier"), reverse("records:print_together")
    assert client.get(url).status_code == 405
    sent = client.post(url, {"paper": [paper.pk, other.pk]})
    assert sent["Location"] == reverse("records:together", args=[f"{paper.pk}.a4,{other.pk}.a4"])
    assert len(list(iter(render.render_next, None))) == 3
    answer = client.get(sent["Location"])
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200, "application/pdf", "private, no-store",
    )  # fmt: skip
    pages = pages_of(answer.content)
    assert ["482913" in page for page in pages] == [True, False]
    assert "777123" in pages[1]
    again = client.post(url, {"paper": [paper.pk]})
    assert again["Location"].endswith(f"/{paper.pk}/a4-2.pdf")
    assert PaperPrint.objects.count() == 3


def test_a_paper_of_which_the_branch_wants_none_is_left_out_unless_it_is_alone(
    passes: Any, login: Any, branch: Any
) -> None:
    paper, tag = passes(), passes("YS-1", kind=PaperKind.KEY_TAG, tag="7")
    DatedRule.objects.create(branch=branch, key="paper.copies.key_tag", value=0, valid_from=branch_day(branch))
    client, url = login("cashier"), reverse("records:print_together")
    assert client.post(url, {"paper": [paper.pk, tag.pk]})["Location"].endswith(f"/{paper.pk}/a4.pdf")
    assert client.post(url, {"paper": [tag.pk]})["Location"].endswith(f"/{tag.pk}/roll.pdf")


@pytest.mark.parametrize(
    "name", ["", "x", "1", "1.a3", "0.a4", "1.a4,,", "1.a4-1", "1.a4-3-2", "1.a4-2-2", "1.a4," * 17]
)
def test_what_is_no_name_of_a_file(name: str) -> None:
    with pytest.raises(Invalid):
        parse(name)


@pytest.mark.parametrize("sheets", ["x", "1.a4,,", "{0}.a3", "{0}.a4-2", "0.a4", "{0}.a4," * 16 + "{0}.a4"])
def test_a_common_file_of_what_is_not_there_is_404(paper: IssuedPaper, login: Any, sheets: str) -> None:
    assert login("cashier").get(reverse("records:together", args=[sheets.format(paper.pk)])).status_code == 404


def test_a_common_file_asks_for_each_paper(paper: IssuedPaper, login: Any, other_branch: Any) -> None:
    url, post = reverse("records:together", args=[f"{paper.pk}.a4"]), reverse("records:print_together")
    assert login("technician").get(url).status_code == 403
    assert login("cashier", other_branch).get(url).status_code == 404
    assert login("cashier", other_branch).post(post, {"paper": paper.pk}).status_code == 404
    assert login("cashier").post(post, {"paper": "x"}).status_code == 404
    assert login("technician").post(post, {"paper": paper.pk}).status_code == 403
    assert login("gate").post(post, {"paper": paper.pk}).status_code == 403
    assert not PaperPrint.objects.exists()


DESK = {"service_advisor", "supervisor", "cashier", "claims", "manager"}
SHOP = DESK | {"technician", "team_leader", "inspector"}
HANDLERS = {"service_advisor", "supervisor", "technician", "team_leader", "parts_clerk", "manager"}
READERS = {
    "check_in": DESK, "estimate": DESK, "work_order": DESK, "settlement": DESK, "payer_slip": DESK, "old_parts": DESK,
    "credit_statement": DESK,
    "key_tag": SHOP, "job_sheet": SHOP, "inspection": SHOP, "certificate": SHOP - {"technician"},
    "gate_pass": DESK | {"gate"},
    "part_label": HANDLERS, "bag_label": HANDLERS,
}  # fmt: skip


@pytest.mark.parametrize("kind", PaperKind.values)
def test_who_reads_which_paper(passes: Any, login: Any, kind: str) -> None:
    paper = passes("N-1", kind=PaperKind(kind))
    sheet = render.SHEETS[kind][0]
    PaperFile.objects.update(state=FileState.MADE, pdf=b"%PDF-1.7")
    url = reverse("records:paper", args=[paper.pk, sheet])
    seen = {role for role in Role.values if login(role).get(url).status_code == 200}
    assert seen == READERS[kind]


def test_the_task_draws_what_waits_and_a_dead_workers_file_waits_again(paper: IssuedPaper) -> None:
    row = PaperFile.objects.get()
    assert files.take(row)
    assert not files.take(row), "two workers drew one file"
    render_waiting()
    assert PaperFile.objects.get().state == FileState.MAKING
    PaperFile.objects.update(began_at=timezone.now() - timedelta(minutes=3))
    render_waiting()
    assert PaperFile.objects.get().state == FileState.MADE
    PaperFile.objects.update(state=FileState.MAKING, pdf=None, tries=3, began_at=timezone.now() - timedelta(minutes=3))
    render_waiting()
    assert (PaperFile.objects.get().state, PaperFile.objects.get().trouble) == ("failed", "broken")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_chinese_is_drawn_in_its_simplified_forms_with_an_embedded_font(passes: Any, language: str) -> None:
    paper = passes("CM-9", language, house={"name": "喆堃骨直"}, kind=PaperKind.GATE_PASS)
    assert render.render_next()
    (page,) = PdfReader(io.BytesIO(paper.files.get().pdf)).pages
    assert "喆堃骨直" in page.extract_text()
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        described = inner.get_object()["/FontDescriptor"].get_object()
        assert "NotoSansSC" in described["/FontName"].replace("-", "").replace(" ", "")
        assert {"/FontFile2", "/FontFile3"} & set(described)
