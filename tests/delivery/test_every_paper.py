"""Each paper of a whole road, read back from its PDF: what it says equals the database, on each of its sheets."""

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pdfplumber
import pytest
from django.urls import reverse
from pypdf import PdfReader
from pypdf.generic import ContentStream

from accounts.roles import Role
from delivery.models import Settlement
from dms.clock import branch_day
from dms.errors import Forbidden, Refused
from dms.money import capitals, total
from dms.pdf import render
from records.kinds import IMPACT, KINDS
from records.models import IssuedPaper, PaperFile
from records.selectors import panel_of
from records.services import files
from records.services.render import IMPACT_MARGINS, STYLES, Copy, html_of, printer_page_html, render_next
from records.services.rules import set_rule
from records.states import FileState, PaperKind
from workshop.services import labels

pytestmark = pytest.mark.django_db
MM = 72 / 25.4
LANGUAGES = ("zh-hans", "en")
#: What a road with one payer issues; the slips of several are drawn in test_splits.py, statements in test_credit.py.
EVERY = [kind for kind in PaperKind if kind not in (PaperKind.PAYER_SLIP, PaperKind.CREDIT_STATEMENT)]


def drawn(paper: IssuedPaper, sheet: str, **more: Any) -> bytes:
    return render(html_of(paper, sheet, **more), base=STYLES)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def papers_of(order: Any) -> dict[str, IssuedPaper]:
    return {paper.kind: paper for paper in IssuedPaper.objects.filter(subject_key=order.subject_key).order_by("id")}


def glyphs(pdf: bytes) -> Iterator[int]:
    """Every glyph number that the file draws."""
    reader = PdfReader(io.BytesIO(pdf))
    for page in reader.pages:
        for operands, operator in ContentStream(page.get_contents(), reader).operations:
            parts = operands[0] if operator == b"TJ" else operands if operator == b"Tj" else []
            for part in parts:
                if isinstance(part, bytes | str):
                    raw = part if isinstance(part, bytes) else part.original_bytes
                    yield from (int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2))


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paper_of_a_road_says_what_the_database_says(whole_road: Callable[..., Any], language: str) -> None:
    order = whole_road(language, 3)
    papers = papers_of(order)
    assert set(papers) == set(EVERY)
    lines = list(order.lines.all())
    gross, slip = total(line.gross for line in lines), Settlement.objects.get()
    assert gross == slip.gross == slip.net + slip.tax == order.authorised_amount
    priced = (PaperKind.ESTIMATE, PaperKind.WORK_ORDER, PaperKind.SETTLEMENT)
    for kind, paper in papers.items():
        for sheet in KINDS[PaperKind(kind)].sheets:
            pdf = drawn(paper, sheet)
            text = text_of(pdf)
            assert 0 not in set(glyphs(pdf)), f"{kind} {sheet} draws a glyph that the font has not"
            assert paper.content["plate"] in text, (kind, sheet)
            if kind in priced:
                assert money(gross) in text, (kind, sheet)
                assert capitals(gross) in text, (kind, sheet)
                assert all(money(line.gross) in text for line in lines), (kind, sheet)
            else:
                assert money(lines[0].gross) not in text, f"{kind} names a price"
    for kind in (PaperKind.ESTIMATE, PaperKind.SETTLEMENT):
        text = text_of(drawn(papers[kind], "a4"))
        assert money(slip.net) in text
        assert money(slip.tax) in text


def test_what_each_paper_is_for(whole_road: Callable[..., Any]) -> None:
    order = whole_road("zh-hans", 1)
    papers = papers_of(order)
    said = {kind: text_of(drawn(paper, KINDS[PaperKind(kind)].sheets[0])) for kind, paper in papers.items()}
    tag = papers["key_tag"].content["tag"]
    for words in (
        "接车登记表",
        "左前门",
        "划痕",
        "旧伤",
        "行车记录仪",
        "ABS",
        "刹车时前面有吱吱声",
        tag,
        "半箱",
        "48,912",
    ):
        assert words in said["check_in"], words
    for words in ("钥匙牌", order.number, tag, "预计交车"):
        assert words in said["key_tag"], words
    for words in ("前制动片 0", "× 2", order.number, "预计交车"):
        assert words in said["part_label"], words
    for words in ("旧件", "前制动片 0", "☑ 客户带走"):
        assert words in said["bag_label"], words
    assert order.owner.name not in said["part_label"] + said["bag_label"]
    assert order.owner.name not in said["key_tag"] + said["gate_pass"] + said["job_sheet"] + said["inspection"]
    for words in ("估价单", "有效期至", "原厂", "待确认"):
        assert words in said["estimate"], words
    for words in ("派工单", "机电一组", "3 号工位", "1.3", "前制动片 0", "客户带走"):
        assert words in said["job_sheet"], words
    for words in ("检验单", "第 1 轮", "第 2 轮", "左前轮螺栓力矩不足", "不合格", "由 3 人分别检验"):
        assert words in said["inspection"], words
    number = papers["certificate"].number
    for words in ("竣工出厂合格证", number, "二级维护", "准予出厂", "5,000 公里 / 30 日"):
        assert words in said["certificate"], words
    assert number in said["settlement"]
    for words in ("旧件签收单", "前制动片 0", "2 套"):
        assert words in said["old_parts"], words
    assert papers["old_parts"].content["parts"][0]["fate"] == "taken"


def test_numbers_come_from_a_counter_of_their_own(whole_road: Callable[..., Any]) -> None:
    papers = papers_of(whole_road())
    prefixes = {kind: paper.number.split("-")[0] for kind, paper in papers.items()}
    assert prefixes == {str(kind): str(KINDS[kind].counter) for kind in EVERY}


def test_a_minor_repair_leaves_without_a_certificate(whole_road: Callable[..., Any], signed: Any) -> None:
    order = signed()
    assert order.repair_class == "minor"
    assert {paper.kind for paper in IssuedPaper.objects.all()} == {"check_in", "key_tag", "work_order"}
    whole_road()
    assert IssuedPaper.objects.filter(kind="certificate").count() == 1


@pytest.mark.parametrize("kind", ["work_order", "settlement", "estimate", "job_sheet", "inspection", "old_parts"])
def test_thirty_lines_and_long_names_stay_on_the_sheet_and_apart(whole_road: Callable[..., Any], kind: str) -> None:
    order = whole_road("zh-hans", 30, name="王" * 60)
    order.lines.update(name="前制动片总成及报警线束更换（含清洁润滑导向销、检查制动盘厚度）" * 2)
    paper = papers_of(order)[kind]
    content = paper.content
    for block in ("labour", "parts", "jobs", "items"):
        for line in content.get(block, []):
            line["name"] = "前制动片总成及报警线束更换含清洁润滑导向销检查制动盘厚度" * 2
    paper.content = content  # not saved: only drawn
    for sheet in KINDS[PaperKind(kind)].sheets:
        with pdfplumber.open(io.BytesIO(drawn(paper, sheet))) as pdf:
            assert len(pdf.pages) > 1
            for page in pdf.pages:
                assert all(char["x0"] >= 0 and char["x1"] <= page.width for char in page.chars), (kind, sheet)
                assert all(char["top"] >= 0 and char["bottom"] <= page.height for char in page.chars), (kind, sheet)
                assert not list(overlapping(page)), (kind, sheet)


def overlapping(page: Any) -> Iterator[tuple[str, str]]:
    """Pairs of letters that lie on one another by more than half their width and height."""
    chars = [char for char in page.chars if char["text"].strip()]
    rows: dict[int, list[Any]] = {}
    for char in chars:
        rows.setdefault(round(char["top"] / 4), []).append(char)
    for row in rows.values():
        row.sort(key=lambda char: char["x0"])
        for one, other in pairwise(row):
            width = min(one["x1"] - one["x0"], other["x1"] - other["x0"])
            if one["x1"] - other["x0"] > width / 2 and abs(one["top"] - other["top"]) < 2:
                yield one["text"], other["text"]


@pytest.mark.parametrize("offset", [(3, 2), (-4, -3)])
@pytest.mark.parametrize("kind", ["work_order", "check_in"])
def test_an_offset_moves_all_ink_by_exactly_so_much(
    whole_road: Callable[..., Any], kind: str, offset: tuple[int, int]
) -> None:
    paper = papers_of(whole_road("zh-hans", 2))[kind]
    pages = []
    for moved in ((0, 0), offset):
        with pdfplumber.open(io.BytesIO(drawn(paper, IMPACT, offset=moved))) as pdf:
            assert [round(float(side) / MM, 1) for side in (pdf.pages[0].width, pdf.pages[0].height)] == [241, 139.7]
            pages.append([
                [(char["text"], char["x0"] / MM, char["top"] / MM) for char in page.chars]
                + [("rule", rule["x0"] / MM, rule["top"] / MM) for rule in page.rects + page.lines + page.curves]
                for page in pdf.pages
            ])  # fmt: skip
    still, moved_ink = pages
    assert [len(page) for page in still] == [len(page) for page in moved_ink]
    for here, there in zip(still, moved_ink, strict=True):
        for (text, x, y), (same, moved_x, moved_y) in zip(here, there, strict=True):
            assert text == same
            assert moved_x - x == pytest.approx(offset[0], abs=0.02)
            assert moved_y - y == pytest.approx(offset[1], abs=0.02)


def test_continuous_paper_is_black_repeats_its_head_and_counts_its_sheets(whole_road: Callable[..., Any]) -> None:
    paper = papers_of(whole_road("en", 30))["settlement"]
    with pdfplumber.open(io.BytesIO(drawn(paper, IMPACT))) as pdf:
        sheets = [page.extract_text() for page in pdf.pages]
        colours = {str(char["non_stroking_color"]) for page in pdf.pages for char in page.chars}
        sizes = [char["size"] for page in pdf.pages for char in page.chars]
    assert len(sheets) > 3
    assert all(paper.number in sheet and "Settlement slip" in sheet for sheet in sheets)
    assert [f"{number} / {len(sheets)}" in sheet for number, sheet in enumerate(sheets, 1)] == [True] * len(sheets)
    assert {float(part) for colour in colours for part in re.findall(r"[0-9.]+", colour)} == {0.0}
    assert min(sizes) > 8.9  # points


def test_the_style_sheet_and_the_offset_have_the_same_margins() -> None:
    top, right, bottom, left = IMPACT_MARGINS
    assert right == left
    assert f"margin: {top}mm {right}mm {bottom}mm;" in (STYLES / "impact.css").read_text()


@pytest.mark.parametrize("offset", [(0, 0), (3, -2)])
def test_the_test_page_has_its_crosses_where_it_says(offset: tuple[int, int]) -> None:
    with pdfplumber.open(io.BytesIO(render(printer_page_html(offset), base=STYLES))) as pdf:
        (page,) = pdf.pages
        assert (round(float(page.width) / MM, 1), round(float(page.height) / MM, 1)) == (241, 139.7)
        text = page.extract_text()
        centres = {
            (round((curve["x0"] + curve["x1"]) / 2 / MM, 1), round((curve["top"] + curve["bottom"]) / 2 / MM, 1))
            for curve in page.curves
            if 3.5 < (curve["x1"] - curve["x0"]) / MM < 4.5
        }
    expected = {(x + offset[0], y + offset[1]) for x in (30, 120, 210) for y in (30, 80, 120)}
    assert expected <= centres
    assert "120/80mm" in text.replace(" ", "")


def test_the_test_page_is_asked_for_and_drawn_with_the_offset_of_today(login: Any, actor: Any, branch: Any) -> None:
    admin, url = login("admin"), reverse("records:test_page")
    assert login("cashier").get(url).status_code == 403
    assert admin.get(url).status_code == 200
    assert not PaperFile.objects.exists()
    assert admin.post(url)["Location"] == url
    assert len(list(iter(render_next, None))) == 1
    assert admin.get(url)["Content-Type"] == "application/pdf"
    set_rule(actor=actor(Role.ADMIN), key="paper.impact.x", value="-4", valid_from=branch_day(branch), note="x")
    admin.post(url)
    assert PaperFile.objects.get().state == FileState.WAITING
    assert len(list(iter(render_next, None))) == 1
    assert (PaperFile.objects.get().x, PaperFile.objects.get().y) == (-4, 0)


def test_the_branchs_sheet_and_offset_are_used_from_the_signature_on(signed: Any, actor: Any, branch: Any) -> None:
    admin, today = actor(Role.ADMIN), branch_day(branch)
    for key, value in (("paper.sheet.work_order", "impact"), ("paper.impact.x", "2"), ("paper.impact.y", "-1")):
        set_rule(actor=admin, key=key, value=value, valid_from=today, note="printer")
    signed()
    row = PaperFile.objects.get(paper__kind="work_order")
    assert (row.name, row.x, row.y) == (f"{row.paper_id}.impact", 2, -1)
    other = PaperFile.objects.get(paper__kind="check_in")
    assert (other.name, other.x, other.y) == (f"{other.paper_id}.a4", 0, 0)


def test_one_click_prints_what_belongs_together(whole_road: Callable[..., Any], login: Any, actor: Any) -> None:
    order = whole_road()
    manager = login("manager")
    page = manager.get(reverse("reception:order", args=[order.pk])).text
    panel = panel_of(actor("manager"), order.subject_key)
    stages = {one.stage: [paper.kind for paper in one.papers] for one in panel.togethers}
    assert stages == {
        "signing": ["check_in", "work_order", "key_tag"],
        "till": ["settlement", "certificate", "old_parts", "gate_pass"],
    }
    for one in panel.togethers:
        sent = manager.post(reverse("records:print_together"), {"paper": [paper.pk for paper in one.papers]})
        name = ",".join(f"{paper.pk}.{KINDS[PaperKind(paper.kind)].sheets[0]}" for paper in one.papers)
        assert sent["Location"] == reverse("records:together", args=[name])
        assert f'value="{one.papers[0].pk}"' in page
    assert list(iter(render_next, None))
    answer = manager.get(sent["Location"])
    assert answer["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 4


def test_the_till_prints_slip_certificate_receipt_and_pass(whole_road: Callable[..., Any], login: Any) -> None:
    order = whole_road()
    papers = papers_of(order)
    page = login("cashier").get(reverse("delivery:paid", args=[order.pk])).text
    for kind in ("settlement", "certificate", "old_parts", "gate_pass"):
        assert f'name="paper" value="{papers[kind].pk}"' in page, kind


@pytest.mark.parametrize(
    ("role", "seen"),
    [("technician", {"key_tag", "job_sheet", "inspection", "part_label", "bag_label"}),
     ("inspector", {"key_tag", "job_sheet", "inspection", "certificate"}),
     ("crm", set()), ("parts_clerk", {"part_label", "bag_label"}), ("manager", set(EVERY))],
)  # fmt: skip
def test_the_api_lists_what_the_role_may_read(
    whole_road: Callable[..., Any], program: Any, role: str, seen: set[str], other_branch: Any
) -> None:
    order = whole_road()
    answer = program(role).get(f"work-orders/{order.pk}/papers/").json()
    assert {row["kind"] for row in answer["items"]} == seen
    assert all(row["url"].endswith(f"{row['id']}/{row['sheet']}.pdf") for row in answer["items"])
    assert program(role, other_branch).get(f"work-orders/{order.pk}/papers/").status_code == 404


def test_the_panel_asks_two_queries_however_many_papers(
    whole_road: Callable[..., Any], signed: Any, actor: Any, django_assert_num_queries: Any
) -> None:
    manager, caller = actor("manager"), actor("crm")
    for order in (signed(), whole_road()):
        with django_assert_num_queries(2):
            panel_of(manager, order.subject_key)
    with django_assert_num_queries(0):
        assert panel_of(caller, "order:1").rows == []


def test_a_second_estimate_is_the_next_version_and_the_same_lines_are_the_same_paper(
    branch: Any, login: Any, signed: Any, found: Any
) -> None:
    order, advisor = signed(), login("service_advisor")
    url = reverse("reception:estimate", args=[order.pk])
    assert advisor.get(url).status_code == 405
    first = advisor.post(url)["Location"]
    assert advisor.post(url)["Location"] != first  # a second copy of the same paper
    assert IssuedPaper.objects.filter(kind="estimate").count() == 1
    found(order)
    advisor.post(url)
    numbers = list(IssuedPaper.objects.filter(kind="estimate").order_by("id").values_list("number", flat=True))
    assert numbers[1] == f"{numbers[0]}-2"
    assert login("technician").post(url).status_code == 403
    assert Decimal(IssuedPaper.objects.filter(kind="estimate").latest("id").content["gross"]) == total(
        line.gross for line in order.lines.all()
    )


def test_the_job_sheet_follows_another_dispatch_and_is_printed_from_the_board(
    signed: Any, login: Any, actor: Any, member: Any, other_branch: Any
) -> None:
    from workshop.services import dispatch

    order, supervisor = signed(), actor("supervisor")
    board, url = login("supervisor"), reverse("workshop:job_sheet", args=[order.pk])
    assert board.post(url).status_code == 409
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=member("technician"))
    first = IssuedPaper.objects.get(kind="job_sheet")
    other = member("technician")
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=other)
    board.post(url)
    second = IssuedPaper.objects.filter(kind="job_sheet").latest("id")
    assert (second.number, second.replaces) == (first.number, first)
    assert second.content["jobs"][0]["technician"] == other.user.name
    assert login("supervisor", other_branch).post(url).status_code == 404
    assert login("technician").post(url).status_code == 403


def test_an_offset_that_changes_draws_a_sheet_anew(signed: Any, actor: Any, branch: Any) -> None:
    from records.pieces import Piece

    signed()
    paper = IssuedPaper.objects.get(kind="work_order")
    files.want(branch, [Piece(paper.pk, IMPACT)])
    while render_next():
        pass
    set_rule(actor=actor(Role.ADMIN), key="paper.impact.y", value="3", valid_from=branch_day(branch), note="x")
    row = files.want(branch, [Piece(paper.pk, IMPACT)])
    assert (row.state, row.y) == ("waiting", 3)
    assert files.want(branch, [Piece(paper.pk, "a4")]).state == "made"


def test_a_copy_of_the_first_act_is_no_reprint(signed: Any) -> None:
    signed()
    paper = IssuedPaper.objects.get(kind="work_order")
    text = text_of(drawn(paper, "a4", copies=[Copy(2)]))
    assert "第 2 联" in text
    assert "补打" not in text
    assert "补打" in text_of(drawn(paper, "a4", copies=[Copy(2, reprint=True)]))


def test_a_label_a_part_on_the_size_of_the_printer(whole_road: Callable[..., Any]) -> None:
    papers = papers_of(whole_road("zh-hans", 3))
    for kind in ("part_label", "bag_label"):
        for sheet, size in (("label", (60, 40)), ("roll", (80, 50))):
            pages = PdfReader(io.BytesIO(drawn(papers[kind], sheet))).pages
            assert [tuple(round(float(side) / MM) for side in page.mediabox[2:]) for page in pages] == [size] * 3


def test_an_order_without_parts_has_nothing_to_label(signed: Any, actor: Any) -> None:
    order = signed()
    order.lines.filter(kind="part").delete()
    with pytest.raises(Refused, match="nothing to label"):
        labels.part_labels(actor=actor("parts_clerk"), order_id=order.pk)
    with pytest.raises(Forbidden):
        labels.bag_labels(actor=actor("cashier"), order_id=order.pk)


def test_the_parts_counter_prints_its_labels(whole_road: Callable[..., Any], login: Any) -> None:
    order = whole_road()
    sent = login("parts_clerk").post(reverse("workshop:part_labels", args=[order.pk]))
    paper = IssuedPaper.objects.filter(kind="part_label").latest("id")
    assert sent["Location"] == reverse("records:paper", args=[paper.pk, "roll"])
