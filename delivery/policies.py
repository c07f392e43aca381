"""May the car be handed back, settled, let out?"""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor
from delivery.handover_selectors import parts_are_out, points_for
from delivery.models import Handover, Receivable, Split, live_slip, of_bill, splits_of
from delivery.service_record import REFUSE, missing, said
from delivery.splitting import parts_of
from delivery.states import CLOSED, Moment, ReceivableState
from dms.errors import Refused
from dms.gather import gather
from dms.money import total
from dms.templatetags.dms import money
from reception.models import Line, WorkOrder
from reception.states import ROAD, LineState, Payer, State, Thing


def check_quality(order: WorkOrder, actor: Actor) -> None:
    """The final check passed, or the customer stopped after the diagnosis."""
    if order.quality_at is None and order.stopped_at is None:
        raise Refused(_("The final check has not passed yet."))


def check_ticked(order: WorkOrder, actor: Actor) -> None:
    """The advisor looked at the car: every point of the internal check is ticked, since it last came back."""
    facts = Handover.objects.filter(order=order).first()
    ticked = facts.checks if facts else {}
    missing = [point.label for point in points_for(order, Moment.INTERNAL) if not ticked.get(point.key)]
    if missing:
        raise Refused(_("Not ticked yet: %(what)s.") % {"what": "; ".join(missing)})


def check_give_back(order: WorkOrder, thing: str) -> None:
    """Things go back when the car is handed over or leaves unrepaired; its key when it is settled."""
    if order.state not in (State.HANDING_OVER, State.SETTLED, State.DECLINED, State.CANCELLED):
        raise Refused(_("Things are given back when the car is handed over."))
    if thing == Thing.KEY and order.state == State.HANDING_OVER:
        raise Refused(_("The key is given back once the bill is settled."))


def check_slip(order: WorkOrder, actor: Actor) -> tuple[list[Line], list[Split]]:
    """Everything a settlement slip needs; the lines that it bills and who takes over what of them, read once."""
    if order.state != State.HANDING_OVER:
        raise Refused(_("The car is settled after the internal handover; it is “%(state)s” now.") % {
            "state": State(order.state).label
        })  # fmt: skip
    check_quality(order, actor)
    if order.walked_at is None:
        raise Refused(_("Walk round the car with the customer first."))
    open_states = [LineState.DRAFT, LineState.OFFERED, *([] if order.stopped_at else [LineState.APPROVED])]
    rows = order.lines.filter(state__in={*open_states, LineState.APPROVED, LineState.DONE}).order_by("id")
    found, splits = gather(rows.select_related("operation", "part", "statement", "discount_by"), splits_of(order))
    waiting = next((line for line in found if line.state in open_states), None)
    if waiting is not None:
        raise Refused(_("“%(line)s” is still open: finish or withdraw it first.") % {"line": waiting.label})
    lines = of_bill(order, found)
    if not lines:
        raise Refused(_("There is no finished line to settle."))
    parts = parts_of(order, lines, splits)
    check_authorised(order, total(part.gross for part in parts if part.own))
    check_service_record(order, lines)
    return lines, splits


def check_service_record(order: WorkOrder, lines: list[Line]) -> None:
    """The 13 elements of the health record are there, where the branch asks for them."""
    if said(order.branch)[1] == REFUSE and (told := missing(order, lines)):
        raise Refused(_("The health record is not complete: %(what)s") % {"what": " ".join(told)}, "health_record")


def check_authorised(order: WorkOrder, amount: Decimal) -> None:
    """The customer pays no more than was agreed."""
    if amount > order.authorised_amount:
        currency = order.branch.currency
        raise Refused(
            _("The customer's share is %(amount)s, but only %(limit)s is authorised. Ask the customer first.")
            % {"amount": money(amount, currency), "limit": money(order.authorised_amount, currency)},
            "over_limit",
        )


def check_settled(order: WorkOrder, actor: Actor) -> None:
    """A slip stands and the customer's own share is paid or on account."""
    check_quality(order, actor)
    if order.walked_at is None:
        raise Refused(_("Walk round the car with the customer first."))
    slip = live_slip(order)
    if slip is None:
        raise Refused(_("Issue the settlement slip first."))
    done = [*CLOSED, ReceivableState.ON_ACCOUNT]
    if Receivable.objects.filter(settlement=slip, payer=Payer.CUSTOMER, gross__gt=0).exclude(state__in=done).exists():
        raise Refused(_("The customer's share is not paid yet."))


def check_returned(order: WorkOrder, actor: Actor) -> None:
    """Every thing taken in was given back."""
    kept = order.taken.filter(returned__isnull=True).first()
    if kept is not None:
        thing = kept.what or kept.get_kind_display()
        raise Refused(_("“%(thing)s” was taken in and has not been given back.") % {"thing": thing})


def check_parts_signed(order: WorkOrder, actor: Actor) -> None:
    """The old parts that the customer takes along were handed over and signed for."""
    if not parts_are_out(order):
        raise Refused(_("The old parts have not been handed over and signed for."))


def check_unreversed(order: WorkOrder, actor: Actor) -> None:
    """A settled order steps back only without a slip, or when the customer owes something of it again."""
    slip = live_slip(order)
    owed = Receivable.objects.filter(settlement=slip, payer=Payer.CUSTOMER, gross__gt=0, state=ReceivableState.OPEN)
    if slip and not owed.exists():
        raise Refused(_("Reverse the settlement slip; that takes the order back as well."))


def check_no_slip(order: WorkOrder, actor: Actor) -> None:
    """Before the car goes back to work no slip stands: its lines would change under it."""
    if live_slip(order) is not None:
        raise Refused(_("Reverse the settlement slip first."))


def register() -> None:
    """The gates that only delivery can judge."""
    ROAD.register("hand_over", check_quality)
    ROAD.register("hand_over", check_ticked)
    ROAD.register("settle", check_settled)
    ROAD.register("reverse", check_unreversed)
    ROAD.register("return_customer", check_no_slip)
    ROAD.register("release", check_returned)
    ROAD.register("release", check_parts_signed)
    ROAD.register("leave", check_returned)
