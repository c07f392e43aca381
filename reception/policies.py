"""May this be done now? Each check returns or raises `Refused` with a sentence for a person."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may, check_money
from customers.merge_states import Twin
from customers.services import merging
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from dms.workflow import sentence_of
from reception.models import ForcedRelease, GatePass, WorkOrder
from reception.states import NEEDS_REASON, ON_FORM, OPEN_STATES, ROAD, TEMPORARY, LineState, PassKind, State
from records.selectors import rule


def check_source(order: WorkOrder, action: str) -> None:
    """The order stands where this action starts."""
    if order.state not in ROAD[action].sources:
        raise Refused(
            _("The order is “%(state)s”; this is not possible from there.") % {"state": State(order.state).label}
        )


def check_move(order: WorkOrder, action: str, actor: Actor) -> None:
    """Everything that `flow.move` will ask, in its order, without writing."""
    check_may(actor, ROAD[action].permission)
    check_source(order, action)
    ROAD.judge(action, order, actor)


def why_not(order: WorkOrder, action: str, actor: Actor) -> str:
    """'' when the move is possible, else its sentence: the tooltip of the button and the answer of the API."""
    return sentence_of(lambda: check_move(order, action, actor))


def check_open(order: WorkOrder) -> None:
    """The visit has not ended."""
    if order.state not in OPEN_STATES:
        raise Refused(_("This visit has ended; nothing can be changed any more."))


def check_unsigned(order: WorkOrder) -> None:
    """The check-in page is still open: what was signed is not written over by a page that was left open elsewhere."""
    check_open(order)
    if order.state not in ON_FORM:
        raise Refused(_("This order was signed in the meantime. Open it to go on."))


def check_signed(order: WorkOrder) -> None:
    """Extra work needs a contract to be extra to; before the signature all is priced on the check-in page."""
    if order.authorised_at is None:
        raise Refused(_("The customer has not signed yet; that is done on the check-in page."))


def check_unsettled(order: WorkOrder) -> None:
    """The bill is not closed: what is agreed to after it would be neither worked on nor billed."""
    check_open(order)
    if order.state == State.SETTLED:
        raise Refused(_("This order is settled. More work needs a new visit, or a reversed settlement."))


def check_in_house(order: WorkOrder) -> None:
    """Before it leaves for good, a car that went out for a while was seen at the gate again."""
    rows = order.passes.filter(kind__in=TEMPORARY, used_at__isnull=False, back_at__isnull=True)
    out = rows.first()
    if out is not None:
        told = {"number": out.number, "kind": out.get_kind_display()}
        raise Refused(_("The car is out with gate pass %(number)s (%(kind)s): enter that it is back.") % told)


def check_reason(action: str, note: str) -> None:
    """Who ends a visit without work or sends a car back says why; asked by page and API, where a person types."""
    if action in NEEDS_REASON and not note.strip():
        raise Invalid(_("Write down the reason."))


def _percent(actor: Actor, key: str) -> Decimal:
    return Decimal(str(rule(actor.branch, key, branch_day(actor.branch))))


def check_discount(actor: Actor, price: Decimal, discount: Decimal) -> None:
    """What one person may give alone, each limit included: `discount.percent`, an approver the higher one.

    Raises `Forbidden` above it; what is more is asked for as goodwill by one person and approved by another.
    """
    if discount * 100 <= price * _percent(actor, "discount.percent"):
        return
    if not actor.can("discount.approve"):
        raise Forbidden(
            _("A discount of more than %(percent)s %% needs the service manager.")
            % {"percent": f"{_percent(actor, 'discount.percent').normalize():f}"}
        )
    check_money(actor, "discount.approve")
    # A house that sets the higher limit below the lower one has one limit for all.
    most = max(_percent(actor, "discount.percent"), _percent(actor, "discount.approver_percent"))
    if discount * 100 > price * most:
        raise Forbidden(
            _("Alone you may give %(percent)s %%. Ask for goodwill; another person approves it.")
            % {"percent": f"{most.normalize():f}"}
        )


def check_goodwill(actor: Actor, share: int) -> None:
    """What two people may give together (rule `discount.goodwill_percent`). Raises `Refused` above it."""
    most = _percent(actor, "discount.goodwill_percent")
    if share > most:
        raise Refused(
            _("Here at most %(percent)s %% of a price may be given as goodwill.")
            % {"percent": f"{most.normalize():f}"},
            "share",
        )


def check_received(order: WorkOrder, actor: Actor) -> None:
    """Before the estimate: the odometer stands in the car's history, and the walk-round was made."""
    km = order.odometer_in
    if km is None or not order.vehicle.readings.filter(subject_key=order.subject_key, km=km).exists():
        raise Refused(_("Enter the odometer reading first."))
    walk = getattr(order, "walk", None)
    if walk is None or (walk.fuel_quarters is None and walk.charge_percent is None):
        raise Refused(_("Make the walk-round first: damage, fuel or charge, things taken in."))


def check_authorisable(order: WorkOrder, actor: Actor) -> None:
    """Before the signature: what was said, what is offered at which price, and a promise."""
    if not order.statements.exists():
        raise Refused(_("Write down what the customer said."))
    if not order.lines.filter(state__in=[LineState.OFFERED, LineState.APPROVED]).exists():
        raise Refused(_("Add at least one line; at first it may be a diagnosis only."))
    if order.promised_at is None:
        raise Refused(_("Promise a time first."))
    # Lines are approved by a signature or a recorded answer, never by the move itself.
    if not order.lines.filter(state=LineState.APPROVED).exists():
        raise Refused(_("The customer has not signed yet; that is done on the check-in page."))


def check_handed_over(order: WorkOrder, actor: Actor) -> None:
    """The supervisor accepts what the advisor handed over: keys, order, walk-round sheet."""
    if order.offered_to_workshop_at is None:
        raise Refused(_("The advisor has not handed the car over to the workshop yet."))


def check_all_answered(order: WorkOrder, actor: Actor) -> None:
    """No line waits for the customer's answer."""
    # All lines, since the order's page has them at hand.
    open_lines = [line for line in order.lines.all() if line.state in (LineState.DRAFT, LineState.OFFERED)]
    if open_lines:
        waiting = min(open_lines, key=lambda line: line.pk)
        raise Refused(_("The customer has not answered “%(line)s” yet.") % {"line": waiting.label})


def check_found(order: WorkOrder, actor: Actor) -> None:
    """No finding waits for the advisor: it was priced, or put aside with a reason."""
    # All of them, since the order's page has them at hand.
    found = next((row for row in order.found.all() if row.closed_at is None), None)
    if found is not None:
        raise Refused(_("The advisor has not answered the finding “%(words)s” yet.") % {"words": found.words})


def check_pass_used(order: WorkOrder, actor: Actor) -> None:
    """The gate opened against the right pass, or the car was let out by force."""
    kind = PassKind.SETTLEMENT if order.state == State.SETTLED else PassKind.UNREPAIRED
    if GatePass.objects.filter(order=order, kind=kind, used_at__isnull=False).exists():
        return
    if not ForcedRelease.objects.filter(order=order).exists():
        raise Refused(_("The gate opens only against a gate pass."))


def check_may_leave(order: WorkOrder, action: str, actor: Actor) -> None:
    """Every rule of the gate but the pass itself: asked before the guard uses it."""
    for check in ROAD.checks.get(action, []):
        if check is not check_pass_used:
            check(order, actor)


def check_merge(what: str, kept: int, lost: int) -> None:
    """Raises `Refused` for two cars that are both in the shop: a car has one open order."""
    if what == Twin.VEHICLE and WorkOrder.objects.filter(vehicle__in=[kept, lost], state__in=OPEN_STATES).count() > 1:
        raise Refused(_("Both cars have an open order. Finish or cancel one of them first."), "open")


def register() -> None:
    """Reception's own checks; later apps add theirs at `ready()`."""
    merging.register(check_merge)
    ROAD.register("estimate", check_received)
    ROAD.register("authorise", check_authorisable)
    ROAD.register("accept", check_handed_over)
    for action in ("finish", "stop", "pass_to_wash", "pass_unwashed"):
        ROAD.register(action, check_found)
    ROAD.register("finish", check_all_answered)
    ROAD.register("release", check_pass_used)
    ROAD.register("leave", check_pass_used)
