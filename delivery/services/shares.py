"""Deciding who takes over what of a bill."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may, check_money
from customers.models import Customer
from customers.selectors import find_customers
from delivery.models import Split, billable, live_slip, splits_of
from delivery.services.settlement import locked_order
from delivery.splitting import parts_of
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.money import ZERO, quantise
from reception.models import WorkOrder
from reception.states import Payer, State

#: The house pays itself: that is the manager's.
HOUSE = (Payer.INTERNAL, Payer.GOODWILL)
#: Who may take over a share: a package pays by its units.
TAKERS = tuple(payer for payer in Payer if payer != Payer.PACKAGE)


def _open_order(actor: Actor, order_id: int) -> WorkOrder:
    order = locked_order(actor, order_id)
    if order.state != State.HANDING_OVER:
        raise Refused(_("Who pays what is decided after the internal handover and before the slip."))
    if live_slip(order) is not None:
        raise Refused(_("Reverse the settlement slip first."))
    return order


def named(actor: Actor, text: str) -> Customer | None:
    """The one customer of the name or phone that was typed; None for no text.

    Raises `Invalid` for nobody and for several.
    """
    typed = text.strip()
    if not typed:
        return None
    found = find_customers(actor.branch, typed)
    exact = [one for one in found if one.name == typed] or found
    if len(exact) != 1:
        raise Invalid(
            _("Nobody is called “%(name)s”, or several are. Enter the whole name as it is kept, or the phone.")
            % {"name": typed},
            "who",
        )
    return exact[0]


@one_act
def take_over(
    *,
    actor: Actor,
    order_id: int,
    payer: str,
    who: str = "",
    line_id: int | None = None,
    percent: Decimal | str | None = None,
    amount: Decimal | str | None = None,
) -> Split:
    """Another payer takes over a part: `percent` (0–100) or `amount`, of one line or of the customer's whole share.

    `who` names a customer or company. The same payer again for the same thing replaces what was decided. Raises
    `Invalid` for what is no part, `Refused` when more is taken over than there is or a slip stands.
    """
    check_may(actor, "till.settle")
    if payer not in TAKERS:
        raise Invalid(_("Choose who takes it over."), "payer")
    if payer in HOUSE:
        check_money(actor, "discount.approve")
    order = _open_order(actor, order_id)
    lines = billable(order)
    line = next((row for row in lines if row.pk == line_id and row.payer == Payer.CUSTOMER), None)
    if line_id is not None and line is None:
        raise Invalid(_("Only what the customer would pay can be taken over."), "line")
    customer = named(actor, who)
    if payer == Payer.CUSTOMER and (customer is None or customer.pk == order.payer_id):
        raise Invalid(_("Name the other customer or the company that pays."), "who")
    share, fixed = _how_much(percent, amount)
    split, _made = Split.objects.update_or_create(
        order=order, line=line, payer=payer, customer=customer,
        defaults={"percent": share, "amount": fixed, "decided_at": now(), "decided_by": actor.person},
    )  # fmt: skip
    parts_of(order, lines, list(splits_of(order)))  # refuses what is more than there is
    return split


def _how_much(percent: Decimal | str | None, amount: Decimal | str | None) -> tuple[Decimal | None, Decimal | None]:
    given = [value for value in (percent, amount) if value not in (None, "")]
    if len(given) != 1:
        raise Invalid(_("Enter either a percentage or an amount."), "percent")
    value = quantise(given[0] or "")
    if percent in (None, ""):
        if value <= ZERO:
            raise Invalid(_("Enter an amount above zero."), "amount")
        return None, value
    if not ZERO < value <= 100:
        raise Invalid(_("A percentage lies above 0 and is at most 100."), "percent")
    return value, None


@one_act
def take_back(*, actor: Actor, split_id: int) -> None:
    """What was taken over is the customer's again."""
    check_may(actor, "till.settle")
    order_id = Split.objects.values_list("order_id", flat=True).get(pk=split_id, order__branch=actor.branch)
    _open_order(actor, order_id)
    Split.objects.filter(pk=split_id).delete()
