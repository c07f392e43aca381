"""An insurer's case: opened, assessed in rounds, supplemented, its papers collected and handed in, its money matched.

Every act locks the order first, then the case.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may, check_money
from catalog.models import Insurer
from delivery import claim_policies as may
from delivery.claim_selectors import Cover, cover_of, insured, missing, own_part, papers_of, rounds_of, share_of
from delivery.claim_states import Came, Case, ClaimState, Decision, Paper, Result, wanted
from delivery.models import AssessedLine, Assessment, ClaimPaper, InsuranceClaim, Payment, Supplement
from delivery.services.payment import pay
from delivery.services.settlement import locked_order
from delivery.states import Method
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import quantise
from reception.models import Line
from reception.services.own_share import share_lines
from reception.states import AuthorisedHow
from records.selectors import photos_of

EDIT = "claim.edit"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says of the accident and of the insurer."""

    insurer: Insurer
    policy_number: str
    report_number: str
    reported_on: date
    accident_on: date
    place: str = ""
    case: str = Case.ALONE
    came: str = Came.DRIVEN
    proxy: bool = False
    liability_percent: int = 100
    surveyor: str = ""
    surveyor_phone: str = ""
    closed_on: date | None = None


def _checked(actor: Actor, facts: Facts) -> dict[str, object]:
    """The columns. Raises `Invalid`, whose code is the field."""
    for name, words in (("policy_number", _("Write down the policy.")), ("report_number", _("Write down the report."))):
        if not str(getattr(facts, name)).strip():
            raise Invalid(words, name)
    today = branch_day(actor.branch)
    if not facts.accident_on <= facts.reported_on <= today:
        raise Invalid(_("The report comes after the accident, and not in the future."), "reported_on")
    if facts.closed_on is not None and not facts.accident_on <= facts.closed_on <= today:
        raise Invalid(_("The case is closed after the accident, and not in the future."), "closed_on")
    if not 0 <= facts.liability_percent <= 100:
        raise Invalid(_("A percentage lies between 0 and 100."), "liability_percent")
    if facts.case not in Case.values or facts.came not in Came.values:
        raise Invalid(_("Choose one of the list."), "case")
    return {name: getattr(facts, name) for name in asdict(facts)}


@one_act
def open_case(*, actor: Actor, order_id: int, facts: Facts) -> InsuranceClaim:
    """The file of an order; a case that was withdrawn is opened again with these facts.

    Raises `Refused` for an order that is no accident or has a case, `Invalid` for what is missing.
    """
    check_may(actor, EDIT)
    order = locked_order(actor, order_id)
    may.check_accident(order)
    may.check_unbilled(order)
    columns = _checked(actor, facts)
    if facts.insurer.ended_at is not None:
        raise Invalid(_("This insurer has ended in the catalogue."), "insurer")
    known = locked(InsuranceClaim.objects.filter(order=order)).first()
    if known is None:
        return InsuranceClaim.objects.create(order=order, opened_at=now(), opened_by=actor.person, **columns)
    if known.state != ClaimState.WITHDRAWN:
        raise Refused(_("This order has a case already: %(number)s.") % {"number": known.report_number})
    columns |= {"state": ClaimState.OPEN, "withdrawn_at": None, "withdrawn_by": None, "withdrawn_reason": ""}
    return _written(known, columns)


def _written(claim: InsuranceClaim, columns: dict[str, object]) -> InsuranceClaim:
    for name, value in columns.items():
        setattr(claim, name, value)
    claim.version += 1
    claim.save()
    return claim


def _held(actor: Actor, claim_id: int) -> InsuranceClaim:
    """The case of this branch, its order locked before it."""
    check_may(actor, EDIT)
    order_id = InsuranceClaim.objects.values_list("order_id", flat=True).get(pk=claim_id, order__branch=actor.branch)
    order = locked_order(actor, order_id)
    claim = locked(InsuranceClaim.objects.all()).get(pk=claim_id)
    claim.order = order
    return claim


def _live(actor: Actor, claim_id: int) -> InsuranceClaim:
    claim = _held(actor, claim_id)
    if not claim.live:
        raise Refused(_("This case was withdrawn."))
    return claim


@one_act
def change_case(*, actor: Actor, claim_id: int, facts: Facts, version: int) -> InsuranceClaim:
    """The file as it is known now. Raises `Refused` (code "stale") when somebody saved in between."""
    claim = _live(actor, claim_id)
    if version != claim.version:
        raise Refused(_("Somebody else saved this in the meantime. Look at it again."), "stale")
    return _written(claim, _checked(actor, facts))


@one_act
def receive_paper(*, actor: Actor, claim_id: int, paper: str, on: date | None = None) -> ClaimPaper:
    """A paper is here since that day. Twice is once. Raises `Invalid` for one that the case does not ask for."""
    claim, today = _live(actor, claim_id), branch_day(actor.branch)
    if paper not in wanted(claim.case, proxy=claim.proxy):
        raise Invalid(_("This case asks for no such paper."), "paper")
    if on is not None and on > today:
        raise Invalid(_("This day has not come yet."), "on")
    row, _made = ClaimPaper.objects.get_or_create(
        claim=claim, paper=Paper(paper),
        defaults={"received_on": on or today, "received_at": now(), "received_by": actor.person},
    )  # fmt: skip
    return row


@one_act
def return_paper(*, actor: Actor, claim_id: int, paper: str) -> None:
    """A paper was ticked by mistake or given back; the history keeps that it was here."""
    claim = _live(actor, claim_id)
    if claim.state == ClaimState.HANDED_IN:
        raise Refused(_("The papers were handed in, or the case was withdrawn."))
    ClaimPaper.objects.filter(claim=claim, paper=paper).delete()


@one_act
def open_supplement(*, actor: Actor, claim_id: int, found: str) -> Supplement:
    """More damage was found: the next number of the case, which is assessed again.

    Raises `Refused` before the first round and under a slip that stands, `Invalid` without words.
    """
    claim = _live(actor, claim_id)
    may.check_unbilled(claim.order)
    if not found.strip():
        raise Invalid(_("Write down what was found."), "found")
    if not claim.rounds.exists():
        raise Refused(_("Nothing was assessed yet: what is found now belongs to the first round."))
    last = claim.supplements.aggregate(last=Max("number"))["last"] or 0
    if claim.state != ClaimState.OPEN:
        _written(claim, {"state": ClaimState.OPEN, "handed_in_at": None, "handed_in_by": None})
    return Supplement.objects.create(
        claim=claim, number=last + 1, found=found.strip()[:300], opened_at=now(), opened_by=actor.person
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """What was assessed for a line, gross, and whether it is repaired or replaced."""

    line_id: int
    amount: Decimal
    decision: str


@dataclass(frozen=True, slots=True)
class Round:
    """How a round went. `signer`: who of the customer's side agreed to the own share; only where there is one."""

    assessor: str
    result: str
    lines: Sequence[Judged]
    pays_percent: int = 100
    third_party: bool = False
    here: bool = True
    note: str = ""
    supplement_id: int | None = None
    signer: str = ""


@one_act
def record_round(*, actor: Actor, claim_id: int, held: Round) -> Assessment:
    """Keep a round. Agreed: the customer's own share of its lines is fixed with the customer's word, and their work may
    begin; the case is agreed when no insured line is left.

    Raises `Refused` for a case that is not open, assessed elsewhere, a supplement without its photos, or under a slip;
    `Invalid` for what is missing, whose code is the field.
    """
    claim = _held(actor, claim_id)
    may.check_open_case(claim)
    may.check_unbilled(claim.order)
    supplement = Supplement.objects.filter(claim=claim, pk=held.supplement_id or 0).first()
    if held.supplement_id is not None and supplement is None:
        raise Invalid(_("There is no such supplement in this case."), "supplement")
    _check_round(held)
    may.check_same_shop(held.result, here=held.here)
    lines = {line.pk: line for line in insured(locked(claim.order.lines.order_by("id")))}
    if held.result == Result.AGREED:
        may.check_photos(supplement, photos_of(actor.branch, supplement.subject_key) if supplement else [])
    number = (claim.rounds.aggregate(last=Max("number"))["last"] or 0) + 1
    made = Assessment.objects.create(
        claim=claim, number=number, supplement=supplement, assessor=held.assessor.strip()[:60],
        third_party=held.third_party, here=held.here, pays_percent=held.pays_percent, result=held.result,
        note=held.note.strip()[:200], assessed_at=now(), assessed_by=actor.person,
    )  # fmt: skip
    rows = [_judged(lines, one, made) for one in held.lines]
    AssessedLine.objects.bulk_create(rows)
    if held.result == Result.AGREED:
        _agree(actor, claim, held, rows)
    return made


def _check_round(held: Round) -> None:
    if not held.assessor.strip():
        raise Invalid(_("Write down who assessed."), "assessor")
    if held.result not in Result.values:
        raise Invalid(_("Choose how the round ended."), "result")
    if not 0 <= held.pays_percent <= 100:
        raise Invalid(_("A percentage lies between 0 and 100."), "pays_percent")
    if held.result != Result.AGREED and not held.note.strip():
        raise Invalid(_("Write down why it was not agreed."), "note")
    if held.result == Result.AGREED and not held.lines:
        raise Invalid(_("Enter what was assessed for at least one line."), "lines")
    if len({one.line_id for one in held.lines}) != len(held.lines):
        raise Invalid(_("Each line is assessed once in a round."), "lines")


def _judged(lines: dict[int, Line], one: Judged, made: Assessment) -> AssessedLine:
    line = lines.get(one.line_id)
    if line is None:
        raise Invalid(_("Only lines that the insurer pays are assessed."), "lines")
    amount = quantise(one.amount)
    if not 0 <= amount <= line.gross:
        raise Invalid(
            _("“%(line)s”: between 0 and the price of %(most)s.") % {"line": line.label, "most": line.gross}, "lines"
        )
    if one.decision not in Decision.values:
        raise Invalid(_("“%(line)s”: decide whether it is repaired or replaced.") % {"line": line.label}, "lines")
    return AssessedLine(
        assessment=made, line=line, quoted_amount=line.gross, assessed_amount=amount, decision=one.decision
    )


def _agree(actor: Actor, claim: InsuranceClaim, held: Round, rows: Sequence[AssessedLine]) -> None:
    own = {row.line_id: own_part(row.quoted_amount, row.assessed_amount, held.pays_percent) for row in rows}
    share_lines(actor=actor, order_id=claim.order_id, own=own, signer=held.signer, how=AuthorisedHow.PAPER)
    if _cover(claim).agreed:
        _written(claim, {"state": ClaimState.AGREED})


def _cover(claim: InsuranceClaim) -> Cover:
    return cover_of(list(claim.order.lines.order_by("id")), rounds_of(claim))


@one_act
def hand_in(*, actor: Actor, claim_id: int) -> InsuranceClaim:
    """The papers went to the insurer. Raises `Refused` while a line is not agreed or a paper missing."""
    claim = _held(actor, claim_id)
    lacking = missing(papers_of(claim, claim.papers.all()))
    may.check_complete(claim, lacking, agreed=_cover(claim).agreed)
    if claim.state == ClaimState.OPEN:  # the lines that were left open ended by themselves
        _written(claim, {"state": ClaimState.AGREED})
    return _written(claim, {"state": ClaimState.HANDED_IN, "handed_in_at": now(), "handed_in_by": actor.person})


@one_act
def withdraw_case(*, actor: Actor, claim_id: int, reason: str) -> InsuranceClaim:
    """The customer does not claim after all. Raises `Refused` after the papers went in or under a slip."""
    claim = _live(actor, claim_id)
    may.check_unbilled(claim.order)
    if claim.state == ClaimState.HANDED_IN:
        raise Refused(_("The papers were handed in, or the case was withdrawn."))
    if not reason.strip():
        raise Invalid(_("Write down the reason."), "reason")
    return _written(
        claim,
        {"state": ClaimState.WITHDRAWN, "withdrawn_at": now(), "withdrawn_by": actor.person,
         "withdrawn_reason": reason.strip()[:200]},
    )  # fmt: skip


@one_act
def insurer_paid(*, actor: Actor, claim_id: int, amount: Decimal | str, key: str) -> Payment:
    """The insurer's money came by transfer: it is matched to the insurer's share of the slip that stands.

    The same `key` again is the same payment. Raises `Refused` without a slip, and as `payment.pay` does.
    """
    check_money(actor, EDIT)
    claim = _live(actor, claim_id)
    share = share_of(claim.order)
    if share is None:
        raise Refused(_("No slip stands with a share of the insurer."))
    # Whoever keeps the case may match its money, and no other.
    lent = replace(actor, permissions=actor.permissions | {"till.pay"})
    return pay(actor=lent, receivable_id=share.pk, method=Method.TRANSFER, amount=amount, key=key)
