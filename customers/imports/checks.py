"""A row of a file becomes a row of ours, in plain Python: no query, so that 100,000 rows take seconds."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from customers.identifiers import VIN_LENGTH, normalise_plate, normalise_vin, pinyin_of, plate_kind
from customers.import_states import ImportKind
from customers.imports import cells
from customers.imports.cells import Wrong
from customers.imports.problems import BAD, Problem
from customers.states import CustomerKind

_COMPANY = re.compile(r"公司|集团|有限|\bLtd\b|\bGmbH\b|\bInc\b|(?:厂|局|院|校|银行|委员会)$", re.IGNORECASE)
_COMPANY_WORDS = ("company", "公司", "单位", "企业", "集团", "法人")
#: Between the names of several packages in one cell.
_BETWEEN = re.compile(r"[、,，;；\n]")
#: What is shown of a cell that is wrong.
SHOWN = 40


@dataclass(frozen=True, slots=True)
class House:
    """What a check must know: telephone region and day of the branch, models by (brand, model), packages by name."""

    region: str
    today: date
    models: Mapping[tuple[str, str], int]
    packages: Mapping[str, int] = field(default_factory=dict)
    #: What was found for a (brand, model) of the file: lists name the same few again and again.
    told: dict[tuple[str, str], int | None] = field(default_factory=dict)


@dataclass(slots=True)
class Checked:
    """The row as it will be written, and what is wrong with it. `bad`: it is not written."""

    name: str = ""
    phone: str = ""
    plate: str = ""
    vin: str = ""
    cleaned: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        return any(code in BAD for _field, code, _shown in self.problems)

    def wrong(self, name: str, code: str, shown: str = "") -> None:
        """One more problem."""
        self.problems.append((name, code, shown[:SHOWN]))


def checked(kind: str, typed: Mapping[str, str], house: House) -> Checked:
    """`typed` holds the cells by field of ours, only those that say something."""
    row = Checked()
    row.plate = normalise_plate(typed.get("plate", ""))
    row.vin = normalise_vin(typed.get("vin", ""))
    for name, text in (("plate", row.plate), ("vin", row.vin)):
        if len(text) > 20:
            row.wrong(name, "plate_long", text)
            setattr(row, name, text[:20])
    if row.vin and (len(row.vin) != VIN_LENGTH or not re.fullmatch(r"[A-HJ-NPR-Z0-9]+", row.vin)):
        row.wrong("vin", "vin", row.vin)
    if kind == ImportKind.VISITS:
        _visit(row, typed, house)
    else:
        _person(row, typed, house)
        _car(row, typed, house)
        if kind == ImportKind.NEW_CARS:
            _handed_over(row, typed, house)
    return row


def _kept(row: Checked, typed: Mapping[str, str], name: str, read: Callable[[str], Any]) -> Any:
    """The cell's value into the row, or the problem; None when there is none."""
    text = typed.get(name, "")
    if not text:
        return None
    try:
        value = read(text)
    except Wrong as wrong:
        row.wrong(name, wrong.code, text)
        return None
    row.cleaned[name] = value.isoformat() if isinstance(value, date) else value
    return value


def _cut(row: Checked, typed: Mapping[str, str], name: str, length: int) -> None:
    """A text that may be cut off."""
    text = cells.plain(typed.get(name, ""))
    if len(text) > length:
        row.wrong(name, "long", text)
    if text:
        row.cleaned[name] = text[:length].strip()


def _past(row: Checked, name: str, told: date | None, house: House, code: str) -> None:
    if told is not None and told > house.today:
        row.wrong(name, code, row.cleaned.pop(name))


def _person(row: Checked, typed: Mapping[str, str], house: House) -> None:
    row.name = cells.plain(typed.get("name", ""))
    if len(row.name) > 120:
        row.wrong("name", "name_long", row.name)
        row.name = row.name[:120]
    if not (row.name or row.plate or row.vin):
        row.wrong("", "nothing")
    if not row.name:
        return
    _cut(row, typed, "note", 500)
    _phone(row, typed.get("phone", ""), house)
    company = typed.get("kind", "").lower() in _COMPANY_WORDS or bool(_COMPANY.search(row.name))
    full, initials = pinyin_of(row.name, company=company)
    row.cleaned |= {"pinyin": full[:400], "pinyin_initials": initials[:120]}
    row.cleaned["kind"] = CustomerKind.COMPANY if company else CustomerKind.PERSON
    row.cleaned["language"] = "en" if typed.get("language", "").lower()[:2] in ("en", "英文", "英语") else "zh-hans"
    _kept(row, typed, "email", cells.email)
    _past(row, "born_on", _kept(row, typed, "born_on", cells.day), house, "day_future")


def _phone(row: Checked, text: str, house: House) -> None:
    if not text:
        return
    try:
        row.phone, more = cells.phone(text, house.region)
    except Wrong as wrong:
        row.wrong("phone", wrong.code, text)
        return
    if more:
        row.wrong("phone", "more_phones", more)
        row.cleaned["note"] = f"{row.cleaned.get('note', '')} {more}".strip()


def _car(row: Checked, typed: Mapping[str, str], house: House) -> None:
    if not (row.plate or row.vin):
        return
    row.cleaned["plate_kind"] = plate_kind(row.plate)
    _cut(row, typed, "colour", 30)
    _kept(row, typed, "year", cells.year)
    _kept(row, typed, "km", cells.km)
    for name in ("read_on", "last_visit_on", "owned_from"):
        _past(row, name, _kept(row, typed, name, cells.day), house, "day_future")
    _kept(row, typed, "warranty_start_on", cells.day)
    wanted = typed.get("model", "")
    asked = (typed.get("brand", ""), wanted)
    if wanted and asked not in house.told:
        house.told[asked] = model_of(*asked, house.models)
    model = house.told.get(asked)
    if model:
        row.cleaned["model"] = model
    elif wanted:
        row.wrong("model", "model", wanted)


def _handed_over(row: Checked, typed: Mapping[str, str], house: House) -> None:
    """A new car: owner and car are needed; handed over today and under warranty from then on unless told."""
    if not row.name:
        row.wrong("name", "no_owner")
    if not (row.plate or row.vin):
        row.wrong("", "no_car")
    _past(row, "handed_over_on", _kept(row, typed, "handed_over_on", cells.day), house, "future")
    day = row.cleaned.setdefault("handed_over_on", house.today.isoformat())
    row.cleaned.setdefault("warranty_start_on", day)
    row.cleaned["owned_from"] = day
    names = [name for name in map(cells.plain, _BETWEEN.split(typed.get("packages", ""))) if name]
    for name in names:
        if name.lower() not in house.packages:
            row.wrong("packages", "package", name)
    row.cleaned["packages"] = [house.packages[name.lower()] for name in names if name.lower() in house.packages]


def model_of(brand: str, model: str, models: Mapping[tuple[str, str], int]) -> int | None:
    """The model of that name; the brand may stand in its own column, before the model, or nowhere when one fits."""
    wanted, by = cells.plain(model).lower(), cells.plain(brand).lower()
    if (by, wanted) in models:
        return models[by, wanted]
    fit = {
        known
        for (its_brand, its_model), known in models.items()
        if wanted in (its_model, its_brand + its_model, f"{its_brand} {its_model}") and by in ("", its_brand)
    }
    return fit.pop() if len(fit) == 1 else None


def _visit(row: Checked, typed: Mapping[str, str], house: House) -> None:
    if not (row.plate or row.vin):
        row.wrong("", "no_car")
    told = _kept(row, typed, "on", cells.day)
    _past(row, "on", told, house, "future")
    if told is None:
        code = "date_needed" if typed.get("on") else "no_date"
        row.problems = [problem for problem in row.problems if problem[0] != "on"]
        row.wrong("on", code, typed.get("on", ""))
    _kept(row, typed, "km", cells.km)
    paid = _kept(row, typed, "amount", cells.amount)
    if paid is not None:
        row.cleaned["amount"] = str(paid)
    for name, length in (("number", 40), ("work", 500), ("advisor", 60)):
        _cut(row, typed, name, length)


def by_field(mapping: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    """The cells by field of ours, without the empty ones."""
    return {key: value for key, value in zip(mapping, values, strict=False) if key and value}
