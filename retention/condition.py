"""The condition of a car as a lead keeps it, in words of the active language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reception.states import MarkKind
from reception.zones import zone_label
from workshop.states import Colour

_BAD = (Colour.RED, Colour.AMBER)


def in_words(told: Mapping[str, Any]) -> dict[str, Any]:
    """As the pages show it: what stands in lists becomes words; leads from before have no inspection."""
    return {
        **told, "damage": _damage(told), "findings": _findings(told), "measured": _measured(told),
        "tested": told.get("tested"),
    }  # fmt: skip


def _damage(told: Mapping[str, Any]) -> list[str]:
    kinds = dict(MarkKind.choices)
    return [f"{zone_label(one['zone'])} {kinds.get(one['kind'], one['kind'])}" for one in told.get("damage", [])]


def _name(one: Mapping[str, Any]) -> str:
    return str(one["name_en"] if get_language() == "en" and one.get("name_en") else one["name"])


def _value(one: Mapping[str, Any]) -> str:
    return f" {one['value']} {one['unit']}".rstrip() if one.get("value") else ""


def _findings(told: Mapping[str, Any]) -> list[str]:
    """Red before amber, each with its colour as a word, its value and the technician's note."""
    rows = [one for one in told.get("points", []) if one["colour"] in _BAD]
    rows.sort(key=lambda one: _BAD.index(Colour(one["colour"])))
    return [
        f"{Colour(one['colour']).label}: {_name(one)}{_value(one)}" + (f" ({one['note']})" if one["note"] else "")
        for one in rows
    ]


def _measured(told: Mapping[str, Any]) -> list[str]:
    return [f"{_name(one)}{_value(one)}" for one in told.get("points", []) if one.get("value")]


def damage_words(told: Any) -> str:
    """One cell."""
    return "; ".join(_damage(told or {}))


def declined_words(told: Any) -> str:
    """One cell."""
    return "; ".join((told or {}).get("declined", []))


def finding_words(told: Any) -> str:
    """One cell."""
    return "; ".join(_findings(told or {}))


def measured_words(told: Any) -> str:
    """One cell."""
    return "; ".join(_measured(told or {}))


def tested_words(told: Any) -> str:
    """Day, order and odometer of the inspection, in one cell."""
    tested = (told or {}).get("tested")
    if not tested:
        return ""
    km = "" if tested["km"] is None else _(" at %(km)s km") % {"km": tested["km"]}
    return f"{tested['on']} {tested['order']}{km}"
