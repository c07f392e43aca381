"""Insurers and their cases: agreed today, waiting for papers, paid but for a rest; a claim to the maker."""

from datetime import timedelta
from decimal import Decimal

from catalog.models import Insurer
from delivery.claim_selectors import share_of
from delivery.claim_states import Case, wanted
from delivery.maker_selectors import orders_to_claim
from delivery.models import AssessedLine, Assessment, ClaimPaper, InsuranceClaim, Receivable
from delivery.services.insurance import Facts, Judged, Round, open_case, record_round
from delivery.services.payment import pay
from delivery.services.warranty import keep_parts, open_claim
from delivery.services.write_offs import write_off
from delivery.states import Method, WriteOffKind
from dms.clock import branch_day
from portal.demo.people import Staff
from reception.models import WorkOrder
from reception.states import Payer, VisitType

#: Who insures, whom to call there.
INSURERS = (
    ("平安产险深圳分公司", "李查勘", "95511"), ("人保财险深圳分公司", "周定损", "95518"),
    ("太平洋产险", "吴伟", "95500"),
)  # fmt: skip
PLACES = ("深南大道华强北路口", "滨海大道科苑立交", "龙岗大道 128 号停车场")
#: Cases of the last months that wait for papers: days since the case was closed, papers that are here.
WAITING = ((3, 4), (9, 6), (12, 2))


def make_insurers() -> list[Insurer]:
    """The insurers of the catalogue."""
    return [Insurer.objects.create(name=name, contact=who, phone=phone) for name, who, phone in INSURERS]


def assess_today(staff: Staff, order: WorkOrder) -> None:
    """The accident of today, assessed before it is signed: the insurer pays nine tenths of what it found right."""
    clerk, today = staff.actor("claims"), branch_day(staff.branch)
    insurer = Insurer.objects.earliest("id")
    facts = Facts(
        insurer=insurer, policy_number="PDAA202644030000012345", report_number="RDAA2026440300008871",
        accident_on=today - timedelta(days=1), reported_on=today - timedelta(days=1), place=PLACES[0],
        case=Case.OTHERS, surveyor=insurer.contact, surveyor_phone=insurer.phone,
    )  # fmt: skip
    claim = open_case(actor=clerk, order_id=order.pk, facts=facts)
    lines = order.lines.filter(payer=Payer.INSURER).order_by("id")
    judged = [Judged(line.pk, line.gross, "replace" if line.part_id else "repair") for line in lines]
    held = Round(assessor=insurer.contact, result="agreed", lines=judged, pays_percent=90, signer=order.payer.name)
    record_round(actor=clerk, claim_id=claim.pk, held=held)


def make_cases(staff: Staff) -> None:
    """Of the last accidents whose insurer has not paid; written as they were then, since their slips stand."""
    clerk, today = staff.user("claims"), branch_day(staff.branch)
    _claims_to_the_maker(staff)
    open_shares = WorkOrder.objects.filter(
        branch=staff.branch, visit_type=VisitType.ACCIDENT, settlements__receivables__payer=Payer.INSURER,
        settlements__receivables__state="open",
    )  # fmt: skip
    insurers, cases = list(Insurer.objects.order_by("id")), []
    for number, (order, (closed, here)) in enumerate(zip(open_shares.order_by("-id"), WAITING, strict=False)):
        arrived, insurer = branch_day(staff.branch, order.arrived_at), insurers[number % len(insurers)]
        claim = InsuranceClaim.objects.create(
            order=order, insurer=insurer, policy_number=f"PDAA20264403{order.pk:08d}",
            report_number=f"RDAA20264403{order.pk:08d}", accident_on=arrived - timedelta(days=1), reported_on=arrived,
            place=PLACES[number % len(PLACES)], surveyor=insurer.contact, surveyor_phone=insurer.phone,
            closed_on=max(arrived, today - timedelta(days=closed)), opened_at=order.arrived_at, opened_by=clerk,
        )  # fmt: skip
        held = Assessment.objects.create(
            claim=claim, number=1, assessor=insurer.contact, result="agreed", assessed_at=order.arrived_at,
            assessed_by=clerk,
        )  # fmt: skip
        AssessedLine.objects.bulk_create(
            AssessedLine(
                assessment=held, line=line, quoted_amount=line.gross, assessed_amount=line.gross,
                decision="replace" if line.part_id else "repair",
            )
            for line in order.lines.filter(payer=Payer.INSURER, gross__gt=Decimal(0))
        )  # fmt: skip
        InsuranceClaim.objects.filter(pk=claim.pk).update(state="agreed")
        cases.append(claim)
        ClaimPaper.objects.bulk_create(
            ClaimPaper(claim=claim, paper=paper, received_on=arrived, received_at=order.arrived_at, received_by=clerk)
            for paper in wanted(Case.ALONE, proxy=False)[:here]
        )
    share = share_of(cases[-1].order) if cases else None
    if share is not None:
        _given_up(staff, share)


def _claims_to_the_maker(staff: Staff) -> None:
    """One that waits to be submitted; the orders behind it ask for theirs."""
    order = orders_to_claim(staff.branch).order_by("-id").first()
    if order is not None:
        keep_parts(actor=staff.actor("claims"), claim_id=open_claim(actor=staff.actor("claims"), order_id=order.pk).pk)


def _given_up(staff: Staff, share: Receivable) -> None:
    """The insurer paid all but a tenth of its oldest open share; the rest became a cost of the house today."""
    paid = (share.gross * 9 / 10).quantize(Decimal(1))
    pay(actor=staff.actor("cashier"), receivable_id=share.pk, method=Method.TRANSFER, amount=paid, key="demo:insurer")
    write_off(
        actor=staff.actor("manager"), receivable_id=share.pk, kind=WriteOffKind.CONCESSION, key="demo:write-off",
        reason="核损差额，经协商由本店承担",
    )  # fmt: skip
