"""Extra work (增项), and the customer who stops after the diagnosis."""

from __future__ import annotations  # Django's files are generic for the type checker only

from decimal import Decimal
from functools import partial

from django.core.files import File
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import LabourOperation, Part
from dms.act import one_act
from dms.errors import Invalid, Refused
from reception.models import Line, WorkOrder
from reception.services import lines
from reception.services.flow import move
from reception.states import State
from records.services.photos import keep_photo
from records.states import PhotoKind
from workshop.services import holds
from workshop.services.rows import job_row, lent, order_row
from workshop.states import HoldReason


@one_act
def report(
    *,
    actor: Actor,
    job_id: int,
    finding: str,
    operation: LabourOperation | None = None,
    part: Part | None = None,
    quantity: Decimal = Decimal(1),
    photo: File[bytes] | None = None,
) -> list[Line]:
    """Report what was found: drafts for the advisor (operation, part or both) and a hold until the customer answers.

    The photo stays with the first draft; the customer sees it beside the price.
    """
    check_may(actor, "extra.report")
    if operation is None and part is None:
        raise Invalid(_("Choose what is needed: an operation, a part or both."))
    job = job_row(actor, job_id)
    if job.order.state != State.WORKING:
        raise Refused(_("Extra work is reported while the car is in work."))
    found = partial(
        lines.report_extra, actor=actor, order_id=job.order_id, finding=finding, statement=job.line.statement
    )
    drafts = [found(operation=operation)] if operation else []
    drafts += [found(part=part, quantity=quantity)] if part else []
    if photo is not None:
        keep_photo(actor=actor, file=photo, kind=PhotoKind.FINDING, subject_key=drafts[0].subject_key)
    holds.put(
        actor=lent(actor, "hold.set"), order_id=job.order_id, reason=HoldReason.APPROVAL, note=finding.strip()[:300]
    )
    return drafts


@one_act
def stop(*, actor: Actor, order_id: int, note: str = "") -> WorkOrder:
    """The customer wants no more than the diagnosis: approval holds end, the diagnosis is done and will be settled."""
    check_may(actor, "order.stop")
    order = order_row(actor, order_id)
    holds.end_approvals(order=order, actor=actor)
    return move(order_id=order.pk, action="stop", actor=actor, note=note)
