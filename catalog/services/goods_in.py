"""Goods in: what a supplier brought is stock, in batches with cost and origin, and goes to those who waited for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import Batch, ExpectedPart, Stock
from catalog.services import stock
from catalog.services.batches import Goods
from catalog.signals import goods_arriving
from catalog.states import ON_ITS_WAY, Origin, SupplyState
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import quantise
from dms.templatetags.dms import quantity as shown
from records.services import audit


@dataclass(frozen=True, slots=True)
class Arrived:
    """How much of an ordered part came. `unit_cost` is net for a unit; `place` is where it lies from now on."""

    item_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None
    code: str = ""
    origin: str = ""
    place: str = ""


@one_act
def receive(*, actor: Actor, arrived: Sequence[Arrived]) -> list[Batch]:
    """All of it comes in or nothing. Who waited has it reserved, in the order of the promises.

    Raises `Refused` for more than was ordered, and for what is not on its way; `Invalid` for what is no quantity.
    """
    check_may(actor, "parts.stock")
    wanted = {one.item_id: one for one in arrived}
    if not wanted or len(wanted) != len(arrived):
        raise Invalid(_("Say how much of which part has come."))
    rows = ExpectedPart.objects.filter(branch=actor.branch, pk__in=wanted)
    parts = set(rows.values_list("part_id", flat=True))
    news: list[tuple[Any, Any]] = goods_arriving.send(sender=ExpectedPart, actor=actor, part_ids=parts)
    items = list(locked(rows).select_related("part", "order__supplier").order_by("part_id", "pk"))
    if len(items) != len(wanted):
        raise ExpectedPart.DoesNotExist
    made = [_one(actor, item, wanted[item.pk]) for item in items]
    for _receiver, afterwards in news:
        if afterwards is not None:
            afterwards()
    return made


def _one(actor: Actor, item: ExpectedPart, came: Arrived) -> Batch:
    if item.state not in ON_ITS_WAY:
        values = {"part": item.part.label, "state": item.get_state_display()}
        raise Refused(_("“%(part)s” is “%(state)s” already.") % values, "supply_state")
    amount = stock.checked(came.quantity)
    if amount > item.to_come:
        values = {"left": shown(item.to_come), "unit": item.part.unit_label, "part": item.part.label}
        raise Refused(
            _("Only %(left)s %(unit)s of “%(part)s” are still to come. Order more, or send the rest back.") % values,
            "supply_too_much",
        )
    if came.origin and came.origin not in Origin.values:
        raise Invalid(_("Choose where the part comes from."))
    goods = Goods(
        supplier=item.order.supplier if item.order else None, expected=item, code=came.code, origin=came.origin,
        unit_cost=None if came.unit_cost is None else _cost(came.unit_cost),
    )  # fmt: skip
    stock.receive(actor=actor, part=item.part, quantity=amount, subject_key=f"expected:{item.pk}", goods=goods)
    _keep(actor, item, amount, came.place)
    return Batch.objects.filter(expected=item).latest("id")


def _cost(amount: Decimal) -> Decimal:
    value = quantise(amount)
    if value < 0 or value != amount:
        raise Invalid(_("The cost of a unit is an amount from zero, with at most two decimals."))
    return value


def _keep(actor: Actor, item: ExpectedPart, amount: Decimal, place: str) -> None:
    item.received += amount
    item.state = SupplyState.IN if item.received == item.quantity else SupplyState.PARTLY
    if item.state == SupplyState.IN:
        item.received_at, item.received_by = now(), actor.person
    item.save(update_fields=["received", "state", "received_at", "received_by"])
    if place.strip():
        Stock.objects.filter(branch=actor.branch, part=item.part).update(place=place.strip()[:20])
    audit.write(actor.branch, actor.user, "supply.receive", f"expectedpart:{item.pk}", {"quantity": str(amount)})
