"""Readings from other systems' files: whatever the bytes, the good lines come and the bad ones are counted."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.services.reading_file import ReadingFile, Unreadable, day_of, km_of

CHINESE = """车牌,日期,里程,单位
粤B12345,2024年3月5日,"12,345",公里
粤B12345,2024-9-1,1.8,万公里
粤B77777,20240101,100,英里
"""
ROWS = [
    ("粤B12345", date(2024, 3, 5), 12_345),
    ("粤B12345", date(2024, 9, 1), 18_000),
    ("粤B77777", date(2024, 1, 1), 160),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(CHINESE.encode(encoding))
    file = ReadingFile(path)
    assert list(file) == ROWS
    assert (file.read, file.named) == (3, [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_delimiter_and_any_order_of_columns(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "readings.csv"
    lines = [["Odometer", "note", "VIN", "Date"], ["500 mi", "x", "LDM1", "2024/01/02 08:30"]]
    lines.append(["900km", "", "LDM1", "2024.2.3"])
    path.write_text("\r\n".join(delimiter.join(line) for line in lines))
    assert list(ReadingFile(path)) == [("LDM1", date(2024, 1, 2), 804), ("LDM1", date(2024, 2, 3), 900)]


def test_bad_lines_are_counted_and_named_by_number(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(
        "vehicle,date,odometer,unit\nA,2024-01-01,100,km\nA,2024-13-01,100,km\n,2024-01-01,100,km\nA,0202-01-01,1,km\n"
        "A,2024-01-01,,km\nA,2024-01-01,-5,km\nA,2024-01-01,9e9,km\nA,2024-01-01,5,parsec\nA,2024-01-01,99999999,km\n\n"
        "A\nA,2024-01-02,\uff11\uff12\uff13,km\n"
    )
    file = ReadingFile(path)
    assert list(file) == [("A", date(2024, 1, 1), 100), ("A", date(2024, 1, 2), 123)]
    assert dict(file.bad) == {
        "no date": 3, "no vehicle": 1, "no odometer": 3, "unknown unit": 1, "odometer too large": 1,
    }  # fmt: skip
    assert file.named[:2] == [(3, "no date"), (4, "no vehicle")]


@pytest.mark.parametrize("text", ["", "\n\n", "a,b,c\n1,2,3\n", "vehicle,date\nA,2024-01-01\n"])
def test_a_file_without_the_columns_says_which(tmp_path: Path, text: str) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(text)
    file = ReadingFile(path)
    assert list(file) == []
    assert next(iter(file.bad)).startswith("no column")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_crash_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(b"vehicle,date,odometer\n" + content)
    list(ReadingFile(path))
    path.write_bytes(content)
    list(ReadingFile(path))


@given(st.text(max_size=20))
def test_no_text_crashes_a_cell(text: str) -> None:
    for read in (day_of, km_of):
        with suppress(Unreadable):
            read(text)
