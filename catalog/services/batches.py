"""Batches on the shelf: put in, taken first in first out, put back where they came from.

Called by `services.stock` alone, which holds the branch's row of the part: so nobody takes from a batch meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from accounts.policies import Actor
from catalog.models import Batch, ExpectedPart, Part, Supplier
from dms.errors import Refused
from dms.money import ZERO


@dataclass(frozen=True, slots=True)
class Goods:
    """What is known of goods that come in. No origin: the part's own."""

    supplier: Supplier | None = None
    expected: ExpectedPart | None = None
    code: str = ""
    origin: str = ""
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """So much of a batch."""

    batch: Batch
    quantity: Decimal


#: Found at a count, or there before batches were kept.
UNKNOWN = Goods()


def put(*, actor: Actor, part: Part, quantity: Decimal, goods: Goods = UNKNOWN) -> Batch:
    """A new batch, all of it on the shelf."""
    return Batch.objects.create(
        branch=actor.branch, part=part, supplier=goods.supplier, expected=goods.expected, code=goods.code.strip()[:40],
        origin=goods.origin or part.origin, unit_cost=goods.unit_cost, quantity=quantity, left=quantity, by=actor.user,
    )  # fmt: skip


def take(*, actor: Actor, part: Part, quantity: Decimal, on_hand: Decimal) -> list[Take]:
    """Take from the oldest batches. `on_hand` is what the shelf has before: what no batch explains is the oldest."""
    rows = list(Batch.objects.filter(branch=actor.branch, part=part, left__gt=0).order_by("id"))
    unknown = on_hand - sum((row.left for row in rows), ZERO)
    if unknown > ZERO:
        rows.insert(0, put(actor=actor, part=part, quantity=unknown))
    taken, wanted = [], quantity
    for row in rows:
        some = min(row.left, wanted)
        if some <= ZERO:
            break
        row.left -= some
        row.save(update_fields=["left"])
        taken.append(Take(row, some))
        wanted -= some
    return taken


def put_back(*, actor: Actor, part: Part, quantity: Decimal, into: Sequence[Take]) -> None:
    """What came back goes to the batches it was taken from; what of it no batch is named for is a batch of its own."""
    rest = quantity
    for back in into:
        row = Batch.objects.get(pk=back.batch.pk, branch=actor.branch, part=part)
        if row.left + back.quantity > row.quantity:
            raise Refused("more comes back to a batch than it had", "batch")
        row.left += back.quantity
        row.save(update_fields=["left"])
        rest -= back.quantity
    if rest > ZERO:
        put(actor=actor, part=part, quantity=rest)


def on_shelf(actor: Actor, part: Part) -> Decimal:
    """The sum of what is left of all batches here."""
    rows = Batch.objects.filter(branch=actor.branch, part=part)
    found: Decimal | None = rows.aggregate(sum=Sum("left"))["sum"]
    return found or ZERO
