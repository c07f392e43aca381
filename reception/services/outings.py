"""A car leaves for a while and comes back: to a wash, to work given outside, to its annual inspection."""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import GatePass, WorkOrder
from reception.services.gate import close_temporary, issue_temporary
from reception.services.papers import issue_gate_pass
from reception.states import OPEN_STATES, OUTINGS, PassKind, State
from records.selectors import rule


@one_act
def go_out(*, actor: Actor, order_id: int, kind: str, note: str) -> GatePass:
    """A gate pass with its paper, with which the car goes out and comes in. The same again is the same pass.

    Raises `Invalid` without where it goes, `Refused` before the signature, after the order ended, and while another
    pass of the car is open or the car is out.
    """
    check_may(actor, "pass.issue")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    if kind not in OUTINGS:
        raise Invalid(_("Choose why the car goes out."), "kind")
    if not note.strip():
        raise Invalid(_("Write down where the car goes and who drives it."), "note")
    said = note.strip()[:100]
    live = GatePass.objects.filter(order=order, kind=kind, used_at=None, revoked_at=None, valid_until__gt=now())
    known = live.filter(note=said).first()
    if known is not None:
        return known
    if order.authorised_at is None or order.state not in OPEN_STATES or order.state == State.SETTLED:
        raise Refused(_("The car goes out after the customer has signed and before the bill is settled."))
    hours = int(rule(actor.branch, "gate_pass.hours", branch_day(actor.branch)))
    made = issue_temporary(
        actor=actor, order=order, kind=PassKind(kind), valid=timedelta(hours=hours), note=said
    )  # fmt: skip
    made.paper = issue_gate_pass(made, actor=actor, language=actor.person.language)
    return made


@one_act
def come_back(*, actor: Actor, pass_id: int) -> GatePass:
    """The car is here, though the gate did not see it; a pass that was not used is revoked. Twice is once."""
    check_may(actor, "pass.issue")
    rows = GatePass.objects.filter(branch=actor.branch, kind__in=OUTINGS)
    order_id = rows.values_list("order_id", flat=True).get(pk=pass_id)
    locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    return close_temporary(actor=actor, pass_id=pass_id)
