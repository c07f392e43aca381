"""Who may read and print papers; which values a rule may have."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.errors import Forbidden, Invalid
from records.kinds import KINDS, may_print, may_read
from records.models import IssuedPaper
from records.pieces import Piece
from records.setting import Rule
from records.states import PaperKind

LONGEST_NOTE = 200


def check_read_paper(actor: Actor, paper: IssuedPaper) -> None:
    """Raises `Forbidden` for a paper that is not for this role: most hold prices, a name, a phone number."""
    if not may_read(actor, paper.kind):
        raise Forbidden(_("Your role does not include this paper."))


def check_print_paper(actor: Actor, paper: IssuedPaper) -> None:
    """Raises `Forbidden` for somebody who may not hand this paper out."""
    if not may_print(actor, paper.kind):
        raise Forbidden(_("Your role does not include printing this paper."))


def check_pieces(pieces: Sequence[Piece], papers: Mapping[int, IssuedPaper]) -> None:
    """Raises `Invalid` for a sheet that a paper has not."""
    for piece in pieces:
        if piece.sheet not in KINDS[PaperKind(papers[piece.paper_id].kind)].sheets:
            raise Invalid(_("This paper has no such format."))


_WHOLE = re.compile(r"-?[0-9]{1,9}")
_ANSWERS = {"yes": True, "no": False}


def parse_value(rule: Rule, typed: str) -> Any:
    """What was typed, as the rule's default is: a number within its bounds, "yes" and "no", one of a list, or a text.

    Raises `Invalid` with the bounds, or `TypeError` for a default of a type that nobody can type yet.
    """
    text = typed.strip()
    if isinstance(rule.default, bool):
        if text not in _ANSWERS:
            raise Invalid(_("Choose yes or no."), "value")
        return _ANSWERS[text]
    if rule.choices:
        if text not in dict(rule.choices):
            raise Invalid(_("Choose one of the list."), "value")
        return text
    if rule.form:
        return _written(rule.form, text)
    if not isinstance(rule.default, int):
        raise TypeError(f"no field for a rule of type {type(rule.default).__name__}")
    number = int(text) if _WHOLE.fullmatch(text) else None
    if number is None or not rule.least <= number <= rule.most:
        bounds = {"least": rule.least, "most": rule.most}
        raise Invalid(_("Enter a whole number from %(least)d to %(most)d.") % bounds, "value")
    return number


def _written(form: tuple[str, str | Promise], text: str) -> str:
    """A text in its form, and a span of times that ends after it begins. Raises `Invalid` with the sentence."""
    first, dash, last = text.partition("-")
    if not re.fullmatch(form[0], text) or (dash and ":" in first and first >= last):
        raise Invalid(str(form[1]), "value")
    return text


def check_not_past(valid_from: date, today: date) -> None:
    """Raises `Invalid` for a day that is over: what was decided then stays as it was decided."""
    if valid_from < today:
        raise Invalid(_("A rule changes today or later; what is past stays as it was."), "valid_from")


def check_note(text: str) -> str:
    """The reason as it is stored. Raises `Invalid` for none, and for one that is too long or cannot be printed."""
    note = text.strip()
    if not note or len(note) > LONGEST_NOTE or not note.isprintable():
        raise Invalid(_("Say why, in at most 200 characters."), "note")
    return note
