"""Lists that are kept by hand: the house's warranties, care rules, inspection lists, packages, menus, substitutes,
suppliers, insurers; a branch's deliveries.
"""

from typing import Any, cast

from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import (
    CareRule,
    ExpectedPart,
    HealthList,
    HealthPoint,
    Insurer,
    Menu,
    MenuItem,
    PackageItem,
    PackageTemplate,
    PartSubstitute,
    Supplier,
    WarrantyTerm,
)
from catalog.services import goods_in
from catalog.states import SupplyState
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from records.services import audit

Kept = (
    WarrantyTerm
    | CareRule
    | PartSubstitute
    | ExpectedPart
    | Supplier
    | HealthList
    | HealthPoint
    | PackageTemplate
    | PackageItem
    | Menu
    | MenuItem
    | Insurer
)

#: Who keeps which list.
KEEPERS: dict[type[Model], str] = {
    WarrantyTerm: "catalogue.edit",
    CareRule: "catalogue.edit",
    HealthList: "catalogue.edit",
    HealthPoint: "catalogue.edit",
    PackageTemplate: "catalogue.edit",
    PackageItem: "catalogue.edit",
    Menu: "catalogue.edit",
    MenuItem: "catalogue.edit",
    PartSubstitute: "parts.stock",
    ExpectedPart: "parts.stock",
    Supplier: "parts.stock",
    Insurer: "claim.edit",
}


def _subject(row: Kept) -> str:
    return f"{type(row).__name__.lower()}:{row.pk}"


@one_act
def keep(*, actor: Actor, row: Kept) -> Kept:
    """Write a new or changed row; the delivery is the actor's branch's. Raises `Forbidden`, `Refused` for an ended one.

    What a row may hold is judged by its form and by the constraints of its table.
    """
    check_may(actor, KEEPERS[type(row)])
    if row.pk is not None:
        _check_open(_mine(actor, row))
    if isinstance(row, ExpectedPart):
        row.branch = actor.branch
    made = row.pk is None
    row.save()
    audit.write(actor.branch, actor.user, "list.add" if made else "list.change", _subject(row), {})
    return row


@one_act
def end(*, actor: Actor, row: Kept) -> None:
    """From now on it no longer holds; it stays readable. Ending twice is once."""
    check_may(actor, KEEPERS[type(row)])
    standing = _mine(actor, row)
    if standing.ended_at is not None:
        return
    _check_open(standing)
    standing.ended_at, standing.ended_by = now(), actor.person
    state = []
    if isinstance(standing, ExpectedPart):
        standing.state, state = SupplyState.CANCELLED, ["state"]
    standing.save(update_fields=["ended_at", "ended_by", *state])
    audit.write(actor.branch, actor.user, "list.end", _subject(standing), {})


@one_act
def receive_expected(*, actor: Actor, row: ExpectedPart) -> None:
    """The delivery is here: into the stock, once. Raises `Refused` when it was received or called off."""
    check_may(actor, "parts.stock")
    standing = ExpectedPart.objects.filter(branch=actor.branch).get(pk=row.pk)
    _check_open(standing)
    goods_in.receive(actor=actor, arrived=[goods_in.Arrived(standing.pk, standing.to_come)])


def _mine(actor: Actor, row: Kept) -> Kept:
    """The row as it stands, locked; a delivery only at its own branch."""
    if isinstance(row, ExpectedPart):
        return locked(ExpectedPart.objects.filter(branch=actor.branch)).get(pk=row.pk)
    standing: Any = locked(type(row).objects.all()).get(pk=row.pk)
    return cast(Kept, standing)


def _check_open(row: Kept) -> None:
    if row.ended_at is not None:
        raise Refused(_("This has ended; add a new one instead."))
    if isinstance(row, ExpectedPart) and row.received_at is not None:
        raise Refused(_("This delivery has been received already."))
    if isinstance(row, ExpectedPart) and (row.order_id is not None or row.state == SupplyState.REQUESTED):
        raise Refused(_("This belongs to an order; change it there."))
