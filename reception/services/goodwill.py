"""Goodwill: asked for by one person, approved by another, and then on the line."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may, check_money
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from reception.models import Goodwill, Line, WorkOrder
from reception.policies import check_goodwill, check_unsettled
from reception.services.lines import SHOWN, priced
from reception.states import JUDGEMENTS, LineState

LONGEST = 200


def _line(actor: Actor, line_id: int) -> Line:
    """The line, its order locked before it, while the customer has not agreed to it. Raises `Refused`."""
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_unsettled(order)
    line = locked(Line.objects.filter(order=order)).get(pk=line_id)
    line.order = order
    if line.state != LineState.DRAFT and line.state not in SHOWN:
        raise Refused(_("The customer has agreed to “%(line)s” at this price; it stands.") % {"line": line.label})
    return line


@one_act
def ask_goodwill(*, actor: Actor, line_id: int, share: int, reason: str) -> Goodwill:
    """Ask that the house takes `share` percent of the line. Raises `Invalid` without a reason, `Refused` for a second.

    Only another person may approve it.
    """
    check_may(actor, "order.price")
    line = _line(actor, line_id)
    if not 1 <= share <= 100:
        raise Invalid(_("The share lies between 1 and 100 percent."), "share")
    check_goodwill(actor, share)
    if not reason.strip():
        raise Invalid(_("Write down why the house should take it."), "reason")
    if line.goodwills.filter(refused_at__isnull=True).exists():
        raise Refused(_("Goodwill was asked for this line already."))
    return Goodwill.objects.create(
        line=line, share=share, reason=reason.strip()[:LONGEST], asked_at=now(), asked_by=actor.person
    )


def _asked(actor: Actor, line: Line) -> Goodwill:
    check_money(actor, "discount.approve")
    row = locked(line.goodwills.filter(approved_at__isnull=True, refused_at__isnull=True)).first()
    if row is None:
        raise Refused(_("Nobody has asked for goodwill on this line, or it was answered already."))
    if row.asked_by_id == actor.person.pk:
        raise Refused(_("You asked for it yourself; another person approves it."), "two_people")
    return row


@one_act
def approve_goodwill(*, actor: Actor, line_id: int) -> Goodwill:
    """The house takes it: all of the line, or a discount of that share of its price.

    A line that the customer was shown is offered anew with the next price version.
    """
    line = _line(actor, line_id)
    row = _asked(actor, line)
    check_goodwill(actor, row.share)  # the rule of today, not of the day on which it was asked
    row.approved_at, row.approved_by = now(), actor.person
    row.save(update_fields=["approved_at", "approved_by"])
    line.judged = {
        "why": "goodwill", "key": "goodwill", "sure": False, "share": row.share, "by": actor.person.name,
        "reason": row.reason,
    }  # fmt: skip
    if row.share == 100:
        line.payer, line.coverage = JUDGEMENTS["goodwill"]
    else:
        price = line.quantity * line.unit_price
        line.discount = min(quantise(price), quantise(line.discount + price * Decimal(row.share) / 100))
        line.discount_by = actor.user
        money = priced(line.order.branch, line.quantity, line.unit_price, line.discount, line.tax_rate)
        line.net, line.tax, line.gross = money.net, money.tax, money.gross
    line.own_gross = ZERO  # what an insurer said was said of another price
    if line.state in SHOWN:
        line.state, line.price_version = LineState.OFFERED, line.price_version + 1
    line.version += 1
    line.save()
    return row


@one_act
def refuse_goodwill(*, actor: Actor, line_id: int) -> Goodwill:
    """It stays as it is; the advisor may ask again with another share or reason."""
    row = _asked(actor, _line(actor, line_id))
    row.refused_at, row.refused_by = now(), actor.person
    row.save(update_fields=["refused_at", "refused_by"])
    return row
