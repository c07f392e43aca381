"""The parts counter and the suppliers: what a car is short of is asked for, and what came goes to those who wait."""

from collections.abc import Callable, Collection
from functools import partial

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import ExpectedPart, Stock
from catalog.services import purchasing, stock
from dms.act import one_act
from dms.errors import Refused
from dms.fields import locked
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.states import OPEN_STATES, LineKind, LineState
from workshop.selectors.stores import asked_by, asked_of
from workshop.services import holds
from workshop.services.rows import lent, order_row
from workshop.states import HoldReason


def waiting_for(*, actor: Actor, part_ids: Collection[int]) -> Callable[[], None] | None:
    """Lock the orders that wait for these parts; what is to be done when the parts are in. None: nobody waits."""
    lines = Line.objects.filter(
        order__branch=actor.branch, order__state__in=OPEN_STATES, kind=LineKind.PART, state=LineState.APPROVED,
        part__in=part_ids,
    )  # fmt: skip
    ids = set(lines.values_list("order_id", flat=True))
    orders = list(locked(WorkOrder.objects.filter(pk__in=ids)).order_by("pk"))
    return partial(_serve, actor, orders, part_ids) if orders else None


def _serve(actor: Actor, orders: list[WorkOrder], part_ids: Collection[int]) -> None:
    """What came is reserved for those who wait, the earliest promise first; then the holds end that it was about."""
    for row in asked_by(actor.branch, orders, part_ids):
        missing = row.left - row.kept
        if missing > ZERO and row.line.part is not None:
            key = row.line.order.subject_key
            stock.reserve_free(actor=actor, part=row.line.part, quantity=missing, subject_key=key)
    for order in orders:
        order.branch = actor.branch
        holds.end_parts(order=order, actor=actor)


@one_act
def request(*, actor: Actor, line_id: int) -> ExpectedPart:
    """Ask for what a line is short of; the car is on hold for its parts until they are here. Twice is once.

    Raises `Refused` when nothing is short, or when all of it has been asked for.
    """
    check_may(actor, "parts.issue")
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    order = order_row(actor, order_id)
    line = Line.objects.select_related("part").get(pk=line_id)
    if line.part is None:
        raise Refused(_("Only approved parts are issued."))
    locked(Stock.objects.filter(branch=actor.branch, part=line.part)).first()
    row = next((one for one in asked_of(actor.branch, line.part) if one.line.pk == line_id), None)
    if row is None or row.short <= 0:
        raise Refused(_("Nothing is short for this line."))
    item = purchasing.ask_for(actor=actor, part=line.part, short=row.short, subject_key=line.subject_key)
    if item is None:
        raise Refused(_("“%(part)s” has been asked for already.") % {"part": line.label}, "asked")
    if not order.holds.filter(reason=HoldReason.PARTS, job__isnull=True, ended_at__isnull=True).exists():
        holds.put(
            actor=lent(actor, "hold.set"), order_id=order.pk, reason=HoldReason.PARTS, owner=actor.person,
            note=line.label,
        )  # fmt: skip
    return item
