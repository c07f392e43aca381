"""Alternatives side by side, as page and estimate sheet show them."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from dms.money import ZERO
from reception.models import Line
from reception.states import LineState, Payer

LIVE = (LineState.DRAFT, LineState.OFFERED)


@dataclass(frozen=True, slots=True)
class Option:
    """A letter of a group with its lines; `total` is the customer's share, gross."""

    letter: str
    lines: list[Line]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, of which one is chosen."""

    number: int
    options: list[Option]


def options_of(lines: list[Line]) -> list[Group]:
    """The groups that still wait for a choice, with two letters or more."""
    waiting = [line for line in lines if line.option_group is not None and line.state in LIVE]
    rows = sorted(waiting, key=lambda line: (line.option_group or 0, line.option_letter, line.pk))
    groups = []
    for number, members in groupby(rows, key=lambda line: line.option_group):
        options = [
            _option(letter, list(found)) for letter, found in groupby(members, key=lambda one: one.option_letter)
        ]
        if number is not None and len(options) > 1:
            groups.append(Group(number, options))
    return groups


def _option(letter: str, lines: list[Line]) -> Option:
    return Option(letter, lines, sum((line.share_of(Payer.CUSTOMER) for line in lines), ZERO))
