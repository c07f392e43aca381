"""Parts that are bought: asked for, ordered from a supplier, moved to another day, called off.

One row of `ExpectedPart` walks the whole road, so what a promise counts with and what was ordered are the same thing.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import ExpectedPart, Part, PartWait, Supplier, SupplierOrder
from catalog.services import stock
from catalog.states import COMING, ON_ITS_WAY, SupplyState
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from records.services import audit
from records.services.numbers import take_number
from records.states import CounterKind


@one_act
def ask(*, actor: Actor, part: Part, quantity: Decimal) -> ExpectedPart:
    """Ask for more of a part; joins the request that is open for it. Raises `Invalid` for a quantity that is none."""
    check_may(actor, "parts.stock")
    stock.lock(actor, part)
    return _join(actor, part, stock.checked(quantity))


@one_act
def ask_for(*, actor: Actor, part: Part, short: Decimal, subject_key: str) -> ExpectedPart | None:
    """Ask for what a subject (`line:12`) is short of; None when all of that is asked for already.

    Asking twice is once: only what nothing on its way is meant for is added.
    """
    check_may(actor, "parts.issue")
    stock.lock(actor, part)  # two who ask at once come one after the other
    meant = PartWait.objects.filter(
        subject_key=subject_key, expected__part=part, expected__branch=actor.branch, expected__state__in=COMING
    )
    more = stock.checked(short) - (meant.aggregate(sum=Sum("quantity"))["sum"] or ZERO)
    if more <= ZERO:
        return None
    row = _join(actor, part, more)
    wait, made = PartWait.objects.get_or_create(
        expected=row, subject_key=subject_key, defaults={"quantity": more, "by": actor.user}
    )
    if not made:
        PartWait.objects.filter(pk=wait.pk).update(quantity=F("quantity") + more)
    return row


def _join(actor: Actor, part: Part, quantity: Decimal) -> ExpectedPart:
    """The open request of the part with so much more in it, or a new one."""
    row = locked(ExpectedPart.objects.filter(branch=actor.branch, part=part, state=SupplyState.REQUESTED)).first()
    if row is None:
        return ExpectedPart.objects.create(
            branch=actor.branch, part=part, quantity=quantity, state=SupplyState.REQUESTED, expected_on=None
        )
    row.quantity = stock.checked(row.quantity + quantity)
    row.save(update_fields=["quantity"])
    return row


@one_act
def place(
    *, actor: Actor, supplier: Supplier, item_ids: Sequence[int], expected_on: date, note: str = ""
) -> SupplierOrder:
    """Order requests from a supplier, under the next number. Raises `Refused` when one of them was ordered before."""
    check_may(actor, "parts.stock")
    _check_day(actor, expected_on)
    if supplier.ended_at is not None:
        raise Refused(_("Nothing is ordered from %(name)s any more.") % {"name": supplier.name})
    rows = list(
        locked(ExpectedPart.objects.filter(branch=actor.branch, pk__in=item_ids)).select_related("part").order_by("pk")
    )
    if not rows or len(rows) != len(set(item_ids)):
        raise Invalid(_("Choose what is to be ordered."))
    for row in rows:
        if row.state != SupplyState.REQUESTED:
            values = {"part": row.part.label, "state": row.get_state_display()}
            raise Refused(_("“%(part)s” is “%(state)s” already.") % values)
    order = SupplierOrder.objects.create(
        branch=actor.branch, supplier=supplier, note=note.strip()[:200], ordered_at=now(), ordered_by=actor.person,
        number=take_number(branch=actor.branch, kind=CounterKind.SUPPLIER_ORDER),
    )  # fmt: skip
    for row in rows:
        row.order, row.state, row.expected_on = order, SupplyState.ORDERED, expected_on
        row.save(update_fields=["order", "state", "expected_on"])
    audit.write(actor.branch, actor.user, "supply.order", f"supplierorder:{order.pk}", {"number": order.number})
    return order


@one_act
def move(*, actor: Actor, order_id: int, expected_on: date) -> int:
    """The supplier names another day for what has not come; how many items that are. Promises count with it at once."""
    check_may(actor, "parts.stock")
    _check_day(actor, expected_on)
    rows = locked(ExpectedPart.objects.filter(branch=actor.branch, order=order_id, state__in=ON_ITS_WAY)).order_by("pk")
    moved = 0
    for row in rows:
        row.expected_on = expected_on
        row.save(update_fields=["expected_on"])
        moved += 1
    if not moved:
        raise Refused(_("Nothing of this order is on its way any more."))
    return moved


def _check_day(actor: Actor, day: date) -> None:
    if day < branch_day(actor.branch):
        raise Invalid(_("The day of the delivery has passed."))


@one_act
def call_off(*, actor: Actor, item_id: int) -> ExpectedPart:
    """A request, or what has not come of an order, is not wanted any more. Calling off twice is once."""
    check_may(actor, "parts.stock")
    row = locked(ExpectedPart.objects.filter(branch=actor.branch)).get(pk=item_id)
    if row.state == SupplyState.CANCELLED:
        return row
    if row.state == SupplyState.IN:
        raise Refused(_("This delivery has been received already."))
    row.state, row.ended_at, row.ended_by = SupplyState.CANCELLED, now(), actor.person
    row.save(update_fields=["state", "ended_at", "ended_by"])
    audit.write(actor.branch, actor.user, "supply.call_off", f"expectedpart:{row.pk}", {})
    return row
