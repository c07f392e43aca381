"""Minimum and maximum of parts: taken over from the proposal by a person, and filled up by requests."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import ExpectedPart, Stock
from catalog.planning import levels
from catalog.services import purchasing
from dms.act import one_act
from dms.errors import Invalid
from dms.fields import locked
from records.services import audit


@one_act
def take_over(*, actor: Actor, part_ids: Sequence[int]) -> int:
    """The proposal becomes minimum and maximum of these parts; how many changed."""
    check_may(actor, "parts.stock")
    wanted = {row.part.pk: row for row in levels(actor.branch) if row.part.pk in set(part_ids) and row.changed}
    for stock in locked(Stock.objects.filter(branch=actor.branch, part__in=wanted)).order_by("part_id"):
        row = wanted[stock.part_id]
        stock.minimum, stock.maximum = row.proposed_minimum, row.proposed_maximum
        stock.save(update_fields=["minimum", "maximum"])
        detail = {"minimum": str(stock.minimum), "maximum": str(stock.maximum)}
        audit.write(actor.branch, actor.user, "stock.levels", f"part:{stock.part_id}", detail)
    return len(wanted)


@one_act
def fill_up(*, actor: Actor, part_ids: Sequence[int]) -> list[ExpectedPart]:
    """Ask for what is missing to the maximum, of those of these parts that are below their minimum. Twice is once.

    Raises `Invalid` when none of them is.
    """
    check_may(actor, "parts.stock")
    asked = []
    for row in sorted(levels(actor.branch), key=lambda one: one.part.pk):
        most = row.proposed_maximum if row.maximum is None else row.maximum
        if row.part.pk in set(part_ids) and row.below and most > row.available:
            asked.append(purchasing.ask(actor=actor, part=row.part, quantity=most - row.available))
    if not asked:
        raise Invalid(_("None of these parts is below its minimum."))
    return asked
