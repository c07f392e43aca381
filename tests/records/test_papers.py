import io
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from dms.clock import as_of, now
from dms.errors import Invalid
from records.models import IssuedPaper, PaperFile, PaperPrint
from records.services import render
from records.services.papers import issue
from records.states import PaperKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(actor: Any) -> IssuedPaper:
    content = {"house": {"name": "店"}, "plate": "粤B·72K19", "kind": "<b>", "code": "482913", "qr": "x" * 43}
    return issue(
        actor=actor("cashier"), kind=PaperKind.GATE_PASS, number="CM-1", subject_key="order:1", language="en",
        content=content,
    )  # fmt: skip


def test_the_content_is_escaped_and_the_language_is_the_papers(paper: IssuedPaper) -> None:
    html = render.html_of(paper, "roll")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "Gate pass" in html
    assert 'lang="en"' in html


def test_a_file_is_made_once_and_reading_makes_none(paper: IssuedPaper, login: Any) -> None:
    answer = login("cashier").get(reverse("records:paper", args=[paper.pk, "a4"]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert not PaperFile.objects.exists()
    assert render.render_some(most=5) == 1
    assert render.render_some(most=5) == 0
    assert render.file_of(paper=paper, sheet="a4") == bytes(PaperFile.objects.get().pdf)


def test_the_newest_papers_are_rendered_first_and_old_ones_only_when_asked_for(actor: Any) -> None:
    content = {"house": {"name": "店"}, "plate": "粤B·72K19", "kind": "x", "code": "482913", "qr": "x" * 43}
    clerk = actor("cashier")
    made = []
    for days, number in ((30, "CM-1"), (1, "CM-2"), (0, "CM-3")):
        with as_of(now() - timedelta(days=days)):
            kind = PaperKind.GATE_PASS
            made.append(
                issue(actor=clerk, kind=kind, number=number, subject_key="order:1", language="en", content=content)
            )
    assert render.render_some(most=1) == 1
    assert PaperFile.objects.get().paper == made[2]
    assert render.render_some(most=5) == 1
    assert not made[0].files.exists()


def test_other_branches_and_unknown_sheets_do_not_exist(paper: IssuedPaper, login: Any, other_branch: Any) -> None:
    url = reverse("records:paper", args=[paper.pk, "a4"])
    assert login("cashier", other_branch).get(url).status_code == 404
    assert login("cashier").get(reverse("records:paper", args=[paper.pk, "a3"])).status_code == 404
    assert login("cashier").get(reverse("records:paper", args=[paper.pk, "a4-2"])).status_code == 404
    assert login("technician").get(url).status_code == 403


def test_the_second_print_says_so(paper: IssuedPaper, login: Any) -> None:
    client, url = login("cashier"), reverse("records:print", args=[paper.pk])
    assert client.get(url).status_code == 405
    assert client.post(url)["Location"].endswith("/a4.pdf")
    assert client.post(url)["Location"].endswith("/a4-2.pdf")
    assert PaperPrint.objects.count() == 2
    assert "Copy 2" in render.html_of(paper, "a4-2")
    with pytest.raises(Invalid):
        render.html_of(paper, "a4-3")


def test_two_papers_are_one_file_and_each_counts_its_copy(paper: IssuedPaper, actor: Any, login: Any) -> None:
    other = issue(
        actor=actor("cashier"), kind=PaperKind.GATE_PASS, number="CM-2", subject_key="order:1", language="en",
        content=paper.content | {"code": "777123"},
    )  # fmt: skip
    client, url = login("cashier"), reverse("records:print_together")
    assert client.get(url).status_code == 405
    sent = client.post(url, {"paper": [paper.pk, other.pk]})
    assert sent["Location"] == reverse("records:together", args=[f"{paper.pk}.a4,{other.pk}.a4"])
    answer = client.get(sent["Location"])
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200, "application/pdf", "private, no-store",
    )  # fmt: skip
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert ["482913" in page for page in pages] == [True, False]
    assert "777123" in pages[1]
    again = client.post(url, {"paper": [paper.pk]})
    assert again["Location"].endswith(f"/{paper.pk}.a4-2.pdf")
    assert PaperPrint.objects.count() == 3


@pytest.mark.parametrize("sheets", ["x", "1.a4,,", "{0}.a3", "{0}.a4-2", "0.a4", "{0}.a4," * 7 + "{0}.a4"])
def test_a_common_file_of_what_is_not_there_is_404(paper: IssuedPaper, login: Any, sheets: str) -> None:
    assert login("cashier").get(reverse("records:together", args=[sheets.format(paper.pk)])).status_code == 404


def test_a_common_file_asks_for_each_paper(paper: IssuedPaper, login: Any, other_branch: Any) -> None:
    url, post = reverse("records:together", args=[f"{paper.pk}.a4"]), reverse("records:print_together")
    assert login("technician").get(url).status_code == 403
    assert login("cashier", other_branch).get(url).status_code == 404
    assert login("cashier", other_branch).post(post, {"paper": paper.pk}).status_code == 404
    assert login("cashier").post(post, {"paper": "x"}).status_code == 404
    assert login("technician").post(post, {"paper": paper.pk}).status_code == 403
    assert not PaperPrint.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_chinese_is_drawn_in_its_simplified_forms_with_an_embedded_font(actor: Any, language: str) -> None:
    content = {
        "house": {"name": "喆堃骨直"},
        "plate": "粤B·72K19",
        "kind": "未修",
        "code": "482913",
        "qr": "x" * 43,
    }
    paper = issue(
        actor=actor("cashier"), kind=PaperKind.GATE_PASS, number="CM-1", subject_key="order:1", language=language,
        content=content,
    )  # fmt: skip
    (page,) = PdfReader(io.BytesIO(render.pdf_of(paper, "a4"))).pages
    assert "喆堃骨直" in page.extract_text()
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        described = inner.get_object()["/FontDescriptor"].get_object()
        assert "NotoSansSC" in described["/FontName"].replace("-", "").replace(" ", "")
        assert {"/FontFile2", "/FontFile3"} & set(described)


@pytest.mark.parametrize(
    ("role", "status"),
    [("technician", 403), ("inspector", 403), ("parts_clerk", 403), ("crm", 403), ("admin", 403), ("gate", 403),
     ("service_advisor", 200), ("supervisor", 200), ("cashier", 200), ("claims", 200), ("manager", 200)],
)  # fmt: skip
def test_a_paper_with_prices_and_a_phone_is_for_those_who_print_it(
    signed: Any, login: Any, role: str, status: int
) -> None:
    signed()
    paper = IssuedPaper.objects.get()
    PaperFile.objects.create(paper=paper, sheet="a4", pdf=b"%PDF-1.7")
    assert login(role).get(reverse("records:paper", args=[paper.pk, "a4"])).status_code == status
