"""The same list in each encoding is the same rows; what is no list is refused with a sentence (PROMISES 14)."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from customers.imports.columns import guessed, is_head
from customers.imports.sources import rows_of, shape_of
from dms.errors import Invalid

ROWS = [
    ["姓名", "手机号码", "车牌号", "车架号", "行驶里程(公里)", "备注"],
    ["王建国", "13912345678", "粤B·72K19", "LSVAM4187C2184841", "48,912", "靠窗\n第二行，“引号”"],
    ["欧阳娜娜", "0755-26001234", "粤BD12345", "", "1.2万公里", "=cmd|' /C calc'!A0"],
]
ENCODINGS = {
    "gbk": "gbk", "gb18030": "gb18030", "utf-8": "utf-8", "utf-8-sig": "utf-8",
    "utf-16": "utf-16", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be",
}  # fmt: skip


def written(rows, encoding="utf-8", delimiter=",", mark=b""):
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return mark + "\r\n".join(lines).encode(encoding) + "\r\n".encode(encoding.removesuffix("-sig"))


def read(raw):
    file = io.BytesIO(raw)
    shape = shape_of(file, lambda cells: is_head("cars", cells))
    return shape, [cells for _line, cells in rows_of(file, shape.encoding, shape.delimiter)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_gives_the_same_rows(encoding):
    shape, rows = read(
        ("\r\n".join('"' + '","'.join(c.replace('"', '""') for c in row) + '"' for row in ROWS)).encode(encoding)
    )
    assert rows == ROWS
    assert shape.header == ROWS[0]


def test_utf_16_with_the_mark_of_the_other_end():
    raw = b"\xfe\xff" + "\n".join(",".join(row) for row in [ROWS[0], ["王", "1"]]).encode("utf-16-be")
    assert read(raw)[1] == [ROWS[0], ["王", "1"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(delimiter):
    shape, rows = read(written(ROWS, delimiter=delimiter))
    assert shape.delimiter == delimiter
    assert rows == ROWS


def test_nul_and_marks_inside_are_left_out():
    assert read(b"name,phone\nWa\x00ng,\xef\xbb\xbf139\n")[1][1] == ["Wang", "139"]


def test_names_of_columns_below_a_title_and_twice_and_none():
    shape, _rows = read("客户资料一览\n\n姓名,电话,电话,\n王,1,2,3\n".encode())
    assert shape.head_row == 1
    assert shape.header == ["姓名", "电话", "电话 (2)", "D"]
    assert guessed("cars", shape.header) == ["name", "phone", "", ""]
    assert shape.sample == [["王", "1", "2", "3"]]


def test_a_quotation_mark_that_is_never_closed():
    with pytest.raises(Invalid, match="quotation"):
        read(b'name,phone\n"Wang,1\n' + b"x,2\n" * 90_000)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n\n", b"\xd0\xcf\x11\xe0 old", bytes(range(1, 256)) * 4, b"PK\x03\x04 no zip"],
)
def test_what_is_no_table_is_refused(raw):
    with pytest.raises(Invalid):
        read(raw)


def workbook(rows):
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_workbook_gives_the_same_rows():
    plain = [row[:-1] for row in ROWS]  # a text that begins with = is a formula to the library that writes it
    assert read(workbook(plain))[1] == [plain[0], plain[1], plain[2]]


def test_numbers_and_dates_of_a_workbook_are_as_somebody_types_them():
    raw = workbook(
        [["姓名", "手机"], ["王", 13912345678.0], ["李", datetime(2024, 3, 5)], ["赵", date(2024, 3, 6)], [None, 1.5]]
    )
    assert [row[-1] for row in read(raw)[1]] == ["手机", "13912345678", "2024-03-05", "2024-03-06", "1.5"]


def test_a_workbook_that_unpacks_without_end_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b"\0" * (97 << 20))
    with pytest.raises(Invalid, match="CSV"):
        read(out.getvalue())
