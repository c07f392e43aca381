"""The parts counter: what goes out for a line, and what comes back."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.services import stock
from catalog.services.batches import Take
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from reception.models import Line
from reception.policies import check_open
from reception.states import LineKind, LineState
from workshop.models import IssuedBatch, PartIssue
from workshop.policies import check_returnable, check_work, outstanding
from workshop.services import holds
from workshop.services.rows import order_row


@one_act
def issue(*, actor: Actor, line_id: int, quantity: Decimal) -> PartIssue:
    """Hand parts out for an approved line, reserved ones first. Raises `Refused` for more than was sold."""
    check_may(actor, "parts.issue")
    line = _line(actor, line_id)
    if line.kind != LineKind.PART or line.part is None or line.state != LineState.APPROVED:
        raise Refused(_("Only approved parts are issued."))
    check_work(line)
    if not quantity.is_finite() or quantity <= 0:
        raise Invalid(_("Give a quantity above zero."))
    if quantity > outstanding(line):
        raise Refused(_("The order has fewer of this part open. More need a line that the customer approves."))
    reserved = min(quantity, stock.reserved_for(actor=actor, part=line.part, subject_key=line.order.subject_key))
    taken: list[Take] = []
    for amount, from_reserved in ((reserved, True), (quantity - reserved, False)):
        if amount > 0:
            taken += stock.issue(
                actor=actor, part=line.part, quantity=amount, from_reserved=from_reserved,
                subject_key=line.order.subject_key,
            )  # fmt: skip
    made = PartIssue.objects.create(line=line, quantity=quantity, issued_at=now(), issued_by=actor.user)
    _note(made, taken)
    holds.end_parts(order=line.order, actor=actor)
    return made


def _note(made: PartIssue, taken: list[Take]) -> None:
    """Out of which batches it came: one row each, also where reserved and free ones came out of the same batch."""
    sums: dict[int, Decimal] = {}
    for one in taken:
        sums[one.batch.pk] = sums.get(one.batch.pk, ZERO) + one.quantity
    IssuedBatch.objects.bulk_create(IssuedBatch(issue=made, batch_id=pk, quantity=out) for pk, out in sums.items())


@one_act
def take_back(*, actor: Actor, issue_id: int, quantity: Decimal) -> PartIssue:
    """Unused parts come back to the shelf. Raises `Refused` for more than went out, and for finished lines."""
    check_may(actor, "parts.issue")
    issued = PartIssue.objects.get(pk=issue_id, line__order__branch=actor.branch)
    line = _line(actor, issued.line_id)
    check_returnable(line)
    issued = locked(PartIssue.objects.filter(pk=issue_id)).get()
    if not quantity.is_finite() or quantity <= 0:
        raise Invalid(_("Give a quantity above zero."))
    if issued.returned + quantity > issued.quantity or line.part is None:
        raise Refused(_("More cannot come back than went out."))
    stock.give_back(
        actor=actor, part=line.part, quantity=quantity, subject_key=line.order.subject_key,
        into=_returning(issued, quantity),
    )  # fmt: skip
    issued.returned += quantity
    issued.save(update_fields=["returned"])
    return issued


def _returning(issued: PartIssue, quantity: Decimal) -> list[Take]:
    """The batches of an issue into which so much goes back: the youngest first, as they were taken last."""
    back, rest = [], quantity
    for row in issued.batches.select_related("batch").order_by("-batch_id"):
        some = min(rest, row.quantity - row.returned)
        if some > 0:
            row.returned += some
            row.save(update_fields=["returned"])
            back.append(Take(row.batch, some))
            rest -= some
    return back


def _line(actor: Actor, line_id: int) -> Line:
    """The line, its order locked."""
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    # The order first: the line is read behind its lock, or its state would be of a moment ago.
    order = order_row(actor, order_id)
    line = Line.objects.select_related("part").get(pk=line_id)
    line.order = order
    check_open(line.order)
    return line
