"""Alternatives of an estimate: lines of one group with letters, of which the customer agrees to one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import Line, WorkOrder
from reception.policies import check_unsettled
from reception.states import LineState

#: Groups of an order and letters of a group: more cannot stand side by side on a sheet.
GROUPS, LETTERS = (1, 2, 3), ("A", "B", "C")
OPTIONS = [f"{group}{letter}" for group in GROUPS for letter in LETTERS]


def letters_of(lines: Iterable[Line]) -> dict[int, set[str]]:
    """Group → the letters that stand in it."""
    found: dict[int, set[str]] = defaultdict(set)
    for line in lines:
        if line.option_group is not None:
            found[line.option_group].add(line.option_letter)
    return dict(found)


def check_one_each(lines: Iterable[Line]) -> dict[int, str]:
    """Group → the one letter that is agreed to. Raises `Refused` for two of a group."""
    letters = letters_of(lines)
    if any(len(found) > 1 for found in letters.values()):
        raise Refused(_("Of alternatives the customer chooses one."), "options")
    return {group: next(iter(found)) for group, found in letters.items()}


@one_act
def set_option(*, actor: Actor, line_id: int, option: str) -> Line:
    """Make a draft part of an alternative ("1A"), or of none (""). Raises `Refused` for a line that was shown."""
    check_may(actor, "order.price")
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    check_unsettled(locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id))
    line = locked(Line.objects.filter(order=order_id)).get(pk=line_id)
    if line.state != LineState.DRAFT:
        raise Refused(_("The customer has already seen this line; it can be withdrawn, not removed."))
    if option and option not in OPTIONS:
        raise Invalid(_("Choose one of the alternatives."))
    line.option_group = int(option[0]) if option else None
    line.option_letter = option[1] if option else ""
    line.version += 1
    line.save(update_fields=["option_group", "option_letter", "version"])
    return line


def expire_others(order: WorkOrder, chosen: Mapping[int, str]) -> None:
    """The alternatives that were not chosen are off the table; the caller holds the order."""
    for group, letter in chosen.items():
        rows = order.lines.filter(option_group=group, state=LineState.OFFERED).exclude(option_letter=letter)
        rows.update(state=LineState.EXPIRED, version=F("version") + 1)


def choose(order: WorkOrder, offered: Sequence[Line], chosen: Mapping[int, str]) -> list[Line]:
    """Before a signature: of each group the chosen letter stays; the lines that do. The caller holds the order.

    Raises `Refused` when a choice is missing.
    """
    letters = letters_of(offered)
    for group, found in letters.items():
        if len(found) > 1 and chosen.get(group) not in found:
            raise Refused(_("Choose one of the alternatives before the signature."), "options")
    held = {group: letter for group, letter in chosen.items() if letter in letters.get(group, ())}
    expire_others(order, held)
    return [line for line in offered if held.get(line.option_group or 0) in (None, line.option_letter)]
