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
from reception.models import FoundWork, Line, Statement, WorkOrder
from reception.services import found as findings
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
    finding: str,
    job_id: int | None = None,
    order_id: int | None = None,
    operation: LabourOperation | None = None,
    part: Part | None = None,
    quantity: Decimal = Decimal(1),
    photo: File[bytes] | None = None,
) -> list[Line]:
    """Report what was found, at a job or at a check of the order: drafts for the advisor (operation, part or both) and
    a hold until the customer answers.

    The photo stays with the first draft; the customer sees it beside the price.
    """
    check_may(actor, "extra.report")
    if operation is None and part is None:
        raise Invalid(_("Choose what is needed: an operation, a part or both."))
    order, statement = _place(actor, job_id, order_id)
    draft = partial(lines.report_extra, actor=actor, order_id=order.pk, finding=finding, statement=statement)
    drafts = [draft(operation=operation)] if operation else []
    drafts += [draft(part=part, quantity=quantity)] if part else []
    _keep(actor, order, finding, drafts[0].subject_key, photo)
    return drafts


@one_act
def report_words(
    *,
    actor: Actor,
    finding: str,
    job_id: int | None = None,
    order_id: int | None = None,
    photo: File[bytes] | None = None,
) -> FoundWork:
    """Report what no operation names; the advisor makes lines of it, and they have its photo."""
    check_may(actor, "extra.report")
    order, statement = _place(actor, job_id, order_id)
    found = findings.report(actor=actor, order_id=order.pk, words=finding, statement=statement)
    _keep(actor, order, finding, found.subject_key, photo)
    return found


def _place(actor: Actor, job_id: int | None, order_id: int | None) -> tuple[WorkOrder, Statement | None]:
    """The locked order in work or at the check, and what of the customer's words the job answers."""
    job = job_row(actor, job_id) if job_id is not None else None
    order = job.order if job is not None else order_row(actor, order_id or 0)
    if order.state not in (State.WORKING, State.CHECKING):
        raise Refused(_("Extra work is reported while the car is in work or at the check."))
    return order, job.line.statement if job is not None else None


def _keep(actor: Actor, order: WorkOrder, finding: str, subject_key: str, photo: File[bytes] | None) -> None:
    if photo is not None:
        keep_photo(actor=actor, file=photo, kind=PhotoKind.FINDING, subject_key=subject_key)
    note = finding.strip()[:300]
    holds.put(actor=lent(actor, "hold.set"), order_id=order.pk, reason=HoldReason.APPROVAL, note=note)


@one_act
def stop(*, actor: Actor, order_id: int, note: str = "") -> WorkOrder:
    """The customer wants no more than the diagnosis: approval holds end, the diagnosis is done and will be settled."""
    check_may(actor, "order.stop")
    order = order_row(actor, order_id)
    holds.end_approvals(order=order, actor=actor)
    return move(order_id=order.pk, action="stop", actor=actor, note=note)
