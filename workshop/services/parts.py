"""The parts counter: what goes out for a line, and what comes back."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import Part, Stock, StockMove
from catalog.services import stock
from catalog.states import MoveKind
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from reception.models import Line
from reception.policies import check_open
from reception.states import LineKind, LineState
from workshop.models import PartIssue
from workshop.services.rows import order_row


def outstanding(line: Line) -> Decimal:
    """How many of an approved line are still to be issued, in the part's unit."""
    out: Decimal | None = line.issues.aggregate(out=Sum(F("quantity") - F("returned")))["out"]
    sold: Decimal = line.quantity
    return sold - (out or ZERO)


@transaction.atomic
def issue(*, actor: Actor, line_id: int, quantity: Decimal) -> PartIssue:
    """Hand parts out for an approved line, reserved ones first. Raises `Refused` for more than was sold."""
    check_may(actor, "parts.issue")
    line = _line(actor, line_id)
    if line.kind != LineKind.PART or line.part is None or line.state != LineState.APPROVED:
        raise Refused(_("Only approved parts are issued."))
    if not quantity.is_finite() or quantity <= 0:
        raise Invalid(_("Give a quantity above zero."))
    if quantity > outstanding(line):
        raise Refused(_("The order has fewer of this part open. More need a line that the customer approves."))
    reserved = min(quantity, _reserved(actor, line.part, line.order.subject_key))
    for amount, from_reserved in ((reserved, True), (quantity - reserved, False)):
        if amount > 0:
            stock.issue(
                actor=actor, part=line.part, quantity=amount, from_reserved=from_reserved,
                subject_key=line.order.subject_key,
            )  # fmt: skip
    return PartIssue.objects.create(line=line, quantity=quantity, issued_at=now(), issued_by=actor.user)


def _reserved(actor: Actor, part: Part, subject_key: str) -> Decimal:
    """What is still reserved for this order: reserved − lifted − issued, within what the shelf has reserved."""
    row = locked(Stock.objects.filter(branch=actor.branch, part=part)).first()
    moves = StockMove.objects.filter(branch=actor.branch, part=part, subject_key=subject_key)
    sums = dict(moves.values_list("kind").annotate(total=Sum("quantity")))
    left = sums.get(MoveKind.RESERVE, ZERO) - sums.get(MoveKind.UNRESERVE, ZERO) - sums.get(MoveKind.ISSUE, ZERO)
    return max(ZERO, min(left, row.reserved)) if row else ZERO


@transaction.atomic
def take_back(*, actor: Actor, issue_id: int, quantity: Decimal) -> PartIssue:
    """Unused parts come back to the shelf. Raises `Refused` for more than went out."""
    check_may(actor, "parts.issue")
    issued = PartIssue.objects.get(pk=issue_id, line__order__branch=actor.branch)
    line = _line(actor, issued.line_id)
    issued = locked(PartIssue.objects.filter(pk=issue_id)).get()
    if not quantity.is_finite() or quantity <= 0:
        raise Invalid(_("Give a quantity above zero."))
    if issued.returned + quantity > issued.quantity or line.part is None:
        raise Refused(_("More cannot come back than went out."))
    stock.give_back(actor=actor, part=line.part, quantity=quantity, subject_key=line.order.subject_key)
    issued.returned += quantity
    issued.save(update_fields=["returned"])
    return issued


def _line(actor: Actor, line_id: int) -> Line:
    """The line, its order locked."""
    line = Line.objects.select_related("part").get(pk=line_id, order__branch=actor.branch)
    line.order = order_row(actor, line.order_id)
    check_open(line.order)
    return line
