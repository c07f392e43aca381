"""The parts counter by scanner: one scan and Enter hands out a line, or takes it back; and a substitute is fitted."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.fields import number_of
from reception.models import Line
from reception.services import exchange
from reception.services import lines as line_services
from workshop.models import PartIssue
from workshop.selectors.stores import Request, parts_queue
from workshop.services import holds, parts
from workshop.services.rows import lent, order_row
from workshop.states import HoldReason

#: What the QR code of a part label begins with; the number of its line follows.
LINE_MARK = "L"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan moved."""

    issue: PartIssue
    quantity: Decimal


def _meant(rows: list[Request], code: str) -> list[Request]:
    """The rows of a label's QR code, else of a part's number."""
    pk = number_of(code.removeprefix(LINE_MARK)) if code.startswith(LINE_MARK) else None
    by_label = [row for row in rows if row.line.pk == pk]
    return by_label or [row for row in rows if row.line.code.casefold() == code.casefold()]


@one_act
def issue(*, actor: Actor, code: str, quantity: Decimal | None = None) -> Scanned:
    """Hand out the line that the code means: all that is there of it, or `quantity`; the earliest promise first.

    Raises `Invalid` for a code that no car asks for, `Refused` when the part is not there or all of it is out.
    """
    check_may(actor, "parts.issue")
    code = code.strip()
    rows = _meant(parts_queue(actor.branch), code)
    if not rows:
        raise Invalid(_("No car in the workshop asks for “%(code)s”.") % {"code": code[:40]}, "code")
    open_rows = [row for row in rows if row.left > 0]
    if not open_rows:
        raise Refused(_("All of “%(part)s” has been issued.") % {"part": rows[0].line.label})
    there = [row for row in open_rows if row.can > 0]
    if not there:
        raise Refused(_("“%(part)s” is not on the shelf for any car.") % {"part": rows[0].line.label}, "stock_short")
    # Those promised earlier first; whose parts are laid out before those who would take what is free.
    row = min(there, key=lambda one: one.kept <= 0)
    amount = row.can if quantity is None else quantity
    return Scanned(parts.issue(actor=actor, line_id=row.line.pk, quantity=amount), amount)


@one_act
def take_back(*, actor: Actor, code: str, quantity: Decimal | None = None) -> Scanned:
    """Take back what the code means: the last issue of it, all that is still out, or `quantity`."""
    check_may(actor, "parts.issue")
    code = code.strip()
    rows = [row for row in _meant(parts_queue(actor.branch), code) if row.issues]
    if not rows:
        raise Invalid(_("Nothing of “%(code)s” is out for a car in the workshop.") % {"code": code[:40]}, "code")
    last = max((one for row in rows for one in row.issues), key=lambda one: one.pk)
    amount = last.quantity - last.returned if quantity is None else quantity
    return Scanned(parts.take_back(actor=actor, issue_id=last.pk, quantity=amount), amount)


@one_act
def instead(*, actor: Actor, line_id: int, code: str) -> Line:
    """Fit a substitute that is free. At the same price and origin the line is changed; else the customer is asked.

    Returns the changed line, or the draft that the advisor prices and offers. Raises `Invalid` for no substitute.
    """
    check_may(actor, "parts.issue")
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    order = order_row(actor, order_id)
    row = next((one for one in parts_queue(actor.branch) if one.line.pk == line_id), None)
    chosen = next((one for one in row.instead if one.part.code == code), None) if row else None
    if row is None or chosen is None:
        raise Invalid(_("“%(code)s” does not stand in for this part.") % {"code": code[:40]})
    if chosen.same and chosen.free >= row.line.quantity and row.left == row.line.quantity:
        made = exchange.exchange_part(actor=actor, line_id=line_id, part=chosen.part)
        holds.end_parts(order=order, actor=actor)
        return made
    note = _("Instead of “%(part)s”, which is missing") % {"part": row.line.label}
    asks = lent(actor, "extra.report", "hold.set")
    made = line_services.report_extra(
        actor=asks, order_id=order.pk, finding=note, part=chosen.part, quantity=row.left, statement=row.line.statement,
        replaces=row.line if row.left == row.line.quantity else None,
    )  # fmt: skip
    holds.put(actor=asks, order_id=order.pk, reason=HoldReason.APPROVAL, note=note[:300])
    return made
