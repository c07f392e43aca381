"""The parts counter and the suppliers: what a car is short of is asked for, and what came goes to those who wait."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import ExpectedPart, Stock
from catalog.services import purchasing
from dms.act import one_act
from dms.errors import Refused
from dms.fields import locked
from reception.models import Line
from workshop.selectors.stores import asked_of
from workshop.services import holds
from workshop.services.rows import lent, order_row
from workshop.states import HoldReason


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
