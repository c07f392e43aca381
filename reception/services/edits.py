"""Edits against a version: whoever saves second sees both values, and nothing of theirs was written."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.policies import Actor, check_may
from customers.services.versions import apply, check_version
from dms.act import one_act
from dms.errors import Refused
from dms.fields import locked
from reception.models import Line, WorkOrder
from reception.policies import check_open
from reception.services.lines import adjust, drop, reprice
from reception.states import JUDGEMENTS, State

AGREED: dict[str, str | Promise] = {
    "visit_type": gettext_lazy("Visit type"),
    "repair_class": gettext_lazy("Repair class"),
    "old_parts": gettext_lazy("Old parts"),
    "wash": gettext_lazy("Free wash"),
    "waits": gettext_lazy("Customer waits here"),
    "pay_method": gettext_lazy("Payment"),
}
LINE: dict[str, str | Promise] = {
    "quantity": gettext_lazy("Quantity"),
    "discount": gettext_lazy("Discount"),
    "payer": gettext_lazy("Payer"),
    "coverage": gettext_lazy("Coverage"),
    "statement_id": gettext_lazy("Statement"),
}
BEFORE_THE_SIGNATURE = (State.ARRIVED, State.INSPECTING, State.ESTIMATING)


@one_act
def agree(*, actor: Actor, order_id: int, version: int, **values: Any) -> WorkOrder:
    """Change what is agreed before the signature: visit type and repair class, old parts, wash, waiting, payment.

    Raises `Stale` when somebody saved since `version`, `Refused` once the order is signed: the paper holds it then.
    """
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_open(order)
    if order.state not in BEFORE_THE_SIGNATURE:
        raise Refused(_("This order was signed in the meantime. Open it to go on."))
    given = {name: value for name, value in values.items() if name in AGREED}
    check_version(order, version, given, AGREED)
    apply(order, given)
    return order


def _line(actor: Actor, line_id: int, version: int, values: dict[str, Any]) -> Line:
    """The line, its order locked before it. Raises `Stale`."""
    order_id = Line.objects.values_list("order_id", flat=True).get(pk=line_id, order__branch=actor.branch)
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    check_open(order)
    line = locked(Line.objects.filter(order=order)).select_related("statement").get(pk=line_id)
    check_version(line, version, values, LINE)
    return line


@one_act
def edit_line(*, actor: Actor, line_id: int, version: int, **values: Any) -> Line:
    """Change what is given of quantity, discount (money), judgement (a key of JUDGEMENTS, with a reason), statement.

    Who pays and which statement it answers change on a draft only; quantity and discount as in `reprice`.
    Raises `Stale` when somebody saved since `version`.
    """
    check_may(actor, "order.price")
    given: dict[str, Any] = {name: values[name] for name in ("quantity", "discount") if name in values}
    if "judgement" in values:
        given["payer"], given["coverage"] = JUDGEMENTS[values["judgement"]]
    if "statement" in values:
        given["statement_id"] = values["statement"].pk if values["statement"] else None
    line = _line(actor, line_id, version, given)
    if {"judgement", "statement"} & set(values):
        line = adjust(
            actor=actor, line_id=line_id, quantity=line.quantity, payer=given.get("payer", line.payer),
            coverage=given.get("coverage", line.coverage), statement=values.get("statement", line.statement),
            reason=values.get("reason", ""),
        )  # fmt: skip
    return reprice(
        actor=actor, line_id=line_id, quantity=given.get("quantity", line.quantity),
        discount=given.get("discount", line.discount), version=line.version,
    )  # fmt: skip


@one_act
def remove_line(*, actor: Actor, line_id: int, version: int) -> None:
    """Remove a draft as it was seen. Raises `Stale`, or `Refused` for a line that the customer was shown."""
    check_may(actor, "order.price")
    _line(actor, line_id, version, {})
    drop(actor=actor, line_id=line_id)
