"""An approved part that is missing, exchanged for one that is the same to the customer."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import Part
from catalog.selectors import part_price
from catalog.services import stock
from dms.act import one_act
from dms.clock import branch_day
from dms.errors import Refused
from dms.fields import locked
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.states import LineState


@one_act
def exchange_part(*, actor: Actor, line_id: int, part: Part) -> Line:
    """Another part for an approved line of which nothing is out, at the price that was agreed; its reservation follows.

    The caller has judged that nothing changes for the customer: same price, same origin. Raises `Refused` else.
    """
    check_may(actor, "parts.issue")
    line = Line.objects.select_related("part").get(pk=line_id, order__branch=actor.branch)
    order = locked(WorkOrder.objects.filter(pk=line.order_id)).get()
    line = locked(Line.objects.filter(pk=line_id)).select_related("part").get()
    held = part_price(actor.branch, part, branch_day(actor.branch))
    same = line.part is not None and held is not None and held.price == line.unit_price
    if line.state != LineState.APPROVED or line.part is None or not same or part.origin != line.part.origin:
        raise Refused(_("The customer agreed to another part; offer this one as a line of its own."))
    others = order.lines.filter(part=line.part, state=LineState.APPROVED).exclude(pk=line.pk)
    needed = sum((other.quantity for other in others), ZERO)
    stock.lift(actor=actor, part=line.part, subject_key=order.subject_key, needed=needed)
    line.part, line.code, line.name, line.name_en, line.unit = part, part.code, part.name, part.name_en, part.unit
    line.unit_cost = held.cost if held else line.unit_cost
    line.version += 1
    line.save(update_fields=["part", "code", "name", "name_en", "unit", "unit_cost", "version"])
    stock.reserve_free(actor=actor, part=part, quantity=line.quantity, subject_key=order.subject_key)
    return line
