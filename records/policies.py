"""Who may read and print papers; which values a rule may have."""

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.errors import Forbidden, Invalid
from records.models import IssuedPaper
from records.rules import Rule
from records.states import PaperKind

LONGEST_NOTE = 200


def check_read_paper(actor: Actor, paper: IssuedPaper) -> None:
    """Members who print papers or see orders; a gate pass opens the gate, so only those who print or issue it."""
    wanted = ("paper.print", "pass.issue") if paper.kind == PaperKind.GATE_PASS else ("paper.print", "order.view")
    if not any(actor.can(permission) for permission in wanted):
        raise Forbidden(_("Your role does not include this paper."))


_WHOLE = re.compile(r"-?[0-9]{1,9}")
_ANSWERS = {"yes": True, "no": False}


def parse_value(rule: Rule, typed: str) -> Any:
    """What was typed, as the rule's default is: a whole number within the rule's bounds, or "yes" and "no".

    Raises `Invalid` with the bounds, or `TypeError` for a default of a type that nobody can type yet.
    """
    text = typed.strip()
    if isinstance(rule.default, bool):
        if text not in _ANSWERS:
            raise Invalid(_("Choose yes or no."), "value")
        return _ANSWERS[text]
    if not isinstance(rule.default, int):
        raise TypeError(f"no field for a rule of type {type(rule.default).__name__}")
    number = int(text) if _WHOLE.fullmatch(text) else None
    if number is None or not rule.least <= number <= rule.most:
        bounds = {"least": rule.least, "most": rule.most}
        raise Invalid(_("Enter a whole number from %(least)d to %(most)d.") % bounds, "value")
    return number


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
