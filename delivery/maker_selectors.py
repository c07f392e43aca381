"""Reads of claims to the manufacturer: which orders ask for one, and what is lacking before it is submitted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import Branch
from delivery.claim_states import MakerState
from delivery.models import MakerClaim, Receivable, live_slip, with_rest
from delivery.states import SettlementState
from dms.clock import as_of, branch_day
from dms.money import ZERO, total
from reception.judging import findings
from reception.known import item_of, known_of_car
from reception.known_car import card_of
from reception.models import Line, Statement, WorkOrder
from reception.states import JUDGEMENTS, Coverage, LineState, Payer, VisitType
from reception.three import Counters
from records.models import Photo
from records.selectors import rule

VIN_LENGTH = 17
#: Rows of a list that have ended, the latest first.
MOST_ENDED = 100
ENDED = (MakerState.PAID, MakerState.REJECTED)


def makers_lines(order: WorkOrder) -> list[Line]:
    """What the manufacturer is to pay of an order, as it was done. One query."""
    rows = order.lines.filter(payer=Payer.MANUFACTURER, state=LineState.DONE)
    return list(rows.select_related("operation", "part", "statement", "recall__recall").order_by("id"))


def share_of(order: WorkOrder) -> Receivable | None:
    """The manufacturer's share of the slip that stands. Two queries."""
    slip = live_slip(order)
    return slip.receivables.filter(payer=Payer.MANUFACTURER).first() if slip else None


def orders_to_claim(branch: Branch) -> QuerySet[WorkOrder]:
    """Orders with a slip and a share of the manufacturer for which no claim runs, the oldest first."""
    shares = Receivable.objects.filter(
        settlement__order=OuterRef("pk"), settlement__state=SettlementState.ISSUED, payer=Payer.MANUFACTURER,
        state="open",
    )  # fmt: skip
    running = MakerClaim.objects.filter(order=OuterRef("pk"))
    rows = WorkOrder.objects.filter(Exists(shares), ~Exists(running), branch=branch)
    return rows.select_related("vehicle", "owner").order_by("settled_at", "id")


def claims_of(branch: Branch) -> QuerySet[MakerClaim]:
    """Claims of a branch with what a page names of them; `written_off` and `rest` are of the maker's share."""
    shares = Receivable.objects.filter(
        settlement__order=OuterRef("order"), settlement__state=SettlementState.ISSUED, payer=Payer.MANUFACTURER
    ).order_by()
    rests: Any = with_rest(shares)
    rows = MakerClaim.objects.filter(order__branch=branch).annotate(
        written_off=Subquery(shares.values("written_off")[:1]), rest=Subquery(rests.values("rest")[:1])
    )
    return rows.select_related("order__vehicle__model__brand", "order__owner", "replaces", "opened_by", "answered_by")


def claim_list(branch: Branch, *, ended: bool = False) -> list[MakerClaim]:
    """Claims that wait for somebody, drafts first; or those that were paid or rejected. One query."""
    rows = claims_of(branch)
    if ended:
        return list(rows.filter(state__in=ENDED).order_by("-answered_at", "-id")[:MOST_ENDED])
    order = {MakerState.DRAFT: 0, MakerState.ACCEPTED: 1, MakerState.SUBMITTED: 2}
    return sorted(rows.exclude(state__in=ENDED).order_by("id"), key=lambda row: order[MakerState(row.state)])


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Everything of a claim's page. `lacking`: sentences about what must be put right before it is submitted."""

    claim: MakerClaim
    lines: list[Line]
    lacking: list[str]
    share: Receivable | None
    counters: Counters | None
    former: list[MakerClaim]

    @property
    def amount(self) -> Decimal:
        """What is claimed: frozen once it was submitted."""
        known = self.claim.claimed_amount
        return known if known is not None else total(line.gross for line in self.lines)


def claim_view(claim: MakerClaim) -> ClaimView:
    """For a claim of `claims_of`. A fixed number of queries for an order's lines, however many."""
    order, branch = claim.order, claim.order.branch
    lines, draft = makers_lines(order), claim.state == MakerState.DRAFT
    card = card_of(branch, order.vehicle, order.odometer_in, None)
    return ClaimView(
        claim=claim, lines=lines, lacking=lacking(claim, lines) if draft else [], share=share_of(order),
        counters=card.counters,
        former=list(MakerClaim.objects.filter(order=order).exclude(pk=claim.pk).order_by("-id")),
    )  # fmt: skip


def lacking(claim: MakerClaim, lines: Sequence[Line]) -> list[str]:
    """What the maker would ask back: VIN, odometer, slip, dates, cause and correction, old parts, photos."""
    order = claim.order
    found = []
    if len(order.vehicle.vin) != VIN_LENGTH:
        found.append(_("The VIN is not complete."))
    if order.odometer_in is None:
        found.append(_("The odometer was not read."))
    share = share_of(order)
    if share is None or share.gross == ZERO:
        found.append(_("No slip stands with a share of the manufacturer."))
    found += _uncovered(order, lines)
    if order.visit_type == VisitType.FIRST:  # a service that the maker gives: nothing was broken
        return found
    found += _unsaid(order, lines)
    if any(line.part_id for line in lines) and claim.kept_at is None:
        found.append(_("The old parts are not kept yet."))
    return [*found, *_unseen(order, lines)]


def _uncovered(order: WorkOrder, lines: Sequence[Line]) -> list[str]:
    """Lines that lay outside the maker's terms on the day on which the car came."""
    with as_of(order.arrived_at):
        known = known_of_car(order.branch, order.vehicle, order.odometer_in, order.pk)
    found = []
    for line in lines:
        words = {"line": line.label}
        if line.coverage == Coverage.RECALL:
            if line.recall is None or line.recall.done_subject != order.subject_key:
                found.append(_("“%(line)s”: the recall is not closed by this visit.") % words)
            continue
        same = [one for one in findings(item_of(line), known) if JUDGEMENTS[one.key] == (line.payer, line.coverage)]
        if line.coverage == Coverage.FACTORY and order.vehicle.warranty_start_on is None:
            found.append(_("“%(line)s”: the car has no warranty start.") % words)
        elif same and not any(one.holds for one in same):
            found.append(f"“{line.label}”: {same[0].sentence}")
    return found


def _unsaid(order: WorkOrder, lines: Sequence[Line]) -> list[str]:
    """Statements of the claimed lines without cause or correction; a line without one speaks to the first."""
    alone = any(line.statement_id is None for line in lines)
    first = Statement.objects.filter(order=order).order_by("id").first() if alone else None
    said = {row.pk: row for line in lines if (row := line.statement or first) is not None}
    return [
        _("“%(words)s”: write down cause and correction.") % {"words": row.words[:40]}
        for row in said.values()
        if not (row.cause.strip() and row.correction.strip())
    ]


def _unseen(order: WorkOrder, lines: Sequence[Line]) -> list[str]:
    most = int(rule(order.branch, "claim.photos", branch_day(order.branch)))
    if most == 0:
        return []
    keys = [order.subject_key, *(line.subject_key for line in lines)]
    seen = Photo.objects.filter(branch=order.branch, subject_key__in=keys).count()
    return [_("Photos: %(most)s needed, %(seen)s here.") % {"most": most, "seen": seen}] if seen < most else []


def frozen(claim: MakerClaim, lines: Sequence[Line], today: date) -> dict[str, Any]:
    """What is claimed, as JSON: car, dates, and each line with cause and correction."""
    order, vehicle = claim.order, claim.order.vehicle
    since = vehicle.warranty_start_on
    return {
        "vin": vehicle.vin, "plate": vehicle.plate, "order": order.number, "odometer": order.odometer_in,
        "arrived_on": branch_day(order.branch, order.arrived_at).isoformat(), "submitted_on": today.isoformat(),
        "warranty_start_on": since.isoformat() if since else "",
        "lines": [
            {"line": line.pk, "code": line.code, "name": line.name, "kind": line.kind, "quantity": str(line.quantity),
             "gross": str(line.gross), "coverage": line.coverage,
             "cause": line.statement.cause if line.statement else "",
             "correction": line.statement.correction if line.statement else ""}
            for line in lines
        ],
    }  # fmt: skip
