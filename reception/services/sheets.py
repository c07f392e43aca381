"""Reception's other papers: check-in sheet (接车登记表), key tag, estimate sheet (估价单)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.policies import Actor
from customers.identifiers import region_of, shown_phone
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Refused
from dms.money import total
from dms.templatetags.dms import plate_text
from reception.models import DamageMark, Line, WalkAround, WorkOrder
from reception.option_groups import Group, options_of
from reception.services.papers import (
    at_text,
    by_id,
    capitals_of,
    car_of,
    fuel_of,
    house_of,
    line_of,
    order_to_print,
    shares_of,
    signature_of,
    taken_of,
)
from reception.states import Coverage, Lamp, LineKind, LineState, Payer
from reception.zones import zone_label
from records.models import IssuedPaper
from records.selectors import rule
from records.services.numbers import take_number
from records.services.papers import issue_version, last_of
from records.states import CounterKind, PaperKind

#: Size of the car outline (`components/car_outline.html`); a mark's place is in percent of it.
OUTLINE = (760, 348)
#: What an estimate lists: everything that the customer has not declined.
ESTIMATED = (LineState.DRAFT, LineState.OFFERED, LineState.APPROVED, LineState.DONE)


def _order(actor: Actor, order_id: int) -> WorkOrder:
    return order_to_print(actor, order_id, "kit_by")


def _marks(order: WorkOrder) -> list[dict[str, Any]]:
    walk = getattr(order, "walk", None)
    rows: list[DamageMark] = by_id(walk.marks) if walk else []
    width, height = OUTLINE
    return [
        {
            "n": number,
            "x": f"{mark.x * width / 100:.1f}",
            "y": f"{mark.y * height / 100:.1f}",
            "place": str(zone_label(mark.zone)),
            "kind": mark.get_kind_display(),
            "severity": mark.get_severity_display(),
            "carried": mark.carried_from_id is not None,
        }
        for number, mark in enumerate(rows, 1)
    ]


def lamps_of(walk: WalkAround) -> str:
    """The lit lamps in words."""
    named = [str(Lamp(lamp).label) for lamp in walk.lamps]
    return ", ".join([*named, walk.warning_lamps] if walk.warning_lamps else named)


def walk_signature_of(order: WorkOrder) -> dict[str, str] | None:
    """The signature that was given at the car for this sheet; None when only the repair order was signed."""
    walk = getattr(order, "walk", None)
    if walk is None or walk.signed_at is None:
        return None
    return {
        "signer": walk.signer, "signature": walk.signature, "signed_at": at_text(order.branch, walk.signed_at),
    }  # fmt: skip


def check_in_content(order: WorkOrder, tag: str) -> dict[str, Any]:
    """Everything of the check-in sheet, in the active language; `tag` is the number on the key."""
    branch, walk = order.branch, getattr(order, "walk", None)
    return {
        **car_of(order),
        **(walk_signature_of(order) or signature_of(order)),
        "house": house_of(branch),
        "order_number": order.number,
        "contact": order.contact.name,
        "phone": shown_phone(order.contact.phone, region_of(branch.currency)),
        "arrived_at": at_text(branch, order.arrived_at),
        "walked_at": at_text(branch, walk.walked_round_at) if walk else "",
        "issued_at": at_text(branch, now()),
        "fuel": fuel_of(order),
        "kit": _("Yes, by %(name)s") % {"name": order.kit_by.name} if order.kit_by else "",
        "lamps": lamps_of(walk) if walk else "",
        "marks": _marks(order),
        "taken": taken_of(order),
        "statements": [{"words": said.words, "since": said.since} for said in by_id(order.statements)],
        "tag": tag,
    }


def key_tag_content(order: WorkOrder, tag: str) -> dict[str, Any]:
    """What hangs on the key: the car and the order, and nobody's name."""
    branch, model = order.branch, order.vehicle.model
    return {
        "house": {"name": branch.label, "address": "", "phone": ""},
        "plate": plate_text(order.vehicle.plate),
        "model": model.label if model else "",
        "order_number": order.number,
        "promised_at": at_text(branch, order.promised_at)[5:],
        "tag": tag,
        "issued_at": at_text(branch, now()),
    }


def _tag(number: str) -> str:
    """The hook of the key: the last digits of the tag's number, without leading zeros."""
    return number.rsplit("-", 1)[1].lstrip("0")


@one_act
def issue_check_in(order: WorkOrder, *, actor: Actor) -> IssuedPaper:
    """The check-in sheet as signed, and before it the key tag whose number it names; what has not changed stands."""
    return check_in_paper(_order(actor, order.pk), actor=actor)


def check_in_paper(order: WorkOrder, *, actor: Actor) -> IssuedPaper:
    """`issue_check_in` for a caller that holds the order (`order_to_print`)."""
    tag = _key_tag(order, actor)
    spoken = order.bringer.language
    with translation.override(spoken):
        content = check_in_content(order, tag.content["tag"])
    return issue_version(
        actor=actor, kind=PaperKind.CHECK_IN, subject_key=order.subject_key, language=spoken, content=content
    )


@one_act
def issue_key_tag(order: WorkOrder, *, actor: Actor) -> IssuedPaper:
    """The tag of the key, in the language of who hands it out. Another promise is another tag of the same number."""
    return _key_tag(_order(actor, order.pk), actor)


def _key_tag(order: WorkOrder, actor: Actor) -> IssuedPaper:
    spoken = actor.person.language
    last = last_of(order.branch_id, PaperKind.KEY_TAG, order.subject_key)
    number = last.number if last else take_number(branch=order.branch, kind=CounterKind.KEY_TAG)
    with translation.override(spoken):
        content = key_tag_content(order, _tag(number))
    return issue_version(
        actor=actor, kind=PaperKind.KEY_TAG, subject_key=order.subject_key, language=spoken, content=content,
        number=number,
    )  # fmt: skip


def _estimated(line: Line) -> dict[str, Any]:
    judged = line.get_payer_display() if line.coverage == Coverage.NONE else line.get_coverage_display()
    agreed = line.state in (LineState.APPROVED, LineState.DONE)
    state = pgettext("line of an estimate", "Agreed") if agreed else pgettext("line of an estimate", "Offered")
    own = {"own": str(line.own_gross)} if line.own_gross else {}
    return line_of(line) | {"judged": str(judged), "state": state, "reason": line.reason, **own}


def _alternatives(group: Group, mine: Decimal) -> dict[str, Any]:
    """The letters of a group side by side, each with its sum and what the customer then pays in all."""
    return {
        "number": group.number,
        "options": [
            {
                "letter": option.letter,
                "lines": [_estimated(line) for line in option.lines],
                "total": str(option.total),
                "all": str(option.total + mine),
            }
            for option in group.options
        ],
    }


def estimate_content(order: WorkOrder, lines: list[Line]) -> dict[str, Any]:
    """Everything of the estimate sheet, in the active language."""
    branch, groups = order.branch, options_of(lines)
    side = {line.pk for group in groups for option in group.options for line in option.lines}
    lines = [line for line in lines if line.pk not in side]
    mine = total(line.share_of(Payer.CUSTOMER) for line in lines)
    until = branch_day(branch) + timedelta(days=int(rule(branch, "estimate.days", branch_day(branch))))
    return {
        **car_of(order),
        "house": house_of(branch),
        "currency": branch.currency,
        "order_number": order.number,
        "arrived_at": at_text(branch, order.arrived_at),
        "promised_at": at_text(branch, order.promised_at or order.promise_draft_at),
        "issued_at": at_text(branch, now()),
        "valid_until": until.isoformat(),
        "statements": [{"words": said.words, "since": said.since} for said in order.statements.order_by("id")],
        "options": [_alternatives(group, mine) for group in groups],
        "labour": [_estimated(line) for line in lines if line.kind == LineKind.LABOUR],
        "parts": [_estimated(line) for line in lines if line.kind == LineKind.PART],
        "net": str(total(line.net for line in lines)),
        "tax": str(total(line.tax for line in lines)),
        "gross": str(total(line.gross for line in lines)),
        "shares": shares_of(lines),
        "customer_total": str(mine),
        "capitals": capitals_of(branch, mine),
    }


@one_act
def issue_estimate(order: WorkOrder, *, actor: Actor) -> IssuedPaper:
    """The estimate as the lines stand: the same lines are the same paper, others are its next version.

    Raises `Refused` for an order without a line that could be estimated.
    """
    order = _order(actor, order.pk)
    rows = order.lines.filter(state__in=ESTIMATED).select_related("part", "operation", "statement")
    lines, spoken = list(rows.order_by("id")), order.payer.language
    if not lines:
        raise Refused(_("There is nothing to estimate yet. Add work or parts first."))
    with translation.override(spoken):
        content = estimate_content(order, lines)
    return issue_version(
        actor=actor, kind=PaperKind.ESTIMATE, subject_key=order.subject_key, language=spoken, content=content,
        versions=True,
    )  # fmt: skip
