"""The judgement of drafts: what is sure is applied by itself, everything else a person decides and says why."""

from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from reception.judging import Finding, findings, prepaid_for, proposal
from reception.known import item_of, known_of, less
from reception.models import Goodwill, Line, WorkOrder
from reception.states import JUDGEMENTS, Coverage, LineState, Payer, VisitType

#: What the judgement writes on a line.
JUDGED = ["payer", "coverage", "own_gross", "judged", "returns_of", "recall", "version"]
OVERRULED = ["overruled_at", "overruled_by", "overruled_reason"]


def judge_drafts(order: WorkOrder) -> list[Line]:
    """Judge every draft of an order, which the caller has locked; all of them, as they are then.

    What is known of the car is read once, whatever the number of lines.

    A repair that comes back inside its guarantee is ours to pay, the remedy of an open recall the maker's, what a
    package holds is paid already. What a
    person decided otherwise stays. An ordinary visit becomes an external comeback (外返) with its first such line.
    """
    drafts = list(locked(order.lines.filter(state=LineState.DRAFT).select_related("operation", "part")))
    open_to = [line for line in drafts if line.overruled_at is None]
    if not open_to:
        return drafts
    known, changed, was = known_of(order), [], any(line.returns_of_id for line in open_to)
    for line in sorted(drafts, key=lambda one: one.overruled_at is None):
        item = item_of(line)
        again = line.overruled_at is None and _judge(line, findings(item, known))
        if line.payer == Payer.PACKAGE and (taken := prepaid_for(item, known.prepaid)):
            known = known.after(taken.units_id, item.units)  # the next line finds what is left
        if again:
            line.version += 1
            line.save(update_fields=JUDGED)
            changed.append(line)
    if not was and order.visit_type == VisitType.REPAIR and any(line.returns_of_id for line in changed):
        order.visit_type = VisitType.COMEBACK_OUT
        order.save(update_fields=["visit_type"])
    return drafts


def _judge(line: Line, found: list[Finding]) -> bool:
    """Whether the line is another one after it."""
    before = (line.payer, line.coverage, line.judged, line.returns_of_id, line.recall_id)
    best, here = proposal(found), (line.payer, line.coverage)
    if best is not None and best.sure and (_free(line) or here == JUDGEMENTS[best.key]):
        line.payer, line.coverage = JUDGEMENTS[best.key]
        _note(line, best)
    else:
        if line.judged is not None and line.judged.get("sure"):
            line.payer, line.coverage = JUDGEMENTS["customer"]
        chosen = (line.payer, line.coverage)
        _note(line, next((one for one in found if one.holds and JUDGEMENTS[one.key] == chosen), None))
    if line.payer != before[0]:
        line.own_gross = ZERO
    return before != (line.payer, line.coverage, line.judged, line.returns_of_id, line.recall_id)


def _free(line: Line) -> bool:
    """Nobody has chosen who pays: it is the customer by default, or what an earlier judgement applied."""
    return (line.payer, line.coverage) == JUDGEMENTS["customer"] or bool(line.judged and line.judged.get("sure"))


def _note(line: Line, found: Finding | None) -> None:
    kept = line.judged if line.judged and line.judged.get("why") == "goodwill" else None
    line.judged = found.facts | {"key": found.key, "sure": found.sure, "line": found.returns_of} if found else kept
    line.returns_of_id = found.returns_of if found else None
    line.recall_id = found.recall if found else None


def decide(line: Line, *, payer: str, coverage: str, reason: str, actor: Actor) -> list[str]:
    """Who pays, as a person chose it; the caller holds the line and saves it. The columns to save.

    Raises `Invalid` for another choice than the sure one without a reason (its code is "overrule"), `Refused` for
    goodwill that nobody approved.
    """
    if (payer, coverage) not in JUDGEMENTS.values():
        raise Invalid(_("Choose who pays."))
    if (payer, coverage) == (line.payer, line.coverage):
        return []
    if coverage == Coverage.GOODWILL or payer == Payer.GOODWILL:
        _check_goodwill(line)
    if payer == Payer.PACKAGE:
        _check_package(line)
    judged = line.judged or {}
    sure = bool(judged.get("sure"))
    proposed = JUDGEMENTS[judged["key"]] if sure else None
    if proposed == (payer, coverage):
        line.overruled_at, line.overruled_by, line.overruled_reason = None, None, ""
        line.returns_of_id = judged.get("line")
    elif sure:
        if not (reason.strip() or line.overruled_reason):
            raise Invalid(_("Write down why “%(line)s” is not paid as proposed.") % {"line": line.label}, "overrule")
        line.overruled_at, line.overruled_by = now(), actor.person
        line.overruled_reason = reason.strip()[:200] or line.overruled_reason
        line.returns_of_id = None
    line.payer, line.coverage, line.own_gross = payer, coverage, ZERO
    return ["payer", "coverage", "own_gross", "returns_of", *OVERRULED]


def _check_goodwill(line: Line) -> None:
    if not Goodwill.objects.filter(line=line, approved_at__isnull=False).exists():
        raise Refused(_("Goodwill needs a share, a reason and another person's approval: ask for it at the line."))


def _check_package(line: Line) -> None:
    others = line.order.lines.filter(state=LineState.DRAFT, payer=Payer.PACKAGE).exclude(pk=line.pk)
    left = less(known_of(line.order).prepaid, others.select_related("operation", "part"))
    if prepaid_for(item_of(line), left) is None:
        raise Refused(_("No package of this car covers “%(line)s”.") % {"line": line.label})
