"""Reception's papers: the repair order and the gate pass, as frozen content."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from accounts.models import Branch
from accounts.policies import Actor
from catalog.selectors import guarantee_terms
from catalog.states import GUARANTEE_TERMS, Guarantee, Term
from customers.identifiers import region_of, shown_phone
from dms.act import one_act
from dms.clock import local, now
from dms.fields import locked
from dms.gather import gather, keep
from dms.money import ZERO, capitals
from dms.templatetags.dms import plate_text
from reception.models import DamageMark, GatePass, Line, Statement, WorkOrder
from reception.states import LineKind, LineState, Payer
from records.models import IssuedPaper
from records.services.papers import issue, issue_version
from records.states import PaperKind


def at_text(branch: Branch, at: datetime | None) -> str:
    """An instant on the branch's clock, to the minute; '' for none."""
    return local(branch, at).strftime("%Y-%m-%d %H:%M") if at else ""


def house_of(branch: Branch) -> dict[str, str]:
    """The head of every paper."""
    return {"name": branch.legal_label, "address": branch.address, "phone": branch.phone}


#: Whom and what an order's papers name.
NAMED = ("vehicle__model", "owner", "bringer", "payer", "contact", "advisor", "walk")


def order_to_print(actor: Actor, order_id: int, *more: str) -> WorkOrder:
    """The order, locked, with all that its papers name (and `more`): one query, where each name would be one."""
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related(*NAMED, *more)).get(pk=order_id)
    order.branch = actor.branch  # the same row, already here
    return order


def lists_at_hand(order: WorkOrder) -> WorkOrder:
    """What the papers of one signature list, each of them more than once: one query for all. Of an order to print."""
    walk = getattr(order, "walk", None)
    marks = walk.marks.order_by("id") if walk else DamageMark.objects.none()
    found = gather(order.statements.order_by("id"), order.taken.order_by("id"), order.authorisations.all(), marks)
    for name, rows in zip(("statements", "taken", "authorisations"), found, strict=False):
        keep(order, name, rows)
    if walk:
        keep(walk, "marks", found[3])
    return order


def by_id(rows: Any) -> list[Any]:
    """The rows of a related manager in the order of their keys; no query where they are at hand."""
    return sorted(rows.all(), key=lambda row: row.pk)


def visit_of(order: WorkOrder) -> dict[str, Any]:
    """The car and its visit without the customer's people: what papers that lie about in the workshop may name."""
    vehicle = order.vehicle
    return {
        "plate": plate_text(vehicle.plate),
        "vin": vehicle.vin,
        "model": vehicle.model.label if vehicle.model else "",
        "odometer": order.odometer_in,
        "advisor": order.advisor.name,
        "visit_type": order.get_visit_type_display(),
        "repair_class": order.get_repair_class_display(),
    }


def car_of(order: WorkOrder) -> dict[str, Any]:
    """Car and people as papers name them."""
    people = {"owner": order.owner.name, "bringer": order.bringer.name, "payer": order.payer.name}
    return visit_of(order) | people


#: What the house promises for each class of repair.
Terms = Mapping[Guarantee, Term]


def line_of(line: Line, terms: Terms = GUARANTEE_TERMS) -> dict[str, str]:
    """A line on a paper; amounts as text, words in the active language."""
    return {
        "name": line.label,
        "code": line.code,
        "quantity": str(line.quantity),
        "unit": line.unit_label,
        "price": str(line.unit_price),
        "discount": str(line.discount),
        "amount": str(line.gross),
        "payer": line.get_payer_display(),
        "origin": line.part.get_origin_display() if line.part else "",
        "guarantee": guarantee_of(line, terms),
        "remedy": line.statement.correction if line.statement else "",
    }


def guarantee_of(line: Line, terms: Terms) -> str:
    """The term of the line's operation, as "2,000 km / 10 d"; '' for a part by itself."""
    if line.operation is None:
        return ""
    term = terms[Guarantee(line.operation.guarantee)]
    return _("%(km)s km / %(days)s d") % {"km": f"{term.km:,}", "days": term.days}


def said_of(statements: Iterable[Statement], lines: list[Line]) -> list[dict[str, Any]]:
    """What the customer said, the work that answers each, and what was found and done about it."""
    return [
        {
            "words": said.words,
            "since": said.since,
            "work": [line.label for line in lines if line.statement_id == said.pk and line.kind == LineKind.LABOUR],
            "cause": said.cause,
            "correction": said.correction,
        }
        for said in statements
    ]


def blocks(lines: list[Line], terms: Terms) -> dict[str, list[dict[str, str]]]:
    """Labour and parts, apart."""
    return {
        "labour": [line_of(line, terms) for line in lines if line.kind == LineKind.LABOUR],
        "parts": [line_of(line, terms) for line in lines if line.kind == LineKind.PART],
    }


def shares_of(lines: list[Line]) -> list[dict[str, Any]]:
    """Gross by payer, in the order of the payers; only those who pay something."""
    sums = {payer: sum((line.share_of(payer) for line in lines), ZERO) for payer in Payer.values}
    return [
        {"payer": str(Payer(payer).label), "customer": payer == Payer.CUSTOMER, "gross": str(gross)}
        for payer, gross in sums.items()
        if gross
    ]


def capitals_of(branch: Branch, amount: Decimal) -> str:
    """大写 for CNY; '' for other money."""
    return capitals(amount) if branch.currency == "CNY" else ""


def guarantee_text(terms: Terms) -> str:
    """The guarantee clause with the house's terms, which are never below the regulation's."""
    listed = "; ".join(
        _("%(what)s %(km)s km or %(days)s days")
        % {"what": kind.label, "km": f"{terms[kind].km:,}", "days": terms[kind].days}
        for kind in Guarantee
    )
    return _("Guarantee from completion, whichever comes first: %(terms)s. The same fault is repaired free.") % {
        "terms": listed
    }


#: The gauge in quarters, as people say it.
FUEL = (
    pgettext_lazy("fuel", "Empty"),
    pgettext_lazy("fuel", "A quarter full"),
    pgettext_lazy("fuel", "Half full"),
    pgettext_lazy("fuel", "Three quarters full"),
    pgettext_lazy("fuel", "Full"),
)


def fuel_of(order: WorkOrder) -> str:
    """Fuel in quarters or charge in percent, as the walk-round found it; '' before it."""
    walk = getattr(order, "walk", None)
    if walk is None:
        return ""
    return f"{walk.charge_percent} %" if walk.fuel_quarters is None else str(FUEL[walk.fuel_quarters])


def signature_of(order: WorkOrder) -> dict[str, str]:
    """Who signed last, when, and the picture of it where there is one."""
    agreed = next(reversed(by_id(order.authorisations)), None)
    drawn = agreed.signature if agreed and agreed.signature.startswith("data:image/png;base64,") else ""
    return {
        "signer": agreed.signer if agreed else "",
        "signed_at": at_text(order.branch, agreed.agreed_at) if agreed else "",
        "signature": drawn,
    }


def taken_of(order: WorkOrder) -> list[str]:
    """Things taken in, as they were named."""
    return [
        f"{item.get_kind_display()}: {item.what}" if item.what else item.get_kind_display()
        for item in by_id(order.taken)
    ]


def work_order_content(order: WorkOrder) -> dict[str, Any]:
    """Everything of the repair order (任务委托书), in the active language."""
    branch = order.branch
    lines = list(
        order.lines.filter(state__in=[LineState.APPROVED, LineState.DONE])
        .select_related("part", "operation", "statement")
        .order_by("id")
    )
    mine = sum((line.share_of(Payer.CUSTOMER) for line in lines), ZERO)
    terms = guarantee_terms(branch)
    return {
        **car_of(order),
        **blocks(lines, terms),
        "house": house_of(branch),
        "currency": branch.currency,
        "contact": order.contact.name,
        "phone": shown_phone(order.contact.phone, region_of(branch.currency)),
        "page": f"{settings.PUBLIC_URL}/s/",
        "page_code": order.status_code,
        "qr": f"{settings.PUBLIC_URL}/s/{order.status_code}/",
        "fuel": fuel_of(order),
        "arrived_at": at_text(branch, order.arrived_at),
        "promised_at": at_text(branch, order.promised_at),
        "issued_at": at_text(branch, now()),
        "statements": said_of(by_id(order.statements), lines),
        "old_parts": order.get_old_parts_display(),
        "wash": _("Free wash") if order.wash else _("No wash"),
        "pay_method": order.get_pay_method_display(),
        "taken": taken_of(order),
        "shares": shares_of(lines),
        "customer_total": str(mine),
        "capitals": capitals_of(branch, mine),
        **signature_of(order),
        "guarantee": guarantee_text(terms),
    }


@one_act
def issue_work_order(order: WorkOrder, *, actor: Actor, language: str = "") -> IssuedPaper:
    """Freeze the repair order as it stands; called after `sign` and after agreed extra work.

    The same content again gives the same paper; another content gives a new one that replaces the last.
    """
    return work_order_paper(order_to_print(actor, order.pk), actor=actor, language=language)


def work_order_paper(order: WorkOrder, *, actor: Actor, language: str = "") -> IssuedPaper:
    """`issue_work_order` for a caller that holds the order (`order_to_print`)."""
    spoken = language or order.payer.language
    with translation.override(spoken):
        content = work_order_content(order)
    return issue_version(
        actor=actor, kind=PaperKind.WORK_ORDER, subject_key=order.subject_key, language=spoken, content=content,
        number=order.number,
    )  # fmt: skip


@one_act
def issue_gate_pass(gate_pass: GatePass, *, actor: Actor, language: str = "") -> IssuedPaper:
    """The paper of a pass, once. It names the car and nobody."""
    found = GatePass.objects.filter(branch=actor.branch).select_related("order__vehicle", "paper")
    gate_pass = locked(found).get(pk=gate_pass.pk)
    gate_pass.branch = actor.branch  # the same row, already here
    if gate_pass.paper is not None:
        return gate_pass.paper
    branch, spoken = gate_pass.branch, language or settings.LANGUAGE_CODE
    with translation.override(spoken):
        content = {
            "house": house_of(branch) | {"phone": ""},
            "plate": plate_text(gate_pass.order.vehicle.plate),
            "kind": gate_pass.get_kind_display(),
            "issued_at": at_text(branch, gate_pass.issued_at),
            "valid_until": at_text(branch, gate_pass.valid_until),
            "code": gate_pass.code,
            "qr": gate_pass.token,
        }
    gate_pass.paper = issue(
        actor=actor, kind=PaperKind.GATE_PASS, number=gate_pass.number, subject_key=gate_pass.order.subject_key,
        language=spoken, content=content,
    )  # fmt: skip
    gate_pass.save(update_fields=["paper"])
    return gate_pass.paper
