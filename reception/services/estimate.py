"""The estimate before the contract: sent to the customer's page, answered there line by line."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception import order_messages
from reception.models import WorkOrder
from reception.policies import check_received, check_unsigned
from reception.services import contract
from reception.services.declines import Decline, put_off
from reception.services.flow import move
from reception.services.lines import offer
from reception.services.papers import lists_at_hand, order_to_print, work_order_paper
from reception.services.sheets import check_in_paper, issue_estimate
from reception.states import AuthorisedHow, State
from records.services.papers import last_of
from records.states import PaperKind

#: What the order's advisor does for a customer who signs at the status page.
LENT = frozenset({"order.receive", "order.price", "order.authorise", "extra.offer"})


@one_act
def send_estimate(*, actor: Actor, order_id: int) -> WorkOrder:
    """Offer the lines on the customer's page before anything is signed; the estimate sheet is frozen as a version, the
    customer gets a message with the address and the code.

    Raises `Refused` while something is missing that the signature asks for.
    """
    check_may(actor, "order.price")
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle")).get(pk=order_id)
    check_unsigned(order)
    check_received(order, actor)
    if not order.statements.exists():
        raise Refused(_("Write down what the customer said."))
    if order.promised_at is None and order.promise_draft_at is not None:
        order = contract.promise(actor=actor, order_id=order.pk, at=order.promise_draft_at)
    if order.promised_at is None:
        raise Refused(_("Promise a time first."))
    if not offer(actor=actor, order_id=order.pk):
        raise Refused(_("There is nothing to send: every item was offered already."))
    if order.state == State.INSPECTING:
        order = move(order_id=order.pk, action="estimate", actor=actor)
    paper = issue_estimate(order, actor=actor)
    order_messages.estimated(actor.branch, order, paper.pk, paper.content["valid_until"])
    return order


@one_act
def answer_estimate(
    *, order: WorkOrder, approved: Mapping[int, int], declined: Mapping[int, int], signer: str
) -> WorkOrder:
    """The customer answers alone: line → price version shown. What is agreed to is the contract, signed by the name.

    The order's advisor issues the papers, since a paper needs a name under it; who recorded the answer stays empty.
    Raises `Refused` for an estimate that ran out or has changed, `Invalid` without a name.
    """
    actor = Actor(order.advisor, order.branch, LENT)
    row = locked(WorkOrder.objects.filter(branch=order.branch)).get(pk=order.pk)
    check_unsigned(row)
    if row.state != State.ESTIMATING:
        raise Refused(_("The offer has changed since it was shown. Look at it again."), "stale")
    paper = last_of(order.branch_id, PaperKind.ESTIMATE, order.subject_key)
    if paper is not None and paper.content["valid_until"] < branch_day(order.branch).isoformat():
        raise Refused(
            _("This estimate ran out on %(day)s. Call us for a new one.") % {"day": paper.content["valid_until"]}
        )
    if approved and not signer.strip():
        raise Invalid(_("Write your name: it is your signature."), "signer")
    lines = {line.pk: line for line in contract.offered_lines(row)}
    contract.check_shown(lines, list(approved.items()), list(declined), declined)
    for line_id in declined:
        who = signer.strip() or order.contact.name
        put_off(lines[line_id], Decline(who=who, how=AuthorisedHow.STATUS_PAGE), order)
    if not approved:
        return row
    contract.approve(row, [lines[line_id] for line_id in approved], actor)
    row = move(order_id=row.pk, action="authorise", actor=actor, note=str(AuthorisedHow.STATUS_PAGE.label))
    contract.authorise(row, None, AuthorisedHow.STATUS_PAGE, signer.strip()[:60], "")
    row = lists_at_hand(order_to_print(actor, row.pk, "kit_by"))
    check_in_paper(row, actor=actor)
    work_order_paper(row, actor=actor)
    return row
