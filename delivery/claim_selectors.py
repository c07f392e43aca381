"""Reads of insurers' cases: who covers what of each line, which papers are missing, what is due by when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, IntegerField, Prefetch, QuerySet, Value, When

from accounts.models import Branch
from customers.services.forecast import add_months
from delivery.claim_states import ClaimState, Decision, Paper, Result, wanted
from delivery.models import (
    AssessedLine,
    Assessment,
    ClaimPaper,
    InsuranceClaim,
    Receivable,
    Supplement,
    live_slip,
    with_rest,
)
from delivery.states import CLOSED, SettlementState
from dms.clock import branch_day
from dms.money import ZERO, quantise, total
from reception.models import Line, WorkOrder
from reception.states import LineState, Payer
from records.selectors import rules_now

ENDED = (LineState.DECLINED, LineState.EXPIRED, LineState.WITHDRAWN)
RULES = ("claim.paper_days", "claim.report_months", "claim.warn_days")
#: Cases of the list that have ended, the latest first.
MOST_ENDED = 100


@dataclass(frozen=True, slots=True)
class Covered:
    """An insured line: amounts gross. `supplemented` is what a supplement added, `settled` what was agreed to at this
    price (None: nothing was), `own` what the customer pays of it then.
    """

    line: Line
    quoted: Decimal
    assessed: Decimal | None
    supplemented: Decimal | None
    settled: Decimal | None
    decision: str
    own: Decimal | None

    @property
    def decision_label(self) -> str:
        return str(Decision(self.decision).label) if self.decision else ""


@dataclass(frozen=True, slots=True)
class Cover:
    """All insured lines of an order. `own`: what the insurer does not cover, of what is agreed; `customer`: with the
    lines that the customer pays alone.
    """

    rows: list[Covered]
    insurer: Decimal
    own: Decimal
    customer: Decimal

    @property
    def agreed(self) -> bool:
        """Whether there are insured lines, and each of them is agreed to at its present price."""
        return bool(self.rows) and all(row.settled is not None for row in self.rows)


def insured(lines: Iterable[Line]) -> list[Line]:
    """Those that the insurer is to pay and that have not ended."""
    return [line for line in lines if line.payer == Payer.INSURER and line.state not in ENDED]


def own_part(gross: Decimal, assessed: Decimal, pays_percent: int) -> Decimal:
    """What the insurer does not cover of a line: its price less the percentage of what was assessed, to the cent."""
    return gross - min(gross, quantise(assessed * pays_percent / 100))


def cover_of(lines: Sequence[Line], rounds: Sequence[Assessment]) -> Cover:
    """From the order's lines and its rounds with their lines, in the order of their numbers. No query."""
    rows = [_covered(line, rounds) for line in insured(lines)]
    own = total(row.own or ZERO for row in rows)
    alone = total(line.gross for line in lines if line.payer == Payer.CUSTOMER and line.state not in ENDED)
    return Cover(rows, total(row.line.gross for row in rows) - own, own, own + alone)


def _covered(line: Line, rounds: Sequence[Assessment]) -> Covered:
    mine = [(held, row) for held in rounds for row in held.lines.all() if row.line_id == line.pk]
    main = next((row for held, row in reversed(mine) if held.supplement_id is None), None)
    more = next((row for held, row in reversed(mine) if held.supplement_id is not None), None)
    agreed = _agreed(line, mine)
    before = main.assessed_amount if main else ZERO
    told = agreed[1] if agreed else mine[-1][1] if mine else None
    return Covered(
        line=line,
        quoted=line.gross,
        assessed=main.assessed_amount if main else None,
        supplemented=more.assessed_amount - before if more else None,
        settled=agreed[1].assessed_amount if agreed else None,
        decision=told.decision if told else "",
        own=own_part(line.gross, agreed[1].assessed_amount, agreed[0].pays_percent) if agreed else None,
    )


def _agreed(line: Line, mine: Sequence[tuple[Assessment, AssessedLine]]) -> tuple[Assessment, AssessedLine] | None:
    """The last word on the line, when it was agreed to and the price has not changed since."""
    held = [pair for pair in mine if pair[0].result == Result.AGREED]
    return held[-1] if held and held[-1][1].quoted_amount == line.gross else None


def rounds_of(claim: InsuranceClaim) -> list[Assessment]:
    """Every round with its lines, in order. Two queries."""
    rows = Assessment.objects.filter(claim=claim).select_related("supplement", "assessed_by").order_by("number")
    return list(rows.prefetch_related("lines"))


@dataclass(frozen=True, slots=True)
class Clock:
    """A day by which something is due; `near` from the rule's warning on, `over` after the day."""

    on: date
    days: int
    near: bool

    @property
    def over(self) -> bool:
        return self.days < 0

    @property
    def kind(self) -> str:
        """As a chip shows it."""
        return "late" if self.over else "risk" if self.near else "plain"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Papers are due so many days after the case was closed; the insurer pays until two years after the report."""

    papers: Clock | None
    report: Clock


def deadlines(claim: InsuranceClaim, today: date, rules: dict[str, int]) -> Deadlines:
    """By the rules `claim.paper_days` and `claim.report_months`; papers that were handed in are no longer due."""
    papers = None
    if claim.closed_on is not None and claim.state != ClaimState.HANDED_IN:
        papers = _clock(claim.closed_on + timedelta(days=rules["claim.paper_days"]), today, rules)
    return Deadlines(papers, _clock(add_months(claim.reported_on, rules["claim.report_months"]), today, rules))


def _clock(on: date, today: date, rules: dict[str, int]) -> Clock:
    days = (on - today).days
    return Clock(on, days, days <= rules["claim.warn_days"])


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper of the checklist, and where it is."""

    paper: Paper
    received: ClaimPaper | None


def papers_of(claim: InsuranceClaim, received: Iterable[ClaimPaper]) -> list[PaperRow]:
    """The checklist of the case with what is here of it."""
    here = {row.paper: row for row in received}
    return [PaperRow(paper, here.get(paper)) for paper in wanted(claim.case, proxy=claim.proxy)]


def missing(rows: Iterable[PaperRow]) -> list[str]:
    """The papers that are not here, in words."""
    return [str(row.paper.label) for row in rows if row.received is None]


def share_of(order: WorkOrder) -> Receivable | None:
    """The insurer's share of the slip that stands, with its rest. Two queries."""
    slip = live_slip(order)
    return with_rest(slip.receivables.filter(payer=Payer.INSURER)).first() if slip else None


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list."""

    claim: InsuranceClaim
    missing: int
    clocks: Deadlines
    share: Receivable | None

    @property
    def urgent(self) -> bool:
        papers = self.clocks.papers
        return (papers is not None and papers.near) or self.clocks.report.near


def claims_of(branch: Branch) -> QuerySet[InsuranceClaim]:
    """Cases of a branch with what a page names of them."""
    rows = InsuranceClaim.objects.filter(order__branch=branch)
    return rows.select_related("insurer", "order__vehicle", "order__owner", "order__payer", "opened_by")


def case_list(branch: Branch, *, ended: bool = False) -> list[Row]:
    """Cases that wait for somebody, the nearest day first; or those that are paid or withdrawn. Four queries."""
    shares = Receivable.objects.filter(payer=Payer.INSURER, settlement__state=SettlementState.ISSUED)
    paid = InsuranceClaim.objects.filter(
        state=ClaimState.HANDED_IN, order__settlements__state=SettlementState.ISSUED,
        order__settlements__receivables__in=shares.filter(state__in=CLOSED),
    )  # fmt: skip
    over = Case(When(state=ClaimState.WITHDRAWN, then=1), When(pk__in=paid.values("pk"), then=1),
                 default=Value(0), output_field=IntegerField())  # fmt: skip
    rows = claims_of(branch).annotate(over=over).filter(over=int(ended)).order_by("-id")
    found = list(rows.prefetch_related("papers")[: MOST_ENDED if ended else None])
    of_order = {
        row.settlement.order_id: row
        for row in with_rest(shares.filter(settlement__order__in=[claim.order_id for claim in found])).select_related(
            "settlement"
        )
    }
    rules, today = rules_now(branch, list(RULES)), branch_day(branch)
    listed = [
        Row(claim, len(missing(papers_of(claim, claim.papers.all()))), deadlines(claim, today, rules),
            of_order.get(claim.order_id))
        for claim in found
    ]  # fmt: skip
    return listed if ended else sorted(listed, key=_next_day)


def _next_day(row: Row) -> tuple[date, int]:
    papers = row.clocks.papers
    return min(papers.on, row.clocks.report.on) if papers else row.clocks.report.on, row.claim.pk


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything of a case's page."""

    claim: InsuranceClaim
    cover: Cover
    rounds: list[Assessment]
    supplements: list[Supplement]
    papers: list[PaperRow]
    clocks: Deadlines
    share: Receivable | None

    @property
    def missing(self) -> list[str]:
        return missing(self.papers)


def case_view(claim: InsuranceClaim) -> CaseView:
    """For a claim of `claims_of`. A fixed number of queries."""
    order, branch = claim.order, claim.order.branch
    rounds = rounds_of(claim)
    received = ClaimPaper.objects.filter(claim=claim).select_related("received_by")
    return CaseView(
        claim=claim,
        cover=cover_of(list(order.lines.select_related("operation", "part").order_by("id")), rounds),
        rounds=rounds,
        supplements=list(Supplement.objects.filter(claim=claim).select_related("opened_by").order_by("number")),
        papers=papers_of(claim, received),
        clocks=deadlines(claim, branch_day(branch), rules_now(branch, list(RULES))),
        share=share_of(order),
    )


def case_of_order(order: WorkOrder) -> InsuranceClaim | None:
    """The order's case with its rounds at hand. Three queries, one when there is none."""
    rounds = Prefetch("rounds", Assessment.objects.order_by("number").prefetch_related("lines"))
    return InsuranceClaim.objects.filter(order=order).select_related("insurer").prefetch_related(rounds).first()
