"""One cell to one value, with what Excel does to lists undone where it can be. Pure; a `Wrong` says what it cannot."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from customers.identifiers import normalise_phone
from customers.services.vehicles import MOST_KM
from dms.clock import FIRST_YEAR, LAST_YEAR
from dms.errors import Invalid

_EPOCH = date(1899, 12, 30)
_DATE = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[\sT].*)?")
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
_UNITS = {"": 1, "km": 1, "公里": 1, "千米": 1, "万公里": 10_000, "万km": 10_000, "万": 10_000}
_KM = re.compile(r"(\d[\d,' ]*(?:\.\d+)?)\s*([^\d]*)")
_BETWEEN = re.compile(r"[/、,;，；\n]+|\s{2,}")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


class Wrong(ValueError):
    """The cell says nothing that can be used; `code` stands in `problems.SENTENCES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def plain(text: str) -> str:
    """Full-width signs as the usual ones, no line ends, no spaces round it."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def day(text: str) -> date:
    """2024-03-05, 2024/3/5, 2024年3月5日, 20240305, with or without a time, or the number of days Excel counts."""
    typed = plain(text)
    found = _DATE.fullmatch(typed)
    try:
        if found:
            told = date(*(int(part) for part in found.groups()))
        elif re.fullmatch(r"\d{5}(?:\.\d+)?", typed):
            told = _EPOCH + timedelta(days=int(typed[:5]))
        else:
            raise Wrong("date")
    except ValueError:
        raise Wrong("date") from None
    if not FIRST_YEAR <= told.year <= LAST_YEAR:
        raise Wrong("date")
    return told


def km(text: str) -> int:
    """Whole km; 4.8万公里 and 48,000 km are the same."""
    typed = plain(text)
    if _EXPONENT.fullmatch(typed):
        typed = str(int(Decimal(typed)))
    found = _KM.fullmatch(typed)
    factor = _UNITS.get(found[2].strip().lower()) if found else None
    if found is None or factor is None:
        raise Wrong("km")
    told = int(Decimal(re.sub(r"[,' ]", "", found[1])) * factor)
    if told > MOST_KM:
        raise Wrong("km_large")
    return told


def amount(text: str) -> Decimal:
    """Money, with or without a sign before it."""
    typed = re.sub(r"[,' ¥￥$€元]", "", plain(text))
    try:
        told = Decimal(typed).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        raise Wrong("amount") from None
    if not 0 <= told < 10**10:
        raise Wrong("amount")
    return told


def year(text: str) -> int:
    """`2021`, `2021款`, `2021.0`."""
    found = re.match(r"(\d{4})(?!\d)", plain(text))
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Wrong("year")
    return int(found[1])


def email(text: str) -> str:
    """An address."""
    typed = plain(text)
    try:
        validate_email(typed)
    except ValidationError:
        raise Wrong("email") from None
    return typed


def phone(text: str, region: str) -> tuple[str, str]:
    """(E.164, what else stood in the cell). 1.3912345678E+10 is whole; 1.39E+10 has lost its digits for good."""
    typed = plain(text)
    if _EXPONENT.fullmatch(typed):
        digits = typed.upper().partition("E")[0].replace(".", "")
        if len(digits) < 9:
            raise Wrong("phone_rounded")
        typed = str(int(Decimal(typed)))
    typed = re.sub(r"\.0+$", "", typed)
    whole = _number(typed, region)
    if whole:
        return whole, ""
    first, *others = [part for part in _BETWEEN.split(text) if part.strip()] or [""]
    found = _number(plain(first), region)
    if found and others:
        return found, " / ".join(plain(one) for one in others)
    raise Wrong("phone")


def _number(typed: str, region: str) -> str:
    """E.164 or ""; a landline whose zero Excel took away gets it back."""
    try:
        return normalise_phone(typed, region)
    except Invalid:
        pass
    if (
        region == "CN"
        and typed.isascii()
        and re.fullmatch(r"[1-9][\d -]{8,12}", typed)
        and not _MOBILE.fullmatch(typed)
    ):
        try:
            return normalise_phone("0" + typed, region)
        except Invalid:
            return ""
    return ""


def word(text: str, length: int) -> str:
    """A text of at most so many characters."""
    typed = plain(text)
    if len(typed) > length:
        raise Wrong("long")
    return typed
