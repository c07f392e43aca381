"""Lines: what is sold, at which price, and the customer's answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from accounts.states import TaxRegime
from catalog.models import LabourOperation, Part, PartSubstitute
from catalog.selectors import labour_rate, part_price
from catalog.services import stock
from dms.act import one_act
from dms.clock import branch_day
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, LineMoney, line_money
from reception import order_messages
from reception.models import Line, PlannedWork, Statement, WorkOrder
from reception.policies import check_discount, check_signed, check_unsettled
from reception.services.judgement import decide, judge_drafts
from reception.signals import draft_swapped, line_withdrawing, lines_answered
from reception.states import ON_FORM, Coverage, LineKind, LineState, Payer


def priced(branch: Branch, quantity: Decimal, unit_price: Decimal, discount: Decimal, tax_rate: Decimal) -> LineMoney:
    """Amounts of a line under the branch's tax regime. Raises `Invalid` for what is not positive."""
    finite = all(number.is_finite() for number in (quantity, unit_price, discount))
    if not finite or quantity <= 0 or unit_price < 0 or discount < 0:
        raise Invalid(_("Quantity must be above zero; price and discount cannot be negative."))
    rate = ZERO if branch.tax_regime == TaxRegime.NONE else tax_rate
    included = branch.tax_regime != TaxRegime.ADDED
    return line_money(quantity=quantity, unit_price=unit_price, discount=discount, tax_rate=rate, tax_included=included)


@one_act
def add_labour(
    *,
    actor: Actor,
    order_id: int,
    operation: LabourOperation,
    statement: Statement | None = None,
    payer: str = Payer.CUSTOMER,
    coverage: str = Coverage.NONE,
    hours: Decimal | None = None,
) -> Line:
    """A labour line at the branch's hourly rate of today; `hours` (sold) default to the standard hours."""
    order = order_to_price(actor, order_id)
    return labour_line(order, operation, hours=hours, statement=statement, payer=payer, coverage=coverage)


def labour_line(order: WorkOrder, operation: LabourOperation, *, hours: Decimal | None = None, **more: Any) -> Line:
    """`add_labour` for a caller that holds the order (`order_to_price`). Two queries."""
    price = labour_rate(order.branch, branch_day(order.branch))
    if price is None:
        raise Refused(_("This branch has no hourly rate yet. Ask your administrator."))
    sold = hours if hours is not None else operation.standard_hours
    money = priced(order.branch, sold, price.price, ZERO, price.tax_rate)
    return Line.objects.create(
        order=order, kind=LineKind.LABOUR, operation=operation, code=operation.code,
        name=operation.name, name_en=operation.name_en, unit="h", quantity=sold,
        standard_hours=operation.standard_hours, unit_price=price.price, tax_rate=price.tax_rate,
        net=money.net, tax=money.tax, gross=money.gross, **more,
    )  # fmt: skip


@one_act
def add_part(
    *,
    actor: Actor,
    order_id: int,
    part: Part,
    quantity: Decimal,
    statement: Statement | None = None,
    payer: str = Payer.CUSTOMER,
    coverage: str = Coverage.NONE,
) -> Line:
    """A part line at the branch's price of today, with its cost."""
    order = order_to_price(actor, order_id)
    return part_line(order, part, quantity, statement=statement, payer=payer, coverage=coverage)


def part_line(order: WorkOrder, part: Part, quantity: Decimal, **more: Any) -> Line:
    """`add_part` for a caller that holds the order (`order_to_price`). Two queries."""
    price = part_price(order.branch, part, branch_day(order.branch))
    if price is None:
        raise Refused(_("“%(part)s” has no price in this branch yet.") % {"part": part.label})
    money = priced(order.branch, quantity, price.price, ZERO, price.tax_rate)
    return Line.objects.create(
        order=order, kind=LineKind.PART, part=part, code=part.code, name=part.name,
        name_en=part.name_en, unit=part.unit, quantity=quantity, unit_price=price.price, unit_cost=price.cost,
        tax_rate=price.tax_rate, net=money.net, tax=money.tax, gross=money.gross, **more,
    )  # fmt: skip


def free_line(order: WorkOrder, name: str, hours: Decimal, **more: Any) -> Line:
    """Work that no catalogue names, by the hour, for a caller that holds the order (`order_to_price`). Two queries."""
    price = labour_rate(order.branch, branch_day(order.branch))
    if price is None:
        raise Refused(_("This branch has no hourly rate yet. Ask your administrator."))
    money = priced(order.branch, hours, price.price, ZERO, price.tax_rate)
    return Line.objects.create(
        order=order, kind=LineKind.LABOUR, name=name[:120], unit="h", quantity=hours, standard_hours=hours,
        unit_price=price.price, tax_rate=price.tax_rate, net=money.net, tax=money.tax, gross=money.gross, **more,
    )  # fmt: skip


@one_act
def offer(*, actor: Actor, order_id: int) -> list[Line]:
    """Show every draft to the customer, judged once more: draft → offered."""
    order = order_to_price(actor, order_id)
    drafts = judge_drafts(order)
    for line in drafts:
        line.state = LineState.OFFERED
    if drafts:
        order.lines.filter(pk__in=[line.pk for line in drafts]).update(state=LineState.OFFERED)
    if drafts and order.authorised_at is not None:
        order_messages.offered(actor.branch, order, drafts)
    return drafts


#: A line that was shown: a new price is another offer, whatever the customer answered to the old one.
SHOWN = (LineState.OFFERED, LineState.DECLINED, LineState.EXPIRED)
#: What another price of a line writes.
PRICED = ("quantity", "discount", "discount_by", "version", "net", "tax", "gross", "own_gross")


@one_act
def reprice(*, actor: Actor, line_id: int, quantity: Decimal, discount: Decimal, version: int) -> Line:
    """Another quantity (hours, pieces) or discount (money, in the terms of the price) for a line not agreed to.

    A draft stays one. A line that was shown gets the next `price_version` and is `offered` again, so that an answer to
    the old price binds nothing. `version` is the line's as the form showed it. Raises `Refused` for a stale one and
    for an approved line (its work may be under way), `Invalid` for amounts, `Forbidden` for a discount above the limit.
    """
    check_may(actor, "order.price")
    # The order first, then its line, as every writer does; an answer that is under way is waited for here.
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    order = order_to_price(actor, order_id)
    line = locked(Line.objects.filter(order=order)).get(pk=line_id)
    if line.version != version:
        raise Refused(_("“%(line)s” was changed in the meantime. Look at it again.") % {"line": line.label}, "stale")
    if line.state != LineState.DRAFT and line.state not in SHOWN:
        raise Refused(_("The customer has agreed to “%(line)s” at this price; it stands.") % {"line": line.label})
    if (quantity, discount) == (line.quantity, line.discount):
        return line
    money = priced(actor.branch, quantity, line.unit_price, discount, line.tax_rate)
    check_discount(actor, quantity * line.unit_price, discount)
    if line.state in SHOWN:
        line.state, line.price_version = LineState.OFFERED, line.price_version + 1
    line.give(discount, actor.user)
    line.quantity, line.version = quantity, line.version + 1
    line.net, line.tax, line.gross, line.own_gross = money.net, money.tax, money.gross, ZERO
    line.save(update_fields=["state", "price_version", *PRICED])
    return line


@dataclass(frozen=True, slots=True)
class Price:
    """What the advisor typed for a line: quantity (hours, pieces), discount (money), the line's version as shown."""

    line_id: int
    quantity: Decimal
    discount: Decimal
    version: int


@one_act
def price(*, actor: Actor, order_id: int, prices: Sequence[Price], send: bool = False) -> None:
    """All of the page's prices or none of them; with `send` every draft is then offered to the customer."""
    check_may(actor, "extra.offer")
    order = order_to_price(actor, order_id)
    check_signed(order)
    known = set(order.lines.values_list("pk", flat=True))
    for new in prices:
        if new.line_id not in known:
            raise Invalid(_("This line belongs to another order."))
        reprice(actor=actor, line_id=new.line_id, quantity=new.quantity, discount=new.discount, version=new.version)
    if send and not offer(actor=actor, order_id=order_id):
        raise Refused(_("There is nothing to send: every item was offered already."))


@one_act
def drop(*, actor: Actor, line_id: int) -> None:
    """Remove a draft that nobody was shown; one that is gone already stays gone. Raises `Refused` for any other line.

    Before the contract an offered one is taken off the customer's page: it expires.

    When it was the last one that the customer would have been asked about, the car no longer waits for an answer.
    """
    check_may(actor, "order.price")
    line = _line_after_its_order(actor, line_id)
    if line is None:
        return
    order = line.order
    if line.state == LineState.OFFERED and order.state in ON_FORM:
        line.state, line.version = LineState.EXPIRED, line.version + 1  # it was on the customer's page
        line.save(update_fields=["state", "version"])
        lines_answered.send(sender=WorkOrder, order=order, actor=actor)
        return
    if line.state != LineState.DRAFT:
        raise Refused(_("The customer has already seen this line; it can be withdrawn, not removed."))
    line.delete()
    lines_answered.send(sender=WorkOrder, order=order, actor=actor)


@one_act
def adjust(
    *,
    actor: Actor,
    line_id: int,
    quantity: Decimal,
    payer: str,
    coverage: str,
    statement: Statement | None,
    reason: str = "",
    discount: Decimal | None = None,
) -> Line:
    """A draft as the check-in page has it: how much, who pays and why, which statement it answers, what is given off.

    `discount` is money in the terms of the price; None leaves it.

    Raises `Refused` for a line that the customer has seen, `Invalid` for another order's statement, and without a
    `reason` for another payer than the judgement is sure of (`judgement.decide`).
    """
    check_may(actor, "order.price")
    line = _line_after_its_order(actor, line_id)
    if line is None:
        raise Line.DoesNotExist
    if line.state != LineState.DRAFT:
        raise Refused(_("The customer has already seen this line; it can be withdrawn, not removed."))
    decided = decide(line, payer=payer, coverage=coverage, reason=reason, actor=actor)
    if statement is not None and statement.order_id != line.order_id:
        raise Invalid(_("This statement belongs to another order."))
    off = line.discount if discount is None else discount
    money = priced(line.order.branch, quantity, line.unit_price, off, line.tax_rate)
    # Fewer pieces at the same discount: it may be above the limit now.
    check_discount(actor, quantity * line.unit_price, off)
    line.give(off, actor.user)
    line.quantity, line.statement = quantity, statement
    if money.gross != line.gross:
        line.own_gross = ZERO
    line.net, line.tax, line.gross = money.net, money.tax, money.gross
    line.version += 1
    line.save(update_fields=["statement", *PRICED, *decided])
    return line


@one_act
def withdraw(*, actor: Actor, line_id: int) -> Line:
    """Approved work that is not done after all: it is not billed, its reservation is lifted, its hours are free.

    Raises `Refused` for a line in another state. What was already issued comes back at the parts counter first.
    """
    line = Line.objects.select_related("part").get(pk=line_id, order__branch=actor.branch)
    order_to_price(actor, line.order_id)
    line = locked(Line.objects.filter(pk=line_id)).select_related("order").get()
    if line.state != LineState.APPROVED:
        raise Refused(_("Only approved work that is not finished can be withdrawn."))
    line.state = LineState.WITHDRAWN
    line.save(update_fields=["state"])
    PlannedWork.objects.filter(line=line).update(hours_left=ZERO)
    if line.part is not None:
        others = line.order.lines.filter(part=line.part, state__in=[LineState.APPROVED, LineState.DONE])
        needed = sum((other.quantity for other in others), ZERO)
        stock.lift(actor=actor, part=line.part, subject_key=line.order.subject_key, needed=needed)
    line_withdrawing.send(sender=Line, line=line, actor=actor)
    return line


def withdraw_replaced(rows: Sequence[Line], *, actor: Actor) -> None:
    """The customer agreed to what stands in for these lines' missing parts: the lines themselves are withdrawn.

    One whose part has come and gone out in the meantime stays, for a person to decide: the answer binds all the same.
    """
    lent = Actor(actor.user, actor.branch, actor.permissions | {"order.price"})
    for line in rows:
        if line.replaces is None or line.replaces.state != LineState.APPROVED:
            continue
        try:
            with transaction.atomic():
                withdraw(actor=lent, line_id=line.replaces.pk)
        except Refused:
            continue


@one_act
def swap_part(*, actor: Actor, line_id: int, code: str) -> Line:
    """Fit a substitute of the catalogue instead of a draft's part: a line of its own at its own price.

    Raises `Refused` for a line that was shown, `Invalid` for a part that does not stand in for it.
    """
    check_may(actor, "order.price")
    line = _line_after_its_order(actor, line_id)
    if line is None or line.state != LineState.DRAFT:
        raise Refused(_("The customer has already seen this line; it can be withdrawn, not removed."))
    known = PartSubstitute.objects.filter(part=line.part_id, substitute__code=code, ended_at__isnull=True)
    row = known.select_related("substitute").first()
    if row is None:
        raise Invalid(_("“%(code)s” does not stand in for this part.") % {"code": code[:40]})
    made = add_part(
        actor=actor, order_id=line.order_id, part=row.substitute, quantity=line.quantity, statement=line.statement,
        payer=line.payer, coverage=line.coverage,
    )  # fmt: skip
    # What the draft was found by and stands in for goes with it: the customer reads the same finding.
    kept = ("option_group", "option_letter", "extra", "found_by", "finding", "replaces")
    for name in kept:
        setattr(made, name, getattr(line, name))
    made.save(update_fields=kept)
    draft_swapped.send(sender=Line, old=line, new=made)
    line.delete()
    return made


def _line_after_its_order(actor: Actor, line_id: int) -> Line | None:
    """The line, its order locked before it as everywhere: no two writers wait in a ring. None when it is gone."""
    order_id = Line.objects.filter(pk=line_id, order__branch=actor.branch).values_list("order_id", flat=True).first()
    if order_id is None:
        return None
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    line = locked(Line.objects.filter(order=order)).filter(pk=line_id).first()
    if line is not None:
        line.order = order
    return line


def order_to_price(actor: Actor, order_id: int) -> WorkOrder:
    """The order, locked, with its car for the judgement. One query."""
    check_may(actor, "order.price")
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle__model")).get(pk=order_id)
    order.branch = actor.branch  # the same row, already here
    check_unsettled(order)
    return order


@one_act
def complete(*, actor: Actor, order_id: int) -> None:
    """The final check passed: every approved line is done. Called by the workshop."""
    for line in locked(Line.objects.filter(order_id=order_id, order__branch=actor.branch, state=LineState.APPROVED)):
        line.state = LineState.DONE
        line.save(update_fields=["state"])


@one_act
def reopen(*, actor: Actor, order_id: int) -> None:
    """The car goes back to work: done lines are approved again."""
    for line in locked(Line.objects.filter(order_id=order_id, order__branch=actor.branch, state=LineState.DONE)):
        line.state = LineState.APPROVED
        line.save(update_fields=["state"])


@one_act
def report_extra(
    *,
    actor: Actor,
    order_id: int,
    finding: str,
    operation: LabourOperation | None = None,
    part: Part | None = None,
    quantity: Decimal | None = None,
    statement: Statement | None = None,
    replaces: Line | None = None,
) -> Line:
    """Extra work found in the workshop: a draft at today's price, for the advisor to offer.

    The technician may suggest what is needed but not set a price, so the right to price is lent for this one line.
    The same finding sent twice is one draft. `replaces`: agreed to, it takes the place of that line.
    """
    check_may(actor, "extra.report")
    if not finding.strip():
        raise Invalid(_("Write down what was found."))
    lent = Actor(actor.user, actor.branch, actor.permissions | {"order.price"})
    known = _reported(order_to_price(lent, order_id), actor, finding, operation, part)
    if known is not None:
        return known
    if operation is not None:
        line = add_labour(actor=lent, order_id=order_id, operation=operation, statement=statement, hours=quantity)
    elif part is not None:
        amount = quantity if quantity is not None else Decimal(1)
        line = add_part(actor=lent, order_id=order_id, part=part, quantity=amount, statement=statement)
    else:
        raise Invalid(_("Choose an operation or a part."))
    line.extra, line.found_by, line.finding = True, actor.user, finding.strip()[:300]
    line.replaces = replaces
    line.save(update_fields=["extra", "found_by", "finding", "replaces"])
    return line


def _reported(
    order: WorkOrder, actor: Actor, finding: str, operation: LabourOperation | None, part: Part | None
) -> Line | None:
    """The draft of the same report, when the button was pressed twice."""
    wanted = {"operation": operation} if operation is not None else {"part": part, "operation": None}
    drafts = order.lines.filter(state=LineState.DRAFT, extra=True, found_by=actor.user, **wanted)
    return drafts.filter(finding=finding.strip()[:300]).first()
