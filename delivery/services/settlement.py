"""The slip: issued once, reversed by another."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may, check_money
from catalog.selectors import guarantee_terms
from delivery.models import Receivable, Settlement, ShareTax, Split, live_slip
from delivery.policies import check_slip
from delivery.services import service_records
from delivery.services.invoices import take_back_invoices
from delivery.services.papers import certificate_number, issue_old_parts
from delivery.services.payer_slips import issue_payer_slip, turn_payer_slips
from delivery.splitting import Part, parts_of
from delivery.states import ReceivableState, SettlementKind, SettlementState
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, total
from reception.models import Line, Statement, WorkOrder
from reception.services.flow import move
from reception.services.gate import revoke_passes
from reception.services.packages import give_back, redeem
from reception.services.papers import (
    Terms,
    at_text,
    blocks,
    capitals_of,
    car_of,
    guarantee_text,
    house_of,
    order_to_print,
    said_of,
)
from reception.states import CERTIFIED, LineKind, OldParts, Payer, State
from records.models import IssuedPaper
from records.services.numbers import take_number
from records.services.papers import issue
from records.states import CounterKind, PaperKind
from workshop.selectors.batches import Origins, origins_of


def locked_order(actor: Actor, order_id: int) -> WorkOrder:
    """The order of this branch, locked first of all rows: every till act queues here."""
    return locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)


def _advice(order: WorkOrder) -> dict[str, str]:
    facts = getattr(order, "handover", None)
    if facts is None:
        return {"advice": "", "next_service": ""}
    day = facts.next_service_on.isoformat() if facts.next_service_on else ""
    km = f"{facts.next_service_km:,} km" if facts.next_service_km else ""
    return {"advice": facts.advice, "next_service": " / ".join(part for part in (day, km) if part)}


def _amounts(lines: list[Line], order: WorkOrder, parts: Sequence[Part]) -> dict[str, Any]:
    mine = total(part.gross for part in parts if part.own)
    return {
        "net": str(total(line.net for line in lines)),
        "tax": str(total(line.tax for line in lines)),
        "gross": str(total(line.gross for line in lines)),
        "labour_total": str(total(line.gross for line in lines if line.kind == LineKind.LABOUR)),
        "parts_total": str(total(line.gross for line in lines if line.kind == LineKind.PART)),
        "discount_total": str(total(line.discount for line in lines)),
        "discount_by": sorted({line.discount_by.name for line in lines if line.discount and line.discount_by}),
        "shares": [
            {"payer": part.label, "customer": part.own, "gross": str(part.gross)} for part in parts if part.gross
        ],
        "customer_total": str(mine),
        "capitals": capitals_of(order.branch, mine),
        "authorised": str(order.authorised_amount),
    }


def _with_batches(found: dict[str, Any], lines: list[Line], origins: Origins) -> dict[str, Any]:
    """The blocks with the origin of what was really fitted: that of the batches, with their numbers."""
    parts = [line for line in lines if line.kind == LineKind.PART]
    for printed, line in zip(found["parts"], parts, strict=True):
        fitted = [
            " ".join(filter(None, (row.batch.get_origin_display(), row.batch.code))) for row in origins.get(line.pk, ())
        ]
        printed["origin"] = ", ".join(dict.fromkeys(fitted)) or printed["origin"]
        printed["brand"] = line.part.brand_name if line.part else ""
    return found


def slip_content(
    order: WorkOrder,
    lines: list[Line],
    cashier: str,
    *,
    statements: Iterable[Statement],
    terms: Terms,
    origins: Origins,
    splits: Sequence[Split] = (),
) -> dict[str, Any]:
    """Everything of the settlement slip (结算单), in the active language; `statements` in the order they were said."""
    branch = order.branch
    boxes = [{"label": str(OldParts(value).label), "ticked": order.old_parts == value} for value in OldParts.values]
    return {
        **car_of(order),
        **_with_batches(blocks(lines, terms), lines, origins),
        **_amounts(lines, order, parts_of(order, lines, splits)),
        **_advice(order),
        "house": house_of(branch),
        "currency": branch.currency,
        "order_number": order.number,
        "arrived_at": at_text(branch, order.arrived_at),
        "issued_at": at_text(branch, now()),
        "inspector": order.quality_by.name if order.quality_by else "",
        "certificate": certificate_number(order) if order.repair_class in CERTIFIED else "",
        "cashier": cashier,
        "statements": said_of(statements, lines),
        "old_part_boxes": [*boxes, {"label": _("Kept for a claim"), "ticked": False}],
        "guarantee": guarantee_text(terms),
    }


@one_act
def settle_slip(*, actor: Actor, order_id: int) -> Settlement:
    """Issue the slip with a receivable for each payer; a slip that stands is returned as it is.

    A customer share of zero settles the order at once. Raises `Refused` when the share exceeds the authorised amount,
    while items are open, before the final check or the customer's walk round.
    """
    check_may(actor, "till.settle")
    order = order_to_print(actor, order_id, "handover", "quality_by")
    standing = live_slip(order)
    if standing is not None:
        return standing
    lines, splits = check_slip(order, actor)
    slip = _create(order, lines, splits, actor)
    issue_old_parts(order, lines, actor=actor)
    service_records.queue(slip, lines)
    redeem(actor=actor, order=order, lines=lines, slip=slip.number)
    parts = [part for part in parts_of(order, lines, splits) if part.gross]
    for number, part in enumerate(parts, 1):
        _receivable(slip, part, number if len(parts) > 1 else 0, actor)
    if all(part.payer != Payer.CUSTOMER for part in parts):
        move(order_id=order.pk, action="settle", actor=actor)
    return slip


def _create(order: WorkOrder, lines: list[Line], splits: Sequence[Split], actor: Actor) -> Settlement:
    if actor.user is None:
        raise Refused(_("Only a person can do this."), "person")
    number = take_number(branch=actor.branch, kind=CounterKind.SETTLEMENT)
    language = order.payer.language
    with translation.override(language):
        content = slip_content(
            order, lines, actor.user.name, statements=order.statements.order_by("id"),
            terms=guarantee_terms(order.branch), origins=origins_of(lines), splits=splits,
        )  # fmt: skip
    paper = issue(
        actor=actor, kind=PaperKind.SETTLEMENT, number=number, subject_key=order.subject_key, language=language,
        content=content,
    )  # fmt: skip
    return Settlement.objects.create(
        order=order, number=number, net=total(line.net for line in lines), tax=total(line.tax for line in lines),
        gross=total(line.gross for line in lines), paper=paper, issued_at=now(), issued_by=actor.person,
    )  # fmt: skip


def _receivable(slip: Settlement, part: Part, number: int, actor: Actor) -> None:
    """A share, with a slip of its own where there are several payers (`number` from 1)."""
    made = Receivable.objects.create(
        settlement=slip, payer=part.payer, customer=part.customer, net=part.net, tax=part.tax, gross=part.gross,
        paper=issue_payer_slip(slip, part, number, actor=actor) if number else None,
    )  # fmt: skip
    ShareTax.objects.bulk_create(
        ShareTax(receivable=made, rate=rate, net=net, tax=gross - net) for rate, (net, gross) in part.rates.items()
    )
    if part.payer == Payer.PACKAGE:  # paid when the package was sold: its units were taken, and no money comes
        made.state = ReceivableState.PAID
        made.save(update_fields=["state"])


@one_act
def reverse(*, actor: Actor, order_id: int, reason: str) -> Settlement:
    """Take the standing slip back (负结算), before the car has left: money is refunded, passes are revoked.

    The order returns to handing over. Raises `Invalid` without a reason, `Refused` when no slip stands or the car left.
    """
    from delivery.services.payment import refund_all
    from delivery.services.write_offs import take_back_all

    check_money(actor, "till.reverse")
    order = locked_order(actor, order_id)
    if not reason.strip():
        raise Invalid(_("Write down why the slip is reversed."))
    slip = live_slip(order)
    if slip is None or order.state not in (State.HANDING_OVER, State.SETTLED):
        raise Refused(_("There is no settlement slip that could be reversed."))
    for receivable in locked(slip.receivables.all()):
        refund_all(actor=actor, receivable=receivable, reason=reason.strip())
        Receivable.objects.filter(pk=receivable.pk).update(state=ReceivableState.CANCELLED)
        take_back_all(actor=actor, receivable=receivable, reason=reason.strip())
    slip.state = SettlementState.REVERSED
    slip.save(update_fields=["state"])
    give_back(actor=actor, slip=slip.number, order=order)
    revoke_passes(actor=actor, order=order, reason=reason.strip())
    negative = _negative(slip, actor, reason.strip())
    service_records.withdraw(slip, negative)
    turn_payer_slips(slip, negative, actor=actor)
    take_back_invoices(actor=actor, slip=slip)
    if order.state == State.SETTLED:
        move(order_id=order.pk, action="reverse", actor=actor, note=reason.strip())
    return negative


#: Amounts on the slip that a reversal turns round.
TURNED = ("net", "tax", "gross", "labour_total", "parts_total", "discount_total", "customer_total")


def _turned(slip: Settlement, reason: str) -> dict[str, Any]:
    branch, content = slip.order.branch, dict(slip.paper.content)
    content |= {name: str(-Decimal(content[name]) + ZERO) for name in TURNED}
    for block in ("labour", "parts"):
        content[block] = [line | {"amount": str(-Decimal(line["amount"]) + ZERO)} for line in content[block]]
    content["shares"] = [share | {"gross": str(-Decimal(share["gross"]))} for share in content["shares"]]
    content["capitals"] = capitals_of(branch, Decimal(content["customer_total"]))
    return content | {"reverses": slip.number, "reason": reason, "issued_at": at_text(branch, now())}


def _negative(slip: Settlement, actor: Actor, reason: str) -> Settlement:
    number = take_number(branch=actor.branch, kind=CounterKind.SETTLEMENT)
    paper: IssuedPaper = issue(
        actor=actor, kind=PaperKind.SETTLEMENT, number=number, subject_key=slip.order.subject_key,
        language=slip.paper.language, content=_turned(slip, reason), replaces=slip.paper,
    )  # fmt: skip
    return Settlement.objects.create(
        order=slip.order, number=number, kind=SettlementKind.REVERSAL, reverses=slip, reason=reason, net=-slip.net,
        tax=-slip.tax, gross=-slip.gross, paper=paper, issued_at=now(), issued_by=actor.person,
    )  # fmt: skip
