"""Readings from a file that somebody else's system wrote: columns vehicle, date, odometer, unit.

UTF-8, UTF-16 and GB18030, with comma, semicolon or tab; km, miles, 公里, 万公里. A line that cannot be read is counted
with its reason and its number, never its content, and the others go on.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from dms.clock import FIRST_YEAR, LAST_YEAR

#: Bad lines that are named.
NAMED = 20
KM_A_MILE = Decimal("1.609344")
#: Above this a reading is a typing error (km).
MOST_KM = 3_000_000
#: Words that head a column, without spaces and in lower case.
HEADS = {
    "vehicle": {"vehicle", "car", "vin", "plate", "vehicle_id", "车辆", "车牌", "车牌号", "车架号", "车号"},
    "date": {"date", "day", "read_at", "visit", "日期", "时间", "进厂日期", "到店日期"},
    "odometer": {"odometer", "km", "mileage", "reading", "里程", "公里数", "里程数", "进厂里程", "行驶里程"},
    "unit": {"unit", "units", "单位", "里程单位"},
}
UNITS = {
    **dict.fromkeys(
        ("", "km", "kms", "kilometre", "kilometres", "kilometer", "kilometers", "公里", "千米"), Decimal(1)
    ),
    **dict.fromkeys(("mi", "mile", "miles", "英里"), KM_A_MILE),
    **dict.fromkeys(("万公里", "万km"), Decimal(10_000)),
}
_DATE = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[\sT].*)?$")


class Unreadable(ValueError):
    """A line, or the whole file, with the reason why it says nothing."""


@dataclass
class ReadingFile:
    """Iterate over it for (vehicle, date, km); afterwards it knows what could not be read."""

    path: Path
    read: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    #: The first bad ones: (number of the line from 1, reason).
    named: list[tuple[int, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[str, date, int]]:
        with self.path.open(encoding=encoding_of(self.path), errors="replace", newline="") as file:
            lines = csv.reader(_without_nul(file), delimiter=_delimiter(self.path))
            places = self._places(lines)
            while places is not None:
                try:
                    cells = next(lines)
                    if any(cell.strip() for cell in cells):
                        yield parsed(cells, places)
                        self.read += 1
                except StopIteration:
                    return
                except (Unreadable, csv.Error) as error:
                    self._count(lines.line_num, str(error))

    def _places(self, lines: Iterator[list[str]]) -> dict[str, int] | None:
        """Where each column stands; None, and counted, when one is missing."""
        try:
            names = [plain(cell).replace(" ", "").lower() for cell in next(lines, [])]
        except csv.Error as error:
            self._count(1, str(error))
            return None
        found = {key: names.index(name) for key, words in HEADS.items() for name in names if name in words}
        missing = sorted({"vehicle", "date", "odometer"} - found.keys())
        if missing:
            self._count(1, f"no column {', '.join(missing)}")
            return None
        return found

    def _count(self, line: int, reason: str) -> None:
        self.bad[reason] += 1
        if len(self.named) < NAMED:
            self.named.append((line, reason))


def plain(text: str) -> str:
    """Full-width signs as the usual ones, without a mark at the beginning and spaces round it."""
    return unicodedata.normalize("NFKC", text).replace("\ufeff", "").strip()


def _without_nul(file: Iterable[str]) -> Iterator[str]:
    return (line.replace("\x00", "") for line in file)


def encoding_of(path: Path) -> str:
    """By the mark at the beginning or the zero bytes of UTF-16; else UTF-8 where all of it is, else GB18030."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head[1::2].count(0) > len(head) // 8:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 8:
        return "utf-16-be"
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _delimiter(path: Path) -> str:
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        head = file.readline(10_000)
    return max(",;\t，", key=head.count)


def parsed(cells: list[str], places: dict[str, int]) -> tuple[str, date, int]:
    """(vehicle, date, km) of a line. Raises `Unreadable`."""
    cell = {name: plain(cells[place]) if place < len(cells) else "" for name, place in places.items()}
    if not cell["vehicle"]:
        raise Unreadable("no vehicle")
    return cell["vehicle"][:100], day_of(cell["date"]), km_of(cell["odometer"], cell.get("unit", ""))


def day_of(text: str) -> date:
    """2024-03-05, 2024/3/5, 2024年3月5日, 20240305, with or without a time. Raises `Unreadable`."""
    found = _DATE.match(text)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable("no date")
    return day


def km_of(text: str, unit: str = "") -> int:
    """Whole km; the unit may stand behind the number. Raises `Unreadable`."""
    found = re.fullmatch(r"([\d][\d,' ]*(?:\.\d+)?)\s*([^\d]*)", text)
    if found is None:
        raise Unreadable("no odometer")
    factor = UNITS.get((found[2] or unit).strip().lower())
    if factor is None:
        raise Unreadable("unknown unit")
    try:
        km = Decimal(re.sub(r"[,' ]", "", found[1])) * factor
    except InvalidOperation:
        raise Unreadable("no odometer") from None
    if km > MOST_KM:
        raise Unreadable("odometer too large")
    return int(km)
