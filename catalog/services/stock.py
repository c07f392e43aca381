"""The only writer of the stock: each call locks the branch's row of the part, changes it and writes the ledger.

Quantities are in the part's unit, above zero, with two decimals. Whether the actor may do it is judged by the caller:
reception reserves for an estimate, the parts counter issues, and each has its own permission.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.policies import Actor
from catalog.models import Part, Stock, StockMove
from catalog.selectors import last_goods
from catalog.services import batches
from catalog.services.batches import UNKNOWN, Goods, Take
from catalog.states import MoveKind
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from dms.templatetags.dms import quantity as shown

MOST = Decimal("99999999.99")


def checked(quantity: Decimal | int, *, zero: bool = False) -> Decimal:
    """Raises `Invalid` for what is no quantity; a third decimal is refused rather than rounded away."""
    try:
        value = Decimal(quantity)
        fits = value.is_finite() and value <= MOST and value == value.quantize(Decimal("0.01"))
    except InvalidOperation:
        fits = False
    if not fits or value < 0 or (value == 0 and not zero):
        raise Invalid(_("Give a quantity above zero, with at most two decimals."))
    return value


def lock(actor: Actor, part: Part) -> None:
    """Who else asks for, receives or moves this part here waits until the transaction ends."""
    _row(actor, part)


def _row(actor: Actor, part: Part) -> Stock:
    """The locked stock row, made on first use. A second maker loses the conflict silently and waits for the lock."""
    rows = locked(Stock.objects.filter(branch=actor.branch, part=part))
    found = rows.first()
    if found is not None:
        return found
    Stock.objects.bulk_create([Stock(branch=actor.branch, part=part)], ignore_conflicts=True)
    return rows.get()


def _write(
    actor: Actor, stock: Stock, kind: MoveKind, quantity: Decimal, subject_key: str, reason: str = ""
) -> StockMove:
    stock.save(update_fields=["on_hand", "reserved"])
    return StockMove.objects.create(
        branch=actor.branch,
        part_id=stock.part_id,
        kind=kind,
        quantity=quantity,
        on_hand_after=stock.on_hand,
        reserved_after=stock.reserved,
        subject_key=subject_key,
        reason=reason,
        by=actor.user,
    )


def _refuse_beyond(part: Part, left: Decimal, wanted: Decimal) -> None:
    """Raises `Refused` when fewer are free than wanted."""
    if wanted <= left:
        return
    values = {"left": shown(left), "unit": part.unit, "part": part.label, "wanted": shown(wanted)}
    if left <= ZERO:
        raise Refused(_("None left of %(part)s; %(wanted)s %(unit)s were asked for.") % values, "stock_short")
    raise Refused(_("Only %(left)s %(unit)s left of %(part)s; %(wanted)s were asked for.") % values, "stock_short")


def _refuse_beyond_reserved(part: Part, reserved: Decimal, wanted: Decimal) -> None:
    """Raises `Refused` when fewer are reserved than wanted."""
    if wanted <= reserved:
        return
    values = {"left": shown(reserved), "unit": part.unit, "part": part.label, "wanted": shown(wanted)}
    raise Refused(
        _("Only %(left)s %(unit)s of %(part)s are reserved; %(wanted)s were asked for.") % values, "stock_not_reserved"
    )


@one_act
def receive(
    *, actor: Actor, part: Part, quantity: Decimal | int, subject_key: str = "", goods: Goods = UNKNOWN
) -> StockMove:
    """Goods come in, as a batch. Raises `Invalid` for a quantity that is none."""
    amount = checked(quantity)
    stock = _row(actor, part)
    if stock.on_hand + amount > MOST:
        raise Invalid(_("That is more than the stock can hold; check the quantity."))
    batches.put(actor=actor, part=part, quantity=amount, goods=goods)
    stock.on_hand += amount
    return _write(actor, stock, MoveKind.RECEIVE, amount, subject_key)


@one_act
def reserve(*, actor: Actor, part: Part, quantity: Decimal | int, subject_key: str = "") -> StockMove:
    """Promise free stock to an order. Raises `Refused` when fewer are free."""
    amount = checked(quantity)
    stock = _row(actor, part)
    _refuse_beyond(part, stock.on_hand - stock.reserved, amount)
    stock.reserved += amount
    return _write(actor, stock, MoveKind.RESERVE, amount, subject_key)


@one_act
def reserve_free(*, actor: Actor, part: Part, quantity: Decimal | int, subject_key: str = "") -> Decimal:
    """Promise as much as is free, perhaps nothing; how much. What is missing shows as short at the parts counter."""
    amount = checked(quantity)
    stock = _row(actor, part)
    free: Decimal = min(amount, stock.on_hand - stock.reserved)
    if free > ZERO:
        stock.reserved += free
        _write(actor, stock, MoveKind.RESERVE, free, subject_key)
    return free


@one_act
def unreserve(*, actor: Actor, part: Part, quantity: Decimal | int, subject_key: str = "") -> StockMove:
    """Lift a promise. Raises `Refused` when fewer are reserved."""
    amount = checked(quantity)
    stock = _row(actor, part)
    _refuse_beyond_reserved(part, stock.reserved, amount)
    stock.reserved -= amount
    return _write(actor, stock, MoveKind.UNRESERVE, amount, subject_key)


def reserved_for(*, actor: Actor, part: Part, subject_key: str) -> Decimal:
    """What is still promised to this subject, within what the shelf has reserved.

    Its moves in their order: an issue takes from the promise first, and beyond it from what is free, which leaves a
    later promise whole. Locks the branch's row of the part: call it inside the transaction that uses the answer.
    """
    row = locked(Stock.objects.filter(branch=actor.branch, part=part)).first()
    left = ZERO
    for kind, quantity in _moves(actor, part, subject_key).order_by("id").values_list("kind", "quantity"):
        if kind == MoveKind.RESERVE:
            left += quantity
        elif kind in (MoveKind.UNRESERVE, MoveKind.ISSUE):
            left = max(ZERO, left - quantity)
    return min(left, row.reserved) if row else ZERO


def _moves(actor: Actor, part: Part, subject_key: str) -> QuerySet[StockMove]:
    return StockMove.objects.filter(branch=actor.branch, part=part, subject_key=subject_key)


def out_for(*, actor: Actor, part: Part, subject_key: str) -> Decimal:
    """What was issued to this subject and has not come back."""
    sums = dict(_moves(actor, part, subject_key).values_list("kind").annotate(total=Sum("quantity")))
    out: Decimal = sums.get(MoveKind.ISSUE, ZERO) - sums.get(MoveKind.RETURN, ZERO)
    return out


@one_act
def lift(*, actor: Actor, part: Part, subject_key: str, needed: Decimal = ZERO) -> None:
    """Lift the promise to this subject but for what it still needs: the work was cancelled or withdrawn.

    `needed` is what its other lines ask of the part in all, what is out for them included.
    """
    left = reserved_for(actor=actor, part=part, subject_key=subject_key)
    keep = max(ZERO, needed - out_for(actor=actor, part=part, subject_key=subject_key))
    if left > keep:
        unreserve(actor=actor, part=part, quantity=left - keep, subject_key=subject_key)


@one_act
def issue(
    *, actor: Actor, part: Part, quantity: Decimal | int, from_reserved: bool, subject_key: str = ""
) -> list[Take]:
    """Hand parts to the workshop: out of what was reserved, or out of what is free, never out of another's promise.

    The oldest batches go first; which, and how much of each. Raises `Refused` when there are fewer.
    """
    amount = checked(quantity)
    stock = _row(actor, part)
    if from_reserved:
        _refuse_beyond_reserved(part, stock.reserved, amount)
        stock.reserved -= amount
    else:
        _refuse_beyond(part, stock.on_hand - stock.reserved, amount)
    taken = batches.take(actor=actor, part=part, quantity=amount, on_hand=stock.on_hand)
    stock.on_hand -= amount
    _write(actor, stock, MoveKind.ISSUE, amount, subject_key)
    return taken


@one_act
def give_back(
    *, actor: Actor, part: Part, quantity: Decimal | int, subject_key: str = "", into: Sequence[Take] = ()
) -> StockMove:
    """Issued parts come back unused, into the batches they were taken from.

    With a `subject_key`, raises `Refused` beyond what was issued for it and is still out.
    """
    amount = checked(quantity)
    stock = _row(actor, part)
    if subject_key:
        _refuse_beyond_issued(actor, part, amount, subject_key)
    batches.put_back(actor=actor, part=part, quantity=amount, into=into)
    stock.on_hand += amount
    return _write(actor, stock, MoveKind.RETURN, amount, subject_key)


def _refuse_beyond_issued(actor: Actor, part: Part, wanted: Decimal, subject_key: str) -> None:
    out = out_for(actor=actor, part=part, subject_key=subject_key)
    if wanted > out:
        values = {"left": shown(out), "unit": part.unit, "part": part.label}
        raise Refused(
            _("Only %(left)s %(unit)s of %(part)s are still out; more cannot come back.") % values, "stock_return"
        )


@one_act
def count(
    *,
    actor: Actor,
    part: Part,
    found: Decimal | int,
    subject_key: str = "",
    reason: str = "",
    limit: Decimal | None = None,
) -> StockMove:
    """Set the stock to what was counted; the move keeps the difference. Raises `Refused` below what is reserved.

    With a `limit` also for a difference worth more without a `reason`; the sentence does not tell what was expected,
    or nobody would count again.
    """
    amount = checked(found, zero=True)
    stock = _row(actor, part)
    if amount < stock.reserved:
        values = {"reserved": shown(stock.reserved), "unit": part.unit, "part": part.label}
        raise Refused(
            _("%(reserved)s %(unit)s of %(part)s are reserved. Lift reservations before counting fewer.") % values,
            "stock_below_reserved",
        )
    difference = amount - stock.on_hand
    if limit is not None and not reason.strip() and _worth(actor, part, abs(difference)) > limit:
        raise Refused(
            _("“%(part)s” differs from the books by more than is let pass. Count again, or give a reason.")
            % {"part": part.label},
            "count_differs",
        )
    if difference > ZERO:
        batches.put(actor=actor, part=part, quantity=difference)
    elif difference < ZERO:
        batches.take(actor=actor, part=part, quantity=-difference, on_hand=stock.on_hand)
    stock.on_hand = amount
    return _write(actor, stock, MoveKind.COUNT, difference, subject_key, reason.strip()[:200])


def _worth(actor: Actor, part: Part, quantity: Decimal) -> Decimal:
    """At the cost of the last time; where nobody knows it, each unit counts as one."""
    cost, _place = last_goods(actor.branch, [part.pk])[part.pk]
    return quantity * (cost or Decimal(1))
