"""What the customer pays of lines that somebody else pays: fixed before the work, with the customer's word for it."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from reception.models import WorkOrder
from reception.policies import check_unsettled
from reception.services.contract import authorise
from reception.services.papers import issue_work_order
from reception.states import AuthorisedHow, LineState, Payer

_ENDED = (LineState.DECLINED, LineState.EXPIRED, LineState.WITHDRAWN)


@one_act
def share_lines(
    *, actor: Actor, order_id: int, own: Mapping[int, Decimal], signer: str, how: str = AuthorisedHow.PAPER
) -> WorkOrder:
    """Line → what the customer pays of it. On a signed order that is agreed to by `signer`, and becomes the limit.

    Before the signature the signature itself agrees to it. The caller judged the actor. Raises `Refused` for a line
    that the customer pays alone, that has ended or is finished; `Invalid` without a name where one is needed.
    """
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_unsettled(order)
    changed, more = False, False
    for line in locked(order.lines.filter(pk__in=list(own))):
        if line.payer == Payer.CUSTOMER or line.state in _ENDED:
            raise Refused(_("“%(line)s” is not paid by somebody else.") % {"line": line.label})
        part = own[line.pk]
        if not ZERO <= part <= line.gross:
            raise Invalid(_("The customer's part lies between 0 and the price of the line."))
        if part != line.own_gross:
            changed, more = True, more or part > line.own_gross
            line.own_gross, line.version = part, line.version + 1
            line.save(update_fields=["own_gross", "version"])
    if changed and order.authorised_at is not None:
        if more and not signer.strip():
            raise Invalid(_("Write down who agreed to the customer's own share."), "signer")
        authorise(order, actor, how, signer.strip()[:60] or order.payer.name[:60], "")
        issue_work_order(order, actor=actor)
    return order
