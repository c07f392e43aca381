"""What is sold, loaded from tables: models, labour operations, parts with their prices, the labour rate.

A table has a header and a row for each thing; what is there already by its code is brought up to date. A new price
holds from today on, so nothing that was written before changes.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Skill
from accounts.policies import Actor
from catalog.models import Brand, LabourOperation, LabourRate, Part, PartPrice, VehicleModel
from catalog.selectors import labour_rate, part_price
from catalog.services import health, stock
from catalog.states import Energy, OperationKind, Origin
from dms.clock import branch_day
from dms.errors import Invalid
from dms.money import quantise

Row = Mapping[str, str]
#: As many wrong rows are told at once.
TOLD = 20


class Table(NamedTuple):
    """The columns that a table must have, those it may have, and who writes a row."""

    needs: tuple[str, ...]
    may: tuple[str, ...]
    write: Callable[[Actor, Row], None]


def _number(row: Row, column: str, default: str = "") -> Decimal:
    """A number from zero up, as 1286.5; no thousands' marks, since 1,286 is another number elsewhere."""
    text = row.get(column, "").strip() or default
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value < 10**8:
        raise Invalid(_("%(column)s: “%(text)s” is not a number from 0 up.") % {"column": column, "text": text[:20]})
    return value


def _choice(row: Row, column: str, among: Sequence[str], default: str) -> str:
    text = row.get(column, "").strip() or default
    if text not in among:
        values = {"column": column, "text": text[:20], "among": ", ".join(among)}
        raise Invalid(_("%(column)s: “%(text)s” is none of %(among)s.") % values)
    return text


def _text(row: Row, column: str, most: int = 120) -> str:
    text = row.get(column, "").strip()
    if len(text) > most or not text.isprintable():
        raise Invalid(_("%(column)s is too long or cannot be printed.") % {"column": column})
    return text


def _needed(row: Row, column: str, most: int = 120) -> str:
    text = _text(row, column, most)
    if not text:
        raise Invalid(_("%(column)s is empty.") % {"column": column})
    return text


def _model(actor: Actor, row: Row) -> None:
    brand, _made = Brand.objects.update_or_create(
        name=_needed(row, "brand"),
        defaults={
            "name_en": _text(row, "brand_en"),
            "lapse_months": max(1, min(60, int(_number(row, "lapse_months", "12")))),
        },
    )
    VehicleModel.objects.update_or_create(
        brand=brand, name=_needed(row, "model"),
        defaults={"name_en": _text(row, "model_en"), "energy": _choice(row, "energy", Energy.values, Energy.PETROL)},
    )  # fmt: skip


def _operation(actor: Actor, row: Row) -> None:
    skill = None
    if key := _text(row, "skill", 30):
        skill = Skill.objects.filter(key=key).first()
        if skill is None:
            raise Invalid(_("skill: there is no “%(key)s”.") % {"key": key})
    operation, made = LabourOperation.objects.update_or_create(
        code=_needed(row, "code", 30),
        defaults={
            "name": _needed(row, "name"),
            "name_en": _text(row, "name_en"),
            "kind": _choice(row, "kind", OperationKind.values, OperationKind.REPAIR),
            "standard_hours": _number(row, "hours"),
            "skill": skill,
        },
    )
    if made:
        health.offer(operation)


def _part(actor: Actor, row: Row) -> None:
    today = branch_day(actor.branch)
    part, _made = Part.objects.update_or_create(
        code=_needed(row, "code", 40),
        defaults={
            "name": _needed(row, "name"),
            "name_en": _text(row, "name_en"),
            "unit": _text(row, "unit", 10) or "件",
            "origin": _choice(row, "origin", Origin.values, Origin.ORIGINAL),
            "brand_name": _text(row, "maker", 60),
        },
    )
    price = {
        "price": quantise(_number(row, "price")),
        "cost": quantise(_number(row, "cost", "0")),
        "tax_rate": _tax(row),
    }
    held = part_price(actor.branch, part, today)
    if held is None or any(getattr(held, name) != value for name, value in price.items()):
        PartPrice.objects.update_or_create(branch=actor.branch, part=part, valid_from=today, defaults=price)
    if row.get("on_hand", "").strip():
        stock.count(actor=actor, part=part, found=_number(row, "on_hand"), subject_key="price-list")


def _tax(row: Row) -> Decimal:
    rate = _number(row, "tax_percent") / 100
    if rate >= 1:
        raise Invalid(_("tax_percent is below 100."))
    return rate


def _labour(actor: Actor, row: Row) -> None:
    today = branch_day(actor.branch)
    price = {"price": quantise(_number(row, "hour")), "tax_rate": _tax(row)}
    held = labour_rate(actor.branch, today)
    if held is None or any(getattr(held, name) != value for name, value in price.items()):
        LabourRate.objects.update_or_create(branch=actor.branch, valid_from=today, defaults=price)


TABLES: dict[str, Table] = {
    "models": Table(("brand", "model"), ("brand_en", "model_en", "energy", "lapse_months"), _model),
    "operations": Table(("code", "name", "hours"), ("name_en", "kind", "skill"), _operation),
    "parts": Table(
        ("code", "name", "price", "tax_percent"), ("name_en", "unit", "origin", "maker", "cost", "on_hand"), _part
    ),
    "labour": Table(("hour", "tax_percent"), (), _labour),
}


@transaction.atomic
def load(*, actor: Actor, table: str, header: Sequence[str], rows: Sequence[Row]) -> int:
    """All rows of a table or none of them; how many. Raises `Invalid` naming every wrong row, KeyError for no table."""
    form = TABLES[table]
    missing = [name for name in form.needs if name not in header]
    unknown = [name for name in header if name not in form.needs + form.may]
    if missing or unknown:
        values = {"missing": ", ".join(missing) or "–", "unknown": ", ".join(unknown) or "–"}
        raise Invalid(_("Missing columns: %(missing)s. Unknown columns: %(unknown)s.") % values)
    wrong = []
    for number, row in enumerate(rows, 2):  # as a spreadsheet counts, the header being row 1
        try:
            form.write(actor, row)
        except Invalid as invalid:
            wrong.append(_("Row %(number)d: %(why)s") % {"number": number, "why": invalid.sentence})
    if wrong:
        raise Invalid("\n".join(wrong[:TOLD]))
    return len(rows)
